// SPDX-License-Identifier: Apache-2.0
// NumPy arrays: float32 rows read where they lie, and arrays handed out that own their numbers.
#pragma once

#include "values.hpp"

#include <nanobind/ndarray.h>

#include <span>
#include <vector>

namespace mnemic::python {

/// The rows of a float32, C-contiguous array of shape (n, d), read in place; keeps the array alive.
class Rows {
 public:
  /// TypeError for another dtype, InvalidArgument for another shape or order; the message says how to convert.
  Rows(nb::handle array, Field field);

  [[nodiscard]] std::size_t size() const { return array_.shape(0); }
  [[nodiscard]] std::span<const float> row(std::size_t index) const {
    return {static_cast<const float*>(array_.data()) + index * array_.shape(1), array_.shape(1)};
  }

 private:
  nb::ndarray<nb::ro> array_;
};

/// One vector: a float32 array of shape (d,), or anything NumPy makes one of.
void read(nb::handle value, Field field, std::vector<float>& into);
/// `{"space": vector}`, or one vector for the store's own space.
void read(nb::handle value, Field field, std::vector<Vector>& into);

/// A read-only float32 array of shape (d,) over `values`, which `owner` keeps alive. No copy.
nb::object array_over(const std::vector<float>& values, nb::handle owner);
/// A float64 or float32 array of shape `shape` that owns `values`. No copy.
nb::object array_of(std::vector<double> values, const std::vector<std::size_t>& shape);
nb::object array_of(std::vector<float> values, const std::vector<std::size_t>& shape);
/// A str array ("<U36") of shape `shape`; "" for ids that are nil.
nb::object array_of(const std::vector<MemoryId>& ids, const std::vector<std::size_t>& shape);

}  // namespace mnemic::python
