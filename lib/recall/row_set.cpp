// SPDX-License-Identifier: Apache-2.0
// Sets of rows.
#include "recall/field.hpp"

namespace mnemic::recall {

void RowSet::materialise() {
  if (!bits_.empty() || size_ == 0) return;
  bits_.assign((size_ + 63) / 64, ~std::uint64_t{0});
  if (size_ % 64 != 0) bits_.back() = (std::uint64_t{1} << (size_ % 64)) - 1;
}

void RowSet::remove(index::Row row) {
  if (!has(row)) return;
  materialise();
  bits_[row / 64] &= ~(std::uint64_t{1} << (row % 64));
  --count_;
}

void RowSet::clear() {
  bits_.assign((size_ + 63) / 64, 0);
  count_ = 0;
}

void RowSet::insert(index::Row row) {
  if (has(row)) return;
  bits_[row / 64] |= std::uint64_t{1} << (row % 64);
  ++count_;
}

}  // namespace mnemic::recall
