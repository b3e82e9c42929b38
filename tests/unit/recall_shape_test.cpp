// SPDX-License-Identifier: Apache-2.0
// Shaping of recall: least scores, windows of time, diversity, deadlines, depth; and that why() agrees with all of them.
#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/layer_scope.hpp"
#include "engine/store_impl.hpp"
#include "open_store.hpp"
#include "recall/choose.hpp"
#include "recall/diversify.hpp"
#include "support/random.hpp"

using namespace mnemic;
using namespace mnemic::test;
using Verdict = Explanation::Verdict;
using Ids = std::vector<MemoryId>;
using std::chrono::hours;

namespace {

/// What may be left out of a recall without a reranker.
const std::vector<Stage> kStages{Stage::kPasses, Stage::kDiversity, Stage::kVector, Stage::kNeighbours};

/// At most k hits, best first, ties by id, each the sum of its parts, and the plan adds up.
void check_well_formed(const RecallResult& result, std::size_t k) {
  CHECK(result.hits.size() <= k);
  std::size_t credited = 0;
  for (const Pass& pass : result.plan) credited += pass.new_hits;
  CHECK(credited == result.hits.size());
  REQUIRE_FALSE(result.plan.empty());
  for (std::size_t i = 0; i < result.hits.size(); ++i) {
    const Hit& hit = result.hits[i];
    const ScoreParts& p = hit.parts;
    CHECK(hit.score == Approx((p.words + p.vector + p.neighbours) * p.recency * p.importance * p.window * p.layer + p.passes).epsilon(1e-12));
    CHECK(hit.score > 0);
    if (i == 0) continue;
    const Hit& before = result.hits[i - 1];
    CHECK((before.score > hit.score || (before.score == hit.score && before.memory.id < hit.memory.id)));
  }
}

/// Finds all texts alike.
class NoOpinion final : public Reranker {
 public:
  Result<std::vector<double>> score(std::string_view, std::span<const std::string_view> texts) override {
    return std::vector<double>(texts.size(), 0.0);
  }
};

/// Answers what a test says.
class ScriptedPlanner final : public Planner {
 public:
  using Script = std::function<Result<std::vector<Pass>>(const Query&, std::span<const Hit>, std::span<const Pass>)>;
  explicit ScriptedPlanner(Script script) : script_(std::move(script)) {}
  Result<std::vector<Pass>> plan(const Query& query, std::span<const Hit> hits, std::span<const Pass> made) override {
    ++calls;
    return script_(query, hits, made);
  }
  int calls = 0;

 private:
  Script script_;
};

std::shared_ptr<ScriptedPlanner> once(const std::vector<Pass>& passes) {
  return std::make_shared<ScriptedPlanner>([passes](const Query&, std::span<const Hit>, std::span<const Pass> made) -> Result<std::vector<Pass>> {
    return made.size() > 1 ? std::vector<Pass>() : passes;
  });
}

const std::vector<std::string> kWords{"tea", "train", "garden", "lisbon", "violin", "rain", "kitchen", "letter"};

std::string some_words(Random& random, std::size_t most) {
  std::string text;
  for (std::size_t i = random.below(most) + 1; i > 0; --i) text += kWords[random.below(kWords.size())] + " ";
  return text;
}

/// A store with turns, notes and episodes over a few days.
void fill(const Scope& scope, Random& random, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const Timestamp time = kStart - hours(24 * random.between(0, 19));
    switch (random.below(3)) {
      case 0: REQUIRE_OK(scope.session("s" + std::to_string(random.below(3))).append(Turn{.author = "Ada", .text = some_words(random, 8)})); break;
      case 1: REQUIRE_OK(scope.put({.text = some_words(random, 8), .event_time = time, .pinned = random.below(20) == 0})); break;
      default: REQUIRE_OK(scope.episodes().record({.text = some_words(random, 8), .start = time})); break;
    }
  }
}

}  // namespace

TEST_CASE("shape: by default one pass, nothing left out, no window", "[shape]") {
  const OpenStore s;
  s.put("green tea");
  const auto result = s.scope.recall({.text = "tea"}).value();
  REQUIRE(result.plan.size() == 1);
  CHECK(result.plan[0].text == "tea");
  CHECK(result.plan[0].new_hits == 1);
  CHECK(result.dropped.empty());
  CHECK_FALSE(result.window);
  check_well_formed(result, 10);
}

TEST_CASE("shape: a least score cuts, and why says so", "[shape]") {
  const OpenStore s(still_options({.embedder = nullptr}));
  const MemoryId best = s.put("tea tea tea");
  const MemoryId weak = s.put("tea with a great many other words about nothing at all, on and on");
  const auto all = s.scope.recall({.text = "tea"}).value();
  REQUIRE(ids_of(all) == Ids{best, weak});
  const double between = (all.hits[0].score + all.hits[1].score) / 2;
  CHECK(ids_of(s.scope.recall({.text = "tea"}, {.min_score = between}).value()) == Ids{best});
  CHECK(ids_of(s.scope.recall({.text = "tea"}, {.min_score = all.hits[1].score}).value()) == Ids{best, weak});
  CHECK(s.scope.recall({.text = "tea"}, {.min_score = 1000}).value().hits.empty());
  const auto e = s.scope.why({.text = "tea"}, weak, {.min_score = between}).value();
  CHECK(e.verdict == Verdict::kBelowMinimum);
  CHECK(e.rank == 2U);
  CHECK(e.score == all.hits[1].score);
  CHECK(s.scope.why({.text = "tea"}, best, {.min_score = between})->verdict == Verdict::kHit);
}

TEST_CASE("shape: an arm's minimum leaves a memory nothing of that arm", "[shape]") {
  const OpenStore s(still_options({.embedder = nullptr}));
  const MemoryId best = s.scope.put({.text = "tea tea tea", .vectors = {{"v", {1, 0}}}}).value();
  const MemoryId weak = s.scope.put({.text = "tea and ever so many words more", .vectors = {{"v", {0, 1}}}}).value();
  const Query query{.text = "tea", .vector = Vector{"v", {1, 0}}};
  CHECK(ids_of(s.scope.recall(query).value()) == Ids{best, weak});
  const auto cut = s.scope.recall(query, {.min_words = 0.99, .min_vector = 0.99}).value();
  REQUIRE(ids_of(cut) == Ids{best});
  CHECK(cut.hits[0].parts.words == 0.5);
  const auto e = s.scope.why(query, weak, {.min_words = 0.99, .min_vector = 0.99}).value();
  CHECK(e.verdict == Verdict::kBelowMinimum);
  CHECK_FALSE(e.rank);
  CHECK(s.scope.why({.text = "violin"}, weak, {.min_words = 0.99})->verdict == Verdict::kNotNominated);
  // One arm's minimum leaves the other arm's score.
  const auto by_vector = s.scope.recall({.text = "tea", .vector = Vector{"v", {1, 0.2F}}}, {.min_words = 0.99}).value();
  for (const Hit& hit : by_vector.hits) CHECK((hit.memory.id == best || (hit.parts.words == 0 && hit.parts.bm25)));
}

TEST_CASE("shape: a window raises what lies in it, and halves with every length away", "[shape]") {
  const OpenStore s(still_options({.embedder = nullptr}));
  const auto at = [&](Timestamp begin, std::optional<Timestamp> end = {}) {
    return s.scope.put({.layer = Layer::kEpisodic, .text = "tea", .event_time = begin, .event_end = end}).value();
  };
  const TimeWindow window{.begin = kStart - hours(48), .end = kStart};
  const std::vector<std::pair<MemoryId, double>> expected{
      {at(kStart - hours(48)), 1}, {at(kStart - hours(1)), 1},
      {at(kStart), 1},  // half-open: outside, but no distance away
      {at(kStart + hours(48)), 0.5},
      {at(kStart - hours(96)), 0.5}, {at(kStart - hours(144)), 0.25},
      {at(kStart - hours(500), kStart - hours(47)), 1}, {at(kStart - hours(96), kOpenEnd), 1},
      {at(kStart - hours(500), kStart - hours(96)), 0.5}};
  const auto result = s.scope.recall({.text = "tea"}, {.window = window, .window_boost = 0.6}).value();
  REQUIRE(result.window);
  CHECK(result.window->begin == window.begin);
  REQUIRE(result.hits.size() == expected.size());
  for (const auto& [id, near] : expected) {
    const auto hit = std::find_if(result.hits.begin(), result.hits.end(), [&, id = id](const Hit& h) { return h.memory.id == id; });
    CHECK(hit->parts.window == Approx(1 + 0.6 * near).epsilon(1e-6));
  }
  check_well_formed(result, 10);
  for (const Hit& hit : s.scope.recall({.text = "tea"}, {.window = window, .window_boost = 0}).value().hits) CHECK(hit.parts.window == 1);
  // A moment counts as a day, an era as a year; both ends of time are fine.
  REQUIRE_OK(s.scope.recall({.text = "tea"}, {.window = TimeWindow{.begin = Timestamp::min(), .end = kOpenEnd}}));
  const auto moment = s.scope.recall({.text = "tea"}, {.window = TimeWindow{.begin = kStart, .end = kStart + std::chrono::microseconds(1)}, .window_boost = 1}).value();
  for (const Hit& hit : moment.hits) CHECK((hit.memory.id != expected[0].first || hit.parts.window == Approx(1.25).epsilon(1e-6)));
}

TEST_CASE("shape: diversity takes what is unlike the others, and why says displaced", "[shape]") {
  const OpenStore s;
  const MemoryId first = s.put("the green tea is in the kitchen");
  const MemoryId twin = s.put("the green tea is in the kitchen!");
  const MemoryId other = s.put("tea on the train");
  CHECK(s.scope.recall({.text = "green tea"}, {.k = 2})->hits[1].memory.id == twin);
  const RecallOptions diverse{.k = 2, .diversity = 0.7};
  const auto result = s.scope.recall({.text = "green tea"}, diverse).value();
  CHECK(ids_of(result) == Ids{first, other});
  check_well_formed(result, 2);
  const auto e = s.scope.why({.text = "green tea"}, twin, diverse).value();
  CHECK(e.verdict == Verdict::kDisplaced);
  CHECK(e.rank == 2U);
  CHECK(s.scope.why({.text = "green tea"}, other, diverse)->verdict == Verdict::kHit);
  CHECK(ids_of(s.scope.recall({.text = "green tea"}, {.k = 2, .diversity = 0}).value()) == Ids{first, twin});
}

TEST_CASE("shape: MMR is what its definition says, quotas included", "[shape]") {
  Random random(fresh_seed());
  for (int round = 0; round < 200; ++round) {
    const std::size_t n = random.below(30);
    std::vector<recall::Found> ranked(n);
    std::vector<std::vector<double>> alike(n, std::vector<double>(n));
    for (std::size_t i = 0; i < n; ++i) {
      ranked[i].id = MemoryId({static_cast<std::uint8_t>(i + 1)});
      ranked[i].score = 1.0 + static_cast<double>(random.below(8));
      ranked[i].layer = random.below(2) == 0 ? Layer::kSemantic : Layer::kEpisodic;
      for (std::size_t j = 0; j < i; ++j) alike[i][j] = alike[j][i] = static_cast<double>(random.below(5)) / 4;
    }
    std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.score != b.score ? a.score > b.score : a.id < b.id; });
    RecallOptions options{.k = random.below(8) + 1, .diversity = static_cast<double>(random.below(5)) / 4};
    if (random.below(2) == 0) options.per_layer = {{.layer = Layer::kEpisodic, .at_least = std::min<std::size_t>(options.k, random.below(3)), .at_most = 3}};

    // The definition: look at every candidate anew for every place.
    std::set<std::size_t> taken;
    const auto of_layer = [&](Layer layer) { return std::count_if(taken.begin(), taken.end(), [&](std::size_t i) { return ranked[i].layer == layer; }); };
    const auto take = [&](const std::function<bool(Layer)>& may) {
      std::optional<std::size_t> best;
      const auto value = [&](std::size_t i) {
        double nearest = 0;
        for (const std::size_t j : taken) nearest = std::max(nearest, alike[i][j]);
        return (1 - options.diversity) * (ranked[i].score / ranked[0].score) - options.diversity * nearest;
      };
      for (std::size_t i = 0; i < n; ++i) {
        if (taken.contains(i) || !may(ranked[i].layer)) continue;
        if (!best || value(i) > value(*best) || (value(i) == value(*best) && ranked[i].id < ranked[*best].id)) best = i;
      }
      if (best) taken.insert(*best);
      return best.has_value();
    };
    for (const LayerQuota& quota : options.per_layer) {
      while (taken.size() < options.k && of_layer(quota.layer) < static_cast<std::ptrdiff_t>(quota.at_least) && take([&](Layer l) { return l == quota.layer; })) {
      }
    }
    const auto below_most = [&](Layer l) { return static_cast<std::size_t>(of_layer(l)) < recall::quota_of(options, l).at_most; };
    while (taken.size() < options.k && take(below_most)) {
    }

    const std::vector<bool> hits = recall::diversify(ranked, options, [&](std::size_t a, std::size_t b) { return alike[a][b]; });
    for (std::size_t i = 0; i < n; ++i) CHECK(hits[i] == taken.contains(i));
    if (options.diversity == 0) {
      std::vector<Layer> layers;
      for (const auto& found : ranked) layers.push_back(found.layer);
      CHECK(hits == recall::choose(layers, options));
    }
  }
}

TEST_CASE("shape: the pool holds every hit that quotas choose from everything", "[shape]") {
  Random random(fresh_seed());
  const std::vector<Layer> all{Layer::kConversational, Layer::kEpisodic, Layer::kSemantic, Layer::kProcedural};
  for (int round = 0; round < 300; ++round) {
    std::vector<Layer> ranked(random.below(400));
    for (Layer& layer : ranked) layer = all[std::min(random.below(4), random.below(4))];
    RecallOptions options{.k = random.below(20) + 1};
    std::size_t left = options.k;
    for (const Layer layer : all) {
      if (random.below(2) == 0) continue;
      const std::size_t at_least = random.below(left + 1);
      left -= at_least;
      options.per_layer.push_back({.layer = layer, .at_least = at_least, .at_most = at_least + random.below(6)});
    }
    const std::vector<bool> hits = recall::choose(ranked, options);
    const std::vector<bool> pool = recall::choose(ranked, recall::pool_of(options));
    std::vector<Layer> in_pool;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < ranked.size(); ++i) {
      if (pool[i]) in_pool.push_back(ranked[i]), places.push_back(i);
    }
    const std::vector<bool> again = recall::choose(in_pool, options);
    std::vector<bool> from_pool(ranked.size(), false);
    for (std::size_t i = 0; i < places.size(); ++i) from_pool[places[i]] = again[i];
    CHECK(from_pool == hits);
  }
  CHECK(recall::pool_of({.k = 10}).k == 50);
  CHECK(recall::pool_of({.k = 100}).k == 400);
  CHECK(recall::pool_of({.k = 10'000}).k == 10'000);
}

TEST_CASE("shape: likeness is the cosine, or the share of terms", "[shape]") {
  storage::Tail a, b;
  a.terms = {{1, 1}, {2, 5}, {3, 1}};
  b.terms = {{2, 1}, {3, 9}, {7, 1}, {8, 1}};
  CHECK(recall::likeness(a, b, 1) == 2.0 / 5);
  a.vectors = {{1, storage::encode_vector(std::vector<float>{1, 0})}};
  CHECK(recall::likeness(a, b, 1) == 2.0 / 5);  // one has no vector
  b.vectors = {{1, storage::encode_vector(std::vector<float>{1, 1})}};
  CHECK(recall::likeness(a, b, 1) == Approx(0.70710678).epsilon(1e-4));
  CHECK(recall::likeness(a, b, 2) == 2.0 / 5);  // in another space
  b.vectors = {{1, storage::encode_vector(std::vector<float>{-1, 0})}};
  CHECK(recall::likeness(a, b, 1) == 0);
  CHECK(recall::likeness({}, {}, std::nullopt) == 0);
}

TEST_CASE("shape: whenever the time is over, the answer is well formed and what is left out comes in order", "[shape]") {
  const TempDir directory;  // filled through the public face, then searched through the seam
  {
    OpenStore open(still_options(), directory / "store.db");
    Random random(7);
    fill(open.scope, random, 60);
    REQUIRE_OK(open.scope.put({.text = "pinned", .pinned = true}));
    REQUIRE_OK(open.store.close());
  }
  const auto store = engine::open_store(directory / "store.db", still_options());
  ScopeImpl scope;
  scope.store = store;
  scope.name = Namespace{"acme", "ada"};
  scope.path = scope.name.to_string();
  {
    const RecallOptions options{.k = 5, .diversity = 0.3, .depth = Depth::kMulti,
                                .rerank = {.reranker = std::make_shared<NoOpinion>(), .budget = std::chrono::hours(1)},
                                .deadline = std::chrono::microseconds(1000)};
    std::vector<Stage> stages = kStages;
    stages.insert(stages.begin(), Stage::kRerank);
    std::vector<Stage> before = stages;
    std::set<std::size_t> sizes;
    for (int expires_at = 1;; ++expires_at) {
      int looks = 0;  // the first look is the start
      store->steady_now = [&] {
        return std::chrono::steady_clock::time_point(std::chrono::microseconds(looks++ < expires_at ? 0 : 1000));
      };
      const RecallResult result = engine::recall(scope, {.text = "tea in lisbon"}, options);
      check_well_formed(result, 5);
      CHECK_FALSE(result.hits.empty());
      CHECK_FALSE(result.pinned.empty());
      REQUIRE(result.dropped.size() <= stages.size());
      CHECK(std::equal(result.dropped.begin(), result.dropped.end(), stages.begin()));
      CHECK(result.dropped.size() <= before.size());  // more time, not more left out
      before = result.dropped;
      sizes.insert(result.dropped.size());
      const bool vector = std::any_of(result.hits.begin(), result.hits.end(), [](const Hit& hit) { return hit.parts.cosine.has_value(); });
      CHECK(vector == (result.dropped.size() < 4));
      if (result.dropped.size() == 5) {
        for (const Hit& hit : result.hits) CHECK(hit.parts.neighbours == 0);
      }
      if (result.dropped.empty()) break;
      REQUIRE(expires_at < 100);
    }
    CHECK(sizes == std::set<std::size_t>{0, 1, 2, 3, 4, 5});
  }
}

TEST_CASE("shape: cancelled before it began, or by another thread while the planner thinks", "[shape]") {
  const OpenStore s;
  Random random(3);
  fill(s.scope, random, 40);
  std::stop_source early;
  early.request_stop();
  const auto nothing_left = s.scope.recall({.text = "tea"}, {.diversity = 0.5, .depth = Depth::kMulti, .cancel = early.get_token()}).value();
  CHECK(nothing_left.dropped == kStages);
  CHECK_FALSE(nothing_left.hits.empty());
  check_well_formed(nothing_left, 10);
  CHECK(s.scope.recall({.text = "tea"}, {.cancel = early.get_token()})->dropped == std::vector<Stage>{Stage::kVector, Stage::kNeighbours});

  std::stop_source source;
  const auto planner = std::make_shared<ScriptedPlanner>([&](const Query&, std::span<const Hit>, std::span<const Pass>) -> Result<std::vector<Pass>> {
    std::thread([&] { source.request_stop(); }).join();
    return std::vector<Pass>{{.text = "violin"}};
  });
  const auto result = s.scope.recall({.text = "tea"}, {.depth = Depth::kMulti, .planner = planner, .cancel = source.get_token()}).value();
  CHECK(result.dropped == std::vector<Stage>{Stage::kPasses});
  CHECK(result.plan.size() == 1);
  CHECK(ids_of(result) == ids_of(s.scope.recall({.text = "tea"}).value()));
}

TEST_CASE("shape: the passes of a planner are made, merged and reported", "[shape]") {
  const OpenStore s(still_options({.embedder = nullptr}));
  const MemoryId sister = s.put("Ada's sister is called Bea");
  const MemoryId porto = s.put("Bea lives in Porto");
  s.put("a violin");
  const Query query{.text = "Where does Ada's sister live?"};
  REQUIRE(s.scope.recall(query, {.k = 1}).value().hits[0].memory.id == sister);
  const auto planner = std::make_shared<ScriptedPlanner>([&](const Query& asked, std::span<const Hit> hits, std::span<const Pass> made) -> Result<std::vector<Pass>> {
    CHECK(asked.text == query.text);
    CHECK(made.front().text == query.text);
    if (made.size() > 1) {
      CHECK(hits.size() == 2);  // the answer so far
      return std::vector<Pass>();
    }
    return std::vector<Pass>{{.why = "entity: Bea", .text = "Bea"}, {.text = "violin", .where = Filter::tag("none")}};
  });
  const auto result = s.scope.recall(query, {.k = 2, .depth = Depth::kMulti, .planner = planner}).value();
  CHECK(planner->calls == 2);
  check_well_formed(result, 2);
  CHECK(ids_of(result) == Ids{sister, porto});
  REQUIRE(result.plan.size() == 3);
  CHECK(result.plan[1].why == "entity: Bea");
  CHECK(result.plan[2].new_hits == 0);
  CHECK(result.hits[1].parts.passes > 0);
  CHECK(result.hits[0].score >= s.scope.recall(query, {.k = 1})->hits[0].score);
  // No more passes than asked for.
  CHECK(s.scope.recall(query, {.depth = Depth::kMulti, .planner = planner, .max_passes = 1})->plan.size() == 2);
  CHECK(s.scope.recall(query, {.depth = Depth::kMulti, .planner = planner, .max_passes = 0})->plan.size() == 1);
  const auto endless = std::make_shared<ScriptedPlanner>([](const Query&, std::span<const Hit>, std::span<const Pass>) -> Result<std::vector<Pass>> {
    return std::vector<Pass>(7, Pass{.text = "tea"});
  });
  CHECK(s.scope.recall(query, {.depth = Depth::kMulti, .planner = endless, .max_passes = 10})->plan.size() == 11);
  CHECK(endless->calls == 2);
}

TEST_CASE("shape: a write while the planner thinks is seen by all passes or by none", "[shape]") {
  const OpenStore s(still_options({.embedder = nullptr}));
  s.put("tea in the morning");
  MemoryId late;
  const auto planner = std::make_shared<ScriptedPlanner>([&](const Query&, std::span<const Hit>, std::span<const Pass> made) -> Result<std::vector<Pass>> {
    if (made.size() > 1) return std::vector<Pass>();
    late = s.put("tea tea tea");  // no lock is held
    return std::vector<Pass>{{.text = "violin"}};
  });
  const auto result = s.scope.recall({.text = "tea"}, {.depth = Depth::kMulti, .planner = planner}).value();
  REQUIRE(result.hits.size() == 2);
  CHECK(result.hits[0].memory.id == late);  // by the first pass, which was made again
  CHECK(result.hits[0].parts.words == 1);
  CHECK(result.seq == s.scope.recall({.text = "tea"})->seq);
}

TEST_CASE("shape: the built-in planner follows shared words and layers without a hit, and repeats itself", "[shape]") {
  const OpenStore s(still_options({.embedder = nullptr}));
  s.put("Ada's sister is called Beatrix");
  s.put("Ada's sister Beatrix plays");
  const MemoryId porto = s.put("Beatrix moved to Porto");
  REQUIRE_OK(s.scope.episodes().record({.text = "sister came to visit"}));
  const RecallOptions multi{.k = 3, .depth = Depth::kMulti};
  CHECK(s.scope.why({.text = "Ada's sister"}, porto)->verdict == Verdict::kNotNominated);
  const auto result = s.scope.recall({.text = "Ada's sister"}, {.k = 10, .depth = Depth::kMulti}).value();
  CHECK(std::any_of(result.hits.begin(), result.hits.end(), [&](const Hit& hit) { return hit.memory.id == porto; }));
  REQUIRE(result.plan.size() == 3);
  CHECK(contains(result.plan[1].text, "Beatrix"));
  CHECK(result.plan[2].layers == std::vector<Layer>{Layer::kConversational, Layer::kProcedural});
  REQUIRE(result.plan[2].window);
  CHECK(result.plan[2].window->end == kStart + hours(24));
  const auto again = s.scope.recall({.text = "Ada's sister"}, {.k = 10, .depth = Depth::kMulti}).value();
  CHECK(ids_of(again) == ids_of(result));
  for (std::size_t i = 0; i < again.hits.size(); ++i) CHECK(again.hits[i].score == result.hits[i].score);
  CHECK(s.scope.recall({.text = "nothing of this"}, multi)->plan.size() == 1);
}

TEST_CASE("shape: a first-pass hit keeps at least its score, and shallow is a depth of one pass", "[shape]") {
  Random random(fresh_seed());
  const OpenStore s;
  fill(s.scope, random, 80);
  for (int round = 0; round < 10; ++round) {
    const Query query{.text = some_words(random, 4)};
    const auto shallow = s.scope.recall(query, {.k = 8}).value();
    const auto multi = s.scope.recall(query, {.k = 8, .depth = Depth::kMulti}).value();
    check_well_formed(multi, 8);
    for (const Hit& hit : multi.hits) {
      const auto before = std::find_if(shallow.hits.begin(), shallow.hits.end(), [&](const Hit& h) { return h.memory.id == hit.memory.id; });
      if (before != shallow.hits.end()) CHECK(hit.score >= before->score);
    }
    const auto none = s.scope.recall(query, {.k = 8, .depth = Depth::kMulti, .planner = once({})}).value();
    CHECK(ids_of(none) == ids_of(shallow));
  }
}

TEST_CASE("shape: why agrees with recall, whatever is asked for", "[shape]") {
  Random random(fresh_seed());
  const OpenStore s;
  fill(s.scope, random, 70);
  const auto memories = s.scope.list({.limit = 1000}).value().items;
  for (int round = 0; round < 12; ++round) {
    RecallOptions options{.k = random.below(6) + 1};
    options.min_score = random.below(2) == 0 ? 0 : 0.4;
    options.min_words = random.below(2) == 0 ? 0 : 0.5;
    options.min_vector = random.below(2) == 0 ? 0 : 0.5;
    options.diversity = random.below(2) == 0 ? 0 : 0.5;
    options.depth = random.below(2) == 0 ? Depth::kShallow : Depth::kMulti;
    if (random.below(2) == 0) options.window = TimeWindow{.begin = kStart - hours(100), .end = kStart - hours(50)};
    if (random.below(2) == 0) options.per_layer = {{.layer = Layer::kEpisodic, .at_least = 1, .at_most = 2}};
    const Query query{.text = some_words(random, 3)};
    const auto result = s.scope.recall(query, options).value();
    check_well_formed(result, options.k);
    for (const Memory& memory : memories) {
      const auto e = s.scope.why(query, memory.id, options).value();
      const auto hit = std::find_if(result.hits.begin(), result.hits.end(), [&](const Hit& h) { return h.memory.id == memory.id; });
      CHECK((e.verdict == Verdict::kHit) == (hit != result.hits.end()));
      CHECK_FALSE(e.reason.empty());
      if (hit != result.hits.end()) CHECK(e.score == hit->score);
      if (e.verdict == Verdict::kBelowMinimum) CHECK((options.min_score > 0 || options.min_words > 0 || options.min_vector > 0));
      if (e.verdict == Verdict::kDisplaced) CHECK(options.diversity > 0);
      if (e.verdict == Verdict::kQuota) CHECK_FALSE(options.per_layer.empty());
      if (e.verdict == Verdict::kBelowCut && options.per_layer.empty() && options.diversity == 0) CHECK(*e.rank > options.k);
    }
  }
}
