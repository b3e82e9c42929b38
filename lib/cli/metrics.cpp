// SPDX-License-Identifier: Apache-2.0
#include "cli/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <unordered_set>

namespace mnemic::cli {
namespace {

double discount(std::size_t rank) {
  return 1.0 / std::log2(static_cast<double>(rank) + 1.0);
}

}  // namespace

Ranking distinct(Ranking ranked) {
  std::unordered_set<std::string> seen;
  std::erase_if(ranked, [&seen](const std::string& id) { return !seen.insert(id).second; });
  return ranked;
}

double recall_at(const Ranking& ranked, const Evidence& evidence, std::size_t k) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < std::min(k, ranked.size()); ++i) found += evidence.count(ranked[i]);
  return static_cast<double>(found) / static_cast<double>(evidence.size());
}

double hit_at(const Ranking& ranked, const Evidence& evidence, std::size_t k) {
  return reciprocal_rank_at(ranked, evidence, k) > 0 ? 1.0 : 0.0;
}

double ndcg_at(const Ranking& ranked, const Evidence& evidence, std::size_t k) {
  double gained = 0;
  for (std::size_t i = 0; i < std::min(k, ranked.size()); ++i) {
    if (const auto it = evidence.find(ranked[i]); it != evidence.end()) gained += it->second * discount(i + 1);
  }
  std::vector<int> grades;
  for (const auto& [id, grade] : evidence) grades.push_back(grade);
  std::sort(grades.begin(), grades.end(), std::greater<>());
  double ideal = 0;
  for (std::size_t i = 0; i < std::min(k, grades.size()); ++i) ideal += grades[i] * discount(i + 1);
  return gained / ideal;
}

double reciprocal_rank_at(const Ranking& ranked, const Evidence& evidence, std::size_t k) {
  for (std::size_t i = 0; i < std::min(k, ranked.size()); ++i) {
    if (evidence.contains(ranked[i])) return 1.0 / static_cast<double>(i + 1);
  }
  return 0;
}

double mean(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  return values[std::clamp<std::size_t>(rank, 1, values.size()) - 1];
}

Interval bootstrap_interval(std::span<const double> values, std::size_t resamples, std::uint64_t seed) {
  if (values.empty() || resamples == 0) return {};
  std::mt19937_64 random(seed);  // its sequence is fixed by the standard; a distribution's is not
  std::vector<double> means;
  means.reserve(resamples);
  for (std::size_t i = 0; i < resamples; ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < values.size(); ++j) sum += values[random() % values.size()];
    means.push_back(sum / static_cast<double>(values.size()));
  }
  return {percentile(means, 0.025), percentile(means, 0.975)};
}

}  // namespace mnemic::cli
