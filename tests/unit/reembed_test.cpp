// SPDX-License-Identifier: Apache-2.0
// Moving a store from one embedder to another: both while it lasts, the switch, the way back, and what an embedder out of reach does.
#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "open_store.hpp"
#include "support/letters.hpp"

using namespace mnemic;
using namespace mnemic::test;

namespace {

std::shared_ptr<Letters> old_one() { return std::make_shared<Letters>("old", 3, 'a'); }
std::shared_ptr<Letters> new_one() { return std::make_shared<Letters>("new", 5, 'b'); }

Options options(std::shared_ptr<Embedder> embedder) { return still_options({.embedder = std::move(embedder)}); }

std::set<std::string> spaces_of(const Scope& scope, MemoryId id) {
  std::set<std::string> names;
  for (const Vector& vector : scope.get(id, {.vectors = true}).value().vectors) names.insert(vector.space);
  return names;
}

std::optional<double> cosine_of(const Scope& scope, const std::string& text) {
  const auto result = scope.recall({.text = text}).value();
  return result.hits.empty() ? std::nullopt : result.hits[0].parts.cosine;
}

MaintainReport maintain(const Store& store) { return store.maintain({.time = std::chrono::hours(1)}).value(); }

}  // namespace

TEST_CASE("reembed: recall goes by the old one until all have vectors of the new one", "[reembed]") {
  const TempDir dir;
  const auto from = old_one();
  const auto to = new_one();
  std::vector<MemoryId> ids;
  {
    const OpenStore s(options(from), dir / "s.db");
    for (int i = 0; i < 600; ++i) ids.push_back(s.put("abc " + std::to_string(i)));
    s.put("xyz");  // has a vector in neither
    CHECK_FALSE(s.store.reembedding().value());
    REQUIRE_OK(s.store.reembed(to));
    REQUIRE_OK(s.store.reembed(to));  // again: it goes on
    auto move = s.store.reembedding().value();
    REQUIRE(move);
    CHECK(move->from.name == "old");
    CHECK(move->to.name == "new");
    CHECK(move->total == 601);
    CHECK(move->missing == 601);
    CHECK(move->dead == 0);
    CHECK(s.store.stats()->embedding_space == "old/1/3");

    const MemoryId both = s.put("abcdef");  // what is written meanwhile gets both
    CHECK(spaces_of(s.scope, both) == std::set<std::string>{"old", "new"});
    CHECK(spaces_of(s.scope, ids[0]) == std::set<std::string>{"old"});
    CHECK(*cosine_of(s.scope, "abcdef") == Approx(1).margin(1e-4));
    const auto report = s.store.maintain({.time = std::chrono::hours(1), .items = 2}).value();  // one step of three; and "xyz", which the old one lacks
    CHECK(report.done == 2);
    move = s.store.reembedding().value();
    REQUIRE(move);
    CHECK(move->missing > 300);
    CHECK(move->missing < 601);
    CHECK(s.store.stats()->embedding_space == "old/1/3");
    REQUIRE_OK(s.scope.update(ids[0], {.text = "bbb"}));  // the old text's vectors go, in both
    CHECK(spaces_of(s.scope, ids[0]) == std::set<std::string>{"old", "new"});
  }
  REQUIRE_CODE(Store::open(dir / "s.db", options(to)), StatusCode::kFailedPrecondition);  // not yet
  const OpenStore s(options(from), dir / "s.db");
  REQUIRE(s.store.reembedding().value());  // it outlives the process
  maintain(s.store);                       // but needs its embedder
  REQUIRE(s.store.reembedding().value());
  REQUIRE_OK(s.store.reembed(to));
  maintain(s.store);
  CHECK_FALSE(s.store.reembedding().value());
  CHECK(s.store.stats()->embedding_space == "new/1/5");
  for (const MemoryId id : ids) REQUIRE(spaces_of(s.scope, id) == std::set<std::string>{"old", "new"});
  CHECK(*cosine_of(s.scope, "def") > 0);  // only the new one sees d, e and f
  CHECK(s.store.check()->clean());

  const MemoryId after = s.put("def");  // what is written still gets both, for the way back
  CHECK(spaces_of(s.scope, after) == std::set<std::string>{"new"});  // the old one sees nothing in it
  CHECK(spaces_of(s.scope, s.put("cab")) == std::set<std::string>{"old", "new"});
  const auto refused = Store::open(dir / "s.db", options(from));
  REQUIRE_CODE(refused, StatusCode::kFailedPrecondition);
  CHECK(contains(refused.status().message(), "new/1"));
  CHECK(contains(refused.status().message(), "old/1"));
  CHECK(contains(refused.status().message(), "reembed"));
  CHECK(Store::open(dir / "s.db", options(to)).ok());
  CHECK(Store::open(dir / "s.db", options(nullptr)).ok());

  SECTION("the way back") {
    REQUIRE_OK(s.store.reembed(from, Switch::kNow));
    CHECK(s.store.stats()->embedding_space == "old/1/3");
    CHECK(*cosine_of(s.scope, "abc") == Approx(1).margin(1e-4));
    CHECK(Store::open(dir / "s.db", options(from)).ok());
    CHECK(spaces_of(s.scope, s.put("bcd")) == std::set<std::string>{"old", "new"});
    REQUIRE_OK(s.store.reembed(to));  // and forth: little is missing
    maintain(s.store);
    CHECK(s.store.stats()->embedding_space == "new/1/5");
  }
  SECTION("dropping") {
    REQUIRE_CODE(s.store.drop_space("new", "1"), StatusCode::kFailedPrecondition);
    REQUIRE_CODE(s.store.drop_space("old", "2"), StatusCode::kNotFound);
    REQUIRE_OK(s.store.drop_space("old", "1"));
    REQUIRE_CODE(s.store.drop_space("old", "1"), StatusCode::kNotFound);
    CHECK(spaces_of(s.scope, ids[1]) == std::set<std::string>{"new"});
    CHECK(spaces_of(s.scope, s.put("cab")) == std::set<std::string>{"new"});
    REQUIRE_CODE(s.scope.recall({.vector = Vector{"old", {1, 0, 0}}}), StatusCode::kInvalidArgument);
    CHECK(s.store.check()->clean());
    REQUIRE_OK(s.store.reembed(from));  // a move to it begins from nothing
    CHECK(s.store.reembedding().value()->missing >= 600);
    maintain(s.store);
    CHECK(s.store.stats()->embedding_space == "old/1/3");
    CHECK(spaces_of(s.scope, ids[1]) == std::set<std::string>{"new", "old"});
  }
}

TEST_CASE("reembed: the old embedder ends a move, a third is refused", "[reembed]") {
  const auto from = old_one();
  const OpenStore s(options(from));
  s.put("abc");
  REQUIRE_OK(s.store.reembed(new_one()));
  const auto third = std::make_shared<Letters>("third", 2, 'a');
  REQUIRE_CODE(s.store.reembed(third), StatusCode::kFailedPrecondition);
  REQUIRE_CODE(s.store.reembed(third, Switch::kNow), StatusCode::kFailedPrecondition);
  REQUIRE_OK(s.store.reembed(from));
  CHECK_FALSE(s.store.reembedding().value());
  CHECK(spaces_of(s.scope, s.put("abd")) == std::set<std::string>{"old"});
  REQUIRE_OK(s.store.reembed(third));
}

TEST_CASE("reembed: at once, when the old embedder is gone for good", "[reembed]") {
  const TempDir dir;
  { OpenStore(options(old_one()), dir / "s.db").put("bcd"); }
  const OpenStore s(options(nullptr), dir / "s.db");
  REQUIRE_OK(s.store.reembed(new_one(), Switch::kNow));
  CHECK(s.store.stats()->embedding_space == "new/1/5");
  const auto before = s.scope.recall({.text = "bcd"}).value();
  REQUIRE(before.hits.size() == 1);  // by words
  CHECK_FALSE(before.hits[0].parts.cosine);
  maintain(s.store);
  CHECK(*cosine_of(s.scope, "bcd") == Approx(1).margin(1e-4));
}

TEST_CASE("reembed: bad input changes nothing", "[reembed]") {
  const OpenStore s(options(old_one()));
  REQUIRE_CODE(s.store.reembed(nullptr), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.store.reembed(new_one(), static_cast<Switch>(9)), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.store.reembed(std::make_shared<Letters>("a name", 3, 'a')), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.store.reembed(std::make_shared<Letters>("large", 5000, 'a')), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.store.reembed(std::make_shared<Letters>("old", 4, 'a')), StatusCode::kFailedPrecondition);
  CHECK_FALSE(s.store.reembedding().value());
  CHECK(s.store.stats()->embedding_space == "old/1/3");
}

TEST_CASE("reembed: the new embedder out of reach holds nothing up", "[reembed]") {
  const auto to = new_one();
  const OpenStore s(options(old_one()));
  s.put("abc");
  to->answer = StatusCode::kInternal;
  REQUIRE_OK(s.store.reembed(to));
  CHECK(spaces_of(s.scope, s.put("bcd")) == std::set<std::string>{"old"});
  CHECK(maintain(s.store).failed >= 1);
  CHECK(s.store.reembedding().value()->missing == 2);
  to->answer = StatusCode::kOk;
  s.clock->advance(std::chrono::hours(1));
  maintain(s.store);
  CHECK_FALSE(s.store.reembedding().value());
}

TEST_CASE("an embedder out of reach: the write is kept, words recall, a job makes up for it", "[reembed]") {
  const auto embedder = old_one();
  const OpenStore s(options(embedder));
  embedder->answer = GENERATE(StatusCode::kBusy, StatusCode::kIo);
  const MemoryId id = s.put("abc");
  CHECK(spaces_of(s.scope, id).empty());
  CHECK(s.store.stats()->without_vector == 1);
  const auto by_words = s.scope.recall({.text = "abc ab"}).value();
  REQUIRE(by_words.hits.size() == 1);
  CHECK(by_words.dropped == std::vector{Stage::kVector});
  CHECK_FALSE(by_words.hits[0].parts.cosine);
  CHECK(maintain(s.store).failed == 1);
  embedder->answer = StatusCode::kOk;
  s.clock->advance(std::chrono::hours(1));
  CHECK(maintain(s.store).done == 1);
  CHECK(s.store.stats()->without_vector == 0);
  const auto again = s.scope.recall({.text = "abc ab"}).value();
  CHECK(again.dropped.empty());
  CHECK(again.hits[0].parts.cosine);
  embedder->answer = StatusCode::kPermissionDenied;  // nothing that passes
  REQUIRE_CODE(s.scope.put({.text = "cab"}), StatusCode::kPermissionDenied);
  REQUIRE_CODE(s.scope.recall({.text = "cab c"}), StatusCode::kPermissionDenied);
  CHECK(s.scope.count().value() == 1);
}

TEST_CASE("reembed: an embedder is let go of once its space is given up, outside of every lock", "[reembed]") {
  struct Last final : Embedder {  // its end calls the store
    Last(const Store** at, bool& well) : store(at), ended(well) {}
    ~Last() override {
      if (*store != nullptr) ended = (*store)->reembedding().ok() && (*store)->drop_space("no", "1").code() == StatusCode::kNotFound;
    }
    const EmbeddingSpace& space() const noexcept override { return own->space(); }
    Status embed(std::span<const std::string_view> texts, EmbedKind kind, std::span<float> out) override { return own->embed(texts, kind, out); }
    std::shared_ptr<Letters> own = old_one();
    const Store** store;
    bool& ended;
  };
  const Store* at = nullptr;
  bool ended_well = false;
  auto first = std::make_shared<Last>(&at, ended_well);
  const std::weak_ptr<Embedder> watched = first;
  const OpenStore s(options(first));
  at = &s.store;
  first.reset();
  CHECK_FALSE(watched.expired());
  REQUIRE_OK(s.store.reembed(new_one(), Switch::kNow));
  CHECK_FALSE(watched.expired());
  REQUIRE_OK(s.store.drop_space("old", "1"));
  CHECK(watched.expired());
  CHECK(ended_well);
  at = nullptr;
}

TEST_CASE("reembed: while others write and ask", "[reembed]") {
  const TempDir dir;
  Options given;
  given.embedder = old_one();
  const Store store = Store::open(dir / "s.db", given).value();
  const Scope scope = store.scope({"acme"}).value();
  for (int i = 0; i < 300; ++i) (void)scope.put({.text = "abcdef " + std::to_string(i)}).value();
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  std::atomic<int> written = 300;
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; !stop && i < 400; ++i) {
        if (scope.put({.text = "fade " + std::to_string(t) + " " + std::to_string(i)}).ok()) ++written;
        const auto found = scope.recall({.text = "abcdef 17"}, {.k = 3});
        wrong += !found.ok() || found->hits.empty() || !found->hits[0].parts.cosine;
      }
    });
  }
  const auto to = new_one();
  REQUIRE_OK(store.reembed(to));
  for (int i = 0; i < 200 && store.reembedding().value(); ++i) REQUIRE_OK(store.maintain({.time = std::chrono::milliseconds(50)}));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  REQUIRE_OK(store.maintain());
  CHECK(wrong == 0);
  CHECK_FALSE(store.reembedding().value());
  CHECK(store.stats()->memories == static_cast<std::size_t>(written.load()));
  CHECK(store.stats()->without_vector == 0);
  CHECK(store.check()->clean());
}
