// SPDX-License-Identifier: Apache-2.0
#include "transfer/foreign/foreign.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

namespace mnemic::transfer {
namespace {

using core::fail;
constexpr auto kInvalid = StatusCode::kInvalidArgument;
constexpr std::size_t kTypeBytes = 64;

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t begin = line.find_first_not_of(kSpace);
  return begin == std::string_view::npos ? std::string_view() : line.substr(begin, line.find_last_not_of(kSpace) - begin + 1);
}

Document read_lines(std::string_view text, std::size_t depth) {
  Document document;
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.empty()) continue;
    auto value = Json::parse(line, depth);
    if (!value) fail(kInvalid, "line {}: {}", number, value.status().message());
    document.values.push_back(*std::move(value));
    document.lines.push_back(number);
  }
  return document;
}

bool is_text(const Json& object, const char* name) { return object[name].is_string(); }

std::optional<TransferFormat> recognize_item(const Json& item) {
  if ((item["type"] == Json("entity") && is_text(item, "name")) || (item["type"] == Json("relation") && is_text(item, "relationType"))) {
    return TransferFormat::kMcpMemory;
  }
  if (item["namespace"].is_array() && is_text(item, "key") && item.contains("value")) return TransferFormat::kLangGraph;
  if (is_text(item, "id") && (is_text(item, "memory") || is_text(item, "memory_id"))) return TransferFormat::kMem0;
  return std::nullopt;
}

}  // namespace

std::string Document::place_of(std::size_t index) const {
  return fmt::format("{} {}", lines.empty() ? "item" : "line", line_of(index));
}

Document read_document(std::string_view text, std::size_t depth) {
  const std::string_view whole = trimmed(text);
  if (whole.empty()) fail(kInvalid, "line 1: the file is empty");
  const std::string_view first = trimmed(whole.substr(0, std::min(whole.find('\n'), whole.size())));
  if (first.size() < whole.size() && Json::parse(first, depth).ok()) return read_lines(text, depth);
  auto value = Json::parse(whole, depth);
  if (!value && first.starts_with('{') && first.ends_with('}')) return read_lines(text, depth);  // says which line is bad
  if (!value) fail(kInvalid, "line 1: {}", value.status().message());
  Document document;
  if (value->is_array()) {
    document.values = value->items();
  } else {
    document.values.push_back(*std::move(value));
  }
  return document;
}

std::optional<TransferFormat> recognize(const Document& document) {
  const Json object = document.object();
  if (object["agents"].is_array() || is_text(object, "agent_type")) return TransferFormat::kLetta;
  for (const char* list : {"results", "memories"}) {
    if (object[list].is_array()) return TransferFormat::kMem0;
  }
  if (object["items"].is_array()) return recognize_item(object["items"].at(0));
  for (const Json& value : document.values) {
    if (const auto format = recognize_item(value)) return format;
  }
  return std::nullopt;
}

std::vector<PlacedItem> read_foreign(TransferFormat format, const Document& document, const Surroundings& around) {
  switch (format) {
    case TransferFormat::kMem0: return read_mem0(document, around);
    case TransferFormat::kLangGraph: return read_langgraph(document, around);
    case TransferFormat::kMcpMemory: return read_mcp_memory(document, around);
    case TransferFormat::kLetta: return read_letta(document, around);
    case TransferFormat::kAuto:
    case TransferFormat::kMnemic: break;
  }
  fail(StatusCode::kInternal, "format: not a foreign one");
}

MemoryId id_of(const Namespace& name_space, Layer layer, std::string_view key) {
  const std::string name = fmt::format("{}\n{}\n{}", name_space.to_string(), to_string(layer), key);
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(name.data(), name.size()));
  std::array<std::uint8_t, 16> bytes{};
  std::copy(std::begin(canonical.digest), std::end(canonical.digest), bytes.begin());
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | 0x80);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);
  return MemoryId(bytes);
}

Timestamp time_or(const Json& value, std::string_view field, Timestamp absent) {
  if (value.is_null() || value == Json("")) return absent;
  if (!value.is_string()) fail(kInvalid, "{}: not a time", field);
  auto time = parse_time(value.as_string());
  if (!time) time = parse_local_time(value.as_string(), "UTC");  // some write no zone
  if (!time) fail(kInvalid, "{}: not a time", field);
  return *time;
}

std::string texts_in(const Json& value) {
  if (value.is_string()) return value.as_string();
  std::string all;
  const auto add = [&all](const Json& part) {
    const std::string text = texts_in(part);
    if (!all.empty() && !text.empty()) all += '\n';
    all += text;
  };
  for (const Json& item : value.items()) add(item);
  for (const auto& [name, member] : value.members()) add(member);
  return all;
}

std::vector<Json::Member> rest_of(const Json& object, std::span<const std::string_view> known) {
  std::vector<Json::Member> rest;
  for (Json::Member& member : object.members()) {
    const bool is_known = std::find(known.begin(), known.end(), member.first) != known.end();
    if (!is_known && !member.second.is_null()) rest.push_back(std::move(member));
  }
  return rest;
}

std::string type_of(std::string_view text) {
  std::string type(text.substr(0, kTypeBytes));
  for (char& c : type) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
    if (!fine) c = '_';
  }
  return type.empty() ? "related_to" : type;
}

MemoryItem new_memory(const Surroundings& around, const Namespace& name_space, Layer layer, std::string key) {
  MemoryItem item;
  Memory& memory = item.versions.emplace_back().memory;
  memory.id = id_of(name_space, layer, key);
  memory.name_space = name_space;
  memory.layer = layer;
  memory.key = std::move(key);
  memory.trust = Trust::kModel;
  memory.event_time = memory.created_at = memory.updated_at = around.changed;
  return item;
}

}  // namespace mnemic::transfer
