// SPDX-License-Identifier: Apache-2.0
// Reranking: the blend of scores, the budget, what a reranker may do wrong, and the two that ship.
#include <algorithm>
#include <chrono>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "engine/layer_scope.hpp"
#include "engine/store_impl.hpp"
#include "open_store.hpp"
#include "recall/rerank.hpp"
#include "support/random.hpp"
#include "support/test_main.hpp"

using namespace mnemic;
using namespace mnemic::test;
using Ids = std::vector<MemoryId>;
using std::chrono::microseconds;

namespace {

class Scripted final : public Reranker {
 public:
  using Script = std::function<Result<std::vector<double>>(std::string_view, std::span<const std::string_view>)>;
  explicit Scripted(Script script) : script_(std::move(script)) {}
  Result<std::vector<double>> score(std::string_view query, std::span<const std::string_view> texts) override {
    batches.push_back(texts.size());
    for (const auto text : texts) seen.emplace_back(text);
    return script_(query, texts);
  }
  std::vector<std::size_t> batches;
  std::vector<std::string> seen;

 private:
  Script script_;
};

/// The shorter the better.
std::shared_ptr<Scripted> by_shortness() {
  return std::make_shared<Scripted>([](std::string_view, std::span<const std::string_view> texts) -> Result<std::vector<double>> {
    std::vector<double> scores;
    for (const auto text : texts) scores.push_back(-static_cast<double>(text.size()));
    return scores;
  });
}

RecallOptions with(std::shared_ptr<Reranker> reranker, double weight = 1) {
  RecallOptions options;
  options.rerank.reranker = std::move(reranker);
  options.rerank.weight = weight;
  return options;
}

/// Six memories, the more tea the longer.
Ids fill(const OpenStore& s) {
  Ids ids;
  std::string text = "green";
  for (int i = 0; i < 6; ++i) ids.push_back(s.put(text += " tea"));
  return ids;
}

Ids reversed(Ids ids) {
  std::reverse(ids.begin(), ids.end());
  return ids;
}

}  // namespace

TEST_CASE("rerank: weight 1 puts them in the reranker's order, weight 0 leaves them") {
  const OpenStore s(still_options({.embedder = nullptr}));
  const Ids ids = fill(s);
  const Query query{.text = "tea"};
  const auto plain = s.scope.recall(query).value();
  REQUIRE(ids_of(plain) == reversed(ids));
  const auto reranked = s.scope.recall(query, with(by_shortness())).value();
  CHECK(ids_of(reranked) == ids);
  CHECK(reranked.dropped.empty());
  CHECK(ids_of(s.scope.recall(query, with(by_shortness(), 0)).value()) == reversed(ids));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    CHECK(reranked.hits[i].parts.rerank == -static_cast<double>(reranked.hits[i].memory.text.size()));
    CHECK_FALSE(plain.hits[i].parts.rerank);
  }
  // The span of scores stays.
  CHECK(reranked.hits.front().score == Approx(plain.hits.front().score));
  CHECK(reranked.hits.back().score == Approx(plain.hits.back().score));
  CHECK(s.scope.why(query, ids[0], with(by_shortness()))->rank == 1U);
  CHECK(s.scope.why(query, ids[0], with(by_shortness()))->parts.rerank.has_value());
}

TEST_CASE("rerank: the blend is the one that the header gives, over random scores") {
  Random random(7);
  for (int n = 0; n < 200; ++n) {
    std::vector<recall::Found> ranked;
    recall::Reranked given;
    for (std::size_t i = 0; i < 1 + random.below(20); ++i) {
      recall::Found found{.seq_from = i + 1};
      found.score = static_cast<double>(random.below(1000)) / 100;
      ranked.push_back(found);
      if (random.chance(60)) given.emplace(i + 1, static_cast<double>(random.between(-5, 5)));
    }
    const double weight = static_cast<double>(random.below(11)) / 10;
    auto got = ranked;
    recall::rerank(got, given, weight);
    double low = 1e9, high = -1e9, least = 1e9, most = -1e9;
    for (const auto& found : ranked) {
      if (!given.contains(found.seq_from)) continue;
      low = std::min(low, found.score);
      high = std::max(high, found.score);
      least = std::min(least, given[found.seq_from]);
      most = std::max(most, given[found.seq_from]);
    }
    for (const auto& found : got) {
      const double before = ranked[found.seq_from - 1].score;
      const bool moves = given.contains(found.seq_from) && most > least;
      const double want = moves ? (1 - weight) * before + weight * (low + (high - low) * (given[found.seq_from] - least) / (most - least)) : before;
      CHECK(found.score == Approx(want).margin(1e-12));
      CHECK(found.parts.rerank.has_value() == given.contains(found.seq_from));
    }
    CHECK(std::is_sorted(got.begin(), got.end(), [](const auto& a, const auto& b) { return a.score > b.score; }));
  }
}

TEST_CASE("rerank: only the first few are looked at, in batches, best first; k may be more or less") {
  const OpenStore s(still_options({.embedder = nullptr}));
  const Ids ids = fill(s);
  for (const std::size_t k : {1, 3, 10}) {
    auto options = with(by_shortness());
    options.k = k;
    options.rerank.top = 4;
    options.rerank.batch = 3;
    const auto& reranker = dynamic_cast<Scripted&>(*options.rerank.reranker);
    const auto result = s.scope.recall({.text = "tea"}, options).value();
    CHECK(reranker.batches == std::vector<std::size_t>{3, 1});
    REQUIRE(reranker.seen.size() == 4);
    CHECK(reranker.seen.front() == "green tea tea tea tea tea tea");
    Ids want{ids[2], ids[3], ids[4], ids[5], ids[1], ids[0]};  // the best four turned round, then the others as they were
    want.resize(std::min(k, want.size()));
    CHECK(ids_of(result) == want);
  }
}

TEST_CASE("rerank: quotas and the least score apply to what comes out of it") {
  const OpenStore s(still_options({.embedder = nullptr}));
  const Ids ids = fill(s);
  auto options = with(by_shortness());
  options.k = 2;
  const auto two = s.scope.recall({.text = "tea"}, options).value();
  CHECK(ids_of(two) == Ids{ids[0], ids[1]});
  options.k = 10;
  options.min_score = two.hits[1].score;
  CHECK(ids_of(s.scope.recall({.text = "tea"}, options).value()) == Ids{ids[0], ids[1]});
  const MemoryId turn = s.scope.put({.layer = Layer::kConversational, .text = "tea and a lot of other things besides, on and on"}).value();
  options = with(by_shortness());
  options.k = 2;
  options.per_layer = {{.layer = Layer::kConversational, .at_least = 1}};
  CHECK(ids_of(s.scope.recall({.text = "tea"}, options).value()) == Ids{ids[0], turn});
}

TEST_CASE("rerank: with diversity and follow-up passes it stands between them") {
  const OpenStore s(still_options({.embedder = nullptr}));
  const Ids ids = fill(s);
  auto options = with(by_shortness());
  options.diversity = 0.3;
  options.depth = Depth::kMulti;
  const auto result = s.scope.recall({.text = "tea"}, options).value();
  CHECK(result.hits.size() == ids.size());
  CHECK(result.hits.front().memory.id == ids[0]);
  CHECK(s.scope.why({.text = "tea"}, ids[0], options)->verdict == Explanation::Verdict::kHit);
}

TEST_CASE("rerank: a budget that is over leaves the rest where it was, and says so") {
  const TempDir directory;
  Ids ids;
  {
    OpenStore s(still_options({.embedder = nullptr}), directory / "store.db");
    ids = fill(s);
    REQUIRE_OK(s.store.close());
  }
  const auto store = engine::open_store(directory / "store.db", still_options({.embedder = nullptr}));
  ScopeImpl scope;
  scope.store = store;
  scope.name = Namespace{"acme", "ada"};
  scope.path = scope.name.to_string();
  std::chrono::steady_clock::time_point now{};
  store->steady_now = [&] { return now; };
  const auto slow = std::make_shared<Scripted>([&](std::string_view, std::span<const std::string_view> texts) -> Result<std::vector<double>> {
    now += microseconds(600);
    std::vector<double> scores;
    for (const auto text : texts) scores.push_back(-static_cast<double>(text.size()));
    return scores;
  });
  auto options = with(slow);
  options.rerank.batch = 2;
  options.rerank.budget = microseconds(1000);
  const RecallResult result = engine::recall(scope, {.text = "tea"}, options);
  CHECK(slow->batches == std::vector<std::size_t>{2, 2});
  CHECK(ids_of(result) == Ids{ids[2], ids[3], ids[4], ids[5], ids[1], ids[0]});
  CHECK(result.dropped == std::vector<Stage>{Stage::kRerank});
  // The deadline of the whole call ends it too.
  slow->batches.clear();
  options.rerank.budget = std::chrono::seconds(1);
  options.deadline = microseconds(500);
  CHECK(engine::recall(scope, {.text = "tea"}, options).dropped == std::vector<Stage>{Stage::kRerank});
  CHECK(slow->batches == std::vector<std::size_t>{2});
}

TEST_CASE("rerank: one that cannot be asked now leaves the ranking; one that is wrong fails the recall") {
  const OpenStore s(still_options({.embedder = nullptr}));
  const Ids ids = fill(s);
  const auto answering = [](Result<std::vector<double>> answer) {
    return std::make_shared<Scripted>([answer](std::string_view, std::span<const std::string_view>) { return answer; });
  };
  for (const StatusCode code : {StatusCode::kBusy, StatusCode::kIo}) {
    const auto result = s.scope.recall({.text = "tea"}, with(answering(Status(code, "away")))).value();
    CHECK(ids_of(result) == reversed(ids));
    CHECK(result.dropped == std::vector<Stage>{Stage::kRerank});
  }
  const auto failed = s.scope.recall({.text = "tea"}, with(answering(Status(StatusCode::kPermissionDenied, "no key"))));
  REQUIRE_CODE(failed, StatusCode::kPermissionDenied);
  CHECK(contains(failed.status().message(), "reranker: no key"));
  REQUIRE_CODE(s.scope.recall({.text = "tea"}, with(answering(std::vector<double>{1, 2}))), StatusCode::kInvalidArgument);
  std::vector<double> bad(6, 1.0);
  bad[3] = std::numeric_limits<double>::quiet_NaN();
  REQUIRE_CODE(s.scope.recall({.text = "tea"}, with(answering(bad))), StatusCode::kInvalidArgument);
  const auto throws = std::make_shared<Scripted>(
      [](std::string_view, std::span<const std::string_view>) -> Result<std::vector<double>> { throw std::runtime_error("boom"); });
  REQUIRE_CODE(s.scope.recall({.text = "tea"}, with(throws)), StatusCode::kInternal);
  CHECK(ids_of(s.scope.recall({.text = "tea"}, with(answering(std::vector<double>(6, 3.0)))).value()) == reversed(ids));  // no opinion
}

TEST_CASE("rerank: options that cannot be are refused by name") {
  const OpenStore s;
  const auto refused = [&](auto&& spoil, std::string_view field) {
    RecallOptions options;
    spoil(options.rerank);
    const auto result = s.scope.recall({.text = "tea"}, options);
    REQUIRE_CODE(result, StatusCode::kInvalidArgument);
    CHECK(contains(result.status().message(), std::string(field)));
  };
  refused([](RerankOptions& o) { o.top = 0; }, "rerank.top");
  refused([](RerankOptions& o) { o.top = Limits{}.k + 1; }, "rerank.top");
  refused([](RerankOptions& o) { o.batch = 0; }, "rerank.batch");
  refused([](RerankOptions& o) { o.budget = microseconds(0); }, "rerank.budget");
  refused([](RerankOptions& o) { o.weight = 1.5; }, "rerank.weight");
  refused([](RerankOptions& o) { o.weight = std::numeric_limits<double>::quiet_NaN(); }, "rerank.weight");
}

TEST_CASE("rerank: it is not asked about nothing, nor for a query that is a vector only, and may use the store itself") {
  const OpenStore s(still_options({.embedder = nullptr}));
  const auto none = by_shortness();
  CHECK(s.scope.recall({.text = "tea"}, with(none)).value().hits.empty());
  (void)s.scope.put({.text = "tea", .vectors = {{"v", {1, 0}}}}).value();
  CHECK(s.scope.recall({.vector = Vector{"v", {1, 0}}}, with(none)).value().hits.size() == 1);
  CHECK(none->batches.empty());
  int writes = 0;
  const auto writing = std::make_shared<Scripted>([&](std::string_view, std::span<const std::string_view> texts) -> Result<std::vector<double>> {
    (void)s.put("tea, said while it was looking " + std::to_string(++writes));
    return std::vector<double>(texts.size(), 1.0);
  });
  CHECK(s.scope.recall({.text = "tea"}, with(writing)).value().hits.size() == 2);
}

TEST_CASE("rerank: late interaction finds the nearest word for each of the query") {
  const auto reranker = late_interaction_reranker();
  if (reranker == nullptr) MNEMIC_SKIP("a build without the table");
  const std::vector<std::string_view> texts{"The physician looked at the child", "The carpenter mended a chair", "", "?!", "\u5317\u4eac"};
  const auto scores = reranker->score("doctor", texts).value();
  REQUIRE(scores.size() == texts.size());
  CHECK(scores[0] > scores[1]);
  CHECK(scores[2] == 0);
  CHECK(scores[3] == 0);
  for (const double score : scores) CHECK((score >= 0 && score <= 1.0000001));
  CHECK(reranker->score("doctor", std::vector<std::string_view>{"doctor"}).value()[0] == Approx(1));
  CHECK(reranker->score("?", texts).value() == std::vector<double>(texts.size(), 0.0));
  CHECK(reranker->score("doctor", texts).value() == scores);
}

TEST_CASE("rerank: by the vectors of another embedder than the store's") {
  const OpenStore s(still_options({.embedder = nullptr}));
  const Ids ids = fill(s);
  const auto reranker = embedding_reranker(hashed_embedder());
  const auto scores = reranker->score("green tea", std::vector<std::string_view>{"green tea", "red wine", ""}).value();
  CHECK(scores[0] == Approx(1));
  CHECK(scores[1] < 0.5);
  CHECK(scores[2] == 0);
  CHECK(s.scope.recall({.text = "green tea"}, with(reranker)).value().hits.front().memory.id == ids[0]);
}
