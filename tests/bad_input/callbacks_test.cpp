// SPDX-License-Identifier: Apache-2.0
// What the caller injects may misbehave: throw, answer an error, fill in NaN. The call fails, nothing is changed.
#include "fixture.hpp"
#include "moody.hpp"

#include <limits>
#include <stdexcept>

using namespace mnemic;
using namespace mnemic::test;
using enum mnemic::StatusCode;

TEST_CASE("an embedder that misbehaves fails the call and changes nothing") {
  auto embedder = std::make_shared<MoodyEmbedder>();
  Options options;
  options.embedder = embedder;
  const Fixture f(std::move(options));
  Batch batch;
  batch.put({.text = "one"});
  batch.put({.text = "two"});
  MemoryChange change;
  change.text = "changed";
  const std::vector<std::pair<Mood, StatusCode>> moods{{Mood::kThrow, kInternal}, {Mood::kThrowInt, kInternal}, {Mood::kStatus, kUnsupported}};
  for (const auto& [mood, code] : moods) {
    INFO("mood " << static_cast<int>(mood));
    embedder->mood = mood;
    REQUIRE_REFUSED(f, f.scope.put({.text = "new"}), code, "");
    REQUIRE_REFUSED(f, f.scope.write(batch), code, "");
    REQUIRE_REFUSED(f, f.scope.update(f.id, change), code, "");
    REQUIRE_REFUSED(f, f.scope.session("s1").append(Turn{.author = "user", .text = "new"}), code, "");
    REQUIRE_REFUSED(f, f.scope.recall({.text = "seat"}), code, "");
    REQUIRE_REFUSED(f, f.scope.why({.text = "seat"}, f.id), code, "");
  }
  for (const Mood mood : {Mood::kOkWithNan, Mood::kInf, Mood::kBadAlloc}) {
    INFO("mood " << static_cast<int>(mood));
    embedder->mood = mood;
    const auto put = f.scope.put({.text = "new"});
    REQUIRE_FALSE(put.ok());
    INFO(put.status().to_string());
    CHECK((put.status().code() == kInternal || put.status().code() == kInvalidArgument || put.status().code() == kResourceExhausted));
    f.require_unchanged();
    REQUIRE_FALSE(f.scope.recall({.text = "seat"}).ok());
    REQUIRE_FALSE(f.scope.write(batch).ok());
    f.require_unchanged();
  }
  // All zero means "no vector for this text": it is found by its words.
  embedder->mood = Mood::kZero;
  const auto bare = f.scope.put({.text = "a brontosaurus"});
  REQUIRE_OK(bare);
  const auto found = f.scope.recall({.text = "brontosaurus"});
  REQUIRE_OK(found);
  REQUIRE(found->hits.size() == 1);
  CHECK_FALSE(found->hits[0].parts.cosine.has_value());
  CHECK(f.store.stats()->without_vector == 1);
  embedder->mood = Mood::kGood;
  REQUIRE_OK(f.scope.put({.text = "well again"}));
  REQUIRE(join(check_problems(f.store)) == "");
}

TEST_CASE("a screen that throws, refuses, or answers nonsense") {
  auto screen = std::make_shared<MoodyScreen>();
  Options options;
  options.screen = screen;
  const Fixture f(std::move(options));
  MemoryChange change;
  change.text = "changed";
  screen->mood = Mood::kThrow;
  REQUIRE_REFUSED(f, f.scope.put({.text = "new"}), kInternal, "");
  REQUIRE_REFUSED(f, f.scope.update(f.id, change), kInternal, "");
  REQUIRE_REFUSED(f, f.scope.session("s1").append(Turn{.author = "user", .text = "new"}), kInternal, "");
  screen->mood = Mood::kGood;
  screen->action = ScreenVerdict::Action::kRefuse;
  REQUIRE_REFUSED(f, f.scope.put({.text = "hush, sesame"}), kPermissionDenied, "");
  CHECK(f.scope.put({.text = "hush, sesame"}).status().message().find("sesame") == std::string::npos);
  REQUIRE_REFUSED(f, f.scope.update(f.id, change), kPermissionDenied, "");
  REQUIRE_REFUSED(f, f.scope.put({.content = Json("x"), .metadata = Json::object({{"a", "b"}})}), kPermissionDenied, "");
  screen->action = ScreenVerdict::Action::kReplace;
  screen->text = "broken \xff";
  REQUIRE_FALSE(f.scope.put({.text = "new"}).ok());
  f.require_unchanged();
  screen->action = ScreenVerdict::Action::kQuarantine;
  const auto id = f.scope.put({.text = "quarantined seat"});
  REQUIRE_OK(id);
  CHECK(f.scope.get(*id)->state == State::kQuarantined);
  for (const auto& hit : f.scope.recall({.text = "quarantined seat"}).value().hits) CHECK(hit.memory.id != *id);
}

TEST_CASE("a token counter or a fill function that throws") {
  auto counter = std::make_shared<MoodyCounter>();
  Options options;
  options.token_counter = counter;
  const Fixture f(std::move(options));
  counter->mood = Mood::kThrow;
  REQUIRE_REFUSED(f, f.scope.session("s1").window(), kInternal, "");
  REQUIRE_OK(f.scope.put({.text = "no tokens are counted for this"}));
  struct Odd {};
  const auto seq = f.store.stats()->seq;
  CHECK_THROWS_AS(f.scope.write([](Batch& batch) {
    batch.put({.text = "never"});
    throw Odd();
  }),
                  Odd);
  CHECK(f.store.stats()->seq == seq);
}
