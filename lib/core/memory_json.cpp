// SPDX-License-Identifier: Apache-2.0
// A memory as JSON.
#include <mnemic/memory.hpp>

#include "core/provenance.hpp"

namespace mnemic {

namespace core {

Json to_json(const Provenance& provenance) {
  std::vector<Json::Member> members;
  if (!provenance.source.empty()) members.emplace_back("source", provenance.source);
  if (!provenance.model.empty()) members.emplace_back("model", provenance.model);
  if (!provenance.trace.empty()) members.emplace_back("trace", provenance.trace);
  if (provenance.expires_by != 0) members.emplace_back("expires_by", provenance.expires_by);
  if (!provenance.derived_from.empty()) {
    std::vector<Json> ids;
    for (const MemoryId id : provenance.derived_from) ids.emplace_back(id.to_string());
    members.emplace_back("derived_from", Json::array(ids));
  }
  return members.empty() ? Json() : Json::object(members);
}

Provenance to_provenance(const Json& json) {
  Provenance provenance;
  provenance.source = json["source"].as_string();
  provenance.model = json["model"].as_string();
  provenance.trace = json["trace"].as_string();
  provenance.expires_by = json["expires_by"].as_integer();
  for (const Json& id : json["derived_from"].items()) {
    if (auto parsed = MemoryId::parse(id.as_string())) provenance.derived_from.push_back(*parsed);
  }
  return provenance;
}

}  // namespace core

Json to_json(const Memory& memory) {
  std::vector<Json::Member> members{{"id", memory.id.to_string()}, {"layer", to_string(memory.layer)}};
  const auto text = [&members](const char* name, const std::string& value) {
    if (!value.empty()) members.emplace_back(name, value);
  };
  text("namespace", memory.name_space.to_string());
  text("key", memory.key);
  members.emplace_back("text", memory.text);
  if (!memory.content.is_null()) members.emplace_back("content", memory.content);
  if (!memory.vectors.empty()) {
    std::vector<Json::Member> spaces;
    for (const Vector& vector : memory.vectors) {
      std::vector<Json> values;
      for (const float value : vector.values) values.emplace_back(static_cast<double>(value));
      spaces.emplace_back(vector.space, Json::array(values));
    }
    members.emplace_back("vectors", Json::object(spaces));
  }
  text("user", memory.user);
  text("agent", memory.agent);
  text("session", memory.session);
  text("author", memory.author);
  if (memory.turn) members.emplace_back("turn", *memory.turn);
  members.emplace_back("event_time", to_string(memory.event_time));
  if (memory.event_end) members.emplace_back("event_end", to_string(*memory.event_end));
  text("time_zone", memory.time_zone);
  members.emplace_back("created_at", to_string(memory.created_at));
  members.emplace_back("updated_at", to_string(memory.updated_at));
  if (memory.expires_at) members.emplace_back("expires_at", to_string(*memory.expires_at));
  members.emplace_back("importance", memory.importance);
  members.emplace_back("strength", memory.strength);
  if (memory.pinned) members.emplace_back("pinned", true);
  members.emplace_back("trust", to_string(memory.trust));
  members.emplace_back("state", to_string(memory.state));
  if (!memory.tags.empty()) members.emplace_back("tags", Json::array(std::vector<Json>(memory.tags.begin(), memory.tags.end())));
  if (!memory.metadata.is_null()) members.emplace_back("metadata", memory.metadata);
  if (const Json provenance = core::to_json(memory.provenance); !provenance.is_null()) {
    members.emplace_back("provenance", provenance);
  }
  members.emplace_back("version", memory.version);
  members.emplace_back("seq_from", memory.seq_from);
  if (memory.seq_to) members.emplace_back("seq_to", *memory.seq_to);
  return Json::object(members);
}

Json to_json(const Relation& relation) {
  std::vector<Json::Member> members{{"from", relation.from.to_string()}, {"type", relation.type}, {"to", relation.to.to_string()}};
  if (!relation.metadata.is_null()) members.emplace_back("metadata", relation.metadata);
  members.emplace_back("created_at", to_string(relation.created_at));
  members.emplace_back("seq", relation.seq);
  return Json::object(members);
}

}  // namespace mnemic
