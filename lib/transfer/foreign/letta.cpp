// SPDX-License-Identifier: Apache-2.0
// Letta: an agent file. Blocks are pinned memories, messages are turns of a session with the agent's name, passages are memories.
// What the agent is told by its maker (`system`, messages of that role, tools) is not memory and is left out.
#include "transfer/fields.hpp"
#include "transfer/foreign/foreign.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <set>

namespace mnemic::transfer {
namespace {

using core::fail;
constexpr std::size_t kDepth = 64;
constexpr const char* kPassages[]{"passages", "archival_passages", "archival_memory"};

Json verbatim(const Json& json) { return core::take(Json::parse(json.dump(), std::numeric_limits<std::size_t>::max())); }

/// The texts of a message's content, which is a text or a list of parts.
std::string text_of(const Json& content) {
  if (content.is_string()) return content.as_string();
  std::string text;
  for (const Json& part : content.items()) {
    const std::string one = part.is_string() ? part.as_string() : part["text"].as_string();
    if (!text.empty() && !one.empty()) text += '\n';
    text += one;
  }
  return text;
}

/// What a user wrote may be wrapped: {"type": "user_message", "message": …}.
std::string unwrapped(std::string text) {
  if (!text.starts_with('{')) return text;
  const auto wrapped = Json::parse(text, kDepth);
  if (wrapped && (*wrapped)["message"].is_string()) return (*wrapped)["message"].as_string();
  return text;
}

/// What an agent says is the argument of a call of `send_message`, and what it thinks is the content.
std::string said(const Json& message) {
  for (const Json& call : message["tool_calls"].items()) {
    if (call["function"]["name"] != Json("send_message")) continue;
    const auto arguments = Json::parse(call["function"]["arguments"].as_string(), kDepth);
    if (arguments && (*arguments)["message"].is_string()) return (*arguments)["message"].as_string();
  }
  return text_of(message["content"]);
}

class Converter {
 public:
  explicit Converter(const Surroundings& around) : around_(around), place_(around.place({})) {}

  void agent(const Json& agent, const Json& blocks) {
    const std::string name = agent["name"].is_string() ? agent["name"].as_string() : agent["id"].as_string();
    for (const Json& id : agent["block_ids"].items()) {
      for (const Json& one : blocks.items()) {
        if (one["id"] == id) block(name, one);
      }
    }
    for (const char* list : {"memory_blocks", "core_memory"}) {
      for (const Json& one : agent[list].items()) block(name, one);
    }
    for (const Json& one : agent["messages"].items()) message(name, one);
    passages(name, agent);
  }
  void passages(const std::string& agent, const Json& holder) {
    for (const char* list : kPassages) {
      for (const Json& one : holder[list].items()) passage(agent, one);
    }
  }
  std::vector<PlacedItem> items;

 private:
  void block(const std::string& agent, const Json& json) {
    add(json, [&](Fields& fields) {
      const std::string label = fields.required_text("label");
      MemoryItem item = begin(json, agent, Layer::kSemantic, fmt::format("letta/{}/block/{}", agent, label));
      Memory& m = item.versions[0].memory;
      m.text = fields.text("value");
      m.content = m.text.empty() ? verbatim(json) : Json();
      m.pinned = true;
      std::vector<Json::Member> members{{"label", label}};
      for (const char* name : {"description", "read_only", "metadata"}) {
        if (!json[name].is_null() && !(json[name].is_object() && json[name].size() == 0)) members.emplace_back(name, json[name]);
      }
      m.metadata = Json::object(members);
      return item;
    });
  }

  void message(const std::string& agent, const Json& json) {
    const std::string role = json["role"].as_string();
    if (role == "system") return;
    add(json, [&](Fields& fields) {
      (void)fields.required_text("role");
      const std::string dump = json["content"].dump() + json["tool_calls"].dump();  // ids are of the file, not of the message
      const std::string key =
          fmt::format("letta/{}/message/{}-{:016x}", agent, json["created_at"].as_string(), XXH3_64bits(dump.data(), dump.size()));
      MemoryItem item = begin(json, agent, Layer::kConversational, key);
      Memory& m = item.versions[0].memory;
      m.session = agent;
      m.author = role;
      m.trust = role == "user" ? Trust::kUser : role == "tool" ? Trust::kTool : Trust::kModel;
      m.text = role == "user" ? unwrapped(text_of(json["content"])) : said(json);
      m.content = verbatim(json);
      m.provenance.model = json["model"].as_string();
      return item;
    });
  }

  void passage(const std::string& agent, const Json& json) {
    add(json, [&](Fields& fields) {
      std::string text = fields.text("text");
      if (text.empty()) text = fields.required_text("content");
      const std::string given = json["id"].as_string();
      const std::string id = given.empty() ? fmt::format("{:016x}", XXH3_64bits(text.data(), text.size())) : given;
      MemoryItem item = begin(json, agent, Layer::kSemantic, fmt::format("letta/{}/passage/{}", agent, id));
      Memory& m = item.versions[0].memory;
      m.text = std::move(text);
      for (const Json& tag : json["tags"].items()) {
        if (const std::string name = tag.as_string(); !name.empty()) m.tags.push_back(name);
      }
      if (json["metadata"].is_object() && json["metadata"].size() > 0) m.metadata = json["metadata"];
      return item;
    });
  }

  MemoryItem begin(const Json& json, const std::string& agent, Layer layer, const std::string& key) {
    std::string own = key;
    for (int n = 2; !keys_.insert(own).second; ++n) own = fmt::format("{}#{}", key, n);
    MemoryItem item = new_memory(around_, place_, layer, own);
    item.timed = json["created_at"].is_string() || json["updated_at"].is_string();
    Memory& m = item.versions[0].memory;
    m.agent = agent;
    m.provenance.source = "letta";
    m.created_at = m.event_time = time_or(json["created_at"], "created_at", around_.changed);
    m.updated_at = time_or(json["updated_at"], "updated_at", m.created_at);
    return item;
  }

  template <typename Make>
  void add(const Json& json, Make make) {
    const std::size_t number = items.size() + 1;
    at_place(fmt::format("item {}", number), [&] {
      Fields fields(json);
      MemoryItem item = make(fields);
      std::string name = item.versions[0].memory.key;
      items.push_back({number, std::move(name), std::move(item)});
    });
  }

  const Surroundings& around_;
  Namespace place_;
  std::set<std::string> keys_;
};

}  // namespace

std::vector<PlacedItem> read_letta(const Document& document, const Surroundings& around) {
  const Json file = document.object();
  if (file.is_null()) fail(StatusCode::kInvalidArgument, "line 1: an agent file is one JSON object");
  Converter converter(around);
  if (file["agents"].is_array()) {
    for (const Json& agent : file["agents"].items()) converter.agent(agent, file["blocks"]);
    converter.passages({}, file);
  } else {
    converter.agent(file, Json());  // the older form: the agent is the whole file
  }
  return std::move(converter.items);
}

}  // namespace mnemic::transfer
