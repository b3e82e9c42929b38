// SPDX-License-Identifier: Apache-2.0
// The ways to ask, a row each. A new way to read gets a row here.
#include "cli/negative/suite.hpp"
#include "cli/temp_store.hpp"

#include <mnemic/layers/episodes.hpp>
#include <mnemic/layers/session.hpp>
#include <mnemic/recall/explanation.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <iterator>

namespace mnemic::cli::negative {
namespace {

constexpr std::size_t kHits = 50;

RecallOptions options_for(const Question& q, RecallOptions options = {}) {
  options.k = options.k == RecallOptions{}.k ? kHits : options.k;
  options.layers = q.one.layers;
  options.valid_at = q.one.valid_at;
  return options;
}

RecallResult recall(const Question& q, Seen& seen, const RecallOptions& options, const Query& query) {
  RecallResult result = q.scope.recall(query, options).value();
  for (const Hit& hit : result.hits) {
    seen.memory(hit.memory);
    if (hit.passage) seen.text(hit.passage->text);
  }
  for (const Memory& memory : result.pinned) seen.memory(memory);
  return result;
}

void recall(const Question& q, Seen& seen, RecallOptions options = {}) {
  (void)recall(q, seen, options_for(q, std::move(options)), {.text = q.one.text, .where = q.one.where});
}

void explain(const Question& q, Seen& seen, RecallOptions options = {}) {
  options = options_for(q, std::move(options));
  const Explanation explained = q.scope.why({.text = q.one.text, .where = q.one.where}, q.one.id, options).value();
  if (explained.verdict == Explanation::Verdict::kHit) seen.id(q.one.id);
  seen.text(explained.reason);
}

std::vector<LayerQuota> quotas(const Question& q) {
  std::vector<LayerQuota> quotas;
  for (const Layer layer : {Layer::kConversational, Layer::kEpisodic, Layer::kSemantic}) {
    const bool asked = q.one.layers.empty() || std::find(q.one.layers.begin(), q.one.layers.end(), layer) != q.one.layers.end();
    if (asked) quotas.push_back({.layer = layer, .weight = 2.0, .at_least = 5});
  }
  return quotas;
}

/// A whole file as text: everything an export tells of what is planted.
std::string exported(const Store& store) {
  const auto place = TempStore::make("export");
  if (!place) throw Error(place.status());
  (void)store.admin().export_to(place->path(), {.where = Filter::tag("planted"), .history = true}).value();
  std::ifstream in(place->path(), std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

constexpr auto kModes = std::to_array<Mode>({
    {"recall", kSearch, [](const Question& q, Seen& seen) { recall(q, seen); }},
    {"recall, words alone", kSearch, [](const Question& q, Seen& seen) { recall(q, seen, {.vector_weight = 0.0}); }},
    {"recall, vectors alone", kSearch, [](const Question& q, Seen& seen) { recall(q, seen, {.vector_weight = 1.0}); }},
    {"recall by a vector", kSearch,
     [](const Question& q, Seen& seen) {
       if (q.vector.empty()) return recall(q, seen);
       const Query query{.vector = Vector{"", {q.vector.begin(), q.vector.end()}}, .where = q.one.where};
       (void)recall(q, seen, options_for(q), query);
     }},
    {"recall, exact", kSearch, [](const Question& q, Seen& seen) { recall(q, seen, {.exact = true}); }},
    {"recall, many", kSearch, [](const Question& q, Seen& seen) { recall(q, seen, {.k = 1000}); }},
    {"recall, first one", kSearch, [](const Question& q, Seen& seen) { recall(q, seen, {.k = 1}); }},
    {"recall, no neighbours", kSearch, [](const Question& q, Seen& seen) { recall(q, seen, {.neighbours = false}); }},
    {"recall, reranked", kSearch,
     [](const Question& q, Seen& seen) { recall(q, seen, {.rerank = {.reranker = late_interaction_reranker(), .top = 100}}); }},
    {"recall, diverse", kSearch, [](const Question& q, Seen& seen) { recall(q, seen, {.diversity = 0.5}); }},
    {"recall, deep", kSearch, [](const Question& q, Seen& seen) { recall(q, seen, {.depth = Depth::kMulti}); }},
    {"recall, by quotas", kSearch, [](const Question& q, Seen& seen) { recall(q, seen, {.per_layer = quotas(q)}); }},
    {"recall, in time", kSearch,
     [](const Question& q, Seen& seen) {
       const Timestamp begin{};
       recall(q, seen, {.recency_boost = 1.0, .window = TimeWindow{begin, begin + std::chrono::hours(24 * 365 * 100), ""}});
     }},
    {"context", kSearch,
     [](const Question& q, Seen& seen) {
       RecallOptions options = options_for(q);
       options.token_budget = 2000;
       seen.text(recall(q, seen, options, {.text = q.one.text, .where = q.one.where}).context());
     }},
    {"context, one memory", kSearch,  // the hits are not looked at: only what is packed
     [](const Question& q, Seen& seen) {
       const auto result = q.scope.recall({.text = q.one.text, .where = q.one.where}, options_for(q, {.k = 5})).value();
       const PackedContext packed = result.pack(0);
       for (const auto* ids : {&packed.cited, &packed.folded, &packed.dropped}) {
         for (const MemoryId& id : *ids) seen.id(id);
       }
       seen.text(packed.text);
     }},
    {"why", kSearch, [](const Question& q, Seen& seen) { explain(q, seen); }},
    {"facts", kSearch,
     [](const Question& q, Seen& seen) {
       const auto page = q.scope.facts().list({.at = q.one.valid_at, .where = q.one.where, .limit = Limits{}.k}).value();
       for (const Fact& fact : page) {
         seen.memory(fact.memory);
         seen.text(fact.value);
       }
     }},
    {"facts about", kSearch,
     [](const Question& q, Seen& seen) {
       const auto facts = q.scope.facts().about("Subject " + std::to_string(q.one.number), {.at = q.one.valid_at, .where = q.one.where}).value();
       for (const Fact& fact : facts) seen.memory(fact.memory);
     }},
    {"list", kListing,
     [](const Question& q, Seen& seen) {
       for (const Memory& memory : q.scope.list({.where = q.one.where, .limit = 500}).value()) seen.memory(memory);
     }},
    {"list, by filter", kListing,
     [](const Question& q, Seen& seen) {
       ListOptions options{.where = q.one.where && Filter::tag("planted"), .order = Order::kCreated, .limit = 100};
       do {
         const Page page = q.scope.list(options).value();
         for (const Memory& memory : page) seen.memory(memory);
         options.cursor = page.next;
       } while (!options.cursor.empty());
     }},
    {"count", kListing,
     [](const Question& q, Seen& seen) {
       if (q.scope.count(q.one.where && Filter::id(q.one.id)).value() > 0) seen.id(q.one.id);
     }},
    {"related", kListing,
     [](const Question& q, Seen& seen) {
       for (const Related& related : q.scope.related(q.one.anchor, {.where = q.one.where}).value()) seen.memory(related.memory);
     }},
    {"timeline", kListing,
     [](const Question& q, Seen& seen) {
       const auto timeline = q.scope.episodes().timeline({.where = q.one.where, .order = Order::kNewest, .limit = 500}).value();
       for (const Episode& episode : timeline.items) seen.memory(episode.memory);
     }},
    {"get", kDirect, [](const Question& q, Seen& seen) { seen.memory(q.scope.get(q.one.id, {.vectors = true}).value()); }},
    {"get by key", kDirect,
     [](const Question& q, Seen& seen) {
       if (!q.one.key.empty()) seen.memory(q.scope.get(q.one.layer, q.one.key).value());
     }},
    {"window of a session", kDirect,
     [](const Question& q, Seen& seen) {
       for (const Memory& memory : q.scope.session(q.one.session).window({.max_tokens = 1'000'000}).value()) seen.memory(memory);
     }},
    {"what forget would hide", kDirect,
     [](const Question& q, Seen& seen) {
       const ForgetReport report = q.scope.forget(q.one.id, {.dry_run = true}).value();
       for (const MemoryId& id : report.ids) seen.id(id);
     }},
    {"recall as of", kPast, [](const Question& q, Seen& seen) { recall(q, seen, {.as_of = q.as_of}); }},
    {"recall as of, exact", kPast, [](const Question& q, Seen& seen) { recall(q, seen, {.as_of = q.as_of, .exact = true}); }},
    {"recall as of, vectors alone", kPast, [](const Question& q, Seen& seen) { recall(q, seen, {.as_of = q.as_of, .vector_weight = 1.0}); }},
    {"why as of", kPast, [](const Question& q, Seen& seen) { explain(q, seen, {.as_of = q.as_of}); }},
    {"find", kAdmin, [](const Question& q, Seen& seen) { seen.memory(q.store.admin().find(q.one.id).value()); }},
    {"history", kAdmin,
     [](const Question& q, Seen& seen) {
       for (const Memory& memory : q.store.admin().history(q.one.id).value()) seen.memory(memory);
     }},
    {"export", kAdmin,
     [](const Question& q, Seen& seen) {
       const std::string file = exported(q.store);
       seen.text(file);
       if (file.find(q.one.id.to_string()) != std::string::npos) seen.id(q.one.id);
     }},
    {"jobs", kAdmin,
     [](const Question& q, Seen& seen) {
       for (const Job& job : q.store.jobs().list({.limit = Limits{}.k}).value()) seen.text(to_json(job).dump());
     }},
});

}  // namespace

std::span<const Mode> modes() { return kModes; }

}  // namespace mnemic::cli::negative
