// SPDX-License-Identifier: Apache-2.0
// Json: the value type for a memory's content and metadata, and for filters.
#pragma once

#include <mnemic/export.hpp>
#include <mnemic/status.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mnemic {

/// An immutable JSON value, cheap to copy (shared). A value made by `parse` prints back byte for byte what was parsed,
/// spaces, key order and number spelling included; that is how tool calls and image parts survive a round trip.
/// Concurrent reads of one value are safe.
class MNEMIC_EXPORT Json {
 public:
  enum class Type : std::uint8_t { kNull, kBool, kInteger, kDouble, kString, kArray, kObject };
  using Member = std::pair<std::string, Json>;

  Json() noexcept;  ///< null
  Json(std::nullptr_t) noexcept : Json() {}
  Json(bool value);
  Json(int value) : Json(static_cast<std::int64_t>(value)) {}
  Json(std::int64_t value);
  Json(std::uint64_t value);  ///< above INT64_MAX it becomes a double
  Json(double value);  ///< a non-finite number becomes null, as JSON has none
  Json(std::string_view value);
  Json(const char* value) : Json(std::string_view(value)) {}
  Json(const std::string& value) : Json(std::string_view(value)) {}
  ~Json();
  Json(const Json&) noexcept;
  Json(Json&&) noexcept;
  Json& operator=(const Json&) noexcept;
  Json& operator=(Json&&) noexcept;

  /// `Json::object({{"trip", Json::object({{"n", 3}})}})`; a repeated key keeps its last value.
  static Json object(std::initializer_list<Member> members);
  static Json object(const std::vector<Member>& members);
  static Json array(std::initializer_list<Json> items);
  static Json array(const std::vector<Json>& items);

  /// Parses one JSON text (RFC 8259).
  /// @param max_depth  nesting allowed; deeper input is refused before it can exhaust the stack.
  /// @errors  kInvalidArgument: not JSON (the message gives the byte), broken UTF-8, nested too deep.
  /// @threads Any. @cost O(bytes). @since 0.1
  static Result<Json> parse(std::string_view text, std::size_t max_depth = 64);

  /// JSON text. For a parsed value the very bytes that were parsed; otherwise compact, keys in the order given.
  [[nodiscard]] std::string dump() const;

  [[nodiscard]] Type type() const noexcept;
  [[nodiscard]] bool is_null() const noexcept { return type() == Type::kNull; }
  [[nodiscard]] bool is_object() const noexcept { return type() == Type::kObject; }
  [[nodiscard]] bool is_array() const noexcept { return type() == Type::kArray; }
  [[nodiscard]] bool is_string() const noexcept { return type() == Type::kString; }
  [[nodiscard]] bool is_number() const noexcept { return type() == Type::kInteger || type() == Type::kDouble; }
  [[nodiscard]] bool is_bool() const noexcept { return type() == Type::kBool; }

  /// Typed reads; the fallback is returned when the value is of another type.
  [[nodiscard]] bool as_bool(bool fallback = false) const noexcept;
  [[nodiscard]] std::int64_t as_integer(std::int64_t fallback = 0) const noexcept;
  [[nodiscard]] double as_double(double fallback = 0.0) const noexcept;  ///< integers convert
  [[nodiscard]] std::string as_string(std::string_view fallback = {}) const;

  /// Number of items or members; 0 for other types.
  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] bool contains(std::string_view key) const noexcept;
  /// A member by key or an item by index; null when absent or of another type.
  [[nodiscard]] Json operator[](std::string_view key) const;
  [[nodiscard]] Json operator[](const char* key) const { return (*this)[std::string_view(key)]; }
  [[nodiscard]] Json at(std::size_t index) const;
  /// All members in order; empty unless an object. All items; empty unless an array.
  [[nodiscard]] std::vector<Member> members() const;
  [[nodiscard]] std::vector<Json> items() const;

  /// Equal as values: spacing and key order do not matter, 1 and 1.0 are equal.
  friend MNEMIC_EXPORT bool operator==(const Json& a, const Json& b) noexcept;

  struct Node;  // private: the parsed tree (lib/core/json_tree.hpp)
  [[nodiscard]] const Node& node() const noexcept { return *node_; }  // not for a null

 private:
  explicit Json(std::shared_ptr<const Node> node) noexcept;
  std::shared_ptr<const Node> node_;
};

}  // namespace mnemic
