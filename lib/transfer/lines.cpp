// SPDX-License-Identifier: Apache-2.0
#include "transfer/lines.hpp"

#include "core/error.hpp"
#include "core/json_tree.hpp"
#include "core/provenance.hpp"
#include "transfer/fields.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

namespace mnemic::transfer {
namespace {

using core::fail;
constexpr auto kInvalid = StatusCode::kInvalidArgument;

/// The members a line has of its own form, or not at all.
constexpr std::string_view kTimes[]{"event_time", "event_end", "created_at", "updated_at", "expires_at"};
constexpr std::string_view kLeftOut[]{"vectors", "seq_from", "seq_to"};

template <typename Names>
bool is_one_of(const Names& names, std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

/// Content is kept byte for byte. As JSON inside JSON it is only where it reads the same when it is printed anew.
Json::Member content_member(const Json& content) {
  std::string bytes = content.dump();
  if (content.node().tree->dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) == bytes) return {"content", content};
  return {"content_text", Json(bytes)};
}

Json content_of(Fields& fields) {
  const std::string text = fields.text("content_text");
  const Json inside = fields.take("content");
  if (text.empty()) return inside.is_null() ? Json() : core::take(Json::parse(inside.dump(), std::numeric_limits<std::size_t>::max()));
  if (!inside.is_null()) fail(kInvalid, "content_text: beside content");
  auto parsed = Json::parse(text, std::numeric_limits<std::size_t>::max());
  if (!parsed) fail(kInvalid, "content_text: {}", parsed.status().message());
  return *std::move(parsed);
}

std::string vectors_text(const std::vector<StoredVector>& vectors) {
  std::string text = ",\"vectors\":[";
  for (const StoredVector& vector : vectors) {
    if (text.back() == '}') text += ',';
    fmt::format_to(std::back_inserter(text), "{{\"space\":{},\"of\":[{},{}],\"codes\":[{}]}}", vector.space, vector.begin, vector.end,
                   fmt::join(vector.codes, ","));
  }
  return text += "]}";
}

std::uint32_t to_offset(const Json& value) {
  const std::int64_t offset = value.as_integer(-1);
  if (offset < 0 || offset > std::numeric_limits<std::uint32_t>::max()) fail(kInvalid, "vectors: `of` is no range of bytes");
  return static_cast<std::uint32_t>(offset);
}

StoredVector to_vector(const Json& json) {
  Fields fields(json);
  StoredVector vector;
  vector.space = fields.count("space");
  const Json of = fields.require("of");
  vector.begin = to_offset(of.at(0));
  vector.end = to_offset(of.at(1));
  if (of.size() != 2 || vector.begin > vector.end) fail(kInvalid, "vectors: `of` is no range of bytes");
  for (const Json& code : fields.require("codes").items()) {
    const std::int64_t value = code.as_integer(std::numeric_limits<std::int64_t>::max());
    if (value < -32767 || value > 32767) fail(kInvalid, "vectors: a code that is not a number from -32767 to 32767");
    vector.codes.push_back(static_cast<std::int16_t>(value));
  }
  fields.end();
  return vector;
}

template <typename T>
T named(std::string_view field, Result<T> result) {
  if (!result) fail(kInvalid, "{}: {}", field, result.status().message());
  return *result;
}

Provenance provenance_of(const Json& json) {
  if (!json.is_null() && !json.is_object()) fail(kInvalid, "provenance: not an object");
  for (const Json& id : json["derived_from"].items()) {
    if (!MemoryId::parse(id.as_string())) fail(kInvalid, "provenance: derived_from holds what is no id");
  }
  return core::to_provenance(json);
}

}  // namespace

std::string to_line(std::string_view kind, const Version& version) {
  const Memory& m = version.memory;
  std::vector<Json::Member> members{{"kind", kind}};
  for (Json::Member& member : to_json(m).members()) {
    if (is_one_of(kTimes, member.first) || is_one_of(kLeftOut, member.first)) continue;
    members.push_back(member.first == "content" ? content_member(m.content) : std::move(member));
  }
  members.emplace_back("event_time", time_json(m.event_time));
  if (m.event_end) members.emplace_back("event_end", time_json(*m.event_end));
  members.emplace_back("created_at", time_json(m.created_at));
  members.emplace_back("updated_at", time_json(m.updated_at));
  if (m.expires_at) members.emplace_back("expires_at", time_json(*m.expires_at));
  std::string line = Json::object(members).dump();
  if (version.vectors.empty()) return line;
  line.pop_back();
  return line + vectors_text(version.vectors);
}

std::string to_line(const ForgottenItem& item) {
  return Json::object({{"kind", item.erased ? "erased" : "forgotten"},
                       {"id", item.id.to_string()},
                       {"namespace", item.name_space.to_string()},
                       {"at", time_json(item.at)}})
      .dump();
}

std::string to_line(const RelationItem& item) {
  const Relation& r = item.relation;
  std::vector<Json::Member> members{{"kind", item.ended ? "unrelated" : "relation"},
                                    {"from", r.from.to_string()},
                                    {"type", r.type},
                                    {"to", r.to.to_string()},
                                    {"at", time_json(r.created_at)}};
  if (!item.ended && !r.metadata.is_null()) members.emplace_back("metadata", r.metadata);
  return Json::object(members).dump();
}

std::string to_line(const AttributeItem& item) {
  return Json::object({{"kind", "attribute"},
                       {"namespace", item.name_space.to_string()},
                       {"name", item.attribute.name},
                       {"cardinality", to_string(item.attribute.cardinality)}})
      .dump();
}

std::string to_line(const GrantItem& item) {
  return Json::object({{"kind", item.ended ? "revoked" : "grant"},
                       {"reader", item.reader.to_string()},
                       {"target", item.target.to_string()},
                       {"at", time_json(item.at)}})
      .dump();
}

Version to_version(const Json& line) {
  Fields fields(line);
  (void)fields.take("kind");
  Version version;
  Memory& m = version.memory;
  m.id = fields.id("id");
  m.name_space = fields.name_space("namespace");
  m.layer = named("layer", parse_layer(fields.required_text("layer")));
  m.key = fields.text("key");
  m.text = fields.text("text");
  m.content = content_of(fields);
  m.user = fields.text("user");
  m.agent = fields.text("agent");
  m.session = fields.text("session");
  m.author = fields.text("author");
  m.turn = fields.optional_count("turn");
  m.time_zone = fields.text("time_zone");
  m.event_time = fields.time("event_time");
  m.event_end = fields.optional_time("event_end");
  m.created_at = fields.time("created_at");
  m.updated_at = fields.time("updated_at");
  m.expires_at = fields.optional_time("expires_at");
  m.importance = fields.number("importance", m.importance);
  m.strength = fields.number("strength", m.strength);
  m.pinned = fields.flag("pinned");
  m.trust = named("trust", parse_trust(fields.required_text("trust")));
  m.state = named("state", parse_state(fields.required_text("state")));
  m.tags = fields.texts("tags");
  m.metadata = fields.take("metadata");
  m.provenance = provenance_of(fields.take("provenance"));
  m.version = fields.count("version");
  if (m.id.is_nil()) fail(kInvalid, "id: nil");
  if (m.version == 0 || m.version > (std::uint64_t{1} << 62)) fail(kInvalid, "version: out of range");
  const Json vectors = fields.take("vectors");
  if (!vectors.is_null() && !vectors.is_array()) fail(kInvalid, "vectors: not a list");
  for (const Json& vector : vectors.items()) version.vectors.push_back(to_vector(vector));
  fields.end();
  return version;
}

Item to_item(std::string_view kind, const Json& line) {
  Fields fields(line);
  (void)fields.take("kind");
  Item item;
  if (kind == "forgotten" || kind == "erased") {
    item = ForgottenItem{fields.id("id"), fields.name_space("namespace"), fields.time("at"), kind == "erased"};
  } else if (kind == "relation" || kind == "unrelated") {
    const MemoryId from = fields.id("from");
    std::string type = fields.required_text("type");
    const MemoryId to = fields.id("to");
    item = RelationItem{{from, std::move(type), to, fields.take("metadata"), fields.time("at"), 0}, kind == "unrelated"};
  } else if (kind == "attribute") {
    Namespace name = fields.name_space("namespace");
    std::string attribute = fields.required_text("name");
    const std::string cardinality = fields.required_text("cardinality");
    item = AttributeItem{std::move(name), {std::move(attribute), named("cardinality", parse_cardinality(cardinality))}};
  } else if (kind == "grant" || kind == "revoked") {
    Namespace reader = fields.name_space("reader");
    Namespace target = fields.name_space("target");
    item = GrantItem{std::move(reader), std::move(target), fields.time("at"), kind == "revoked"};
  } else {
    fail(kInvalid, "kind: '{}' is not a known one", kind);
  }
  fields.end();
  return item;
}

}  // namespace mnemic::transfer
