// SPDX-License-Identifier: Apache-2.0
// Members of a JSON object, each of the type that is meant. Everything throws StatusError kInvalidArgument naming the field.
#pragma once

#include <mnemic/json.hpp>
#include <mnemic/types.hpp>

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic::transfer {

class Fields {
 public:
  explicit Fields(Json object);

  [[nodiscard]] Json take(std::string_view name);
  [[nodiscard]] Json require(std::string_view name);
  [[nodiscard]] std::string text(std::string_view name);  ///< "" when it is absent
  [[nodiscard]] std::string required_text(std::string_view name);
  [[nodiscard]] double number(std::string_view name, double absent);
  [[nodiscard]] std::uint64_t count(std::string_view name);  ///< must be there
  [[nodiscard]] std::optional<std::uint64_t> optional_count(std::string_view name);
  [[nodiscard]] bool flag(std::string_view name);  ///< false when it is absent
  [[nodiscard]] std::optional<Timestamp> optional_time(std::string_view name);
  [[nodiscard]] Timestamp time(std::string_view name);
  [[nodiscard]] MemoryId id(std::string_view name);
  [[nodiscard]] Namespace name_space(std::string_view name);
  [[nodiscard]] std::vector<std::string> texts(std::string_view name);
  /// Whatever was not taken is not known.
  void end() const;

 private:
  Json object_;
  std::set<std::string, std::less<>> taken_;
};

/// A time as text, or as microseconds where the text could not be read back.
Json time_json(Timestamp time);

}  // namespace mnemic::transfer
