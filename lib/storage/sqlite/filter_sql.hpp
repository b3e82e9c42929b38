// SPDX-License-Identifier: Apache-2.0
// Filters as SQL conditions over a row of `versions`, every value a bound parameter.
#pragma once

#include "storage/sqlite/sqlite.hpp"

#include <mnemic/filter.hpp>

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace mnemic::storage {

/// A piece of SQL with its parameters, in order.
struct Sql {
  std::string text;
  struct Blob {
    std::string bytes;
  };
  using Value = std::variant<std::int64_t, double, std::string, Blob>;
  std::vector<Value> values;

  void add(std::string_view more) { text += more; }
  void value(Value v) {
    text += '?';
    values.push_back(std::move(v));
  }
  void append(const Sql& other) {
    text += other.text;
    values.insert(values.end(), other.values.begin(), other.values.end());
  }
  /// Prepares and binds; this object must outlive the statement's use.
  [[nodiscard]] Statement prepare(Connection& connection) const;
  /// Binds after what is bound already.
  void bind_to(Statement& statement) const;
};

/// A condition that is 0 or 1, never NULL.
/// @throws StatusError kInvalidArgument, as Filter::check.
Sql filter_sql(const Filter& filter);

}  // namespace mnemic::storage
