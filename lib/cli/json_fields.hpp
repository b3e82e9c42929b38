// SPDX-License-Identifier: Apache-2.0
// A JSON object read field by field, with errors that name the field.
#pragma once

#include <mnemic/json.hpp>
#include <mnemic/types.hpp>

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic::cli {

/// kInvalidArgument: `field "text": expected a string`.
Status wrong_field(std::string_view field, std::string_view expected);
/// `status` with the field in front of its message; ok stays ok.
Status in_field(std::string_view field, const Status& status);
/// The first of them that is not ok.
Status all_of(std::initializer_list<Status> steps);

/// A time from a string; how one without a zone is meant is the caller's.
using TimeReader = std::function<std::optional<Timestamp>(std::string_view text)>;

/// An object being read: what is taken is gone, and what is left can become metadata or be refused. A null member
/// counts as absent; what is absent leaves `out` as it is.
/// @errors  kInvalidArgument of every reading call: the field has another type, or a bad value.
class Fields {
 public:
  /// @param read_time  how times are read; `parse_free_date` unless another is given.
  explicit Fields(const Json& object, TimeReader read_time = {});

  /// The value of `name`, null when absent.
  Json take(std::string_view name);
  /// Calls `use(value)` when the field is there.
  template <typename Use>
  Status with(std::string_view name, Use use) {
    const Json value = take(name);
    return value.is_null() ? Status() : use(value);
  }

  Status to(std::string_view name, std::string& out);
  Status to(std::string_view name, double& out);
  Status to(std::string_view name, bool& out);
  Status to(std::string_view name, std::optional<Timestamp>& out);
  Status to(std::string_view name, std::vector<std::string>& out);
  Status to(std::string_view name, std::vector<MemoryId>& out);
  /// An id of the caller's: a string, or an integer as some data sets number theirs.
  Status id_to(std::string_view name, std::string& out);
  /// A value by its stable name: `parse` is parse_layer, parse_trust, …
  template <typename T, typename Out>
  Status name_to(std::string_view name, Result<T> (*parse)(std::string_view), Out& out) {
    return with(name, [&](const Json& value) {
      if (!value.is_string()) return wrong_field(name, "a name as a string");
      const auto read = parse(value.as_string());
      if (read) out = *read;
      return in_field(name, read.status());
    });
  }

  /// What is left, added to `metadata`, whose own members win.
  Status rest_to(Json& metadata);
  /// @errors  kInvalidArgument: something is left; the message names one and what is known.
  Status refuse_rest(std::string_view known) const;

 private:
  std::vector<Json::Member> members_;
  TimeReader read_time_;
};

}  // namespace mnemic::cli
