// SPDX-License-Identifier: Apache-2.0
// From raw arm scores to one score per memory.
#pragma once

#include "recall/arms.hpp"
#include "recall/field.hpp"
#include "recall/minimum.hpp"

#include <mnemic/recall.hpp>

#include <cstdint>
#include <vector>

namespace mnemic::recall {

/// Every visible memory's share of each arm, calibrated to [0, 1] and weighted. Empty where the arm did not run.
struct Fused {
  std::vector<double> words;
  std::vector<double> vectors;
  [[nodiscard]] double total(std::size_t flat) const {
    return (words.empty() ? 0 : words[flat]) + (vectors.empty() ? 0 : vectors[flat]);
  }
};

/// Words by their share of the best BM25 score, vectors by where their cosine lies between the mean and the best; a convex
/// sum of the two. When one arm finds nothing at all the other has the whole weight.
Fused fuse(const std::vector<double>& bm25, const std::vector<std::int32_t>& dots, double vector_weight, const Minima& least = {});

/// What the turns before and after lend, per flat number.
std::vector<double> lend_between_turns(const Field& field, const Fused& fused);

double recency_factor(std::int64_t event_time, std::int64_t now, const RecallOptions& options);
double importance_factor(double importance, const RecallOptions& options);

}  // namespace mnemic::recall
