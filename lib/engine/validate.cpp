// SPDX-License-Identifier: Apache-2.0
// Input checks.
#include "engine/validate.hpp"

#include "core/error.hpp"
#include "core/json_tree.hpp"
#include "core/time.hpp"
#include "core/utf8.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace mnemic::engine {
namespace {

using core::fail;
constexpr auto kInvalid = StatusCode::kInvalidArgument;

void validate_json(std::string_view field, const Json& json, std::size_t bytes, std::size_t depth) {
  if (json.is_null()) return;
  if (core::depth_of(json) > depth) fail(kInvalid, "{}: nested deeper than {}", field, depth);
  if (!core::is_valid_json_text(json)) fail(kInvalid, "{}: holds a string that is not UTF-8", field);
  if (const std::size_t size = json.dump().size(); size > bytes) {
    fail(kInvalid, "{}: {} bytes of JSON, the limit is {}", field, size, bytes);
  }
}

void validate_metadata(std::string_view field, const Json& metadata, const Limits& limits) {
  if (!metadata.is_null() && !metadata.is_object()) fail(kInvalid, "{}: not an object", field);
  validate_json(field, metadata, limits.metadata_bytes, limits.metadata_depth);
  // SQLite's JSON functions, which filters use, end a string at a NUL.
  if (!metadata.is_null() && metadata.dump().find("\\u0000") != std::string::npos) {
    (void)core::map_strings(metadata, [field](std::string& text) {
      if (text.find('\0') != std::string::npos) fail(kInvalid, "{}: a string holds a NUL", field);
    });
  }
}

void validate_unit(std::string_view field, double value) {
  if (!(value >= 0.0 && value <= 1.0)) fail(kInvalid, "{}: not in [0, 1]", field);
}

void validate_tags(const std::vector<std::string>& tags, const Limits& limits) {
  if (tags.size() > limits.tags) fail(kInvalid, "tags: {} of them, the limit is {}", tags.size(), limits.tags);
  std::set<std::string_view> seen;
  for (const std::string& tag : tags) {
    validate_name("tags", tag, limits);
    if (tag.empty()) fail(kInvalid, "tags: one is empty");
    if (!seen.insert(tag).second) fail(kInvalid, "tags: one is given twice");
  }
}

void validate_vectors(const std::vector<Vector>& vectors, const Limits& limits) {
  if (vectors.size() > limits.vectors) fail(kInvalid, "vectors: {} of them, the limit is {}", vectors.size(), limits.vectors);
  std::set<std::string_view> spaces;
  for (const Vector& vector : vectors) {
    validate_name("vectors.space", vector.space, limits);
    if (!spaces.insert(vector.space).second) fail(kInvalid, "vectors: two in the same space");
    validate_values("vectors", vector.values, limits.dimension);
  }
}

void validate_provenance(const Provenance& provenance, const Limits& limits) {
  validate_name("provenance.source", provenance.source, limits);
  validate_name("provenance.model", provenance.model, limits);
  validate_name("provenance.trace", provenance.trace, limits);
  if (provenance.derived_from.size() > limits.k) {
    fail(kInvalid, "provenance.derived_from: {} ids, the limit is {}", provenance.derived_from.size(), limits.k);
  }
}

void validate_state(State state) {
  if (state < State::kActive || state > State::kQuarantined) fail(kInvalid, "state: not a known one");
}
void validate_trust(Trust trust) {
  if (to_string(trust) == "unknown") fail(kInvalid, "trust: not a known one");
}

}  // namespace

void validate_text(std::string_view field, std::string_view value, std::size_t most) {
  if (value.size() > most) fail(kInvalid, "{}: {} bytes, the limit is {}", field, value.size(), most);
  if (!core::is_valid_utf8(value)) fail(kInvalid, "{}: not UTF-8", field);
}

void validate_name(std::string_view field, std::string_view value, const Limits& limits) {
  validate_text(field, value, limits.name_bytes);
  if (value.find('\0') != std::string_view::npos) fail(kInvalid, "{}: holds a NUL", field);
}

void validate_count(std::string_view field, std::size_t value, std::size_t most) {
  if (value < 1 || value > most) fail(kInvalid, "{}: {} is not in [1, {}]", field, value, most);
}

void validate_values(std::string_view field, std::span<const float> values, std::size_t most) {
  if (values.empty() || values.size() > most) fail(kInvalid, "{}: dimension {} is not in [1, {}]", field, values.size(), most);
  if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); })) {
    fail(kInvalid, "{}: a value is not finite", field);
  }
  if (std::all_of(values.begin(), values.end(), [](float v) { return v == 0.0F; })) fail(kInvalid, "{}: all values are zero", field);
}

void validate(const MemoryInput& input, const Limits& limits) {
  if (input.text.empty() && input.content.is_null() && input.vectors.empty()) {
    fail(kInvalid, "text: empty, and neither content nor vectors are given: nothing to store");
  }
  if (to_string(input.layer) == "unknown") fail(kInvalid, "layer: not a known one");
  validate_name("key", input.key, limits);
  validate_text("text", input.text, limits.text_bytes);
  validate_json("content", input.content, limits.content_bytes, limits.content_depth);
  validate_vectors(input.vectors, limits);
  validate_name("user", input.user, limits);
  validate_name("agent", input.agent, limits);
  validate_name("session", input.session, limits);
  validate_name("author", input.author, limits);
  validate_zone(input.time_zone, limits);
  if (input.event_time) validate_interval(*input.event_time, input.event_end);
  validate_unit("importance", input.importance);
  validate_unit("strength", input.strength);
  validate_trust(input.trust);
  validate_state(input.state);
  validate_tags(input.tags, limits);
  validate_metadata("metadata", input.metadata, limits);
  validate_provenance(input.provenance, limits);
  if (input.relations.size() > limits.relations) {
    fail(kInvalid, "relations: {} of them, the limit is {}", input.relations.size(), limits.relations);
  }
  for (const RelationInput& relation : input.relations) validate(relation, limits);
}

void validate_zone(std::string_view time_zone, const Limits& limits) {
  validate_name("time_zone", time_zone, limits);
  if (!time_zone.empty() && !core::is_time_zone(time_zone)) fail(kInvalid, "time_zone: not a known IANA zone");
}

void validate_interval(Timestamp event_time, const std::optional<Timestamp>& event_end) {
  if (event_time == kOpenEnd) fail(kInvalid, "event_time: an open end, which nothing begins at");
  if (event_end && *event_end < event_time) fail(kInvalid, "event_end: before event_time");
}

namespace {

bool is_identifier(std::string_view name) {
  const auto fine = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
  };
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), fine);
}

}  // namespace

void validate_relation_type(std::string_view type) {
  if (!is_identifier(type)) fail(kInvalid, "type: a relation's is 1 to 64 of [A-Za-z0-9_.-]");
}

void validate(const JobInput& input, const Limits& limits) {
  if (!is_identifier(input.kind)) fail(kInvalid, "kind: a job's is 1 to 64 of [A-Za-z0-9_.-]");
  validate_json("payload", input.payload, limits.content_bytes, limits.content_depth);
  validate_name("key", input.key, limits);
  validate_name("trace", input.trace, limits);
  validate_count("max_attempts", input.max_attempts, 1000);
}

void validate(const EmbeddingSpace& space, const Limits& limits) {
  const auto fine = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-'; };
  if (space.name.empty() || space.name.size() > 64 || !std::all_of(space.name.begin(), space.name.end(), fine)) {
    fail(kInvalid, "embedder: its space's name is not 1 to 64 of [A-Za-z0-9._-]");
  }
  if (space.dimension == 0 || space.dimension > limits.dimension) {
    fail(kInvalid, "embedder: dimension {} is not in [1, {}]", space.dimension, limits.dimension);
  }
  for (const std::string* text : {&space.version, &space.query_prefix, &space.passage_prefix}) {
    if (!core::is_valid_utf8(*text)) fail(kInvalid, "embedder: its space is not described in UTF-8");
  }
}

void validate(const Budget& budget) {
  if (budget.time.count() < 0) fail(kInvalid, "time: negative");
  if (budget.memory_bytes == 0) fail(kInvalid, "memory_bytes: 0");
  if (budget.lease < std::chrono::milliseconds(1) || budget.lease > std::chrono::days(1)) fail(kInvalid, "lease: not in [1 ms, 1 day]");
}

void validate(const RelationInput& relation, const Limits& limits) {
  validate_relation_type(relation.type);
  validate_metadata("relation metadata", relation.metadata, limits);
}

void validate(const MemoryChange& change, const Limits& limits) {
  if (change.text) validate_text("text", *change.text, limits.text_bytes);
  if (change.content) validate_json("content", *change.content, limits.content_bytes, limits.content_depth);
  validate_vectors(change.vectors, limits);
  if (change.author) validate_name("author", *change.author, limits);
  if (change.event_time == kOpenEnd) validate_interval(kOpenEnd, {});
  if (change.importance) validate_unit("importance", *change.importance);
  if (change.strength) validate_unit("strength", *change.strength);
  if (change.trust) validate_trust(*change.trust);
  if (change.state) validate_state(*change.state);
  if (change.tags) validate_tags(*change.tags, limits);
  if (change.metadata) validate_metadata("metadata", *change.metadata, limits);
  if (change.provenance) validate_provenance(*change.provenance, limits);
}

}  // namespace mnemic::engine
