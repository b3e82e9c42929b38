// SPDX-License-Identifier: Apache-2.0
#include "layers/semantic/intervals.hpp"

#include <algorithm>

namespace mnemic::layers {
namespace {

Timestamp next_beginning(std::span<const Standing> standing, bool firm, Timestamp since) {
  Timestamp next = kOpenEnd;
  for (const Standing& value : standing) {
    if (value.firm == firm && !value.holds.empty() && value.holds.from > since) next = std::min(next, value.holds.from);
  }
  return next;
}

Cut cut(std::size_t index, const Interval& old, const Interval& taken) {
  if (old.from < taken.from) {
    Cut result{index, {old.from, taken.from}, std::nullopt};
    if (old.to > taken.to) result.rest = Interval{taken.to, old.to};
    return result;
  }
  // It began inside of what is taken: only what reaches beyond is left.
  if (old.to > taken.to) return {index, {taken.to, old.to}, std::nullopt};
  return {index, {old.from, old.from}, std::nullopt};
}

}  // namespace

AssertPlan plan_assertion(std::span<const Standing> standing, bool firm, Timestamp since, std::optional<Timestamp> until) {
  AssertPlan plan;
  plan.holds = {since, until.value_or(next_beginning(standing, firm, since))};
  if (plan.holds.empty()) return plan;  // retracted before it began: there is nothing to take
  for (std::size_t i = 0; i < standing.size(); ++i) {
    const Standing& value = standing[i];
    if (value.same_value && (value.firm || !firm) && value.holds.contains(plan.holds)) {
      plan.known = i;
      return plan;
    }
  }
  for (std::size_t i = 0; i < standing.size(); ++i) {
    const Standing& value = standing[i];
    if (value.holds.empty() || !value.holds.overlaps(plan.holds)) continue;
    const bool yields = firm ? value.firm || value.same_value || value.holds.from <= since : !value.firm;
    if (yields) {
      plan.cuts.push_back(cut(i, value.holds, plan.holds));
    } else if (!value.same_value) {
      plan.conflicts.push_back(i);
    }
  }
  return plan;
}

}  // namespace mnemic::layers
