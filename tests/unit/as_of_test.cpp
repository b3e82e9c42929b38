// SPDX-License-Identifier: Apache-2.0
// Recall as of an earlier change: what it answers later is what it answered then.
#include "support/clock.hpp"
#include "support/sealed.hpp"
#include "support/temp_dir.hpp"

#include "open_store.hpp"

#include <optional>
#include <tuple>

using namespace mnemic;
using namespace mnemic::test;
using sealed::kChunk;
using sealed::some_text;

namespace {

/// Everything that may differ: which versions, what they said, how they scored, who is pinned.
using Answer = std::vector<std::tuple<MemoryId, Seq, std::string, double>>;

struct Then {
  Seq seq = 0;
  std::vector<Answer> answers;
};

std::vector<Answer> ask(const Scope& scope, std::uint64_t seed, std::optional<Seq> as_of, Timestamp valid_at, Seq* seq = nullptr) {
  Random random(seed);
  std::vector<Answer> all;
  for (int i = 0; i < 8; ++i) {
    Query query{.text = some_text(random), .vector = sealed::some_vector(random)};
    if (i % 3 == 2) query.vector.reset();
    if (i % 4 == 3) query.where = Filter::where("metadata.n", Op::kEq, Json(1));
    RecallOptions options{.k = 10, .valid_at = valid_at, .as_of = as_of, .exact = i % 2 == 0};
    const RecallResult found = scope.recall(query, options).value();
    if (seq != nullptr) *seq = found.seq;
    if (as_of) CHECK(found.seq == *as_of);
    Answer& answer = all.emplace_back();
    for (const Hit& hit : found.hits) answer.emplace_back(hit.memory.id, hit.memory.seq_from, hit.memory.text, hit.score);
    for (const Memory& memory : found.pinned) answer.emplace_back(memory.id, memory.seq_from, memory.text, 0);
  }
  return all;
}

struct History : sealed::InFile {
  History() : InFile(11) {}

  /// One change of any kind.
  void change() {
    const std::size_t which = random.below(10);
    if (ids.size() < 3 || which < 4) {
      MemoryInput memory{.text = some_text(random), .vectors = {sealed::some_vector(random)}};
      memory.pinned = random.below(8) == 0;
      memory.metadata = Json::object({{"n", static_cast<std::int64_t>(random.below(3))}});
      ids.push_back(scope.put(memory).value());
    } else if (which == 4) {
      const auto put = scope.put({.key = "k" + std::to_string(random.below(5)), .text = some_text(random)});  // it may be taken
      if (put) ids.push_back(*put);
    } else if (which < 7) {
      (void)scope.update(random.pick(ids), {.text = some_text(random)});  // it may be forgotten
    } else if (which == 7) {
      (void)scope.forget(random.pick(ids));
    } else if (which == 8) {
      (void)scope.update(random.pick(ids), {.pinned = random.below(2) == 0});
    } else {
      const std::string city = "word" + std::to_string(random.below(50));
      REQUIRE(scope.facts().assert_fact({.subject = "ada", .attribute = "city", .value = city, .since = clock->now()}).ok());
    }
    clock->advance(std::chrono::minutes(7));
  }

  [[nodiscard]] Then remember(std::uint64_t seed, Timestamp now) const {
    Then then;
    then.answers = ask(scope, seed, std::nullopt, now, &then.seq);
    return then;
  }
};

}  // namespace

TEST_CASE("as_of: what was answered then, by this handle and by one that opens later", "[as_of]") {
  History h;
  const Timestamp moment = ManualClock().now() + std::chrono::hours(2);
  std::vector<Then> thens;
  for (std::uint64_t i = 0; i < 300; ++i) {
    h.change();
    if (i % 12 == 5) thens.push_back(h.remember(i, moment));
  }
  const Store later = h.open();
  const Scope scope = later.scope({"acme", "ada"}).value();
  for (std::size_t i = thens.size(); i-- > 0;) {
    INFO("change " << thens[i].seq);
    CHECK(ask(h.scope, i * 12 + 5, thens[i].seq, moment) == thens[i].answers);
    CHECK(ask(scope, i * 12 + 5, thens[i].seq, moment) == thens[i].answers);
  }
  // The present is as it is for a handle that never looked back.
  const Store fresh = h.open();
  CHECK(ask(scope, 1, std::nullopt, moment) == ask(fresh.scope({"acme", "ada"}).value(), 1, std::nullopt, moment));
}

TEST_CASE("as_of: handles that looked back take in what is written next", "[as_of]") {
  History h;
  const Timestamp moment = ManualClock().now() + std::chrono::hours(1);
  const Store other = h.open();
  const Scope scope = other.scope({"acme", "ada"}).value();
  std::vector<Then> thens;
  for (std::uint64_t i = 0; i < 120; ++i) {
    h.change();
    if (i % 10 != 9) continue;
    thens.push_back(h.remember(i, moment));
    const std::size_t back = thens.size() / 2;
    CHECK(ask(scope, back * 10 + 9, thens[back].seq, moment) == thens[back].answers);
    CHECK(ask(scope, i, std::nullopt, moment) == thens.back().answers);
  }
}

TEST_CASE("as_of: sealed chunks do not have what had ended, and are not asked", "[as_of]") {
  History h;
  h.ids = sealed::fill(h.scope, kChunk + 200, h.random);
  const Timestamp moment = ManualClock().now();
  const Then before = h.remember(3, moment);
  for (std::size_t i = 0; i < 600; ++i) h.change();
  sealed::maintain(h.store);
  const Store later = h.open();
  const Scope scope = later.scope({"acme", "ada"}).value();
  const auto now = ask(scope, 3, std::nullopt, moment);
  CHECK(ask(scope, 3, before.seq, moment) == before.answers);
  CHECK(ask(h.scope, 3, before.seq, moment) == before.answers);
  CHECK(ask(scope, 3, std::nullopt, moment) == now);
}

TEST_CASE("as_of: bad changes, the beginning, and why", "[as_of]") {
  const OpenStore open;
  const Scope scope = open.store.scope({"a"}).value();
  const MemoryId id = scope.put({.text = "Ada lives in Paris"}).value();
  const Seq then = scope.recall({.text = "Paris"}).value().seq;
  scope.update(id, {.text = "Ada lives in Turin"}).value();

  CHECK(scope.recall({.text = "Paris"}, {.as_of = then}).value().hits.at(0).memory.text == "Ada lives in Paris");
  CHECK(scope.recall({.text = "Paris"}, {.as_of = then}).value().hits.at(0).memory.seq_to.has_value());
  CHECK(scope.recall({.text = "Ada"}, {.as_of = 0}).value().hits.empty());
  CHECK(scope.why({.text = "Paris"}, id, {.as_of = then}).value().matched == std::vector<std::string>{"pari"});
  CHECK(scope.why({.text = "Paris"}, id).value().matched.empty());
  CHECK(scope.why({.text = "Paris"}, id, {.as_of = 0}).status().code() == StatusCode::kNotFound);
  const Status newer = scope.recall({.text = "Paris"}, {.as_of = then + 100}).status();
  CHECK(newer.code() == StatusCode::kInvalidArgument);
  CHECK(newer.message().find("as_of") != std::string::npos);
}
