// SPDX-License-Identifier: Apache-2.0
// From raw arm scores to one score per memory.
#pragma once

#include "recall/pool.hpp"

#include <mnemic/recall.hpp>

#include <cstdint>

namespace mnemic::recall {

/// Each arm's share, calibrated to [0, 1] and weighted: words by their share of the best BM25 score, vectors by where their
/// cosine lies between the mean and the best. A convex sum; when one arm finds nothing at all the other has the whole weight.
class Fusion {
 public:
  /// @param options  least shares: below its minimum an arm gives a memory nothing.
  Fusion(const Pool& pool, const VectorQuery& vectors, double vector_weight, const RecallOptions& options);

  [[nodiscard]] double words(const Member& member) const;
  [[nodiscard]] double vector(const Member& member) const;
  [[nodiscard]] double total(const Member& member) const { return words(member) + vector(member); }
  /// What the turns before and after lend.
  [[nodiscard]] double lent(const Pool& pool, const Member& member) const;

 private:
  [[nodiscard]] double words_share(double bm25) const;
  [[nodiscard]] double vector_share(std::int32_t dot) const;

  const RecallOptions& options_;
  double best_bm25_ = 0;
  double low_ = 0;     // the mean cosine, trusted by how many there are
  double spread_ = 1;  // from there to the best one
  double words_weight_ = 0;
  double vectors_weight_ = 0;
};

double recency_factor(std::int64_t event_time, std::int64_t now, const RecallOptions& options);
double importance_factor(double importance, const RecallOptions& options);

}  // namespace mnemic::recall
