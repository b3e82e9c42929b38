// SPDX-License-Identifier: Apache-2.0
// One bit per dimension of a randomly rotated vector, and what estimates a dot product from them: the compressed first pass
// of the vector arm. After "RaBitQ: quantizing high-dimensional vectors with a theoretical error bound for approximate
// nearest neighbor search" (Gao and Long, SIGMOD 2024).
#pragma once

#include "index/slabs.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace mnemic::index {

/// A fixed orthogonal map that spreads any vector evenly over `width` dimensions: rounds of random signs and fast
/// Walsh-Hadamard transforms, with Kac's walk between the two ends when the width is no power of two. The same everywhere.
class Rotation {
 public:
  explicit Rotation(std::size_t dimension);

  [[nodiscard]] std::size_t width() const { return width_; }  // the dimension rounded up to a multiple of 64
  /// In place, over `width` values; those beyond the dimension are 0 before.
  void apply(float* values) const;

 private:
  std::size_t width_;
  std::size_t power_;          // the largest power of two that is not above the width
  float scale_;                // 1 / sqrt(power_)
  std::vector<float> flips_;   // shape (rounds, width): 1 or -1
};

/// The rotation for a dimension; made once, kept for the life of the process. @threads Any.
const Rotation& rotation_for(std::size_t dimension);

/// A query, rotated: for each nibble of signs the sum it contributes, in 7 bits or fewer (kernels::Target::estimate).
struct SignQuery {
  std::vector<std::uint8_t> tables;  // shape (width / 8, 2, 16)
  float scale = 0;
  float offset = 0;

  explicit SignQuery(std::span<const std::int16_t> query);
};

/// Of all rows of one chunk.
struct Estimates {
  std::vector<float> dots;           // per row, padded to blocks of 32
  std::vector<std::uint32_t> above;  // per block: the rows that reach the threshold, as bits
};

/// The codes of the vectors of one sealed chunk, which are coded by their difference from the mean of all.
class SignCodes {
 public:
  /// @param codes  shape (rows, dimension)
  /// @param sum    of all rows
  void build(std::span<const std::int16_t> codes, std::span<const std::int32_t> sum);

  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::uint64_t bytes() const { return signs().size_bytes() + factors().size_bytes(); }
  /// Estimates the dot product of every row with the query.
  /// @param mean_dot  dot product of the query with the mean of the rows.
  /// @param out       what was there is overwritten; rows beyond the last mean nothing.
  void estimate(const SignQuery& query, float mean_dot, float threshold, Estimates& out) const;

  /// Where the codes of many chunks stand side by side, in the order in which they were moved there.
  struct Memory {
    Slabs signs;
    Slabs factors;
  };
  /// Moves them there, if they are not there yet.
  void move_to(Memory& memory);

 private:
  friend struct ChunkCodec;
  [[nodiscard]] std::size_t padded_rows() const;
  /// Shape (blocks, width_bytes, 32).
  [[nodiscard]] std::span<const std::uint8_t> signs() const;
  /// Per row: estimate = factor × sum of the query's components by these signs.
  [[nodiscard]] std::span<const float> factors() const;

  std::size_t rows_ = 0;
  std::size_t width_bytes_ = 0;
  std::vector<std::uint8_t> own_signs_;  // until they are moved
  std::vector<float> own_factors_;
  std::shared_ptr<std::uint8_t[]> moved_signs_;
  std::shared_ptr<float[]> moved_factors_;
};

}  // namespace mnemic::index
