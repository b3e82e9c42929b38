// SPDX-License-Identifier: Apache-2.0
// RowSet against a std::set.
#include "recall/field.hpp"

#include "support/catch.hpp"
#include "support/random.hpp"

#include <array>
#include <set>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;
using index::Row;
using recall::RowSet;

namespace {

constexpr std::array<Row, 9> kSizes{0, 1, 31, 32, 33, 63, 64, 65, 4096};

std::set<Row> all_of(Row size) {
  std::set<Row> rows;
  for (Row row = 0; row < size; ++row) rows.insert(row);
  return rows;
}

void check_same(const RowSet& set, const std::set<Row>& want, Row size) {
  REQUIRE(set.size() == size);
  REQUIRE(set.count() == want.size());
  if (set.all()) REQUIRE(want.size() == size);
  std::vector<Row> rows, missing, others;
  set.for_each([&](Row row) { rows.push_back(row); });
  set.for_each_missing([&](Row row) { missing.push_back(row); });
  for (Row row = 0; row < size; ++row) {
    if (set.has(row) != want.contains(row)) FAIL("row " << row);
    if (!want.contains(row)) others.push_back(row);
  }
  REQUIRE(rows == std::vector<Row>(want.begin(), want.end()));
  REQUIRE(missing == others);
}

}  // namespace

TEST_CASE("row set: begins with every row", "[recall]") {
  for (const Row size : kSizes) {
    INFO("size " << size);
    const RowSet set(size);
    CHECK(set.all());
    check_same(set, all_of(size), size);
  }
  check_same(RowSet(), {}, 0);
}

TEST_CASE("row set: is a set under random operations", "[recall]") {
  Random random(31);
  for (const Row size : kSizes) {
    if (size == 0) continue;
    INFO("size " << size);
    RowSet set(size);
    std::set<Row> want = all_of(size);
    for (int n = 0; n < 400; ++n) {
      const auto row = static_cast<Row>(random.below(size));
      if (random.chance(1)) {
        set.clear();
        want.clear();
      } else if (random.chance(n / 100 % 2 == 0 ? 70 : 30)) {
        set.remove(row);
        want.erase(row);
      } else {
        set.insert(row);
        want.insert(row);
      }
      if (size < 100 || n % 50 == 0) check_same(set, want, size);
    }
    const RowSet copy = set;
    check_same(copy, want, size);
  }
}

TEST_CASE("row set: emptied and filled again", "[recall]") {
  for (const Row size : kSizes) {
    INFO("size " << size);
    RowSet cleared(size), emptied(size);
    cleared.clear();
    for (Row row = 0; row < size; ++row) emptied.remove(row);
    check_same(cleared, {}, size);
    check_same(emptied, {}, size);
    for (Row row = size; row-- > 0;) {
      cleared.insert(row);
      emptied.insert(row);
    }
    check_same(cleared, all_of(size), size);
    check_same(emptied, all_of(size), size);
    cleared.clear();
    cleared.clear();
    check_same(cleared, {}, size);
  }
}

TEST_CASE("row set: taking out or putting in twice counts once", "[recall]") {
  RowSet set(65);
  set.remove(64);
  set.remove(64);
  set.insert(3);
  CHECK(set.count() == 64);
  set.insert(64);
  set.insert(64);
  CHECK(set.count() == 65);
}
