// SPDX-License-Identifier: Apache-2.0
#include "memory_names.hpp"

#include <algorithm>
#include <optional>

namespace chatbot {

std::string short_name(mnemic::MemoryId id) {
  const std::string text = id.to_string();
  return text.substr(text.size() - kShownName);
}

mnemic::Result<mnemic::MemoryId> find_by_name(const mnemic::Scope& scope, std::string_view name) {
  if (const auto id = mnemic::MemoryId::parse(name)) return *id;
  if (name.size() < kShortestName || name.find_first_not_of("0123456789abcdef") != std::string_view::npos) {
    return mnemic::Status(mnemic::StatusCode::kInvalidArgument,
                          "That is neither a number nor an id; /timeline shows ids.");
  }
  // There is no index on the end of an id. A talk is short, so looking at all of it is fast enough here.
  std::optional<mnemic::MemoryId> found;
  std::string cursor;
  do {
    const auto page = scope.list({.limit = 1000, .cursor = cursor});
    if (!page) return page.status();
    for (const mnemic::Memory& memory : page->items) {
      if (!memory.id.to_string().ends_with(name)) continue;
      if (found)
        return mnemic::Status(mnemic::StatusCode::kNotFound, "Several memories end like that; type more of the id.");
      found = memory.id;
    }
    cursor = page->next;
  } while (!cursor.empty());
  if (!found) return mnemic::Status(mnemic::StatusCode::kNotFound, "I have no such memory.");
  return *found;
}

}  // namespace chatbot
