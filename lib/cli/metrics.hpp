// SPDX-License-Identifier: Apache-2.0
// Measures of retrieval. `ranked`: distinct ids, best first. `evidence`: id and grade (>= 1) of every right answer,
// never empty.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace mnemic::cli {

using Ranking = std::vector<std::string>;
using Evidence = std::unordered_map<std::string, int>;

/// Keeps the first of equal ids.
Ranking distinct(Ranking ranked);

/// Share of the evidence among the first k: |E ∩ T_k| / |E|.
double recall_at(const Ranking& ranked, const Evidence& evidence, std::size_t k);
/// 1 when any evidence is among the first k, else 0.
double hit_at(const Ranking& ranked, const Evidence& evidence, std::size_t k);
/// DCG@k / ideal DCG@k with gain = grade and discount 1 / log2(rank + 1).
/// @source  Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", 2002.
double ndcg_at(const Ranking& ranked, const Evidence& evidence, std::size_t k);
/// 1 / rank of the first evidence among the first k, else 0.
double reciprocal_rank_at(const Ranking& ranked, const Evidence& evidence, std::size_t k);

/// The arithmetic mean; 0 of nothing.
double mean(std::span<const double> values);
/// The nearest-rank percentile, `share` in (0, 1]; 0 of nothing.
double percentile(std::vector<double> values, double share);

struct Interval {
  double low = 0;
  double high = 0;
};
/// 95 % interval of the mean: percentiles over `resamples` draws with replacement, always the same for one `seed`.
/// @source  Efron, "Bootstrap methods: another look at the jackknife", 1979.
Interval bootstrap_interval(std::span<const double> values, std::size_t resamples, std::uint64_t seed = 42);

}  // namespace mnemic::cli
