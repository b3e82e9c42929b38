// SPDX-License-Identifier: Apache-2.0
#include "recall/diversify.hpp"

#include "recall/vectors.hpp"
#include "recall/choose.hpp"

#include <algorithm>
#include <map>

namespace mnemic::recall {
namespace {

const storage::CodedVector* vector_of(const storage::Tail& tail, std::optional<storage::SpaceId> space) {
  for (const storage::CodedVector& vector : tail.vectors) {
    if (space && vector.space == *space) return &vector;
  }
  return nullptr;
}

double shared_terms(const std::vector<storage::TermCount>& a, const std::vector<storage::TermCount>& b) {
  std::size_t both = 0;
  for (auto x = a.begin(), y = b.begin(); x != a.end() && y != b.end();) {
    if (x->term == y->term) ++both;
    const bool step_x = x->term <= y->term;
    const bool step_y = y->term <= x->term;
    if (step_x) ++x;
    if (step_y) ++y;
  }
  const std::size_t either = a.size() + b.size() - both;
  return either == 0 ? 0 : static_cast<double>(both) / static_cast<double>(either);
}

}  // namespace

double likeness(const storage::Tail& a, const storage::Tail& b, std::optional<storage::SpaceId> space) {
  const storage::CodedVector* x = vector_of(a, space);
  const storage::CodedVector* y = vector_of(b, space);
  if (x == nullptr || y == nullptr || x->codes.size() != y->codes.size()) return shared_terms(a.terms, b.terms);
  std::int32_t dot = 0;
  for (std::size_t i = 0; i < x->codes.size(); ++i) dot += static_cast<std::int32_t>(x->codes[i]) * y->codes[i];
  return std::clamp(to_cosine(dot), 0.0, 1.0);
}

std::vector<bool> diversify(std::span<const Found> ranked, const RecallOptions& options,
                            const std::function<double(std::size_t, std::size_t)>& alike) {
  std::vector<bool> hits(ranked.size(), false);
  if (ranked.empty()) return hits;
  const double best = ranked.front().score;
  std::vector<double> nearest(ranked.size(), 0);  // greatest likeness to one taken
  std::map<Layer, std::size_t> taken;
  std::size_t left = options.k;

  /// Takes the best of those that `may`; false when there is none.
  const auto take_best = [&](const auto& may) {
    std::optional<std::size_t> picked;
    double most = 0;
    for (std::size_t i = 0; i < ranked.size(); ++i) {
      if (hits[i] || !may(ranked[i].layer)) continue;
      const double value = (1 - options.diversity) * (ranked[i].score / best) - options.diversity * nearest[i];
      if (picked && (value < most || (value == most && ranked[*picked].id < ranked[i].id))) continue;
      picked = i;
      most = value;
    }
    if (!picked) return false;
    hits[*picked] = true;
    ++taken[ranked[*picked].layer];
    if (--left == 0) return true;
    for (std::size_t i = 0; i < ranked.size(); ++i) {
      if (!hits[i]) nearest[i] = std::max(nearest[i], alike(*picked, i));
    }
    return true;
  };

  for (const LayerQuota& quota : options.per_layer) {
    const auto of_layer = [&](Layer layer) { return layer == quota.layer; };
    while (left > 0 && taken[quota.layer] < quota.at_least && take_best(of_layer)) {
    }
  }
  const auto below_most = [&](Layer layer) { return taken[layer] < quota_of(options, layer).at_most; };
  while (left > 0 && take_best(below_most)) {
  }
  return hits;
}

}  // namespace mnemic::recall
