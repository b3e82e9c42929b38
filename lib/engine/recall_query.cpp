// SPDX-License-Identifier: Apache-2.0
#include "engine/recall_query.hpp"

#include "core/error.hpp"
#include "core/time.hpp"
#include "engine/prepare.hpp"
#include "engine/validate.hpp"
#include "recall/constants.hpp"
#include "text/tokenizer.hpp"

#include <algorithm>
#include <limits>
#include <set>

namespace mnemic::engine {
namespace {

using core::fail;

constexpr auto kInvalid = StatusCode::kInvalidArgument;
constexpr std::size_t kMostPasses = 32;

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

double vector_weight(const KnownEmbedder* own, const RecallOptions& options) {
  if (options.vector_weight) return *options.vector_weight;
  if (own == nullptr) return recall::kModelVectorWeight;
  const std::string& name = own->space().name;
  if (name == "mnemic-static") return recall::kStaticVectorWeight;
  return name == "mnemic-hash" ? recall::kHashedVectorWeight : recall::kModelVectorWeight;
}

void check_rerank(const RerankOptions& rerank, const Limits& limits) {
  if (rerank.top == 0 || rerank.top > limits.k) fail(kInvalid, "rerank.top: {} where 1 to {} is due", rerank.top, limits.k);
  if (rerank.batch == 0) fail(kInvalid, "rerank.batch: 0");
  if (rerank.budget.count() <= 0) fail(kInvalid, "rerank.budget: not positive");
  if (!(rerank.weight >= 0 && rerank.weight <= 1)) fail(kInvalid, "rerank.weight: not in [0, 1]");
}

}  // namespace

void check_window(std::string_view field, const TimeWindow& window) {
  if (window.end <= window.begin) fail(kInvalid, "{}: does not end after it begins", field);
}

void check(const Query& query, const RecallOptions& options, const Limits& limits) {
  if (query.text.empty() && !query.vector) fail(kInvalid, "query: neither text nor a vector");
  validate_text("query.text", query.text, limits.text_bytes);
  if (query.vector) {
    validate_name("query.vector.space", query.vector->space, limits);
    validate_values("query.vector", query.vector->values, limits.dimension);
  }
  core::take(query.where.check());
  validate_count("k", options.k, limits.k);
  const auto unit = [](std::string_view field, double value) {
    if (!(value >= 0 && value <= 1)) fail(kInvalid, "{}: not in [0, 1]", field);
  };
  unit("recency_boost", options.recency_boost);
  unit("importance_boost", options.importance_boost);
  if (options.vector_weight) unit("vector_weight", *options.vector_weight);
  unit("min_words", options.min_words);
  unit("min_vector", options.min_vector);
  unit("diversity", options.diversity);
  unit("author_boost", options.author_boost);
  unit("window_boost", options.window_boost);
  check_rerank(options.rerank, limits);
  if (!(options.min_score >= 0 && options.min_score <= std::numeric_limits<double>::max())) {
    fail(kInvalid, "min_score: not a finite number from 0 on");
  }
  if (options.recency_half_life.count() <= 0) fail(kInvalid, "recency_half_life: not positive");
  for (const Layer layer : options.layers) {
    if (to_string(layer) == "unknown") fail(kInvalid, "layers: not a known one");
  }
  check_quotas(options);
  if (options.valid_at == kOpenEnd) fail(kInvalid, "valid_at: an open end");
  if (options.window) check_window("window", *options.window);
  if (options.reference_time == kOpenEnd) fail(kInvalid, "reference_time: an open end");
  if (to_string(options.depth) == "unknown") fail(kInvalid, "depth: not a known one");
  if (options.max_passes > kMostPasses) fail(kInvalid, "max_passes: {} where the most is {}", options.max_passes, kMostPasses);
  if (options.deadline && options.deadline->count() <= 0) fail(kInvalid, "deadline: not positive");
}

PlannedQuery plan(const ScopeImpl& scope, const Query& query, const RecallOptions& options, recall::Deadline* deadline) {
  StoreImpl& store = *scope.store;
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
  planned.embedders = store.embedders.get();
  const KnownEmbedder& own = planned.embedders->own;
  if (query.vector) {
    if (planned.embedders->is_own(query.vector->space)) planned.own = &own;
    planned.vector_space = query.vector->space;
    planned.request.vector = storage::encode_vector(query.vector->values);
    if (planned.own == nullptr && query.vector->space.empty()) fail(kInvalid, "query.vector: the store has no embedder, so a space must be named");
  } else if (own.embedder != nullptr && !query.text.empty() && (deadline == nullptr || deadline->allows(Stage::kVector))) {
    bool failed = false;
    if (auto vector = embed_query(scope, own, query.text, failed)) {
      planned.own = &own;
      planned.request.vector = *std::move(vector);
    }
    if (failed && deadline != nullptr) deadline->leave_out(Stage::kVector);
  }
  if (options.author_boost > 0 && !query.text.empty()) planned.request.names.emplace(query.text);
  planned.request.options = options;
  planned.request.vector_weight = vector_weight(planned.own, options);
  planned.request.field.layers = options.layers;
  planned.request.field.scope_where = &scope.options.where;
  planned.request.field.query_where = &query.where;
  planned.request.field.now = store.now();
  planned.request.field.valid_at = options.valid_at ? core::to_micros(*options.valid_at) : planned.request.field.now;
  return planned;
}

void bind(const ScopeImpl& scope, storage::Reader& reader, PlannedQuery& planned) {
  recall::SearchRequest& request = planned.request;
  request.field.snapshot = reader.seq();
  const auto& as_of = request.options.as_of;
  if (as_of > request.field.snapshot) fail(kInvalid, "as_of: change {} where the newest is {}", *as_of, request.field.snapshot);
  request.field.as_of = as_of == request.field.snapshot ? std::nullopt : as_of;  // the newest needs no history
  request.field.namespaces = scope.readable(reader);
  if (request.vector.empty()) return;
  std::size_t dimension = 0;
  if (planned.own != nullptr) {
    if (!planned.own->row) {  // a read-only file that never held this space: nothing to compare with
      request.space.reset();
      return;
    }
    request.space = planned.own->row->id;
    dimension = planned.own->row->space.dimension;
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

}  // namespace mnemic::engine
