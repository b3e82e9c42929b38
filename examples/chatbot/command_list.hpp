// SPDX-License-Identifier: Apache-2.0
// One function for each command of the chat, and what several of them need.
#pragma once

#include "chat.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace chatbot {

// Each runs with what stands behind its name, without spaces at the ends. @throws mnemic::Error
void why(Talk& talk, std::string_view argument);       // why_command.cpp
void forget(Talk& talk, std::string_view argument);    // forget_command.cpp
void recover(Talk& talk, std::string_view argument);   // forget_command.cpp
void erase(Talk& talk, std::string_view argument);     // erase_command.cpp
void remember(Talk& talk, std::string_view argument);  // remember_command.cpp
void facts(Talk& talk, std::string_view argument);     // fact_commands.cpp
void skills(Talk& talk, std::string_view argument);    // skill_commands.cpp
void timeline(Talk& talk, std::string_view argument);  // timeline_command.cpp
void stats(Talk& talk, std::string_view argument);     // file_commands.cpp
void export_all(Talk& talk, std::string_view argument);

/// A positive number, or nothing.
std::optional<std::size_t> parse_count(std::string_view text);

/// "2", or an id as it is shown: eight digits at least, so that "beef" is a text.
bool is_name(std::string_view text);

/// The memory somebody means by "2" (a hit of the last answer) or by an id; says so when there is none.
std::optional<mnemic::MemoryId> meant(const Talk& talk, std::string_view name);

/// What a memory says on one line: its text, or of a reply of ours the reply and how many memories it cites.
std::string line_of(const mnemic::Memory& memory);

}  // namespace chatbot
