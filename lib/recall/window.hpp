// SPDX-License-Identifier: Apache-2.0
// The soft window of time: where it comes from, and what it does to a score.
#pragma once

#include <mnemic/recall.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace mnemic::recall {

/// The window that a query is about: the one given, else that of a time expression in its text, else none.
std::optional<TimeWindow> window_of(const Query& query, const RecallOptions& options, std::int64_t now, const std::string& zone);

/// 1 + boost · nearness; 1 without a window. `end`: index::kNoInterval for a moment.
double window_factor(std::int64_t begin, std::int64_t end, const std::optional<TimeWindow>& window, double boost);

}  // namespace mnemic::recall
