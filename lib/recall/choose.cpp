// SPDX-License-Identifier: Apache-2.0
#include "recall/choose.hpp"

#include "recall/constants.hpp"

#include <algorithm>
#include <limits>
#include <map>

namespace mnemic::recall {

LayerQuota quota_of(const RecallOptions& options, Layer layer) {
  for (const LayerQuota& quota : options.per_layer) {
    if (quota.layer == layer) return quota;
  }
  return {.layer = layer};
}

std::vector<bool> choose(std::span<const Layer> ranked, const RecallOptions& options) {
  std::vector<bool> hits(ranked.size(), false);
  std::size_t left = options.k;
  std::map<Layer, std::size_t> taken;
  const auto take = [&](std::size_t i) {
    hits[i] = true;
    ++taken[ranked[i]];
    --left;
  };
  for (const LayerQuota& quota : options.per_layer) {
    for (std::size_t i = 0; i < ranked.size(); ++i) {
      if (left == 0 || taken[quota.layer] >= quota.at_least) break;
      if (ranked[i] == quota.layer) take(i);
    }
  }
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    if (left == 0) break;
    if (!hits[i] && taken[ranked[i]] < quota_of(options, ranked[i]).at_most) take(i);
  }
  return hits;
}

std::size_t pool_factor(std::size_t k) {
  const std::size_t wanted = std::max<std::size_t>(kPoolFactor, (kLeastPool + k - 1) / k);
  return std::clamp<std::size_t>(kMostPool / k, 1, wanted);
}

RecallOptions pool_of(const RecallOptions& options) {
  RecallOptions pool = options;
  const std::size_t factor = pool_factor(options.k);
  const auto times = [factor](std::size_t count) {
    return count > std::numeric_limits<std::size_t>::max() / factor ? std::numeric_limits<std::size_t>::max() : count * factor;
  };
  pool.k = times(options.k);
  for (LayerQuota& quota : pool.per_layer) {
    quota.at_least = times(quota.at_least);
    quota.at_most = times(quota.at_most);
  }
  return pool;
}

}  // namespace mnemic::recall
