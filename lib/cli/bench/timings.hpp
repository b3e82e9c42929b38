// SPDX-License-Identifier: Apache-2.0
// Milliseconds, and the two percentiles that are told of them.
#pragma once

#include "cli/metrics.hpp"

#include <chrono>
#include <vector>

namespace mnemic::cli::bench {

/// Runs from when it is made.
class Stopwatch {
 public:
  [[nodiscard]] double ms() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Nearest-rank percentiles, in milliseconds: the values of the rank ceil(share · n).
struct Timings {
  double p50 = 0;
  double p95 = 0;
};

inline Timings timings_of(const std::vector<double>& ms) {
  return {percentile(ms, 0.50), percentile(ms, 0.95)};
}

}  // namespace mnemic::cli::bench
