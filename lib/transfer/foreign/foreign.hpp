// SPDX-License-Identifier: Apache-2.0
// Files of other projects as items.
#pragma once

#include "core/error.hpp"
#include "transfer/item.hpp"

#include <mnemic/json.hpp>
#include <mnemic/lifecycle/transfer.hpp>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic::transfer {

/// The values of JSON lines, the items of a JSON array, or one JSON object.
struct Document {
  std::vector<Json> values;
  std::vector<std::size_t> lines;  // of JSON lines: where each stands, from 1

  /// "line 3" or "item 3", from 1.
  [[nodiscard]] std::string place_of(std::size_t index) const;
  [[nodiscard]] std::size_t line_of(std::size_t index) const { return lines.empty() ? index + 1 : lines[index]; }
  [[nodiscard]] Json object() const { return values.size() == 1 && values[0].is_object() ? values[0] : Json(); }
};
/// @throws StatusError kInvalidArgument: neither, naming the line
Document read_document(std::string_view text, std::size_t depth);

/// Which of the formats this is; unset: none.
std::optional<TransferFormat> recognize(const Document& document);

/// What a converter is told besides.
struct Surroundings {
  Timestamp changed{};  // when the file last was: the time of what has none
  /// The namespace in the store of one in the file, which is empty where the format has none.
  std::function<Namespace(const Namespace&)> place;
};

/// All throw StatusError kInvalidArgument naming the line or item.
std::vector<PlacedItem> read_foreign(TransferFormat format, const Document& document, const Surroundings& around);
std::vector<PlacedItem> read_mem0(const Document& document, const Surroundings& around);
std::vector<PlacedItem> read_langgraph(const Document& document, const Surroundings& around);
std::vector<PlacedItem> read_mcp_memory(const Document& document, const Surroundings& around);
std::vector<PlacedItem> read_letta(const Document& document, const Surroundings& around);

/// The id of what another project names by `key`: always the same in the same place of a store. A UUIDv8 (RFC 9562) of the hash of
/// all three.
MemoryId id_of(const Namespace& name_space, Layer layer, std::string_view key);

/// A time, as text; `absent` when it is null or missing.
Timestamp time_or(const Json& value, std::string_view field, Timestamp absent);
/// All texts inside a JSON value, in order, each on its line.
std::string texts_in(const Json& value);
/// Members of `object` that are neither null nor `known`.
std::vector<Json::Member> rest_of(const Json& object, std::span<const std::string_view> known);
/// A relation's type made of any text: at most 64 of [A-Za-z0-9_.-].
std::string type_of(std::string_view text);

/// A memory of one version. @param key  also makes its id
MemoryItem new_memory(const Surroundings& around, const Namespace& name_space, Layer layer, std::string key);

/// Runs `body`; what it throws says where.
template <typename Body>
void at_place(const std::string& place, Body&& body) {
  try {
    body();
  } catch (const core::StatusError& error) {
    const Status& status = error.status();
    throw core::StatusError(Status(status.code(), place + ": " + status.message(), status.extended_code()));
  }
}

}  // namespace mnemic::transfer
