// SPDX-License-Identifier: Apache-2.0
#include "cli/bench/exact_scan.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

namespace mnemic::cli::bench {

float dot(std::span<const float> a, std::span<const float> b) {
  constexpr std::size_t kLanes = 16;  // sums side by side, which the compiler may keep in wide registers
  std::array<float, kLanes> lanes{};
  const std::size_t n = std::min(a.size(), b.size());
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += a[i + lane] * b[i + lane];
  }
  float sum = 0;
  for (; i < n; ++i) sum += a[i] * b[i];
  for (const float lane : lanes) sum += lane;
  return sum;
}

std::vector<float> normalised(std::vector<float> values) {
  const float length = std::sqrt(dot(values, values));
  if (length > 0) {
    for (float& value : values) value /= length;
  }
  return values;
}

void BestScores::see(float score) {
  if (heap_.size() == k_) {
    if (k_ == 0 || score <= heap_.front()) return;
    std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
    heap_.pop_back();
  }
  heap_.push_back(score);
  std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
}

double tie_aware_recall(std::span<const float> found, const BestScores& best) {
  if (best.size() == 0) return 1;
  const float least = best.last() - kTie;
  const auto right = std::count_if(found.begin(), found.end(), [least](float score) { return score >= least; });
  return std::min(1.0, static_cast<double>(right) / static_cast<double>(best.size()));
}

}  // namespace mnemic::cli::bench
