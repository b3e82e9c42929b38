// SPDX-License-Identifier: Apache-2.0
// LangGraph: items of a store, as `Item.dict()` and the server's search give them.
#include "transfer/fields.hpp"
#include "transfer/foreign/foreign.hpp"

namespace mnemic::transfer {
namespace {

using core::fail;

MemoryItem read_item(const Json& json, const Surroundings& around) {
  Fields fields(json);
  Namespace name(fields.texts("namespace"));
  if (!name.segments().empty()) name = core::take(name.normalized());
  MemoryItem item = new_memory(around, around.place(name), Layer::kSemantic, fields.required_text("key"));
  item.timed = json["created_at"].is_string() || json["updated_at"].is_string();
  Memory& m = item.versions[0].memory;
  const Json value = fields.require("value");
  m.content = core::take(Json::parse(value.dump(), std::numeric_limits<std::size_t>::max()));
  m.text = texts_in(value);
  m.trust = Trust::kExternal;  // anything may have been put there
  m.provenance.source = "langgraph";
  m.created_at = m.event_time = time_or(json["created_at"], "created_at", around.changed);
  m.updated_at = time_or(json["updated_at"], "updated_at", m.created_at);
  return item;
}

}  // namespace

std::vector<PlacedItem> read_langgraph(const Document& document, const Surroundings& around) {
  Document found = document;
  if (const Json items = document.object()["items"]; items.is_array()) found = {items.items(), {}};
  std::vector<PlacedItem> items;
  for (std::size_t i = 0; i < found.values.size(); ++i) {
    at_place(found.place_of(i), [&] {
      MemoryItem item = read_item(found.values[i], around);
      std::string name = item.versions[0].memory.key;
      items.push_back({found.line_of(i), std::move(name), std::move(item)});
    });
  }
  return items;
}

}  // namespace mnemic::transfer
