// SPDX-License-Identifier: Apache-2.0
// Chunks: what went in is found, before and after sealing.
#include "index/chunk.hpp"

#include "support/catch.hpp"
#include "support/random.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;
using index::Chunk;
using index::PostingList;
using index::Row;
using index::VectorBlock;
using index::Words;
using storage::SpaceId;
using storage::Tail;
using storage::TermCount;

namespace {

/// Half of the terms are the first few.
std::uint64_t some_term(Random& random) {
  return (random.chance(50) ? random.below(4) : random.below(300)) * 0x9E3779B97F4A7C15U;
}

Tail some_tail(Random& random) {
  Tail tail;
  std::map<std::uint64_t, std::uint32_t> counts;
  for (std::size_t n = random.below(12); n > 0; --n) ++counts[some_term(random)];
  for (const auto& [term, count] : counts) {
    tail.terms.push_back({term, count});
    tail.length += count;
  }
  return tail;
}

std::vector<std::int16_t> some_codes(Random& random, std::size_t dimension) {
  std::vector<std::int16_t> codes(dimension);
  for (auto& code : codes) code = static_cast<std::int16_t>(random.between(-500, 500));
  return codes;
}

struct Posted {
  Row row = 0;
  std::uint32_t count = 0;
  std::uint32_t length = 0;
};
using Lists = std::map<std::uint64_t, std::vector<Posted>>;

template <typename Find>
void check_lists(const Lists& want, Find find) {
  for (std::uint64_t n = 0; n < 320; ++n) {  // some of them nowhere
    const std::uint64_t term = n * 0x9E3779B97F4A7C15U;
    const PostingList got = find(term);
    const auto found = want.find(term);
    if (found == want.end()) {
      REQUIRE(got.postings.empty());
      continue;
    }
    REQUIRE(got.postings.size() == found->second.size());
    std::uint32_t max_count = 0;
    std::uint32_t min_length = std::numeric_limits<std::uint32_t>::max();
    for (std::size_t i = 0; i < got.postings.size(); ++i) {
      const Posted& posted = found->second[i];
      REQUIRE(got.postings[i].row == posted.row);
      REQUIRE(got.postings[i].count == posted.count);
      max_count = std::max(max_count, posted.count);
      min_length = std::min(min_length, posted.length);
    }
    REQUIRE(got.max_count == max_count);  // bounds, and no wider than needed
    REQUIRE(got.min_length == min_length);
  }
}

void note(Lists& lists, Row row, const Tail& tail) {
  for (const auto& [term, count] : tail.terms) lists[term].push_back({row, count, tail.length});
}

/// What was added to a chunk.
struct Added {
  std::vector<Tail> tails;
  Lists lists;

  [[nodiscard]] std::vector<std::vector<std::int16_t>> vectors(SpaceId space, Row row) const {
    std::vector<std::vector<std::int16_t>> found;
    for (const auto& vector : tails[row].vectors) {
      if (vector.space == space) found.push_back(vector.codes);
    }
    return found;
  }
};

void check_vectors(const Chunk& chunk, const Added& added, SpaceId space, std::size_t dimension) {
  const VectorBlock* block = chunk.vectors(space);
  std::vector<Row> rows;
  std::vector<std::int32_t> sum(dimension);
  for (Row row = 0; row < chunk.size(); ++row) {
    const auto want = added.vectors(space, row);
    const auto places = block == nullptr ? VectorBlock::Places{} : block->places(row);
    REQUIRE(places.end - places.begin == want.size());
    for (std::size_t n = 0; n < want.size(); ++n) {
      rows.push_back(row);
      REQUIRE(block->row_at(places.begin + n) == row);
      REQUIRE(std::equal(want[n].begin(), want[n].end(), block->at(places.begin + n)));
      for (std::size_t i = 0; i < dimension; ++i) sum[i] += want[n][i];
    }
  }
  if (rows.empty()) {
    REQUIRE(block == nullptr);
    return;
  }
  REQUIRE(block->dimension == dimension);
  REQUIRE(block->rows == rows);
  REQUIRE(block->codes.size() == rows.size() * dimension);
  REQUIRE(block->sum == sum);
  const auto after = block->places(chunk.size());
  REQUIRE(after.begin == after.end);
  REQUIRE(block->signs.rows() == (chunk.sealed() ? rows.size() : 0));
}

void check_chunk(const Chunk& chunk, const Added& added) {
  REQUIRE(chunk.size() == added.tails.size());
  std::uint64_t total = 0;
  for (Row row = 0; row < chunk.size(); ++row) {
    REQUIRE(chunk.lengths()[row] == added.tails[row].length);
    total += added.tails[row].length;
  }
  REQUIRE(chunk.total_length() == total);
  check_lists(added.lists, [&](std::uint64_t term) { return chunk.postings(term); });
  check_vectors(chunk, added, 1, 7);
  check_vectors(chunk, added, 2, 64);
  REQUIRE(chunk.vectors(3) == nullptr);
}

}  // namespace

TEST_CASE("words: sealing changes neither lists nor bounds", "[index]") {
  Random random(51);
  for (const std::size_t rows : {0, 1, 2, 40, 1000}) {
    INFO(rows << " rows");
    Words words;
    Lists want;
    for (Row row = 0; row < rows; ++row) {
      const Tail tail = some_tail(random);
      words.add(row, tail.length, tail.terms);
      note(want, row, tail);
      if (row % 100 == 0) check_lists(want, [&](std::uint64_t term) { return words.find(term); });
    }
    check_lists(want, [&](std::uint64_t term) { return words.find(term); });
    words.seal();
    check_lists(want, [&](std::uint64_t term) { return words.find(term); });
  }
}

TEST_CASE("words: rows without terms leave no trace", "[index]") {
  Words words;
  for (Row row = 0; row < 10; ++row) words.add(row, 0, {});
  CHECK(words.find(0).postings.empty());
  words.add(10, 3, std::vector<TermCount>{{7, 1}, {9, 2}});
  words.seal();
  CHECK(words.find(0).postings.empty());
  CHECK(words.find(8).postings.empty());
  CHECK(words.find(std::numeric_limits<std::uint64_t>::max()).postings.empty());
  REQUIRE(words.find(9).postings.size() == 1);
  CHECK(words.find(9).postings[0].row == 10);
  CHECK(words.find(9).max_count == 2);
  CHECK(words.find(9).min_length == 3);
}

TEST_CASE("words: the highest and the lowest hash are terms like others", "[index]") {
  Words words;
  constexpr std::uint64_t kHighest = std::numeric_limits<std::uint64_t>::max();
  words.add(0, 2, std::vector<TermCount>{{0, 1}, {kHighest, 1}});
  words.add(1, 5, std::vector<TermCount>{{kHighest, 5}});
  const auto check = [&] {
    CHECK(words.find(0).postings.size() == 1);
    CHECK(words.find(kHighest).postings.size() == 2);
    CHECK(words.find(kHighest).max_count == 5);
    CHECK(words.find(kHighest).min_length == 2);
    CHECK(words.find(1).postings.empty());
  };
  check();
  words.seal();
  check();
}

TEST_CASE("chunk: words and vectors of two spaces with gaps are what was added, before and after sealing", "[index]") {
  Random random(52);
  for (const unsigned share : {0U, 10U, 90U, 100U}) {
    for (const std::size_t rows : {1, 31, 32, 33, 500}) {
      INFO(share << " % have a vector, " << rows << " rows");
      Chunk chunk(17);
      Added added;
      for (Row row = 0; row < rows; ++row) {
        Tail tail = some_tail(random);
        if (random.chance(share)) tail.vectors.push_back({1, some_codes(random, 7)});
        if (random.chance(share / 2)) tail.vectors.push_back({2, some_codes(random, 64)});
        chunk.add(tail);
        note(added.lists, row, tail);
        added.tails.push_back(std::move(tail));
      }
      CHECK(chunk.first() == 17);
      CHECK_FALSE(chunk.sealed());
      CHECK_FALSE(chunk.full());
      check_chunk(chunk, added);
      chunk.seal();
      CHECK(chunk.sealed());
      check_chunk(chunk, added);
      CHECK(chunk.bytes() > 0);
    }
  }
}

TEST_CASE("chunk: a vector that begins late, or ends early, is found at its rows", "[index]") {
  Random random(53);
  Chunk chunk(0);
  Added added;
  for (Row row = 0; row < 300; ++row) {
    Tail tail;
    if (row < 100) tail.vectors.push_back({1, some_codes(random, 7)});   // every row so far, then none
    if (row >= 200) tail.vectors.push_back({2, some_codes(random, 64)});  // none, then every row
    chunk.add(tail);
    added.tails.push_back(std::move(tail));
  }
  check_chunk(chunk, added);
  chunk.seal();
  check_chunk(chunk, added);
}

TEST_CASE("chunk: the passages of a text stand side by side, also where they make up for a row without a vector", "[index]") {
  Random random(56);
  for (const Row odd : {0U, 1U, 98U, 99U}) {
    Chunk chunk(0);
    Added added;
    for (Row row = 0; row < 100; ++row) {
      Tail tail = some_tail(random);
      const std::size_t count = row == odd ? 2 : row == 50 ? 0 : 1;  // 100 vectors for 100 rows
      for (std::size_t n = 0; n < count; ++n) tail.vectors.push_back({1, some_codes(random, 7)});
      for (std::size_t n = random.below(5); n > 0; --n) tail.vectors.push_back({2, some_codes(random, 64)});
      chunk.add(tail);
      note(added.lists, row, tail);
      added.tails.push_back(std::move(tail));
    }
    check_chunk(chunk, added);
    chunk.seal();
    check_chunk(chunk, added);
    chunk.drop_codes();
    CHECK_FALSE(chunk.resident());
    chunk.load_codes([&](Row row) { return added.tails[row]; });
    check_chunk(chunk, added);
  }
}

TEST_CASE("chunk: is full at so many rows, whatever they hold", "[index]") {
  Random random(54);
  Chunk chunk(0);
  for (std::size_t row = 0; row < index::kChunkRows; ++row) {
    REQUIRE_FALSE(chunk.full());
    chunk.add(some_tail(random));
  }
  CHECK(chunk.full());
  CHECK(chunk.size() == index::kChunkRows);
}

TEST_CASE("chunk: is full at so many bytes of vectors, those of all spaces together", "[index]") {
  Random random(55);
  constexpr std::size_t kDimension = 4096;
  constexpr std::size_t kRows = index::kChunkBytes / (2 * kDimension);
  static_assert(kRows < index::kChunkRows);
  for (const std::size_t spaces : {1, 2}) {
    Chunk chunk(0);
    for (std::size_t row = 0; row < kRows / spaces; ++row) {
      REQUIRE_FALSE(chunk.full());
      Tail tail;
      for (SpaceId space = 1; space <= static_cast<SpaceId>(spaces); ++space)
        tail.vectors.push_back({space, some_codes(random, kDimension)});
      chunk.add(tail);
    }
    CHECK(chunk.full());
    CHECK(chunk.size() == kRows / spaces);
    chunk.seal();
    for (SpaceId space = 1; space <= static_cast<SpaceId>(spaces); ++space)
      CHECK(chunk.vectors(space)->signs.rows() == kRows / spaces);
  }
}
