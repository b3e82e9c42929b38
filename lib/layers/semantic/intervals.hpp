// SPDX-License-Identifier: Apache-2.0
// What a new value does to the values of its attribute that stand already: pure rules over intervals of time.
#pragma once

#include <mnemic/types.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace mnemic::layers {

/// [from, to); empty when to == from.
struct Interval {
  Timestamp from{};
  Timestamp to = kOpenEnd;
  [[nodiscard]] bool empty() const { return to <= from; }
  [[nodiscard]] bool contains(const Interval& other) const { return from <= other.from && other.to <= to; }
  [[nodiscard]] bool overlaps(const Interval& other) const { return from < other.to && other.from < to; }
  friend bool operator==(const Interval&, const Interval&) = default;
};

/// A value that stands.
struct Standing {
  Interval holds;
  bool same_value = false;
  bool firm = true;  ///< not merely proposed
};

/// What is left of a standing value.
struct Cut {
  std::size_t index = 0;         ///< into `standing`
  Interval keep;                 ///< empty: replaced altogether
  std::optional<Interval> rest;  ///< what stands after the new one, when it was cut in the middle
};

struct AssertPlan {
  std::optional<std::size_t> known;    ///< says the same for all of the interval: nothing else is to be done
  Interval holds;                      ///< of the new value
  std::vector<Cut> cuts;
  std::vector<std::size_t> conflicts;  ///< other values that stand beside it for some of the time
};

/// Plans the assertion of a value for [since, until). With no `until` it reaches to where the next value of its own
/// standing (firm or proposed) begins. A firm one takes its interval from firm values, from proposed ones that began
/// before it, and from proposals of the same value; a proposed one from proposed ones.
AssertPlan plan_assertion(std::span<const Standing> standing, bool firm, Timestamp since, std::optional<Timestamp> until);

}  // namespace mnemic::layers
