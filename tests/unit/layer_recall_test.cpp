// SPDX-License-Identifier: Apache-2.0
// Recall across layers: quotas, weights, and pinned memories that are always in the context.
#include "open_store.hpp"

#include <cmath>
#include <map>

using namespace mnemic;
using namespace mnemic::test;

namespace {

/// Ten turns, three episodes, three notes and one skill, all about bees; the turns say it most.
struct Bees : OpenStore {
  Bees() {
    for (int n = 0; n < 10; ++n) scope.session("s").append(Turn{.author = "ada", .text = "bees bees bees, turn " + std::to_string(n)}).value();
    for (int n = 0; n < 3; ++n) scope.episodes().record({.text = "the day number " + std::to_string(n) + " on which some bees came to the garden"}).value();
    for (int n = 0; n < 3; ++n) scope.put({.text = "a rather long note, number " + std::to_string(n) + ", with but one word of bees"}).value();
    scope.skills().record_run({.goal = "how one keeps the bees well over a long and cold winter"}).value();
  }
  std::map<Layer, std::size_t> layers(const RecallOptions& options) const {
    std::map<Layer, std::size_t> counts;
    double before = 1e300;
    for (const Hit& hit : scope.recall({.text = "bees"}, options).value().hits) {
      ++counts[hit.memory.layer];
      CHECK(hit.score <= before);
      before = hit.score;
    }
    return counts;
  }
};

}  // namespace

TEST_CASE("layer recall: without quotas the best of all layers are found in one call", "[layer_recall]") {
  const Bees s;
  CHECK(s.layers({.k = 8}).at(Layer::kConversational) == 8);
  CHECK(s.layers({.k = 100}).size() == 4);
}

TEST_CASE("layer recall: at_least keeps places, at_most bounds them", "[layer_recall]") {
  const Bees s;
  const auto kept = s.layers({.k = 8, .per_layer = {{.layer = Layer::kSemantic, .at_least = 2}, {.layer = Layer::kProcedural, .at_least = 3}}});
  CHECK(kept.at(Layer::kSemantic) == 2);
  CHECK(kept.at(Layer::kProcedural) == 1);  // there is but one
  CHECK(kept.at(Layer::kConversational) == 5);
  const auto bounded = s.layers({.k = 8, .per_layer = {{.layer = Layer::kConversational, .at_most = 3}}});
  CHECK(bounded.at(Layer::kConversational) == 3);
  std::size_t all = 0;
  for (const auto& [layer, count] : bounded) all += count;
  CHECK(all == 8);  // what one layer may not have goes to the others
  const auto none = s.layers({.k = 8, .per_layer = {{.layer = Layer::kConversational, .at_most = 0}}});
  CHECK_FALSE(none.contains(Layer::kConversational));
}

TEST_CASE("layer recall: a weight multiplies the scores of its layer", "[layer_recall]") {
  const Bees s;
  const RecallOptions options{.k = 100, .per_layer = {{.layer = Layer::kSemantic, .weight = 50}}};
  const auto plain = s.scope.recall({.text = "bees"}, {.k = 100}).value();
  const auto weighted = s.scope.recall({.text = "bees"}, options).value();
  CHECK(weighted.hits.front().memory.layer == Layer::kSemantic);
  std::map<MemoryId, double> scores;
  for (const Hit& hit : plain.hits) scores[hit.memory.id] = hit.score;
  for (const Hit& hit : weighted.hits) {
    const double weight = hit.memory.layer == Layer::kSemantic ? 50 : 1;
    CHECK(hit.parts.layer == weight);
    CHECK(std::abs(hit.score - weight * scores.at(hit.memory.id)) < 1e-9);
  }
  CHECK(to_json(weighted.hits.front().parts)["layer"].as_double() == 50);
  CHECK_FALSE(s.layers({.k = 100, .per_layer = {{.layer = Layer::kSemantic, .weight = 0}}}).contains(Layer::kSemantic));
}

TEST_CASE("layer recall: why tells a full quota from a low score", "[layer_recall]") {
  const Bees s;
  const Query query{.text = "bees"};
  const RecallOptions options{.k = 4, .per_layer = {{.layer = Layer::kConversational, .at_most = 2}}};
  const auto found = s.scope.recall(query, options).value();
  std::map<MemoryId, double> hits;
  for (const Hit& hit : found.hits) hits[hit.memory.id] = hit.score;
  std::size_t quota = 0;
  for (const Memory& memory : s.scope.list({.limit = 100}).value()) {
    if (memory.text.empty()) continue;  // a run
    const Explanation why = s.scope.why(query, memory.id, options).value();
    CHECK((why.verdict == Explanation::Verdict::kHit) == hits.contains(memory.id));
    CHECK(why.cut == found.hits.back().score);
    if (hits.contains(memory.id)) CHECK(why.score == hits.at(memory.id));
    if (why.verdict == Explanation::Verdict::kQuota) {
      ++quota;
      CHECK(memory.layer == Layer::kConversational);
      CHECK(contains(why.reason, "quota"));
    }
  }
  CHECK(quota == 8);
}

TEST_CASE("layer recall: pinned memories are in the context whatever k and quotas say", "[layer_recall]") {
  const Bees s;
  s.scope.put({.text = "Call me Addy.", .pinned = true}).value();
  s.scope.put({.layer = Layer::kProcedural, .text = "Answer in Portuguese.", .pinned = true}).value();
  const MemoryId wine = s.scope.facts().assert_fact({.subject = "Ada", .attribute = "drinks", .value = "wine", .pinned = true}).value().id;
  const RecallOptions options{.k = 1, .per_layer = {{.layer = Layer::kSemantic, .at_most = 0}, {.layer = Layer::kProcedural, .weight = 0}}};
  const auto found = s.scope.recall({.text = "bees"}, options).value();
  CHECK(found.hits.size() == 1);
  for (const char* text : {"Call me Addy.", "Answer in Portuguese.", "Ada drinks wine"}) CHECK(contains(found.context(), text));
  // A budget drops hits before pinned memories.
  const PackedContext everything = found.pack(0);
  const PackedContext tight = found.pack(everything.tokens - 1);
  CHECK(contains(tight.text, "Call me Addy."));
  CHECK(contains(tight.text, "Ada drinks wine"));
  CHECK(tight.dropped == std::vector<MemoryId>{found.hits[0].memory.id});
  // A pinned fact that holds no more is not.
  s.clock->advance(std::chrono::hours(1));
  REQUIRE_OK(s.scope.facts().retract(wine));
  CHECK_FALSE(contains(s.scope.recall({.text = "bees"}, options).value().context(), "wine"));
}

TEST_CASE("layer recall: an interval counts in the semantic layer only", "[layer_recall]") {
  const OpenStore s;
  s.scope.put({.layer = Layer::kEpisodic, .text = "bees swarmed", .event_time = kStart - std::chrono::hours(9), .event_end = kStart - std::chrono::hours(8)}).value();
  s.scope.put({.text = "bees were here", .event_time = kStart - std::chrono::hours(9), .event_end = kStart - std::chrono::hours(8)}).value();
  s.scope.put({.text = "bees, no interval", .event_time = kStart + std::chrono::hours(9)}).value();
  CHECK(s.scope.recall({.text = "bees"}).value().hits.size() == 2);
}

TEST_CASE("layer recall: bad quotas are refused", "[layer_recall]") {
  const Bees s;
  const auto refused = [&](std::vector<LayerQuota> per_layer) {
    const auto result = s.scope.recall({.text = "bees"}, {.k = 5, .per_layer = std::move(per_layer)});
    REQUIRE_CODE(result, StatusCode::kInvalidArgument);
    CHECK(contains(result.status().message(), "per_layer"));
  };
  refused({{.layer = Layer::kSemantic}, {.layer = Layer::kSemantic}});
  refused({{.layer = static_cast<Layer>(9)}});
  refused({{.weight = -1}});
  refused({{.weight = std::nan("")}});
  refused({{.weight = 101}});
  refused({{.at_least = 2, .at_most = 1}});
  refused({{.at_least = 6}});
  refused({{.layer = Layer::kSemantic, .at_least = 3}, {.layer = Layer::kEpisodic, .at_least = 3}});
  REQUIRE_CODE(s.scope.recall({.text = "bees"}, {.valid_at = kOpenEnd}), StatusCode::kInvalidArgument);
}
