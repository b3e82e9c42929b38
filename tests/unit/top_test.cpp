// SPDX-License-Identifier: Apache-2.0
// The best few against a sort.
#include "recall/top.hpp"

#include "support/catch.hpp"
#include "support/random.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;
using recall::Top;

namespace {

template <typename Score>
using Pairs = std::vector<std::pair<std::size_t, Score>>;

/// Adds them in this order, with the floor held against what is known so far; the first few may be told of before.
template <typename Score>
Pairs<Score> by_top(const Pairs<Score>& all, std::size_t most, std::size_t told = 0) {
  Top<Score> top(most);
  std::vector<Score> first;
  for (std::size_t i = 0; i < told; ++i) first.push_back(all[i].second);
  top.expect(first);
  std::vector<Score> seen;
  for (const auto& [flat, score] : all) {
    top.add(flat, score);
    seen.push_back(score);
    const auto above = std::count_if(seen.begin(), seen.end(), [&](Score other) { return other >= top.floor(); });
    if (seen.size() >= std::max(most, told) && top.floor() != std::numeric_limits<Score>::lowest())
      REQUIRE(static_cast<std::size_t>(above) >= most);
  }
  Pairs<Score> best;
  for (const auto& [flat, score] : top.take()) best.emplace_back(flat, score);
  return best;
}

template <typename Score>
Pairs<Score> by_sort(Pairs<Score> all, std::size_t most) {
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.second != b.second ? a.second > b.second : a.first > b.first; });
  all.resize(std::min(most, all.size()));
  return all;
}

template <typename Score>
void check(Random& random, std::size_t n, std::int64_t values) {
  Pairs<Score> all;
  for (std::size_t i = 0; i < n; ++i) all.emplace_back(3 * i, static_cast<Score>(random.between(-values, values)));
  for (std::size_t i = n; i > 1; --i) std::swap(all[i - 1], all[random.below(i)]);
  for (const std::size_t most :
       {std::size_t{0}, std::size_t{1}, std::size_t{2}, n / 2, n - std::min<std::size_t>(n, 1), n, n + 1, 2 * n + 3}) {
    INFO(n << " values of at most " << values << ", the best " << most);
    REQUIRE(by_top(all, most) == by_sort(all, most));
    for (const std::size_t told : {n / 3, n}) REQUIRE(by_top(all, most, told) == by_sort(all, most));
    Pairs<Score> sorted = by_sort(all, n);
    REQUIRE(by_top(sorted, most) == by_sort(all, most));
    std::reverse(sorted.begin(), sorted.end());
    REQUIRE(by_top(sorted, most) == by_sort(all, most));
  }
}

}  // namespace

TEST_CASE("top: is the beginning of the sorted list, ties by number", "[recall]") {
  Random random(41);
  for (const std::size_t n : {0, 1, 2, 7, 64, 300}) {
    for (const std::int64_t values : {0, 1, 5, 1'000'000}) {
      check<double>(random, n, values);
      check<float>(random, n, values);
      check<std::int32_t>(random, n, values);
    }
  }
}

TEST_CASE("top: the floor rises to the last of the best", "[recall]") {
  Top<double> top(2);
  CHECK(top.floor() == std::numeric_limits<double>::lowest());
  for (std::size_t i = 0; i < 100; ++i) top.add(i, static_cast<double>(i));
  CHECK(top.floor() > 90);
  CHECK(top.floor() <= 98);
}

TEST_CASE("top: keeps the lowest score there is, and of equal ones the later", "[recall]") {
  constexpr std::int32_t kLowest = std::numeric_limits<std::int32_t>::min();
  Top<std::int32_t> top(3);
  for (const std::size_t flat : {9, 4, 7, 1, 8, 2, 6}) top.add(flat, kLowest);
  const auto best = top.take();
  REQUIRE(best.size() == 3);
  CHECK(best[0].flat == 9);
  CHECK(best[1].flat == 8);
  CHECK(best[2].flat == 7);
}
