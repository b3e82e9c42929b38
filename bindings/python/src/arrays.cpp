// SPDX-License-Identifier: Apache-2.0
#include "arrays.hpp"

#include <nanobind/stl/string.h>

#include <algorithm>
#include <memory>

namespace mnemic::python {
namespace {

constexpr std::size_t kIdLength = 36;  // of an id as text

bool is_float32(const nb::ndarray<nb::ro>& array) { return array.dtype() == nb::dtype<float>(); }

std::string dtype_name(nb::handle array) {
  const nb::object dtype = array.attr("dtype");
  return nb::cast<std::string>(nb::str(nb::handle(dtype)));
}

nb::ndarray<nb::ro> array_from(nb::handle value, Field field) {
  nb::ndarray<nb::ro> array;
  const bool is_array = nb::hasattr(value, "dtype");
  if (!is_array || !nb::try_cast(value, array, false) || !is_float32(array)) {
    raise_type("{}: a NumPy array of float32 is due, not {}{}; see numpy.asarray(…, dtype=numpy.float32)", field, type_of(value),
               is_array ? " of " + dtype_name(value) : "");
  }
  return array;
}

nb::object in_shape(const nb::object& array, const std::vector<std::size_t>& shape) {
  nb::list sizes;
  for (const std::size_t size : shape) sizes.append(size);
  return array.attr("reshape")(nb::tuple(sizes));
}

/// A one-dimensional array over numbers on the heap, which go with it.
template <typename T>
nb::object owning(std::vector<T> values) {
  auto held = std::make_unique<std::vector<T>>(std::move(values));
  std::vector<T>* const raw = held.get();
  const nb::capsule owner(raw, [](void* pointer) noexcept { delete static_cast<std::vector<T>*>(pointer); });
  (void)held.release();
  return nb::cast(nb::ndarray<nb::numpy, T, nb::ndim<1>>(raw->data(), {raw->size()}, owner));
}

}  // namespace

Rows::Rows(nb::handle array, Field field) : array_(array_from(array, field)) {
  if (array_.ndim() != 2) raise_value("{}: shape (n, d) is due, not {} dimension(s); one vector is array[numpy.newaxis, :]", field, array_.ndim());
  const auto rows = static_cast<std::int64_t>(array_.shape(0));
  const auto columns = static_cast<std::int64_t>(array_.shape(1));
  const bool contiguous = array_.stride(1) == 1 || columns <= 1;
  if (!contiguous || (rows > 1 && array_.stride(0) != columns)) {
    raise_value("{}: rows that lie one after another (C order) are due; see numpy.ascontiguousarray", field);
  }
}

void read(nb::handle value, Field field, std::vector<float>& into) {
  nb::ndarray<nb::ro> array;
  nb::object converted;  // kept until the numbers are copied
  const bool is_array = nb::hasattr(value, "dtype") && nb::try_cast(value, array, false);
  if (!is_array || !is_float32(array) || array.ndim() != 1 || array.stride(0) != 1) {
    if (value.is_none() || PyUnicode_Check(value.ptr()) != 0) raise_type("{}: a vector of float32 is due, not {}", field, type_of(value));
    const nb::module_ numpy = nb::module_::import_("numpy");
    try {
      converted = numpy.attr("ascontiguousarray")(value);
    } catch (nb::python_error&) {
      raise_type("{}: a vector of float32 is due, not {}", field, type_of(value));
    }
    const auto kind = nb::cast<std::string>(converted.attr("dtype").attr("kind"));
    if (kind != "f" && kind != "i" && kind != "u") raise_type("{}: numbers are due, not {}", field, dtype_name(converted));
    if (nb::cast<std::size_t>(numpy.attr("ndim")(value)) != 1) {
      raise_value("{}: shape (d,) is due; flatten it with .ravel()", field);
    }
    converted = converted.attr("astype")("float32");
    if (!nb::try_cast(converted, array, false)) raise_type("{}: a vector of float32 is due", field);
  }
  const auto* data = static_cast<const float*>(array.data());
  into.assign(data, data + array.shape(0));
}

void read(nb::handle value, Field field, std::vector<Vector>& into) {
  into.clear();
  const nb::object spaces = as_dict(value);
  if (!spaces.is_valid()) {
    read(value, field, into.emplace_back().values);
    return;
  }
  for (const auto& [space, numbers] : nb::borrow<nb::dict>(spaces)) {
    Vector& vector = into.emplace_back();
    read(space, fmt::format("{}: a space", field), vector.space);
    read(nb::borrow(numbers), fmt::format("{}[{}]", field, vector.space), vector.values);
  }
}

nb::object array_over(const std::vector<float>& values, nb::handle owner) {
  return nb::cast(nb::ndarray<nb::numpy, const float, nb::ndim<1>>(values.data(), {values.size()}, owner));
}

nb::object array_of(std::vector<double> values, const std::vector<std::size_t>& shape) { return in_shape(owning(std::move(values)), shape); }
nb::object array_of(std::vector<float> values, const std::vector<std::size_t>& shape) { return in_shape(owning(std::move(values)), shape); }

nb::object array_of(const std::vector<MemoryId>& ids, const std::vector<std::size_t>& shape) {
  // NumPy's str arrays hold one 32-bit code point after another.
  std::vector<std::uint32_t> characters(ids.size() * kIdLength, 0);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!ids[i].is_nil()) std::ranges::copy(ids[i].to_string(), characters.begin() + static_cast<std::ptrdiff_t>(i * kIdLength));
  }
  if (ids.empty()) return in_shape(nb::module_::import_("numpy").attr("empty")(0, "<U36"), shape);
  return in_shape(owning(std::move(characters)).attr("view")("<U36"), shape);
}

}  // namespace mnemic::python
