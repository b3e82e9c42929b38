// SPDX-License-Identifier: Apache-2.0
// Maximal marginal relevance: k hits that score well and are unlike each other.
#pragma once

#include "recall/search.hpp"
#include "storage/tail.hpp"

#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace mnemic::recall {

/// How alike two memories are, in [0, 1]: the cosine of their vectors in `space` when both have one, never below 0; else the
/// share of their terms that both have (Jaccard).
double likeness(const storage::Tail& a, const storage::Tail& b, std::optional<storage::SpaceId> space);

/// The hits among `ranked` (best first), as `choose` takes them, but within its rules always the one with the greatest
/// (1 - diversity) · score / best score - diversity · greatest likeness to one taken; ties by id.
/// @param alike  of two places in `ranked`. Asked k · n times.
/// @source Carbonell and Goldstein, "The use of MMR, diversity-based reranking", 1998.
std::vector<bool> diversify(std::span<const Found> ranked, const RecallOptions& options,
                            const std::function<double(std::size_t, std::size_t)>& alike);

}  // namespace mnemic::recall
