// SPDX-License-Identifier: Apache-2.0
#include "recall/window.hpp"

#include "core/exact_math.hpp"
#include "core/time.hpp"
#include "index/partition.hpp"
#include "recall/constants.hpp"
#include "text/time_expression.hpp"

#include <algorithm>

namespace mnemic::recall {
namespace {

/// How far [begin, end] lies from [from, to), as doubles: times may be far enough apart to overflow.
double distance(std::int64_t begin, std::int64_t end, std::int64_t from, std::int64_t to) {
  if (end < from) return static_cast<double>(from) - static_cast<double>(end);
  if (begin >= to) return static_cast<double>(begin) - static_cast<double>(to);
  return 0;
}

}  // namespace

std::optional<TimeWindow> window_of(const Query& query, const RecallOptions& options, std::int64_t now, const std::string& zone) {
  if (options.window) return options.window;
  if (!options.time_expressions || query.text.empty()) return std::nullopt;
  const std::int64_t reference = options.reference_time ? core::to_micros(*options.reference_time) : now;
  const auto found = text::find_time_expression(query.text, reference, zone);
  if (!found) return std::nullopt;
  return TimeWindow{core::from_micros(found->begin), core::from_micros(found->end), found->words};
}

double window_factor(std::int64_t begin, std::int64_t end, const std::optional<TimeWindow>& window, double boost) {
  if (!window || boost == 0) return 1;
  const std::int64_t from = core::to_micros(window->begin);
  const std::int64_t to = core::to_micros(window->end);
  // An interval is half-open too: what ended when the window begins does not lie in it.
  const std::int64_t last = end == index::kNoInterval || end <= begin ? begin : end - 1;
  const double length = std::clamp(static_cast<double>(to) - static_cast<double>(from), kShortWindow, kLongWindow);
  return 1 + boost * core::exact_exp2(-distance(begin, last, from, to) / length);
}

}  // namespace mnemic::recall
