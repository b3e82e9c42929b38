// SPDX-License-Identifier: Apache-2.0
// One ranking from the passes of a recall.
#pragma once

#include "recall/search.hpp"

#include <span>
#include <vector>

namespace mnemic::recall {

/// score = that of the first pass + kPassShare · best of the first pass · greatest share of a follow-up pass's best. A memory
/// that the first pass did not give has only what was added, and the raw values of the pass that added it. Best first, ties
/// by id.
std::vector<Found> merge(std::span<const Findings* const> passes);

}  // namespace mnemic::recall
