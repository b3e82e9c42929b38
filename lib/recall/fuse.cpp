// SPDX-License-Identifier: Apache-2.0
// Calibration, the convex sum, neighbours and boosts. Every sum runs in flat order.
#include "recall/fuse.hpp"

#include "core/exact_math.hpp"
#include "recall/constants.hpp"

#include <algorithm>
#include <chrono>

namespace mnemic::recall {
namespace {

std::vector<double> calibrate_words(const std::vector<double>& bm25) {
  const double best = bm25.empty() ? 0 : *std::max_element(bm25.begin(), bm25.end());
  if (best <= 0) return {};
  std::vector<double> shares(bm25.size());
  std::transform(bm25.begin(), bm25.end(), shares.begin(), [best](double score) { return score / best; });
  return shares;
}

std::vector<double> calibrate_vectors(const std::vector<std::int32_t>& dots) {
  std::int64_t sum = 0;
  std::int64_t count = 0;
  std::int32_t best = kNoVector;
  for (const std::int32_t dot : dots) {
    if (dot == kNoVector) continue;
    sum += dot;
    ++count;
    best = std::max(best, dot);
  }
  if (count == 0) return {};
  const auto n = static_cast<double>(count);
  const double mean = static_cast<double>(sum) / n / (32767.0 * 32767.0);
  const double low = mean * n / (n + kMeanPrior);
  const double spread = std::max(to_cosine(best) - low, kSpread);
  std::vector<double> shares(dots.size(), 0.0);
  bool any = false;
  for (std::size_t flat = 0; flat < dots.size(); ++flat) {
    if (dots[flat] == kNoVector) continue;
    shares[flat] = std::max(0.0, (to_cosine(dots[flat]) - low) / spread);
    any |= shares[flat] > 0;
  }
  return any ? shares : std::vector<double>{};
}

void scale(std::vector<double>& values, double weight) {
  for (double& value : values) value *= weight;
}

}  // namespace

Fused fuse(const std::vector<double>& bm25, const std::vector<std::int32_t>& dots, double vector_weight, const Minima& least) {
  Fused fused{calibrate_words(bm25), calibrate_vectors(dots)};
  drop_below(fused.words, least.words);
  drop_below(fused.vectors, least.vector);
  if (!fused.words.empty() && !fused.vectors.empty()) {
    scale(fused.words, 1 - vector_weight);
    scale(fused.vectors, vector_weight);
  }
  return fused;
}

std::vector<double> lend_between_turns(const Field& field, const Fused& fused) {
  std::vector<double> lent(field.size(), 0.0);
  for (const Field::Part& part : field.parts()) {
    const auto& docs = part.partition->docs();
    part.partition->for_each_session([&](std::span<const index::DocIndex> turns) {
      constexpr std::size_t kNone = static_cast<std::size_t>(-1);
      std::size_t previous = kNone;
      for (const index::DocIndex turn : turns) {
        const std::size_t flat = part.offset + turn;
        if (!field.visible(flat)) continue;
        if (previous != kNone) {
          const index::Doc& before = docs[previous - part.offset];
          const index::Doc& after = docs[turn];
          const bool answers = before.question && before.author != after.author;
          lent[flat] += (answers ? kFromQuestion : kFromPrevious) * (kShortTurn / (after.length + kShortTurn)) * fused.total(previous);
          lent[previous] += kFromNext * (kShortTurn / (before.length + kShortTurn)) * fused.total(flat);
        }
        previous = flat;
      }
    });
  }
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
