// SPDX-License-Identifier: Apache-2.0
#include "cli/json_fields.hpp"

#include "cli/dates.hpp"

#include <fmt/format.h>

#include <utility>

namespace mnemic::cli {

Status wrong_field(std::string_view field, std::string_view expected) {
  return Status(StatusCode::kInvalidArgument, fmt::format("field \"{}\": expected {}", field, expected));
}

Status in_field(std::string_view field, const Status& status) {
  if (status) return status;
  return Status(status.code(), fmt::format("field \"{}\": {}", field, status.message()));
}

Status all_of(std::initializer_list<Status> steps) {
  for (const Status& step : steps) {
    if (!step) return step;
  }
  return {};
}

Fields::Fields(const Json& object, TimeReader read_time)
    : members_(object.members()), read_time_(read_time ? std::move(read_time) : TimeReader(parse_free_date)) {}

Json Fields::take(std::string_view name) {
  for (auto it = members_.begin(); it != members_.end(); ++it) {
    if (it->first != name) continue;
    Json value = std::move(it->second);
    members_.erase(it);
    return value;
  }
  return {};
}

Status Fields::to(std::string_view name, std::string& out) {
  return with(name, [&](const Json& value) {
    if (!value.is_string()) return wrong_field(name, "a string");
    out = value.as_string();
    return Status();
  });
}

Status Fields::to(std::string_view name, double& out) {
  return with(name, [&](const Json& value) {
    if (!value.is_number()) return wrong_field(name, "a number");
    out = value.as_double();
    return Status();
  });
}

Status Fields::to(std::string_view name, bool& out) {
  return with(name, [&](const Json& value) {
    if (!value.is_bool()) return wrong_field(name, "true or false");
    out = value.as_bool();
    return Status();
  });
}

Status Fields::to(std::string_view name, std::optional<Timestamp>& out) {
  return with(name, [&](const Json& value) {
    if (!value.is_string()) return wrong_field(name, "a time as a string");
    out = read_time_(value.as_string());
    return out ? Status() : wrong_field(name, "a time such as 2026-05-08T13:56:00Z");
  });
}

Status Fields::to(std::string_view name, std::vector<std::string>& out) {
  return with(name, [&](const Json& value) {
    if (!value.is_array()) return wrong_field(name, "a list of strings");
    for (const Json& item : value.items()) {
      if (!item.is_string()) return wrong_field(name, "a list of strings");
      out.push_back(item.as_string());
    }
    return Status();
  });
}

Status Fields::to(std::string_view name, std::vector<MemoryId>& out) {
  return with(name, [&](const Json& value) {
    if (!value.is_array()) return wrong_field(name, "a list of memory ids");
    for (const Json& item : value.items()) {
      const auto id = MemoryId::parse(item.as_string());
      if (!id) return wrong_field(name, "a list of memory ids");
      out.push_back(*id);
    }
    return Status();
  });
}

Status Fields::id_to(std::string_view name, std::string& out) {
  return with(name, [&](const Json& value) {
    if (value.type() == Json::Type::kInteger) return out = std::to_string(value.as_integer()), Status();
    if (!value.is_string()) return wrong_field(name, "a string or an integer");
    out = value.as_string();
    return Status();
  });
}

Status Fields::rest_to(Json& metadata) {
  if (!metadata.is_null() && !metadata.is_object()) return wrong_field("metadata", "an object");
  std::vector<Json::Member> all;
  for (auto& [name, value] : members_) {
    if (!value.is_null() && !metadata.contains(name)) all.emplace_back(name, std::move(value));
  }
  if (all.empty()) return {};
  for (auto& member : metadata.members()) all.push_back(std::move(member));
  metadata = Json::object(all);
  return {};
}

Status Fields::refuse_rest(std::string_view known) const {
  if (members_.empty()) return {};
  return Status(StatusCode::kInvalidArgument,
                fmt::format("field \"{}\": not known here; known are {}", members_.front().first, known));
}

}  // namespace mnemic::cli
