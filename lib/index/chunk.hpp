// SPDX-License-Identifier: Apache-2.0
// Words and vectors of neighbouring versions of one partition. The last chunk of a partition, its tail, grows; the others are
// sealed: compact, and with sign codes for the first pass over their vectors. A sealed chunk need not hold the vectors
// themselves: the few that a query wants can be fetched from their rows.
#pragma once

#include "index/huge_pages.hpp"
#include "index/sign_codes.hpp"
#include "storage/tail.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <span>
#include <unordered_map>
#include <vector>

namespace mnemic::index {

/// A chunk is full at so many versions or bytes of vectors.
inline constexpr std::size_t kChunkRows = 4096;
inline constexpr std::size_t kChunkBytes = 4u << 20;

/// So many fetched vectors of a chunk say that it is worth having all of them in memory.
inline constexpr std::uint32_t kManyFetches = 64;

/// Place of a version in its chunk.
using Row = std::uint32_t;

struct Posting {
  Row row = 0;
  std::uint32_t count = 0;
};

/// Where a term occurs, ascending, with what bounds its score: no posting has a higher count, or is of a shorter text.
struct PostingList {
  std::span<const Posting> postings;
  std::uint32_t max_count = 0;
  std::uint32_t min_length = std::numeric_limits<std::uint32_t>::max();
};

class Words {
 public:
  void add(Row row, std::uint32_t length, std::span<const storage::TermCount> terms);
  void seal();
  [[nodiscard]] PostingList find(std::uint64_t term) const;
  [[nodiscard]] std::uint64_t bytes() const;

 private:
  friend struct ChunkCodec;
  struct Bound {
    std::uint32_t max_count = 0;
    std::uint32_t min_length = std::numeric_limits<std::uint32_t>::max();
  };
  struct Growing {
    std::vector<Posting> postings;
    Bound bound;
  };
  std::unordered_map<std::uint64_t, Growing> growing_;
  std::size_t growing_postings_ = 0;
  // Sealed: for the i-th term, postings_[starts_[i]] to postings_[starts_[i + 1]].
  std::vector<std::uint64_t> terms_;
  std::vector<std::uint32_t> starts_;
  std::vector<Bound> bounds_;
  std::vector<Posting> postings_;
};

/// The vectors of one space. A long text has several: one of the whole, and one for each passage.
struct VectorBlock {
  std::size_t dimension = 0;
  std::vector<Row> rows;            // of each vector, ascending
  bool several = false;             // a row is there more than once
  HugeVector<std::int16_t> codes;   // shape (rows.size(), dimension); empty: not resident
  std::vector<std::int32_t> sum;    // of all codes
  SignCodes signs;                  // of a sealed chunk

  /// The places of a row's vectors.
  struct Places {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  [[nodiscard]] Places places(Row row) const;
  /// Row of a place.
  [[nodiscard]] Row row_at(std::size_t place) const { return every_row() ? static_cast<Row>(place) : rows[place]; }
  /// Whether every row up to the last one here has one vector: then places are rows, and nothing is read to know it.
  [[nodiscard]] bool every_row() const { return !several && !rows.empty() && rows.back() + 1 == rows.size(); }
  [[nodiscard]] bool resident() const { return !codes.empty(); }
  [[nodiscard]] const std::int16_t* at(std::size_t place) const { return codes.data() + place * dimension; }
  /// Asks memory for the first vector of a row, where that costs nothing to find.
  void prefetch(Row row) const {
    constexpr std::size_t kLine = 64 / sizeof(std::int16_t);
    if (!resident() || !every_row() || row >= rows.size()) return;
    for (std::size_t i = 0; i < dimension; i += kLine) __builtin_prefetch(at(row) + i);
  }
};

class Chunk {
 public:
  explicit Chunk(std::uint32_t first) : first_(first) {}

  [[nodiscard]] std::uint32_t first() const { return first_; }  // place of row 0 in the partition
  [[nodiscard]] Row size() const { return static_cast<Row>(lengths_.size()); }
  [[nodiscard]] const std::vector<std::uint32_t>& lengths() const { return lengths_; }  // terms of each row's text
  [[nodiscard]] std::uint64_t total_length() const { return total_length_; }
  [[nodiscard]] PostingList postings(std::uint64_t term) const { return words_.find(term); }
  [[nodiscard]] const VectorBlock* vectors(storage::SpaceId space) const;
  [[nodiscard]] const std::map<storage::SpaceId, VectorBlock>& blocks() const { return vectors_; }
  [[nodiscard]] bool sealed() const { return sealed_; }
  [[nodiscard]] bool full() const { return size() >= kChunkRows || vector_bytes_ >= kChunkBytes; }
  [[nodiscard]] std::uint64_t bytes() const;

  /// The vectors have the dimensions of those before them.
  void add(const storage::Tail& tail);
  void seal();
  /// Moves the sign codes of a space; nothing when there are none.
  void move_signs(storage::SpaceId space, SignCodes::Memory& memory);

  /// Whether the vectors are here.
  [[nodiscard]] bool resident() const;
  [[nodiscard]] std::uint64_t code_bytes() const { return vector_bytes_; }  // that they take, or would
  void load_codes(const std::function<storage::Tail(Row row)>& fetch);
  void drop_codes();
  /// A query had to fetch a vector. @threads Any.
  void count_fetch() const { fetches_.fetch_add(1, std::memory_order_relaxed); }
  [[nodiscard]] std::uint32_t fetches() const { return fetches_.load(std::memory_order_relaxed); }

 private:
  friend struct ChunkCodec;
  std::uint32_t first_;
  std::vector<std::uint32_t> lengths_;
  std::uint64_t total_length_ = 0;
  Words words_;
  std::map<storage::SpaceId, VectorBlock> vectors_;
  std::uint64_t vector_bytes_ = 0;
  bool sealed_ = false;
  mutable std::atomic<std::uint32_t> fetches_ = 0;
};

}  // namespace mnemic::index
