// SPDX-License-Identifier: Apache-2.0
// Which of the ranked become the k hits.
#pragma once

#include <mnemic/recall.hpp>

#include <span>
#include <vector>

namespace mnemic::recall {

/// The quota of a layer; one that is not named has weight 1 and no bounds.
LayerQuota quota_of(const RecallOptions& options, Layer layer);

/// The k hits among memories of these layers, best first: first what each layer has kept for its best, then by rank, no
/// layer above its most.
std::vector<bool> choose(std::span<const Layer> ranked, const RecallOptions& options);

/// How many times k the pool holds from which diversity and follow-up passes choose: 4, more for a small k, fewer for a
/// large one.
std::size_t pool_factor(std::size_t k);

/// As `options`, for that pool: k and quotas multiplied. What `choose` takes by `options` from all that is ranked, it also
/// takes from the pool.
RecallOptions pool_of(const RecallOptions& options);

}  // namespace mnemic::recall
