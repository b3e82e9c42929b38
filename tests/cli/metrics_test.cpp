// SPDX-License-Identifier: Apache-2.0
// The measures of `mnemic eval`, against values worked out by hand.
#include "cli/metrics.hpp"

#include "support/catch.hpp"

namespace {

using namespace mnemic::cli;

const Ranking kRanked{"a", "b", "c", "d"};
const Evidence kEvidence{{"b", 1}, {"d", 1}, {"x", 1}};  // x is not found

}  // namespace

TEST_CASE("recall is the share of the evidence that was found", "[metrics]") {
  CHECK(recall_at(kRanked, kEvidence, 1) == Approx(0.0));
  CHECK(recall_at(kRanked, kEvidence, 2) == Approx(1.0 / 3));
  CHECK(recall_at(kRanked, kEvidence, 4) == Approx(2.0 / 3));
  CHECK(recall_at(kRanked, kEvidence, 50) == Approx(2.0 / 3));
  CHECK(recall_at({}, kEvidence, 10) == Approx(0.0));
}

TEST_CASE("hit and reciprocal rank look at the first evidence only", "[metrics]") {
  CHECK(hit_at(kRanked, kEvidence, 1) == Approx(0.0));
  CHECK(hit_at(kRanked, kEvidence, 2) == Approx(1.0));
  CHECK(reciprocal_rank_at(kRanked, kEvidence, 1) == Approx(0.0));
  CHECK(reciprocal_rank_at(kRanked, kEvidence, 10) == Approx(0.5));
  CHECK(reciprocal_rank_at({}, kEvidence, 10) == Approx(0.0));
}

TEST_CASE("nDCG discounts by rank and gains by grade", "[metrics]") {
  // 1/log2(3) + 1/log2(5) = 0.630930 + 0.430677 over the ideal 1 + 0.630930 + 0.5
  CHECK(ndcg_at(kRanked, kEvidence, 10) == Approx(1.061606 / 2.130930).epsilon(1e-5));
  // grades 1 and 5, the wrong way round: 1 + 5 * 0.630930 over 5 + 0.630930
  CHECK(ndcg_at({"one", "five"}, {{"one", 1}, {"five", 5}}, 10) == Approx(4.154649 / 5.630930).epsilon(1e-5));
  CHECK(ndcg_at({"five", "one"}, {{"one", 1}, {"five", 5}}, 10) == Approx(1.0));
  // cut at 1, only the best grade counts in the ideal
  CHECK(ndcg_at({"one", "five"}, {{"one", 1}, {"five", 5}}, 1) == Approx(0.2));
  CHECK(ndcg_at({}, kEvidence, 10) == Approx(0.0));
}

TEST_CASE("the ideal of nDCG@10 has ten places", "[metrics]") {
  Ranking ranked;
  Evidence evidence;
  for (char c = 'a'; c < 'a' + 12; ++c) {
    ranked.emplace_back(1, c);
    evidence.emplace(std::string(1, c), 1);
  }
  CHECK(ndcg_at(ranked, evidence, 10) == Approx(1.0));
  CHECK(recall_at(ranked, evidence, 10) == Approx(10.0 / 12));
}

TEST_CASE("repeated results count once", "[metrics]") {
  CHECK(distinct({"a", "b", "a", "c", "b"}) == Ranking{"a", "b", "c"});
}

TEST_CASE("mean and nearest-rank percentiles", "[metrics]") {
  CHECK(mean(std::vector<double>{1, 2, 6}) == Approx(3.0));
  CHECK(mean(std::vector<double>{}) == Approx(0.0));
  const std::vector<double> ten{10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
  CHECK(percentile(ten, 0.50) == Approx(5.0));
  CHECK(percentile(ten, 0.95) == Approx(10.0));
  CHECK(percentile({7}, 0.5) == Approx(7.0));
  CHECK(percentile({}, 0.5) == Approx(0.0));
}

TEST_CASE("the bootstrap interval holds the mean, is repeatable, and narrows", "[metrics]") {
  std::vector<double> few;
  for (int i = 0; i < 100; ++i) few.push_back(i % 2);
  const Interval interval = bootstrap_interval(few, 1000);
  // the standard error of a fair coin over 100 draws is 0.05: about 0.5 -+ 0.098
  CHECK(interval.low == Approx(0.40).margin(0.03));
  CHECK(interval.high == Approx(0.60).margin(0.03));
  const Interval again = bootstrap_interval(few, 1000);
  CHECK(again.low == interval.low);
  CHECK(again.high == interval.high);
  std::vector<double> many;
  for (int i = 0; i < 10'000; ++i) many.push_back(i % 2);
  const Interval narrow = bootstrap_interval(many, 200);
  CHECK(narrow.high - narrow.low < 0.03);
  CHECK(bootstrap_interval({}, 1000).high == Approx(0.0));
  const std::vector<double> same(20, 0.25);
  CHECK(bootstrap_interval(same, 100).low == Approx(0.25));
}
