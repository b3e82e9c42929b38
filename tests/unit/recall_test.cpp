// SPDX-License-Identifier: Apache-2.0
// Recall in small: each arm alone, filters inside the search, boosts, layers, neighbours, ties.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "open_store.hpp"

using namespace mnemic;
using namespace mnemic::test;
using Ids = std::vector<MemoryId>;

namespace {

Ids recalled(const Scope& scope, const std::string& text, const RecallOptions& options = {}) {
  return ids_of(scope.recall({.text = text}, options).value());
}

/// score = (words + vector + neighbours) × recency × importance, best first, ties by id.
void check_sums(const RecallResult& result) {
  for (std::size_t i = 0; i < result.hits.size(); ++i) {
    const Hit& hit = result.hits[i];
    const ScoreParts& p = hit.parts;
    CHECK(hit.score == Approx((p.words + p.vector + p.neighbours) * p.recency * p.importance).epsilon(1e-12));
    CHECK(hit.score > 0);
    if (i == 0) continue;
    const Hit& before = result.hits[i - 1];
    CHECK((before.score > hit.score || (before.score == hit.score && before.memory.id < hit.memory.id)));
  }
}

}  // namespace

TEST_CASE("recall: a word found at once after it was put", "[recall]") {
  const OpenStore s;
  const MemoryId seat = s.put("Ada prefers a window seat on trains");
  const MemoryId tea = s.put("Ada drinks green tea");
  CHECK(recalled(s.scope, "What tea does she drink?").front() == tea);
  CHECK(recalled(s.scope, "train seats").front() == seat);
  REQUIRE_OK(s.scope.update(tea, {.text = "Ada drinks coffee now"}));
  CHECK(recalled(s.scope, "coffee").front() == tea);
  for (const Hit& hit : s.scope.recall({.text = "green"}).value().hits) CHECK_FALSE(hit.parts.bm25);
  (void)s.scope.forget(tea).value();
  for (const MemoryId id : recalled(s.scope, "coffee")) CHECK(id != tea);
}

TEST_CASE("recall: each arm nominates alone", "[recall]") {
  const OpenStore s;
  const MemoryId words = s.scope.put({.text = "zebra", .vectors = {{"", std::vector<float>(default_embedder()->space().dimension, 1.0F)}}}).value();  // its vector says nothing of zebras
  const MemoryId content = s.scope.put({.content = Json(1), .vectors = {{"v", {1, 0}}}}).value();
  const auto by_words = s.scope.recall({.text = "zebra"}, {.vector_weight = 0.0}).value();
  REQUIRE(ids_of(by_words) == Ids{words});
  CHECK(by_words.hits[0].parts.words == 1.0);
  CHECK(by_words.hits[0].parts.words_rank == 1U);
  check_sums(by_words);
  const auto by_vector = s.scope.recall({.vector = Vector{"v", {3, 0}}}).value();
  REQUIRE(ids_of(by_vector) == Ids{content});
  CHECK_FALSE(by_vector.hits[0].parts.bm25);
  CHECK_FALSE(by_vector.hits[0].parts.words_rank);
  CHECK(by_vector.hits[0].parts.words == 0);
  CHECK(by_vector.hits[0].parts.vector == 1.0);
  CHECK(by_vector.hits[0].parts.vector_rank == 1U);
  const auto both = s.scope.recall({.text = "zebra", .vector = Vector{"v", {1, 0}}}).value();
  CHECK(both.hits.size() == 2);
  CHECK(both.hits[0].parts.words + both.hits[0].parts.vector == Approx(0.5));
  check_sums(both);
}

TEST_CASE("recall: the weight of the vectors", "[recall]") {
  const OpenStore s;
  (void)s.scope.put({.text = "zebra", .vectors = {{"v", {1, 0}}}}).value();
  (void)s.scope.put({.text = "horse", .vectors = {{"v", {0, 1}}}}).value();
  const auto weights = [&](std::optional<double> weight) {
    const auto result = s.scope.recall({.text = "zebra", .vector = Vector{"v", {1, 0}}}, {.vector_weight = weight}).value();
    return std::pair(result.hits[0].parts.words, result.hits[0].parts.vector);
  };
  CHECK(weights(std::nullopt) == std::pair(0.5, 0.5));  // not the space of an embedder that is known
  CHECK(weights(0.25) == std::pair(0.75, 0.25));
  CHECK(weights(0.0) == std::pair(1.0, 0.0));
  CHECK(weights(1.0) == std::pair(0.0, 1.0));
  const double own = static_embedder() ? 0.3 : 0.05;
  const auto built_in = s.scope.recall({.text = "zebra"}).value();
  CHECK(built_in.hits[0].parts.words == 1 - own);
  CHECK(built_in.hits[0].parts.vector == Approx(own));
  const OpenStore hashed(still_options({.embedder = hashed_embedder()}));
  (void)hashed.put("zebra");
  (void)hashed.put("horse");
  const auto by_parts = hashed.scope.recall({.text = "zebra"}).value();
  CHECK(by_parts.hits[0].parts.words == 0.95);
  CHECK(by_parts.hits[0].parts.vector == Approx(0.05));
}

// Of many encoders no two texts have a cosine below .7: what is near stands out by little, and counts for all that.
TEST_CASE("recall: vectors that all point one way", "[recall]") {
  const OpenStore s;
  const auto put = [&](float nearness, std::size_t rest) {
    std::vector<float> values(9);
    values[0] = nearness;
    values[1 + rest] = std::sqrt(1 - nearness * nearness);
    return s.scope.put({.text = "pebble", .vectors = {{"v", values}}}).value();
  };
  for (std::size_t i = 0; i < 200; ++i) put(0.75F, i % 8);
  const Query query{.vector = Vector{"v", {1, 0, 0, 0, 0, 0, 0, 0, 0}}};
  const double low = 0.75 * 200 / 204;
  CHECK(s.scope.recall(query).value().hits[0].parts.vector == Approx((0.75 - low) / (0.15 * (1 - low))).margin(1e-3));  // nothing stands out
  const MemoryId near = put(0.85F, 0);
  const auto found = s.scope.recall(query).value();
  CHECK(found.hits[0].memory.id == near);
  CHECK(found.hits[0].parts.vector == Approx(1.0));
  CHECK(found.hits[1].parts.vector < 0.15);
}

TEST_CASE("recall: vectors that are all one", "[recall]") {
  const OpenStore s;
  for (int i = 0; i < 500; ++i) (void)s.scope.put({.text = "pebble", .vectors = {{"v", {1, 0}}}}).value();
  for (const Hit& hit : s.scope.recall({.vector = Vector{"v", {1, 0}}}, {.k = 500}).value().hits) {
    if (!(hit.score >= 0 && hit.score <= 1)) FAIL(hit.score);
  }
}

TEST_CASE("recall: a filter that keeps one in a thousand still gives k hits", "[recall]") {
  const OpenStore s(still_options({.embedder = GENERATE(true, false) ? hashed_embedder() : nullptr}));
  Batch batch;
  for (int i = 0; i < 5000; ++i) {
    MemoryInput input;
    input.text = "the meeting number " + std::to_string(i) + (i % 1000 == 7 ? " was long and far from the best match for it" : " meeting");
    input.metadata = Json::object({{"kept", i % 1000 == 7}});
    batch.put(input);
  }
  const auto done = s.scope.write(batch).value();
  const auto result = s.scope.recall({.text = "meeting", .where = Filter::metadata("kept", Op::kEq, true)}, {.k = 5}).value();
  REQUIRE(result.hits.size() == 5);
  for (const Hit& hit : result.hits) CHECK(hit.memory.metadata["kept"].as_bool());
  CHECK(result.searched == 5);
  CHECK(s.scope.recall({.text = "meeting"}, {.k = 5})->searched == 5000);
  check_sums(result);
}

TEST_CASE("recall: k bounds the hits, and k of more is a prefix", "[recall]") {
  const OpenStore s;
  for (int i = 0; i < 30; ++i) s.put("word " + std::string(static_cast<std::size_t>(i), 'x') + " " + std::to_string(i));
  const auto all = recalled(s.scope, "word", {.k = 10'000});
  CHECK(all.size() == 30);
  for (const std::size_t k : {1, 2, 10, 29, 30, 31}) {
    const auto some = recalled(s.scope, "word", {.k = k});
    REQUIRE(some.size() == std::min<std::size_t>(k, 30));
    CHECK(std::equal(some.begin(), some.end(), all.begin()));
  }
  REQUIRE_CODE(s.scope.recall({.text = "word"}, {.k = 0}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.scope.recall({.text = "word"}, {.k = 10'001}), StatusCode::kInvalidArgument);
}

TEST_CASE("recall: ties go by id", "[recall]") {
  const OpenStore s;
  Ids ids;
  for (int i = 0; i < 12; ++i) ids.push_back(s.put("exactly the same"));
  CHECK(recalled(s.scope, "same", {.k = 100}) == ids);
  CHECK(recalled(s.scope, "same", {.k = 5}) == Ids(ids.begin(), ids.begin() + 5));
  const auto result = s.scope.recall({.text = "same"}, {.k = 100}).value();
  for (const Hit& hit : result.hits) CHECK(hit.parts.words_rank == 1U);
}

TEST_CASE("recall: importance raises by its boost", "[recall]") {
  const OpenStore s;
  const MemoryId low = s.scope.put({.text = "tea time", .importance = 0.0}).value();
  const MemoryId high = s.scope.put({.text = "tea time", .importance = 1.0}).value();
  const MemoryId plain = s.put("tea time");
  CHECK(recalled(s.scope, "tea") == Ids{high, plain, low});
  CHECK(recalled(s.scope, "tea", {.importance_boost = 0}) == Ids{low, high, plain});
  const auto result = s.scope.recall({.text = "tea"}, {.importance_boost = 1}).value();
  CHECK(result.hits[0].parts.importance == 1.5);
  CHECK(result.hits[1].parts.importance == 1.0);
  CHECK(result.hits[2].parts.importance == 0.5);
  CHECK(s.scope.recall({.text = "tea"})->hits[0].parts.importance == Approx(1.1));
  check_sums(result);
  for (const double bad : {-0.1, 1.1, std::nan(""), HUGE_VAL}) {
    REQUIRE_CODE(s.scope.recall({.text = "tea"}, {.importance_boost = bad}), StatusCode::kInvalidArgument);
    REQUIRE_CODE(s.scope.recall({.text = "tea"}, {.recency_boost = bad}), StatusCode::kInvalidArgument);
    REQUIRE_CODE(s.scope.recall({.text = "tea"}, {.vector_weight = bad}), StatusCode::kInvalidArgument);
  }
}

TEST_CASE("recall: importance is taken as it is stored", "[recall]") {
  const OpenStore s;
  for (const double importance : {0.1, 0.3, 0.7, 0.9}) {
    const MemoryId id = s.scope.put({.text = "tea time", .importance = importance}).value();
    CHECK(s.scope.get(id)->importance == importance);
  }
  for (const Hit& hit : s.scope.recall({.text = "tea"}, {.importance_boost = 1}).value().hits) {
    CHECK(hit.parts.importance == Approx(1 + (hit.memory.importance - 0.5)).margin(1e-12).epsilon(0));
  }
}

TEST_CASE("recall: recency raises by half per half-life", "[recall]") {
  const OpenStore s;
  const auto aged = [&](std::chrono::hours age) { return s.scope.put({.text = "tea time", .event_time = kStart - age}).value(); };
  const MemoryId old = aged(std::chrono::hours(200)), day = aged(std::chrono::hours(24)), now = aged(std::chrono::hours(0)),
                 future = aged(std::chrono::hours(-1000));
  CHECK(recalled(s.scope, "tea") == Ids{old, day, now, future});  // off by default: ties by id
  const auto result = s.scope.recall({.text = "tea"}, {.recency_boost = 0.5, .recency_half_life = std::chrono::hours(24)}).value();
  CHECK(ids_of(result) == Ids{now, future, day, old});
  CHECK(result.hits[0].parts.recency == 1.5);
  CHECK(result.hits[1].parts.recency == 1.5);  // in the future: no older than now
  CHECK(result.hits[2].parts.recency == Approx(1.25).epsilon(1e-12));
  CHECK(result.hits[3].parts.recency == Approx(1 + 0.5 * std::exp2(-200.0 / 24)).epsilon(1e-12));
  check_sums(result);
  const auto ancient = s.scope.put({.text = "tea time", .event_time = parse_time("0000-01-01").value()}).value();
  const auto last = s.scope.recall({.text = "tea"}, {.recency_boost = 1, .recency_half_life = std::chrono::hours(1)}).value().hits.back();
  CHECK(last.memory.id == ancient);
  CHECK(last.parts.recency == 1.0);
  REQUIRE_CODE(s.scope.recall({.text = "tea"}, {.recency_half_life = std::chrono::hours(0)}), StatusCode::kInvalidArgument);
}

TEST_CASE("recall: layers", "[recall]") {
  const OpenStore s;
  Ids ids;
  for (const Layer layer : {Layer::kConversational, Layer::kEpisodic, Layer::kSemantic, Layer::kProcedural}) {
    ids.push_back(s.scope.put({.layer = layer, .text = "tea"}).value());
  }
  CHECK(recalled(s.scope, "tea") == ids);
  CHECK(recalled(s.scope, "tea", {.layers = {Layer::kSemantic}}) == Ids{ids[2]});
  CHECK(recalled(s.scope, "tea", {.layers = {Layer::kProcedural, Layer::kEpisodic, Layer::kProcedural}}) == Ids{ids[1], ids[3]});
  CHECK(s.scope.recall({.text = "tea"}, {.layers = {Layer::kSemantic}})->searched == 1);
}

TEST_CASE("recall: a turn lends to the ones beside it", "[recall]") {
  const OpenStore s(still_options({.embedder = nullptr}));
  const std::vector<Turn> turns = {Turn{.author = "a", .text = "nothing here"}, Turn{.author = "a", .text = "where is the zebra?"},
                                   Turn{.author = "b", .text = "over there"}, Turn{.author = "b", .text = "nothing again"}};
  const auto ids = s.scope.session("s").append(turns).value();
  (void)s.scope.session("other").append(Turn{.author = "c", .text = "unrelated"}).value();
  const auto result = s.scope.recall({.text = "zebra"}).value();
  REQUIRE(ids_of(result) == Ids{ids[1], ids[2], ids[0]});
  const double answer = 0.7 * 150 / (2 + 150);
  const double before = 0.5 * 150 / (2 + 150);
  CHECK(result.hits[0].parts.words == 1.0);
  CHECK(result.hits[0].parts.neighbours == 0);  // those beside it have no score of their own to lend
  CHECK(result.hits[1].parts.neighbours == Approx(answer).epsilon(1e-12));
  CHECK(result.hits[2].parts.neighbours == Approx(before).epsilon(1e-12));
  CHECK_FALSE(result.hits[1].parts.bm25);
  check_sums(result);
}

TEST_CASE("recall: an update that makes or unmakes a question changes what it lends", "[recall]") {
  const OpenStore s(still_options({.embedder = nullptr}));
  const std::vector<Turn> turns = {Turn{.author = "a", .text = "the zebra is away"}, Turn{.author = "b", .text = "over there"}};
  const auto ids = s.scope.session("s").append(turns).value();
  const auto lent = [&] {
    for (const Hit& hit : s.scope.recall({.text = "zebra"}).value().hits) {
      if (hit.memory.id == ids[1]) return hit.parts.neighbours;
    }
    return -1.0;
  };
  const double length = 150.0 / (2 + 150);
  CHECK(lent() == Approx(0.1 * length));
  REQUIRE_OK(s.scope.update(ids[0], {.text = "where is the zebra?"}));
  CHECK(lent() == Approx(0.7 * length));
  REQUIRE_OK(s.scope.update(ids[0], {.importance = 1.0}));  // another change leaves it
  CHECK(lent() == Approx(0.7 * length));
  REQUIRE_OK(s.scope.update(ids[0], {.text = "the zebra is back"}));
  CHECK(lent() == Approx(0.1 * length));
}

TEST_CASE("recall: states", "[recall]") {
  const OpenStore s;
  Ids want;
  for (const State state : {State::kActive, State::kProposed, State::kConfirmed, State::kRejected, State::kSuperseded, State::kQuarantined}) {
    const MemoryId id = s.scope.put({.text = "tea", .state = state}).value();
    if (state <= State::kConfirmed) want.push_back(id);
  }
  const auto result = s.scope.recall({.text = "tea"}).value();
  CHECK(ids_of(result) == want);
  CHECK(result.searched == 3);
  CHECK(s.scope.count().value() == 6);
}

TEST_CASE("recall: queries that ask for nothing", "[recall]") {
  const OpenStore s;
  s.put("tea");
  REQUIRE_CODE(s.scope.recall({}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.scope.recall({.text = "\xFF"}), StatusCode::kInvalidArgument);
  for (const char* text : {" ", "?!", "\n", "😀", "\"", "AND OR NOT NEAR(", "*", "tea*", "\"tea", "tea)"}) REQUIRE_OK(s.scope.recall({.text = text}));
  CHECK(s.scope.recall({.text = "..."})->hits.empty());
  CHECK(recalled(s.scope, "\"tea").size() == 1);
  CHECK(s.store.scope({"nobody"})->recall({.text = "tea"})->hits.empty());
}

TEST_CASE("recall: says which state of the store it saw", "[recall]") {
  const OpenStore s;
  CHECK(s.scope.recall({.text = "tea"})->seq == 0);
  s.put("tea");
  const auto result = s.scope.recall({.text = "tea"}).value();
  CHECK(result.seq == s.store.stats()->seq);
  CHECK(result.seq == 1);
}

TEST_CASE("recall: a result outlives its store", "[recall]") {
  std::optional<RecallResult> result;
  {
    const OpenStore s;
    s.put("tea");
    result = s.scope.recall({.text = "tea"}).value();
  }
  CHECK(result->hits[0].memory.text == "tea");
  CHECK_FALSE(result->context().empty());
}

TEST_CASE("recall: hits and explanations as JSON", "[recall]") {
  const OpenStore s;
  const MemoryId id = s.put("tea");
  const auto result = s.scope.recall({.text = "tea"}).value();
  const Json hit = to_json(result.hits[0]);
  CHECK(hit["memory"]["id"].as_string() == id.to_string());
  CHECK(hit["score"].as_double() == result.hits[0].score);
  for (const char* name : {"words", "vector", "neighbours", "recency", "importance", "bm25", "cosine", "words_rank", "vector_rank"}) {
    CHECK(hit["parts"].contains(name));
  }
  const Json why = to_json(s.scope.why({.text = "coffee"}, id).value());
  CHECK(why["verdict"].is_string());
  CHECK_FALSE(why["parts"].contains("bm25"));
  CHECK(why["terms"].at(0).as_string() == "coffe");
}
