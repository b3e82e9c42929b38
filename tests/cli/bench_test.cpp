// SPDX-License-Identifier: Apache-2.0
// What `mnemic bench` counts with, against values worked out by hand.
#include "cli/bench/compare.hpp"
#include "cli/bench/exact_scan.hpp"
#include "cli/bench/text.hpp"
#include "cli/bench/timings.hpp"

#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace {

using namespace mnemic;
using namespace mnemic::cli::bench;

bool any_line(const std::string&) {
  return true;
}

BestScores best_of(std::size_t k, std::initializer_list<float> scores) {
  BestScores best(k);
  for (const float score : scores) best.see(score);
  return best;
}

double recall(std::vector<float> found, const BestScores& best) {
  return tie_aware_recall(found, best);
}

constexpr const char* kReport =
    R"({"machine": {"cpu": "x", "cores": 2, "mnemic": "0.1.0", "load": 0.5}, "memories": 300, "scopes": 1,
  "queries": 20, "k": 10, "text": {"from": "generated", "seed": 1}, "vector": {"p50_ms": 2, "recall@10": 1},
  "append": {"per_s": 100}, "open_ms": 4, "file_bytes": 0, "a later field": "ignored"})";

std::string with(std::string json, const std::string& from, const std::string& to) {
  const auto place = json.find(from);
  REQUIRE(place != std::string::npos);
  return json.replace(place, from.size(), to);
}

}  // namespace

TEST_CASE("bench: median and p95 are nearest ranks", "[bench]") {
  std::vector<double> hundred;
  for (int i = 100; i > 0; --i) hundred.push_back(i);
  CHECK(timings_of(hundred).p50 == Approx(50));
  CHECK(timings_of(hundred).p95 == Approx(95));
  CHECK(timings_of({3, 1, 2}).p50 == Approx(2));
  CHECK(timings_of({3, 1, 2}).p95 == Approx(3));
  CHECK(timings_of({4, 1, 3, 2}).p50 == Approx(2));
  CHECK(timings_of({7}).p95 == Approx(7));
  CHECK(timings_of({}).p50 == Approx(0));
}

TEST_CASE("bench: dot products of any length, and vectors of length 1", "[bench]") {
  std::vector<float> a, b;
  float sum = 0;
  for (int i = 0; i < 37; ++i) {
    a.push_back(static_cast<float>(i));
    b.push_back(static_cast<float>(2 - i % 3));
    sum += a.back() * b.back();
    CHECK(dot(a, b) == Approx(sum));
  }
  CHECK(dot({}, {}) == 0);
  CHECK(normalised({3, 4})[1] == Approx(0.8));
  CHECK(normalised({0, 0})[1] == 0);
}

TEST_CASE("bench: the best scores are the k highest", "[bench]") {
  CHECK(best_of(3, {0.1F, 0.9F, 0.5F, 0.7F, 0.2F}).last() == 0.5F);
  CHECK(best_of(3, {0.1F, 0.9F}).size() == 2);
  CHECK(best_of(2, {-0.5F, -0.1F, -0.9F}).last() == -0.5F);
  CHECK(best_of(0, {1.0F}).size() == 0);
}

TEST_CASE("bench: recall takes any of the results that are tied at the last place", "[bench]") {
  const BestScores best = best_of(3, {0.9F, 0.5F, 0.5F, 0.5F, 0.1F});
  CHECK(recall({0.9F, 0.5F, 0.5F}, best) == Approx(1));
  CHECK(recall({0.5F, 0.5F, 0.5F}, best) ==
        Approx(1));  // misses the best one: places count, and each is filled rightly
  CHECK(recall({0.9F, 0.5F, 0.1F}, best) == Approx(2.0 / 3));
  CHECK(recall({0.9F, 0.5F - 5e-7F, 0.5F}, best) == Approx(1));
  CHECK(recall({0.9F, 0.5F - 5e-6F, 0.5F}, best) == Approx(2.0 / 3));
  CHECK(recall({0.9F}, best) == Approx(1.0 / 3));
  CHECK(recall({}, best) == Approx(0));
  CHECK(recall({0.9F, 0.9F}, best_of(10, {0.9F, 0.4F})) == Approx(1));  // fewer vectors than k
  CHECK(recall({}, best_of(10, {})) == Approx(1));
}

TEST_CASE("bench: generated text is the same for a seed, and follows Zipf's law", "[bench]") {
  const auto text = generated_text(7);
  CHECK(text->memory(3) == generated_text(7)->memory(3));
  CHECK(text->memory(3) != generated_text(8)->memory(3));
  CHECK(text->memory(3) != text->memory(4));
  CHECK(text->memory(3) != text->query(3));
  std::map<std::string, int> counts;
  int words = 0;
  for (std::size_t i = 0; i < 4000; ++i) {
    std::istringstream line(text->memory(i));
    int length = 0;
    for (std::string word; line >> word; ++length) ++counts[word];
    CHECK(length >= 5);
    CHECK(length <= 25);
    words += length;
  }
  // The harmonic number of 50,000 is 11.397: the first word is one in that many, the tenth one in ten times as many.
  CHECK(words / static_cast<double>(counts["the"]) == Approx(11.397).epsilon(0.1));
  CHECK(words / static_cast<double>(counts["that"]) == Approx(11 * 11.397).epsilon(0.2));
  CHECK(counts.size() > 10'000);
}

TEST_CASE("bench: lines of a file are held out evenly, taken again when they are few", "[bench]") {
  const mnemic::test::TempDir dir;
  const std::string path = dir / "lines.txt";
  {
    std::ofstream out(path);
    for (int i = 0; i < 40; ++i) out << "line " << i << "\n\n";
  }
  const auto cut = text_of_file(path, {12, 4}, any_line).value();  // the first 16
  std::set<std::string> memories, queries;
  for (std::size_t i = 0; i < 12; ++i) memories.insert(cut->memory(i));
  for (std::size_t i = 0; i < 4; ++i) queries.insert(cut->query(i));
  CHECK(memories.size() == 12);
  CHECK(queries == std::set<std::string>{"line 3", "line 7", "line 11", "line 15"});
  for (const std::string& query : queries) CHECK(!memories.contains(query));

  const auto cycled = text_of_file(path, {1000, 100}, any_line).value();  // 36 memories, one line in ten held out
  CHECK(cycled->memory(0) == cycled->memory(36));
  CHECK(cycled->query(0) == cycled->query(4));
  CHECK(cycled->identity()["lines"] == Json(36));
  CHECK(cycled->identity()["from"] == Json("lines.txt"));
  CHECK(cycled->identity() != cut->identity());

  const auto even = text_of_file(path, {10, 1}, [](const std::string& line) { return line.back() % 2 == 0; }).value();
  CHECK(even->memory(1) == "line 2");
  const auto none = text_of_file(path, {10, 1}, [](const std::string&) { return false; });
  CHECK(none.status().code() == StatusCode::kInvalidArgument);
  CHECK(text_of_file(dir / "missing", {10, 1}, any_line).status().code() == StatusCode::kNotFound);
}

TEST_CASE("bench: reports are compared figure by figure", "[bench]") {
  const auto a = read_report(kReport).value();
  auto json = with(kReport, R"("p50_ms": 2)", R"("p50_ms": 3)");
  json = with(json, R"("append": {"per_s": 100}, )", "");
  const auto same_machine = compare(a, read_report(json).value());
  CHECK(same_machine.warnings.empty());
  REQUIRE(same_machine.ratios.size() == 4);
  CHECK(same_machine.ratios[0].name == "vector.p50_ms");
  CHECK(same_machine.ratios[0].ratio() == Approx(1.5));
  CHECK(same_machine.ratios[0].lower_is_better());
  CHECK(!same_machine.ratios[1].lower_is_better());
  CHECK(same_machine.ratios[2].name == "open_ms");
  CHECK(!std::isfinite(same_machine.ratios[3].ratio()));

  json = with(with(with(json, R"("cores": 2)", R"("cores": 4)"), "300", "3000"), "0.1.0", "0.2.0");
  const auto other = compare(a, read_report(json).value());
  REQUIRE(other.warnings.size() == 2);
  CHECK(other.warnings[0] == "the machines differ: cores");
  CHECK(other.warnings[1] == "not the same memories: 300 and 3000");
}

TEST_CASE("bench: a bad report is refused with the name of its field", "[bench]") {
  const auto refused = [](const std::string& json, const std::string& field) {
    const auto reading = read_report(json);
    INFO(reading.status().to_string() << " for " << json);
    CHECK(reading.status().code() == StatusCode::kInvalidArgument);
    CHECK(reading.status().message().find(field) != std::string::npos);
  };
  refused("{", "");
  refused("[]", "JSON object");
  refused("{}", R"("machine")");
  refused(with(kReport, R"("memories": 300)", R"("memories": "many")"), R"("memories")");
  refused(with(kReport, R"("k": 10, )", ""), R"("k")");
  refused(with(kReport, R"("text": {"from": "generated", "seed": 1})", R"("text": 1)"), R"("text")");
  refused(with(kReport, R"("p50_ms": 2)", R"("p50_ms": "2")"), R"("vector.p50_ms")");
  refused(with(kReport, R"("append": {"per_s": 100})", R"("append": 100)"), R"("append")");
  refused(with(kReport, R"("open_ms": 4)", R"("open_ms": null)"), R"("open_ms")");
}
