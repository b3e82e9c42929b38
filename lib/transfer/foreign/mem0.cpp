// SPDX-License-Identifier: Apache-2.0
// mem0: memories as `get_all` and `search` give them, alone or inside "results", and the rows that `history` gives.
#include "transfer/fields.hpp"
#include "transfer/foreign/foreign.hpp"

#include <map>

namespace mnemic::transfer {
namespace {

constexpr std::string_view kKnown[]{"id",       "memory",     "user_id",    "agent_id", "run_id",          "actor_id", "role",
                                    "metadata", "categories", "created_at", "score",    "expiration_date", "updated_at"};

/// Categories that can be tags. The others stay in the metadata.
std::vector<std::string> tags_of(const Json& categories) {
  std::vector<std::string> tags;
  for (const Json& category : categories.items()) {
    const std::string tag = category.as_string();
    if (!tag.empty() && std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(tag);
  }
  return tags;
}

Json metadata_of(const Json& memory) {
  std::vector<Json::Member> members = memory["metadata"].members();
  std::vector<Json::Member> rest = rest_of(memory, kKnown);
  if (!memory["metadata"].is_null() && !memory["metadata"].is_object()) rest.emplace_back("metadata", memory["metadata"]);
  if (!rest.empty()) members.emplace_back("mem0", Json::object(rest));
  return members.empty() ? Json() : Json::object(members);
}

MemoryItem read_memory(const Json& json, const Surroundings& around) {
  Fields fields(json);
  MemoryItem item = new_memory(around, around.place({}), Layer::kSemantic, fields.required_text("id"));
  item.timed = json["created_at"].is_string() || json["updated_at"].is_string();
  Memory& m = item.versions[0].memory;
  m.text = fields.required_text("memory");
  m.user = fields.text("user_id");
  m.agent = fields.text("agent_id");
  m.session = fields.text("run_id");
  m.author = fields.text("actor_id");
  if (m.author.empty()) m.author = fields.text("role");
  m.tags = tags_of(json["categories"]);
  m.metadata = metadata_of(json);
  m.provenance.source = "mem0";
  m.created_at = m.event_time = time_or(json["created_at"], "created_at", around.changed);
  m.updated_at = time_or(json["updated_at"], "updated_at", m.created_at);
  if (json["expiration_date"].is_string()) m.expires_at = time_or(json["expiration_date"], "expiration_date", {});
  return item;
}

/// Rows of the history of memories, oldest first: their texts one after another.
class Histories {
 public:
  explicit Histories(const Surroundings& around) : around_(around) {}

  void add(const Json& json) {
    Fields row(json);
    const std::string id = row.required_text("memory_id");
    const std::string event = row.required_text("event");
    const Timestamp created = time_or(json["created_at"], "created_at", around_.changed);
    const Timestamp at = time_or(json["updated_at"], "updated_at", created);
    auto [found, is_new] = memories_.try_emplace(id);
    if (is_new) order_.push_back(id);
    if (event == "DELETE") {
      found->second = {{}, at};
      return;
    }
    MemoryItem one = new_memory(around_, around_.place({}), Layer::kSemantic, id);  // added, or written anew
    Memory& m = one.versions[0].memory;
    m.text = row.required_text("new_memory");
    m.author = row.text("actor_id");
    if (m.author.empty()) m.author = row.text("role");
    m.provenance.source = "mem0";
    std::vector<Version>& versions = found->second.versions;
    m.version = versions.size() + 1;
    m.created_at = m.event_time = versions.empty() ? created : versions[0].memory.created_at;
    m.updated_at = at;
    versions.push_back(std::move(one.versions[0]));
  }

  void end(std::vector<PlacedItem>& items) {
    for (const std::string& id : order_) {
      One& one = memories_[id];
      const std::size_t number = items.size() + 1;
      if (one.versions.empty()) {
        const Namespace place = around_.place({});
        items.push_back({number, id, ForgottenItem{id_of(place, Layer::kSemantic, id), place, one.deleted}});
      } else {
        items.push_back({number, id, MemoryItem{std::move(one.versions), true}});
      }
    }
  }

 private:
  struct One {
    std::vector<Version> versions;  // none: deleted
    Timestamp deleted{};
  };
  const Surroundings& around_;
  std::map<std::string, One> memories_;
  std::vector<std::string> order_;
};

}  // namespace

std::vector<PlacedItem> read_mem0(const Document& document, const Surroundings& around) {
  Document found = document;
  for (const char* list : {"results", "memories"}) {
    if (const Json items = document.object()[list]; items.is_array()) found = {items.items(), {}};
  }
  std::vector<PlacedItem> items;
  Histories histories(around);
  for (std::size_t i = 0; i < found.values.size(); ++i) {
    at_place(found.place_of(i), [&] {
      const Json& value = found.values[i];
      if (value["memory_id"].is_string() && value["event"].is_string()) return histories.add(value);
      MemoryItem item = read_memory(value, around);
      std::string name = item.versions[0].memory.key;
      items.push_back({found.line_of(i), std::move(name), std::move(item)});
    });
  }
  histories.end(items);
  return items;
}

}  // namespace mnemic::transfer
