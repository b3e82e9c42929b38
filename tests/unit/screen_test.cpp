// SPDX-License-Identifier: Apache-2.0
// The Screen: what each verdict does to a write, and what quarantine keeps away.
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "open_store.hpp"

using namespace mnemic;
using namespace mnemic::test;
using Action = ScreenVerdict::Action;

namespace {

/// Decides by a function, and remembers what it was shown.
class TestScreen final : public Screen {
 public:
  using Decide = std::function<ScreenVerdict(std::string_view, std::string_view)>;
  explicit TestScreen(Decide decide) : decide_(std::move(decide)) {}
  ScreenVerdict check(std::string_view text, std::string_view field) override {
    seen.emplace_back(field, text);
    return decide_(text, field);
  }
  std::vector<std::pair<std::string, std::string>> seen;

 private:
  Decide decide_;
};

/// "bad" is treated by `action`, everything else accepted.
std::shared_ptr<TestScreen> against_bad(Action action) {
  return std::make_shared<TestScreen>([action](std::string_view text, std::string_view) -> ScreenVerdict {
    if (text.find("bad") == std::string_view::npos) return {};
    return {action, "[gone]", "it was bad"};
  });
}

/// Remembers every text it embedded.
class WatchingEmbedder final : public Embedder {
 public:
  const EmbeddingSpace& space() const noexcept override { return inner_->space(); }
  Status embed(std::span<const std::string_view> texts, EmbedKind kind, std::span<float> out) override {
    for (const auto text : texts) {
      if (kind == EmbedKind::kPassage) seen.emplace_back(text);
    }
    return inner_->embed(texts, kind, out);
  }
  std::vector<std::string> seen;

 private:
  std::shared_ptr<Embedder> inner_ = hashed_embedder();
};

struct Screened {
  explicit Screened(std::shared_ptr<TestScreen> given)
      : screen(std::move(given)),
        embedder(std::make_shared<WatchingEmbedder>()),
        s(still_options({.embedder = embedder, .screen = screen})) {}
  std::shared_ptr<TestScreen> screen;
  std::shared_ptr<WatchingEmbedder> embedder;
  OpenStore s;
};

}  // namespace

TEST_CASE("screen: sees the text and every string of content and metadata", "[screen]") {
  Screened t(against_bad(Action::kAccept));
  MemoryInput input;
  input.text = "the text";
  input.content = Json::parse(R"({"key": "c1", "list": ["c2", 3, {"deep": "c3"}], "b": true})").value();
  input.metadata = Json::parse(R"({"m": "m1", "n": {"o": "m2"}})").value();
  (void)t.s.scope.put(input).value();
  CHECK(t.screen->seen == std::vector<std::pair<std::string, std::string>>{{"text", "the text"},
                                                                          {"content", "c1"},
                                                                          {"content", "c2"},
                                                                          {"content", "c3"},
                                                                          {"metadata", "m1"},
                                                                          {"metadata", "m2"}});
  t.screen->seen.clear();
  (void)t.s.scope.session("s").append(Turn{.text = "turn", .content = Json("whole"), .metadata = Json::object({{"k", "v"}})}).value();
  CHECK(t.screen->seen.size() == 3);
}

TEST_CASE("screen: accepted is stored verbatim", "[screen]") {
  Screened t(against_bad(Action::kAccept));
  const Json content = Json::parse(R"({ "a" : "bad" , "n": 1.50 })").value();
  const MemoryId id = t.s.scope.put({.text = "bad as it is", .content = content}).value();
  CHECK(t.s.scope.get(id)->text == "bad as it is");
  CHECK(t.s.scope.get(id)->content.dump() == content.dump());
}

TEST_CASE("screen: replaced before it is stored, embedded or indexed", "[screen]") {
  Screened t(against_bad(Action::kReplace));
  MemoryInput input;
  input.text = "a bad secret";
  input.content = Json::parse(R"({"a": ["fine", "so bad"], "n": 1})").value();
  input.metadata = Json::object({{"k", "bad"}, {"n", 2}});
  const MemoryId id = t.s.scope.put(input).value();
  const Memory m = t.s.scope.get(id).value();
  CHECK(m.text == "[gone]");
  CHECK(m.content == Json::parse(R"({"a": ["fine", "[gone]"], "n": 1})").value());
  CHECK(m.metadata == Json::object({{"k", "[gone]"}, {"n", 2}}));
  CHECK(m.state == State::kActive);
  CHECK(t.embedder->seen == std::vector<std::string>{"[gone]"});
  for (const Hit& hit : t.s.scope.recall({.text = "secret"}).value().hits) CHECK_FALSE(hit.parts.bm25.has_value());
  CHECK(t.s.scope.recall({.text = "gone"})->hits[0].parts.bm25.has_value());
  for (const Memory& version : t.s.store.admin().history(id).value()) CHECK_FALSE(contains(to_json(version).dump(), "bad"));
}

TEST_CASE("screen: a refusal fails the whole write", "[screen]") {
  Screened t(against_bad(Action::kRefuse));
  const auto refused = [&](const MemoryInput& input, const char* field) {
    const auto result = t.s.scope.put(input);
    REQUIRE_CODE(result, StatusCode::kPermissionDenied);
    CHECK(contains(result.status().message(), field));
    CHECK(contains(result.status().message(), "it was bad"));
  };
  refused({.text = "bad"}, "text");
  refused({.text = "x", .content = Json::array({"bad"})}, "content");
  refused({.text = "x", .metadata = Json::object({{"k", "bad"}})}, "metadata");
  Batch batch;
  batch.put({.text = "good"});
  batch.put({.text = "bad"});
  REQUIRE_CODE(t.s.scope.write(batch), StatusCode::kPermissionDenied);
  CHECK(t.s.scope.count().value() == 0);
  CHECK(t.embedder->seen.empty());
  const MemoryId id = t.s.put("good");
  REQUIRE_CODE(t.s.scope.update(id, {.text = "bad"}), StatusCode::kPermissionDenied);
  REQUIRE_CODE(t.s.scope.update(id, {.metadata = Json::object({{"k", "bad"}})}), StatusCode::kPermissionDenied);
  CHECK(t.s.scope.get(id)->version == 1);
}

TEST_CASE("screen: quarantined is kept, not embedded, never recalled", "[screen]") {
  Screened t(against_bad(Action::kQuarantine));
  const MemoryId good = t.s.put("a window seat");
  const MemoryId by_text = t.s.scope.put({.text = "a bad window seat", .pinned = true}).value();
  const MemoryId by_content = t.s.scope.put({.text = "window seat two", .content = Json::array({1, Json::array({"bad"})})}).value();
  const MemoryId by_metadata = t.s.scope.put({.text = "window seat three", .metadata = Json::object({{"k", "bad"}})}).value();
  for (const MemoryId id : {by_text, by_content, by_metadata}) CHECK(t.s.scope.get(id)->state == State::kQuarantined);
  CHECK(t.s.scope.get(by_text)->text == "a bad window seat");
  CHECK(t.embedder->seen == std::vector<std::string>{"a window seat"});
  const auto result = t.s.scope.recall({.text = "window seat"}).value();
  CHECK(ids_of(result) == std::vector{good});
  CHECK(result.searched == 1);
  CHECK(result.pinned.empty());
  CHECK(t.s.scope.why({.text = "window seat"}, by_text)->verdict == Explanation::Verdict::kState);
  CHECK(t.s.store.stats()->without_vector == 3);
}

TEST_CASE("screen: an update may put a memory into quarantine", "[screen]") {
  Screened t(against_bad(Action::kQuarantine));
  const MemoryId id = t.s.put("window seat");
  REQUIRE_OK(t.s.scope.update(id, {.text = "bad window seat", .state = State::kActive}));  // the screen has the last word
  CHECK(t.s.scope.get(id)->state == State::kQuarantined);
  CHECK(t.s.scope.recall({.text = "window"})->hits.empty());
  CHECK(t.embedder->seen == std::vector<std::string>{"window seat"});
}

TEST_CASE("screen: what leaves quarantine is recalled, by vector too", "[screen]") {
  Screened t(against_bad(Action::kQuarantine));
  const MemoryId id = t.s.put("bad window seat");
  CHECK(t.s.scope.get(id, {.vectors = true})->vectors.empty());
  REQUIRE_OK(t.s.scope.update(id, {.state = State::kConfirmed}));
  CHECK(t.embedder->seen == std::vector<std::string>{"bad window seat"});
  CHECK(t.s.scope.get(id, {.vectors = true})->vectors.size() == 1);
  const auto result = t.s.scope.recall({.text = "windowed"}).value();  // no such word: the vector finds it
  REQUIRE(result.hits.size() == 1);
  CHECK(result.hits[0].parts.cosine);
  CHECK(t.s.store.stats()->without_vector == 0);

  const MemoryId by_new_text = t.s.put("bad aisle");
  REQUIRE_OK(t.s.scope.update(by_new_text, {.text = "good aisle", .state = State::kActive}));
  CHECK(t.embedder->seen.back() == "good aisle");
  CHECK(t.s.scope.get(by_new_text, {.vectors = true})->vectors.size() == 1);
  CHECK(t.s.store.stats()->without_vector == 0);
}

TEST_CASE("screen: what leaves quarantine inside a batch that put it there is recalled by vector", "[screen]") {
  Screened t(against_bad(Action::kQuarantine));
  const MemoryId id = t.s.scope.put({.key = "k", .text = "window seat"}).value();
  Batch batch;
  batch.put({.key = "k", .text = "bad window seat"});
  batch.update(id, {.state = State::kConfirmed});
  REQUIRE_OK(t.s.scope.write(batch));
  CHECK(t.s.scope.get(id)->state == State::kConfirmed);
  CHECK(t.s.store.stats()->without_vector == 0);
}

TEST_CASE("screen: leaving quarantine in a large batch embeds each text once", "[screen]") {
  Screened t(against_bad(Action::kQuarantine));
  constexpr int kEach = 200;
  Batch puts, both;
  for (int i = 0; i < kEach; ++i) puts.put({.text = "bad seat " + std::to_string(i)});
  const auto held = t.s.scope.write(puts).value();
  for (int i = 0; i < kEach; ++i) both.put({.text = "bad aisle " + std::to_string(i)});
  for (const Written& written : held) both.update(written.id, {.state = State::kConfirmed});
  REQUIRE_OK(t.s.scope.write(both));
  CHECK(t.embedder->seen.size() <= 2 * kEach);  // in the number of operations, not in its square
  CHECK(t.s.store.stats()->without_vector == kEach);
}

TEST_CASE("screen: a vector the caller gave stays when its memory leaves quarantine", "[screen]") {
  Screened t(against_bad(Action::kQuarantine));
  std::vector<float> mine(384, 0.0F);
  mine[7] = 1;
  const MemoryId id = t.s.scope.put({.text = "bad window seat", .vectors = {{"", mine}}}).value();
  REQUIRE_OK(t.s.scope.update(id, {.state = State::kConfirmed}));
  const auto vectors = t.s.scope.get(id, {.vectors = true})->vectors;
  REQUIRE(vectors.size() == 1);
  CHECK(vectors[0].values == mine);
}

TEST_CASE("screen: the built-in one redacts", "[screen]") {
  const OpenStore s(still_options({.screen = secret_screen()}));
  const MemoryId id = s.scope.put({.text = "my key is AKIAIOSFODNN7EXAMPLE, remember", .content = Json::object({{"password", "x"}, {"note", "password: hunter2hunter2"}})}).value();
  const Memory m = s.scope.get(id).value();
  CHECK_FALSE(contains(m.text, "AKIAIOSFODNN7EXAMPLE"));
  CHECK(contains(m.text, "[redacted:"));
  CHECK(contains(m.text, "remember"));
  CHECK_FALSE(contains(m.content.dump(), "hunter2"));
}
