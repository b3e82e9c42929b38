// SPDX-License-Identifier: Apache-2.0
#include "recall/merge.hpp"

#include "recall/constants.hpp"

#include <algorithm>
#include <unordered_map>

namespace mnemic::recall {
namespace {

/// Found by a follow-up pass only: nothing of its score there counts but what is added.
Found added_only(const Found& found) {
  Found added = found;
  added.score = 0;
  added.parts.words = added.parts.vector = added.parts.neighbours = 0;
  added.parts.words_rank.reset();
  added.parts.vector_rank.reset();
  return added;
}

double best_of(const Findings& findings) { return findings.ranked.empty() ? 0 : findings.ranked.front().score; }

}  // namespace

std::vector<Found> merge(std::span<const Findings* const> passes) {
  std::vector<Found> merged = passes.front()->ranked;
  if (passes.size() == 1) return merged;
  std::unordered_map<Seq, std::size_t> places;
  for (std::size_t i = 0; i < merged.size(); ++i) places.emplace(merged[i].seq_from, i);
  const double best = merged.empty() ? 1 : best_of(*passes.front());
  for (const Findings* pass : passes.subspan(1)) {
    const double unit = kPassShare * best / std::max(best_of(*pass), 1e-300);
    for (const Found& found : pass->ranked) {
      const auto [place, fresh] = places.emplace(found.seq_from, merged.size());
      if (fresh) merged.push_back(added_only(found));
      double& added = merged[place->second].parts.passes;
      added = std::max(added, unit * found.score);
    }
  }
  for (Found& found : merged) found.score += found.parts.passes;
  std::sort(merged.begin(), merged.end(), [](const Found& a, const Found& b) { return a.score != b.score ? a.score > b.score : a.id < b.id; });
  return merged;
}

}  // namespace mnemic::recall
