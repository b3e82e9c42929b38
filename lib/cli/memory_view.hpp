// SPDX-License-Identifier: Apache-2.0
// Memories printed for people, and lists of ids as JSON.
#pragma once

#include "cli/console.hpp"

#include <mnemic/memory.hpp>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic::cli {

/// "2023-05-08 13:56", "open" for kOpenEnd; UTC unless a zone is given.
std::string short_time(Timestamp time);
std::string short_time(Timestamp time, std::string_view time_zone);

/// "2023-05-08 13:56 – 15:30": a day is named once, and without an end there is but the start. UTC unless a zone is
/// given.
std::string interval_text(Timestamp start, const std::optional<Timestamp>& end, std::string_view time_zone = "UTC");

/// What a memory says in one clean line: its text, or its content as JSON when it has none.
std::string headline(const Memory& memory);

/// `left`, then time or interval, author and headline, cut to the terminal's width.
void print_memory_row(Console& console, const std::string& left, const Memory& memory);

/// Each member of `object` on its own line, but those in `skip`.
void print_fields(Console& console, const Json& object, std::initializer_list<std::string_view> skip);

/// Every field on its own line.
void print_memory(Console& console, const Memory& memory);

/// A list of ids.
Json ids_json(const std::vector<MemoryId>& ids);

}  // namespace mnemic::cli
