// SPDX-License-Identifier: Apache-2.0
// The MCP reference memory server: a graph of entities, each with observations, and relations between them by name.
#include "transfer/fields.hpp"
#include "transfer/foreign/foreign.hpp"

namespace mnemic::transfer {
namespace {

using core::fail;

std::string key_of(std::string_view name) { return fmt::format("entity:{}", name); }

MemoryItem read_entity(const Json& json, const Surroundings& around) {
  Fields fields(json);
  const std::string name = fields.required_text("name");
  MemoryItem item = new_memory(around, around.place({}), Layer::kSemantic, key_of(name));
  item.timed = false;
  Memory& m = item.versions[0].memory;
  const std::string type = fields.text("entityType");
  m.text = type.empty() ? name : fmt::format("{} ({})", name, type);
  for (const std::string& observation : fields.texts("observations")) m.text += "\n" + observation;
  m.content = core::take(Json::parse(json.dump(), std::numeric_limits<std::size_t>::max()));
  m.metadata = Json::object({{"name", name}, {"entity_type", type}});
  m.provenance.source = "mcp-memory";
  return item;
}

RelationItem read_relation(const Json& json, const Surroundings& around) {
  Fields fields(json);
  const Namespace place = around.place({});
  const std::string given = fields.required_text("relationType");
  RelationItem item;
  Relation& r = item.relation;
  r.from = id_of(place, Layer::kSemantic, key_of(fields.required_text("from")));
  r.to = id_of(place, Layer::kSemantic, key_of(fields.required_text("to")));
  r.type = type_of(given);
  if (r.type != given) r.metadata = Json::object({{"type", given}});
  r.created_at = around.changed;
  return item;
}

}  // namespace

std::vector<PlacedItem> read_mcp_memory(const Document& document, const Surroundings& around) {
  std::vector<PlacedItem> items;
  std::vector<PlacedItem> relations;  // entities may stand behind them
  for (std::size_t i = 0; i < document.values.size(); ++i) {
    at_place(document.place_of(i), [&] {
      const Json& value = document.values[i];
      const std::string type = value["type"].as_string();
      if (type == "entity") {
        items.push_back({document.line_of(i), value["name"].as_string(), read_entity(value, around)});
      } else if (type == "relation") {
        relations.push_back({document.line_of(i), {}, read_relation(value, around)});
      } else {
        fail(StatusCode::kInvalidArgument, "type: neither entity nor relation");
      }
    });
  }
  items.insert(items.end(), std::make_move_iterator(relations.begin()), std::make_move_iterator(relations.end()));
  return items;
}

}  // namespace mnemic::transfer
