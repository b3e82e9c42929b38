// SPDX-License-Identifier: Apache-2.0
// The vector arm: dot products of fixed-point codes with everything, with the best few, or with given memories.
#pragma once

#include "recall/field.hpp"
#include "recall/top.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace mnemic::recall {

inline constexpr std::int32_t kNoVector = std::numeric_limits<std::int32_t>::min();

/// A dot product as a cosine. Rounded codes may be a little longer than 1, and so may this.
inline double to_cosine(std::int32_t dot) { return static_cast<double>(dot) / (32767.0 * 32767.0); }

class VectorQuery {
 public:
  /// @param codes  empty: nothing has a vector to compare with.
  VectorQuery(storage::Reader& reader, const Field& field, std::optional<storage::SpaceId> space, std::span<const std::int16_t> codes);

  [[nodiscard]] bool empty() const { return count_ == 0; }
  /// The vectors of visible memories, passages each by itself, and the sum of their dot products with the query: exact.
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::int64_t sum() const { return sum_; }

  /// The dot product of one row, the best of its passages; kNoVector when it has none.
  [[nodiscard]] std::int32_t dot(std::size_t view, index::Row row) const;
  /// The `most` best rows of `views` that are in their set, as far as the first pass over the sign codes of sealed chunks
  /// nominates them; the products are exact.
  std::vector<Scored<std::int32_t>> top(std::span<const std::size_t> views, const RowsOf& rows_of, std::size_t most) const;

 private:
  void count(const View& view, const index::VectorBlock& block, std::int64_t sum_dot);
  /// Calls `each` with the product of every vector of a row.
  template <typename Each>
  void each_product(const View& view, const index::VectorBlock& block, index::Row row, Each&& each) const;
  /// Adds the rows that a first pass nominates with their exact products.
  void compare(std::vector<Scored<float>> nominees, Top<std::int32_t>& top) const;
  [[nodiscard]] std::int32_t best(const View& view, const index::VectorBlock& block, index::Row row) const;

  storage::Reader& reader_;
  const Field& field_;
  std::optional<storage::SpaceId> space_;
  std::span<const std::int16_t> codes_;
  std::vector<const index::VectorBlock*> blocks_;  // per view; nullptr: none
  std::vector<std::int64_t> sum_dots_;             // per view: with the sum of all its vectors, hidden ones too
  std::size_t count_ = 0;
  std::int64_t sum_ = 0;
};

}  // namespace mnemic::recall
