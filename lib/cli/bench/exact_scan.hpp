// SPDX-License-Identifier: Apache-2.0
// The right answers of a vector query, found by comparing it with every stored vector; the bench's own, so that it can
// judge whatever the store does.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace mnemic::cli::bench {

/// The sum of products of two vectors of one length.
float dot(std::span<const float> a, std::span<const float> b);

/// The vector with length 1; all zeros stay.
std::vector<float> normalised(std::vector<float> values);

/// The k highest of the scores it is shown.
class BestScores {
 public:
  explicit BestScores(std::size_t k) : k_(k) {}
  void see(float score);
  /// How many it holds: k, or as many as it was shown.
  [[nodiscard]] std::size_t size() const noexcept { return heap_.size(); }
  /// The lowest of them. Only when size() > 0.
  [[nodiscard]] float last() const { return heap_.front(); }

 private:
  std::size_t k_;
  std::vector<float> heap_;  // the lowest in front
};

/// How far below the k-th best score a result may lie and still be right: scores that close are ties.
inline constexpr float kTie = 1e-6F;

/// Recall at k that knows ties: the share of the k places filled with a result whose own exact score is at least the
/// k-th best one. With fewer than k vectors there are that many places; with none it is 1.
/// @param found  the exact scores of distinct results.
double tie_aware_recall(std::span<const float> found, const BestScores& best);

}  // namespace mnemic::cli::bench
