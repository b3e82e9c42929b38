// SPDX-License-Identifier: Apache-2.0
// Single values between Python and C++. `read` takes what a caller gave and raises a message that names the field;
// `to_python` never fails but for memory.
#pragma once

#include "errors.hpp"

#include <mnemic/batch.hpp>
#include <mnemic/layers/facts.hpp>
#include <mnemic/scope.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic::python {

/// What messages call a value: "metadata", "items[3].text". A type of this namespace, so that templates find every `read`.
struct Field : std::string_view {
  using std::string_view::string_view;
  Field(std::string_view name) : std::string_view(name) {}
  Field(const std::string& name) : std::string_view(name) {}
};

/// str, without lone surrogates.
void read(nb::handle value, Field field, std::string& into);
/// A bool, and nothing that merely counts as one.
void read(nb::handle value, Field field, bool& into);
/// int or float (anything with __float__), no bool.
void read(nb::handle value, Field field, double& into);
/// An int that is not negative (anything with __index__), no bool.
void read(nb::handle value, Field field, std::size_t& into);
/// float seconds or a datetime.timedelta.
void read(nb::handle value, Field field, std::chrono::milliseconds& into);
/// Likewise, to the microsecond.
void read(nb::handle value, Field field, std::chrono::microseconds& into);
/// Likewise; whole ones only.
void read(nb::handle value, Field field, std::chrono::seconds& into);
/// An aware datetime, or mnemic.OPEN.
void read(nb::handle value, Field field, Timestamp& into);
/// str in the 8-4-4-4-12 form, or uuid.UUID.
void read(nb::handle value, Field field, MemoryId& into);
/// A sequence of str.
void read(nb::handle value, Field field, Namespace& into);
/// dict, list, tuple, str, int, float, bool, None, or mnemic.JsonText, which is taken byte for byte.
void read(nb::handle value, Field field, Json& into);
/// dict in the JSON form of Filter; datetimes and ids stand for their texts.
void read(nb::handle value, Field field, Filter& into);

/// Members of the enums in mnemic.enums, or their values as str.
void read(nb::handle value, Field field, Layer& into);
void read(nb::handle value, Field field, Trust& into);
void read(nb::handle value, Field field, State& into);
void read(nb::handle value, Field field, Outcome& into);
void read(nb::handle value, Field field, Cardinality& into);
void read(nb::handle value, Field field, FactKind& into);
void read(nb::handle value, Field field, Durability& into);
void read(nb::handle value, Field field, Access& into);
void read(nb::handle value, Field field, Reach& into);
void read(nb::handle value, Field field, Order& into);
void read(nb::handle value, Field field, Direction& into);
void read(nb::handle value, Field field, Depth& into);

template <typename T>
void read(nb::handle value, Field field, std::optional<T>& into) {
  read(value, field, into.emplace());
}

/// A dict, or any other mapping as one; not valid for what is no mapping.
nb::object as_dict(nb::handle value);

/// The items of a list, a tuple or any other iterable but a str, bytes or dict; TypeError for those.
nb::list items_of(nb::handle value, Field field);

template <typename T>
void read(nb::handle value, Field field, std::vector<T>& into) {
  const nb::list items = items_of(value, field);
  into.clear();
  into.reserve(items.size());
  for (const nb::handle item : items) {
    const std::string name = fmt::format("{}[{}]", std::string_view(field), into.size());
    read(item, Field(name), into.emplace_back());
  }
}

template <typename T>
T get(nb::handle value, Field field) {
  T result{};
  read(value, field, result);
  return result;
}

nb::object to_python(std::string_view text);
inline nb::object to_python(const std::string& text) { return to_python(std::string_view(text)); }
/// An aware datetime in UTC; mnemic.OPEN for kOpenEnd. OverflowError outside the years 1 to 9999.
nb::object to_python(Timestamp time);
nb::object to_python(const MemoryId& id);
/// tuple of str
nb::object to_python(const Namespace& name);
nb::object to_python(std::chrono::microseconds duration);  // datetime.timedelta
nb::object to_python(const Json& json);

template <typename T>
nb::object text_tuple(const std::vector<T>& items) {
  nb::object tuple = nb::steal(PyTuple_New(static_cast<Py_ssize_t>(items.size())));
  if (!tuple.is_valid()) throw nb::python_error();
  for (std::size_t i = 0; i < items.size(); ++i) {
    PyTuple_SET_ITEM(tuple.ptr(), static_cast<Py_ssize_t>(i), to_python(items[i]).release().ptr());
  }
  return tuple;
}

/// The member of mnemic.enums.<type> whose value is `name`.
nb::object enum_member(const char* type, std::string_view name);
/// tuple of such members
template <typename Enum>
nb::object member_tuple(const char* type, const std::vector<Enum>& values) {
  nb::list members;
  for (const Enum value : values) members.append(enum_member(type, mnemic::to_string(value)));
  return nb::tuple(members);
}
std::string_view name_of(EmbedKind kind);
std::string_view name_of(Access access);
std::string_view name_of(Reach reach);

}  // namespace mnemic::python

template <>
struct fmt::formatter<mnemic::python::Field> : fmt::formatter<std::string_view> {};
