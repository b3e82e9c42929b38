// SPDX-License-Identifier: Apache-2.0
// What a new value takes from those that stand: layers/semantic/intervals.hpp.
#include "layers/semantic/intervals.hpp"
#include "support/catch.hpp"

#include <vector>

using namespace mnemic;
using namespace mnemic::layers;

namespace {

Timestamp at(int hour) { return Timestamp(std::chrono::hours(hour)); }

Standing firm(int from, int to, bool same = false) { return {{at(from), at(to)}, same, true}; }
Standing proposed(int from, int to, bool same = false) { return {{at(from), at(to)}, same, false}; }
Standing open_since(int from, bool same = false) { return {{at(from), kOpenEnd}, same, true}; }

}  // namespace

TEST_CASE("intervals: the first value reaches as far as it was said to", "[intervals]") {
  const auto open = plan_assertion({}, true, at(1), {});
  CHECK(open.holds == Interval{at(1), kOpenEnd});
  CHECK(open.cuts.empty());
  CHECK(plan_assertion({}, true, at(1), at(5)).holds == Interval{at(1), at(5)});
}

TEST_CASE("intervals: a new value closes the one that stands", "[intervals]") {
  const std::vector<Standing> standing{open_since(1)};
  const auto plan = plan_assertion(standing, true, at(5), {});
  CHECK_FALSE(plan.known.has_value());
  CHECK(plan.holds == Interval{at(5), kOpenEnd});
  REQUIRE(plan.cuts.size() == 1);
  CHECK(plan.cuts[0].keep == Interval{at(1), at(5)});
  CHECK_FALSE(plan.cuts[0].rest.has_value());
}

TEST_CASE("intervals: a value of before does not close the one of now", "[intervals]") {
  const std::vector<Standing> standing{open_since(10)};
  const auto plan = plan_assertion(standing, true, at(2), {});
  CHECK(plan.holds == Interval{at(2), at(10)});
  CHECK(plan.cuts.empty());
}

TEST_CASE("intervals: one that begins at the same moment is replaced altogether", "[intervals]") {
  const std::vector<Standing> standing{open_since(5)};
  const auto plan = plan_assertion(standing, true, at(5), {});
  REQUIRE(plan.cuts.size() == 1);
  CHECK(plan.cuts[0].keep.empty());
}

TEST_CASE("intervals: one that is cut in the middle stands on afterwards", "[intervals]") {
  const std::vector<Standing> standing{open_since(1)};
  const auto plan = plan_assertion(standing, true, at(4), at(6));
  REQUIRE(plan.cuts.size() == 1);
  CHECK(plan.cuts[0].keep == Interval{at(1), at(4)});
  CHECK(plan.cuts[0].rest == Interval{at(6), kOpenEnd});
}

TEST_CASE("intervals: a stated end takes what lies inside and trims what reaches in", "[intervals]") {
  const std::vector<Standing> standing{firm(1, 4), firm(5, 6), firm(7, 12)};
  const auto plan = plan_assertion(standing, true, at(3), at(9));
  REQUIRE(plan.cuts.size() == 3);
  CHECK(plan.cuts[0].keep == Interval{at(1), at(3)});
  CHECK(plan.cuts[1].keep.empty());
  CHECK(plan.cuts[2].keep == Interval{at(9), at(12)});
}

TEST_CASE("intervals: intervals that only touch do not meet", "[intervals]") {
  const std::vector<Standing> standing{firm(1, 3), firm(6, 9)};
  CHECK(plan_assertion(standing, true, at(3), at(6)).cuts.empty());
}

TEST_CASE("intervals: what says the same for all of the time is known", "[intervals]") {
  const std::vector<Standing> standing{open_since(1, true)};
  CHECK(plan_assertion(standing, true, at(5), {}).known == 0U);
  CHECK(plan_assertion(standing, true, at(1), at(9)).known == 0U);
  CHECK_FALSE(plan_assertion(standing, true, at(0), {}).known.has_value());
  CHECK(plan_assertion(standing, false, at(5), {}).known == 0U);  // a proposal of what is firm
  const std::vector<Standing> merely{proposed(1, 100, true)};
  CHECK_FALSE(plan_assertion(merely, true, at(5), at(6)).known.has_value());
}

TEST_CASE("intervals: what holds at no time is in nobody's way", "[intervals]") {
  const std::vector<Standing> standing{firm(5, 5), firm(5, 5, true)};
  const auto plan = plan_assertion(standing, true, at(1), {});
  CHECK_FALSE(plan.known.has_value());
  CHECK(plan.cuts.empty());
  CHECK(plan.holds.to == kOpenEnd);
}

TEST_CASE("intervals: a proposal takes time from proposals only, and names what it contradicts", "[intervals]") {
  const std::vector<Standing> standing{open_since(1), proposed(2, 100)};
  const auto plan = plan_assertion(standing, false, at(5), {});
  CHECK(plan.holds == Interval{at(5), kOpenEnd});
  REQUIRE(plan.cuts.size() == 1);
  CHECK(plan.cuts[0].index == 1);
  CHECK(plan.cuts[0].keep == Interval{at(2), at(5)});
  CHECK(plan.cuts[0].rest == std::nullopt);  // open-ended: nothing is left beyond
  CHECK(plan.conflicts == std::vector<std::size_t>{0});
}

TEST_CASE("intervals: a firm value takes over earlier proposals, and leaves later ones to be decided", "[intervals]") {
  const std::vector<Standing> standing{proposed(1, 100), proposed(9, 100), proposed(12, 20, true)};
  const auto plan = plan_assertion(standing, true, at(5), {});
  CHECK(plan.holds.to == kOpenEnd);
  REQUIRE(plan.cuts.size() == 2);
  CHECK(plan.cuts[0].index == 0);
  CHECK(plan.cuts[1].index == 2);  // the same value: said for certain now
  CHECK(plan.cuts[1].keep.empty());
  CHECK(plan.conflicts == std::vector<std::size_t>{1});
}
