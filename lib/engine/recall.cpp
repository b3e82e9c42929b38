// SPDX-License-Identifier: Apache-2.0
// Scope::recall and Scope::why: what to search, and what to make of it.
#include "core/error.hpp"
#include "core/time.hpp"
#include "engine/layer_scope.hpp"
#include "engine/validate.hpp"
#include "recall/constants.hpp"
#include "recall/search.hpp"
#include "text/tokenizer.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace mnemic {
namespace {

using core::fail;
using core::guarded;
using storage::Reader;

constexpr auto kInvalid = StatusCode::kInvalidArgument;

/// A query that was checked, tokenised and embedded: all that is done before the transaction.
struct PlannedQuery {
  std::vector<std::string> terms;
  recall::SearchRequest request;
  std::string vector_space;  // of the caller's vector; looked up inside the transaction
  bool own_space = false;
};

void check_quotas(const RecallOptions& options) {
  std::size_t kept = 0;
  std::set<Layer> named;
  for (const LayerQuota& quota : options.per_layer) {
    if (to_string(quota.layer) == "unknown") fail(kInvalid, "per_layer: not a known layer");
    if (!named.insert(quota.layer).second) fail(kInvalid, "per_layer: {} is named twice", to_string(quota.layer));
    if (!(quota.weight >= 0 && quota.weight <= 100)) fail(kInvalid, "per_layer: the weight of {} is not in [0, 100]", to_string(quota.layer));
    if (quota.at_least > quota.at_most) fail(kInvalid, "per_layer: {} has at_least above at_most", to_string(quota.layer));
    if (quota.at_least > options.k - kept) fail(kInvalid, "per_layer: at_least adds up to more than k");
    kept += quota.at_least;
  }
}

void check(const Query& query, const RecallOptions& options, const Limits& limits) {
  if (query.text.empty() && !query.vector) fail(kInvalid, "query: neither text nor a vector");
  engine::validate_text("query.text", query.text, limits.text_bytes);
  if (query.vector) {
    engine::validate_name("query.vector.space", query.vector->space, limits);
    engine::validate_values("query.vector", query.vector->values, limits.dimension);
  }
  core::take(query.where.check());
  engine::validate_count("k", options.k, limits.k);
  const auto unit = [](std::string_view field, double value) {
    if (!(value >= 0 && value <= 1)) fail(kInvalid, "{}: not in [0, 1]", field);
  };
  unit("recency_boost", options.recency_boost);
  unit("importance_boost", options.importance_boost);
  if (options.vector_weight) unit("vector_weight", *options.vector_weight);
  if (options.recency_half_life.count() <= 0) fail(kInvalid, "recency_half_life: not positive");
  for (const Layer layer : options.layers) {
    if (to_string(layer) == "unknown") fail(kInvalid, "layers: not a known one");
  }
  check_quotas(options);
  if (options.valid_at == kOpenEnd) fail(kInvalid, "valid_at: an open end");
}

double vector_weight(const StoreImpl& store, bool own_space, const RecallOptions& options) {
  if (options.vector_weight) return *options.vector_weight;
  static const std::string hashed = hashed_embedder()->space().name;
  const bool is_hashed = own_space && store.options.embedder != nullptr && store.options.embedder->space().name == hashed;
  return is_hashed ? recall::kHashedVectorWeight : recall::kModelVectorWeight;
}

PlannedQuery plan(const ScopeImpl& scope, const Query& query, const RecallOptions& options) {
  StoreImpl& store = *scope.store;
  check(query, options, store.options.limits);
  PlannedQuery planned;
  {
    auto tokenizer = store.tokenizers.lease();
    for (std::string& term : tokenizer->tokens(query.text, text::Side::kQuery)) {
      const std::uint64_t hash = text::term_hash(term);
      auto& hashes = planned.request.terms;
      if (std::find(hashes.begin(), hashes.end(), hash) != hashes.end()) continue;
      hashes.push_back(hash);
      planned.terms.push_back(std::move(term));
    }
  }
  if (query.vector) {
    planned.own_space = store.is_own_space(query.vector->space);
    planned.vector_space = query.vector->space;
    planned.request.vector = storage::encode_vector(query.vector->values);
    if (planned.own_space && store.options.embedder == nullptr) {
      fail(kInvalid, "query.vector: the store has no embedder, so a space must be named");
    }
  } else if (auto vector = engine::embed_query(store, query.text)) {
    planned.own_space = true;
    planned.request.vector = *std::move(vector);
  }
  planned.request.options = options;
  planned.request.vector_weight = vector_weight(store, planned.own_space, options);
  planned.request.field.layers = options.layers;
  planned.request.field.scope_where = &scope.options.where;
  planned.request.field.query_where = &query.where;
  planned.request.field.now = store.now();
  planned.request.field.valid_at = options.valid_at ? core::to_micros(*options.valid_at) : planned.request.field.now;
  return planned;
}

/// What only the transaction knows: the snapshot, the namespaces, the space's number.
void bind(const ScopeImpl& scope, Reader& reader, PlannedQuery& planned) {
  recall::SearchRequest& request = planned.request;
  request.field.snapshot = reader.seq();
  request.field.namespaces = scope.readable(reader);
  if (request.vector.empty()) return;
  std::size_t dimension = 0;
  if (planned.own_space) {
    if (!scope.store->own_space) {  // a read-only file that never held this space: nothing to compare with
      request.space.reset();
      return;
    }
    request.space = scope.store->own_space->id;
    dimension = scope.store->own_space->space.dimension;
  } else {
    const auto space = reader.find_space(planned.vector_space, "");
    if (!space) fail(kInvalid, "query.vector.space: '{}' is not known to this store", planned.vector_space);
    request.space = space->id;
    dimension = space->space.dimension;
  }
  if (request.vector.size() != dimension) {
    fail(kInvalid, "query.vector: dimension {} where the space has {}", request.vector.size(), dimension);
  }
}

/// Searches in one read transaction and hands the findings to `use` inside it. A snapshot that a concurrent call has
/// overtaken is taken anew.
void search(const ScopeImpl& scope, PlannedQuery& planned, const std::function<void(Reader&, recall::Findings&)>& use) {
  constexpr int kAttempts = 100;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    bool done = false;
    scope.store->database.read([&](Reader& reader) {
      bind(scope, reader, planned);
      auto findings = recall::search(reader, scope.store->partitions, planned.request);
      if (!findings) return;
      use(reader, *findings);
      done = true;
    });
    scope.store->partitions.trim();
    if (done) return;
  }
  fail(StatusCode::kBusy, "other calls kept changing this namespace");
}

/// The interval in which a fact holds.
std::optional<Validity> validity_of(const Memory& memory) {
  if (memory.layer != Layer::kSemantic || !memory.event_end) return std::nullopt;
  return Validity{memory.event_time, *memory.event_end == kOpenEnd ? std::nullopt : memory.event_end};
}

std::string make_nonce(RandomSource& random) {
  std::array<std::uint8_t, 8> bytes{};
  random.fill(bytes);
  std::string nonce;
  for (const std::uint8_t byte : bytes) nonce += fmt::format("{:02x}", byte);
  return nonce;
}

std::string reason_of(const Explanation& e, std::size_t k) {
  using Verdict = Explanation::Verdict;
  switch (e.verdict) {
    case Verdict::kHit: return fmt::format("rank {} of the {} asked for", *e.rank, k);
    case Verdict::kBelowCut: return fmt::format("rank {}, below the {} asked for: score {:.4f}, the last hit has {:.4f}", *e.rank, k, e.score, e.cut);
    case Verdict::kNotNominated:
      return e.terms.empty() ? "no arm gives it any score" : "it shares no word with the query, its vector is not similar, and no neighbouring turn lends it score";
    case Verdict::kFiltered: return "the query's filter or layers leave it out";
    case Verdict::kExpired: return "it has expired";
    case Verdict::kState: return "its state keeps it from being recalled";
    case Verdict::kNotHolding: return "it is a fact that does not hold at the asked moment";
    case Verdict::kQuota: return fmt::format("rank {}, but the quotas of layers gave its place to others", *e.rank);
  }
  return {};
}

}  // namespace

RecallResult engine::recall(const ScopeImpl& scope, const Query& query, const RecallOptions& options) {
  StoreImpl& store = *scope.store;
  PlannedQuery planned = plan(scope, query, options);
  RecallResult result;
  search(scope, planned, [&](Reader& reader, recall::Findings& findings) {
    result.hits.clear();
    for (recall::Found& found : findings.ranked) {
      Hit hit{finish(reader, reader.version(found.seq_from), false), found.score, std::move(found.parts), {}};
      hit.holds = validity_of(hit.memory);
      result.hits.push_back(std::move(hit));
    }
    storage::Selection pinned = scope.visible(reader, planned.request.field.now, &query.where);
    pinned.layers = options.layers;
    result.pinned.clear();
    for (storage::Record& record : reader.pinned(pinned, planned.request.field.valid_at)) {
      result.pinned.push_back(finish(reader, std::move(record), false));
    }
    result.seq = planned.request.field.snapshot;
    result.searched = findings.searched;
  });
  result.token_budget = options.token_budget;
  result.time_zone = scope.zone();
  result.token_counter = store.options.token_counter;
  result.nonce = make_nonce(*store.options.random);
  return result;
}

Result<RecallResult> Scope::recall(const Query& query, const RecallOptions& options) const {
  return guarded("recall", [&] { return engine::recall(*impl_, query, options); });
}

Result<Explanation> Scope::why(const Query& query, MemoryId id, const RecallOptions& options) const {
  return guarded("why", [&] {
    PlannedQuery planned = plan(*impl_, query, options);
    planned.request.everything = true;
    planned.request.field.all_vectors = true;
    Explanation e;
    e.terms = planned.terms;
    search(*impl_, planned, [&](Reader& reader, recall::Findings& findings) {
      // Expired memories are looked at too: that they have expired is the answer.
      const std::int64_t before_all = std::numeric_limits<std::int64_t>::min();
      const auto seq = reader.find(impl_->visible(reader, before_all), id);
      if (!seq) fail(StatusCode::kNotFound, "id: no such memory in this scope");
      const Memory memory = reader.version(*seq, id).memory;
      e.matched.clear();
      const storage::Tail tail = reader.tail(*seq);
      for (std::size_t i = 0; i < planned.terms.size(); ++i) {
        const std::uint64_t term = planned.request.terms[i];
        if (std::any_of(tail.terms.begin(), tail.terms.end(), [term](const auto& t) { return t.term == term; })) {
          e.matched.push_back(planned.terms[i]);
        }
      }
      const auto& ranked = findings.ranked;
      const auto is_hit = [](const recall::Found& found) { return found.hit; };
      if (static_cast<std::size_t>(std::count_if(ranked.begin(), ranked.end(), is_hit)) == options.k) {
        e.cut = std::find_if(ranked.rbegin(), ranked.rend(), is_hit)->score;
      }
      const auto found = std::find_if(ranked.begin(), ranked.end(), [&](const auto& f) { return f.seq_from == *seq; });
      if (found != ranked.end()) {
        e.rank = static_cast<std::size_t>(found - ranked.begin()) + 1;
        e.score = found->score;
        e.parts = found->parts;
        e.verdict = found->hit ? Explanation::Verdict::kHit
                    : *e.rank <= options.k || e.score > e.cut ? Explanation::Verdict::kQuota
                                                              : Explanation::Verdict::kBelowCut;
        return;
      }
      storage::Selection asked = impl_->visible(reader, before_all, &query.where);
      asked.layers = options.layers;
      const State state = memory.state;
      const auto holds = validity_of(memory);
      const Timestamp valid_at = core::from_micros(planned.request.field.valid_at);
      if (state == State::kRejected || state == State::kQuarantined || (state == State::kSuperseded && !(holds && holds->until))) {
        e.verdict = Explanation::Verdict::kState;
      } else if (holds && (valid_at < holds->since || (holds->until && *holds->until <= valid_at))) {
        e.verdict = Explanation::Verdict::kNotHolding;
      } else if (memory.expires_at && memory.expires_at->time_since_epoch().count() <= planned.request.field.now) {
        e.verdict = Explanation::Verdict::kExpired;
      } else {
        const auto weightless = [&](const LayerQuota& quota) { return quota.layer == memory.layer && quota.weight == 0; };
        const bool left_out = std::any_of(options.per_layer.begin(), options.per_layer.end(), weightless) || !reader.find(asked, id);
        e.verdict = left_out ? Explanation::Verdict::kFiltered : Explanation::Verdict::kNotNominated;
      }
    });
    e.reason = reason_of(e, options.k);
    return e;
  });
}

}  // namespace mnemic
