// SPDX-License-Identifier: Apache-2.0
// Calibration, the convex sum, neighbours and boosts. Every sum runs in flat order.
#include "recall/fuse.hpp"

#include "core/exact_math.hpp"
#include "recall/constants.hpp"

#include <algorithm>
#include <chrono>

namespace mnemic::recall {

Fusion::Fusion(const Pool& pool, const VectorQuery& vectors, double vector_weight, const RecallOptions& options) : options_(options) {
  std::int32_t best_dot = kNoVector;
  for (const Member& member : pool.members) {
    best_bm25_ = std::max(best_bm25_, member.bm25);
    best_dot = std::max(best_dot, member.dot);
  }
  if (!vectors.empty()) {
    const auto n = static_cast<double>(vectors.count());
    const double mean = static_cast<double>(vectors.sum()) / n / (32767.0 * 32767.0);
    low_ = mean * n / (n + kMeanPrior);
    spread_ = std::max(to_cosine(best_dot) - low_, kSpread * std::max(1 - low_, kLeastLeft));
  }
  const bool by_words = best_bm25_ > 0;
  const bool by_vectors = vector_share(best_dot) > 0;
  if (by_words) words_weight_ = by_vectors ? 1 - vector_weight : 1;
  if (by_vectors) vectors_weight_ = by_words ? vector_weight : 1;
}

double Fusion::words_share(double bm25) const {
  const double share = best_bm25_ > 0 ? bm25 / best_bm25_ : 0;
  return share < options_.min_words ? 0 : share;
}

double Fusion::vector_share(std::int32_t dot) const {
  const double share = dot == kNoVector ? 0 : std::max(0.0, (to_cosine(dot) - low_) / spread_);
  return share < options_.min_vector ? 0 : share;
}

double Fusion::words(const Member& member) const { return words_weight_ > 0 ? words_share(member.bm25) * words_weight_ : 0; }

double Fusion::vector(const Member& member) const { return vectors_weight_ > 0 ? vector_share(member.dot) * vectors_weight_ : 0; }

double Fusion::lent(const Pool& pool, const Member& member) const {
  double lent = 0;
  const double share = kShortTurn / (member.doc->length + kShortTurn);
  if (member.previous != Member::kNobody) {
    const Member& before = pool.members[member.previous];
    const bool answers = before.doc->question && before.doc->author != member.doc->author;
    lent += (answers ? kFromQuestion : kFromPrevious) * share * total(before);
  }
  if (member.next != Member::kNobody) lent += kFromNext * share * total(pool.members[member.next]);
  return lent;
}

double recency_factor(std::int64_t event_time, std::int64_t now, const RecallOptions& options) {
  if (options.recency_boost == 0) return 1;
  const double age = static_cast<double>(std::max<std::int64_t>(0, now - event_time));
  const double half_life =
      static_cast<double>(std::chrono::duration_cast<std::chrono::microseconds>(options.recency_half_life).count());
  return 1 + options.recency_boost * core::exact_exp2(-age / half_life);
}

double importance_factor(double importance, const RecallOptions& options) {
  return 1 + options.importance_boost * (importance - 0.5);
}

}  // namespace mnemic::recall
