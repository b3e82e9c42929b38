// SPDX-License-Identifier: Apache-2.0
// Memories printed for people.
#pragma once

#include "cli/console.hpp"

#include <mnemic/memory.hpp>

#include <string>

namespace mnemic::cli {

/// "2023-05-08 13:56", UTC.
std::string short_time(Timestamp time);

/// What a memory says in one clean line: its text, or its content as JSON when it has none.
std::string headline(const Memory& memory);

/// `left`, then date, author and headline, cut to the terminal's width.
void print_memory_row(Console& console, const std::string& left, const Memory& memory);

/// Every field on its own line.
void print_memory(Console& console, const Memory& memory);

}  // namespace mnemic::cli
