// SPDX-License-Identifier: Apache-2.0
// The filter language, read from the header comment of filter.hpp and written again from nothing.
#include "support/naive_store.hpp"

#include <stdexcept>
#include <string_view>

namespace mnemic::test {
namespace {

// What a field holds: nothing (absent), or one value, or (tags, lists in metadata) several of which any may match.
struct Field {
  bool there = false;  // an empty list in metadata is there
  std::vector<Json> values;
};

Json time_value(Timestamp time) { return Json(to_string(time)); }

Field field_of(std::string_view name, const Memory& m) {
  const auto one = [](Json value) { return Field{false, {std::move(value)}}; };
  if (name == "id") return one(m.id.to_string());
  if (name == "key") return one(m.key);
  if (name == "layer") return one(std::string(to_string(m.layer)));
  if (name == "user") return one(m.user);
  if (name == "agent") return one(m.agent);
  if (name == "session") return one(m.session);
  if (name == "author") return one(m.author);
  if (name == "state") return one(std::string(to_string(m.state)));
  if (name == "trust") return one(std::string(to_string(m.trust)));
  if (name == "pinned") return one(m.pinned);
  if (name == "importance") return one(m.importance);
  if (name == "strength") return one(m.strength);
  if (name == "turn") return m.turn ? one(Json(*m.turn)) : Field{};
  if (name == "version") return one(Json(m.version));
  if (name == "event_time") return one(time_value(m.event_time));
  if (name == "created_at") return one(time_value(m.created_at));
  if (name == "updated_at") return one(time_value(m.updated_at));
  if (name == "event_end") return m.event_end ? one(time_value(*m.event_end)) : Field{};
  if (name == "expires_at") return m.expires_at ? one(time_value(*m.expires_at)) : Field{};
  if (name == "time_zone") return one(m.time_zone);
  if (name == "tags") {
    Field field;
    for (const auto& tag : m.tags) field.values.emplace_back(tag);
    return field;
  }
  if (name.starts_with("metadata.")) {
    name.remove_prefix(9);
    Json at = m.metadata;
    for (;;) {
      const auto dot = name.find('.');
      const auto key = name.substr(0, dot);
      if (!at.is_object() || !at.contains(key)) return {};
      at = at[key];
      if (dot == std::string_view::npos) return at.is_array() ? Field{true, at.items()} : one(at);
      name.remove_prefix(dot + 1);
    }
  }
  throw std::runtime_error("naive filter: field " + std::string(name));
}

enum class Kind : std::uint8_t { kPlain, kTime, kTrust };

Kind kind_of(std::string_view name) {
  if (name.ends_with("_time") || name.ends_with("_at") || name == "event_end") return name.starts_with("metadata.") ? Kind::kPlain : Kind::kTime;
  return name == "trust" ? Kind::kTrust : Kind::kPlain;
}

// Times become microseconds, trusts their rank, so that both compare as numbers.
Json canonical(Kind kind, const Json& value) {
  if (kind == Kind::kTime) {
    return Json(static_cast<std::int64_t>(parse_time(value.as_string()).value().time_since_epoch().count()));
  }
  if (kind == Kind::kTrust) return Json(static_cast<int>(parse_trust(value.as_string()).value()));
  return value;
}

bool holds(std::string_view op, Kind kind, const Json& have_raw, const Json& want_raw) {
  const Json have = canonical(kind, have_raw);
  if (op == "$in") {
    for (const auto& item : want_raw.items()) {
      if (have == canonical(kind, item)) return true;
    }
    return false;
  }
  const Json want = canonical(kind, want_raw);
  if (op == "$eq") return have == want;
  if (op == "$prefix") return have.is_string() && have.as_string().starts_with(want.as_string());
  int order = 0;
  if (have.is_number() && want.is_number()) {
    order = have.as_double() < want.as_double() ? -1 : have.as_double() > want.as_double() ? 1 : 0;
  } else if (have.is_string() && want.is_string()) {
    const int bytes = have.as_string().compare(want.as_string());
    order = bytes < 0 ? -1 : bytes > 0 ? 1 : 0;
  } else {
    return false;
  }
  if (op == "$gt") return order > 0;
  if (op == "$gte") return order >= 0;
  if (op == "$lt") return order < 0;
  if (op == "$lte") return order <= 0;
  throw std::runtime_error("naive filter: operator " + std::string(op));
}

bool compare(std::string_view name, std::string_view op, const Json& want, const Memory& memory) {
  const Field field = field_of(name, memory);
  if (op == "$exists") return want.as_bool() == (field.there || !field.values.empty());
  if (op == "$ne") return !compare(name, "$eq", want, memory);
  if (op == "$nin") return !compare(name, "$in", want, memory);
  for (const auto& have : field.values) {
    if (holds(op, kind_of(name), have, want)) return true;
  }
  return false;
}

bool is_operators(const Json& value) {
  if (!value.is_object() || value.size() == 0) return false;
  for (const auto& [key, unused] : value.members()) {
    if (!key.starts_with("$")) return false;
  }
  return true;
}

}  // namespace

bool naive_matches(const Json& filter, const Memory& memory) {
  if (!filter.is_object()) throw std::runtime_error("naive filter: not an object: " + filter.dump());
  for (const auto& [name, value] : filter.members()) {
    bool good = false;
    if (name == "$or") {
      for (const auto& part : value.items()) good = good || naive_matches(part, memory);
    } else if (name == "$and") {
      good = true;
      for (const auto& part : value.items()) good = good && naive_matches(part, memory);
    } else if (name == "$not") {
      good = !naive_matches(value, memory);
    } else if (is_operators(value)) {
      good = true;
      for (const auto& [op, want] : value.members()) good = good && compare(name, op, want, memory);
    } else {
      good = compare(name, "$eq", value, memory);
    }
    if (!good) return false;
  }
  return true;
}

}  // namespace mnemic::test
