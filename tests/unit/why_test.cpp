// SPDX-License-Identifier: Apache-2.0
// why(): each verdict reached, and never at odds with recall.
#include <string>
#include <vector>

#include "open_store.hpp"
#include "support/random.hpp"

using namespace mnemic;
using namespace mnemic::test;
using Verdict = Explanation::Verdict;

TEST_CASE("why: a hit", "[why]") {
  const OpenStore s;
  const MemoryId id = s.put("Ada drinks green tea");
  s.put("coffee");
  const auto e = s.scope.why({.text = "Which tea is it?"}, id);
  REQUIRE_OK(e);
  CHECK(e->verdict == Verdict::kHit);
  CHECK(e->rank == 1U);
  CHECK(e->terms == std::vector<std::string>{"tea"});
  CHECK(e->matched == std::vector<std::string>{"tea"});
  CHECK(e->cut == 0);  // fewer than k were found
  CHECK_FALSE(e->reason.empty());
  const auto hit = s.scope.recall({.text = "Which tea is it?"}).value().hits[0];
  CHECK(e->score == hit.score);
  CHECK(e->parts.bm25 == hit.parts.bm25);
  CHECK(e->parts.words == hit.parts.words);
}

TEST_CASE("why: below the cut", "[why]") {
  const OpenStore s;
  s.put("tea tea tea");
  s.put("tea tea");
  const MemoryId last = s.put("tea and much more about other things entirely");
  const auto e = s.scope.why({.text = "tea"}, last, {.k = 2}).value();
  CHECK(e.verdict == Verdict::kBelowCut);
  CHECK(e.rank == 3U);
  CHECK(e.score > 0);
  CHECK(e.cut == s.scope.recall({.text = "tea"}, {.k = 2})->hits[1].score);
  CHECK(e.cut >= e.score);
  CHECK(s.scope.why({.text = "tea"}, last, {.k = 3})->verdict == Verdict::kHit);
}

TEST_CASE("why: not nominated", "[why]") {
  const OpenStore s(still_options({.embedder = nullptr}));
  const MemoryId id = s.put("coffee");
  const auto e = s.scope.why({.text = "green tea"}, id).value();
  CHECK(e.verdict == Verdict::kNotNominated);
  CHECK_FALSE(e.rank);
  CHECK(e.score == 0);
  CHECK(e.terms == std::vector<std::string>{"green", "tea"});
  CHECK(e.matched.empty());
  CHECK(s.scope.why({.text = "..."}, id)->verdict == Verdict::kNotNominated);
}

TEST_CASE("why: filtered, by the query's filter or its layers", "[why]") {
  const OpenStore s;
  const MemoryId id = s.put("tea");
  const auto by_filter = s.scope.why({.text = "tea", .where = Filter::tag("food")}, id).value();
  CHECK(by_filter.verdict == Verdict::kFiltered);
  CHECK(by_filter.matched == std::vector<std::string>{"tea"});
  CHECK(s.scope.why({.text = "tea"}, id, {.layers = {Layer::kEpisodic}})->verdict == Verdict::kFiltered);
  CHECK(s.scope.why({.text = "coffee", .where = Filter::tag("food")}, id)->verdict == Verdict::kFiltered);
  CHECK(s.scope.why({.text = "tea"}, id, {.layers = {Layer::kSemantic}})->verdict == Verdict::kHit);
}

TEST_CASE("why: expired", "[why]") {
  const OpenStore s;
  const MemoryId id = s.scope.put({.text = "tea", .expires_at = kStart + std::chrono::seconds(1)}).value();
  CHECK(s.scope.why({.text = "tea"}, id)->verdict == Verdict::kHit);
  s.clock->advance(std::chrono::seconds(1));
  CHECK(s.scope.why({.text = "tea"}, id)->verdict == Verdict::kExpired);
}

TEST_CASE("why: its state", "[why]") {
  const OpenStore s;
  for (const State state : {State::kRejected, State::kSuperseded, State::kQuarantined}) {
    const MemoryId id = s.scope.put({.text = "tea", .state = state}).value();
    CHECK(s.scope.why({.text = "tea"}, id)->verdict == Verdict::kState);
  }
}

TEST_CASE("why: errors", "[why]") {
  const OpenStore s;
  const MemoryId id = s.put("tea");
  REQUIRE_CODE(s.scope.why({.text = "tea"}, MemoryId()), StatusCode::kNotFound);
  REQUIRE_CODE(s.scope.why({}, id), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.scope.why({.text = "tea"}, id, {.k = 0}), StatusCode::kInvalidArgument);
  (void)s.scope.forget(id).value();
  REQUIRE_CODE(s.scope.why({.text = "tea"}, id), StatusCode::kNotFound);
}

TEST_CASE("why: names are stable", "[why]") {
  CHECK(to_string(Verdict::kHit) == "hit");
  CHECK(to_string(Verdict::kBelowCut) == "below_cut");
  CHECK(to_string(Verdict::kNotNominated) == "not_nominated");
  CHECK(to_string(Verdict::kFiltered) == "filtered");
  CHECK(to_string(Verdict::kExpired) == "expired");
  CHECK(to_string(Verdict::kState) == "state");
}

TEST_CASE("why: a reason holds no memory text", "[why]") {
  const OpenStore s;
  const MemoryId id = s.put("supercalifragilistic tea");
  for (const char* query : {"tea", "supercalifragilistic", "coffee"}) {
    CHECK_FALSE(contains(s.scope.why({.text = query}, id)->reason, "supercali"));
  }
}

TEST_CASE("why: agrees with recall on everything", "[why]") {
  const OpenStore s;
  Random random(51);
  const std::vector<std::string> words = {"tea", "coffee", "green", "black", "cup", "morning", "zebra"};
  std::vector<MemoryId> ids;
  for (int i = 0; i < 40; ++i) {
    MemoryInput input;
    for (std::size_t n = 1 + random.below(5); n > 0; --n) input.text += random.pick(words) + " ";
    input.layer = random.chance(50) ? Layer::kSemantic : Layer::kConversational;
    if (random.chance(50)) input.session = "s";
    if (random.chance(20)) input.state = State::kRejected;
    if (random.chance(20)) input.expires_at = kStart;
    if (random.chance(30)) input.tags = {"t"};
    ids.push_back(s.scope.put(input).value());
  }
  for (int i = 0; i < 20; ++i) {
    Query query{.text = random.pick(words) + " " + random.pick(words)};
    if (random.chance(30)) query.where = Filter::tag("t");
    RecallOptions options{.k = 1 + random.below(12)};
    if (random.chance(30)) options.layers = {Layer::kSemantic};
    const auto result = s.scope.recall(query, options).value();
    for (const MemoryId id : ids) {
      const auto e = s.scope.why(query, id, options).value();
      std::size_t rank = 0;
      for (std::size_t r = 0; r < result.hits.size(); ++r) {
        if (result.hits[r].memory.id == id) rank = r + 1;
      }
      REQUIRE((e.verdict == Verdict::kHit) == (rank > 0));
      if (rank == 0) continue;
      CHECK(e.rank == rank);
      CHECK(e.score == result.hits[rank - 1].score);
    }
  }
}
