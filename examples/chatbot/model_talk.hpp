// SPDX-License-Identifier: Apache-2.0
// A reply by a model that is given what memory holds: the prompt, and the reply on the terminal as it comes.
#pragma once

#include "chat.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace chatbot {

/// What a model is told about one line.
struct Prompt {
  std::string system;  ///< who it is, the time, and the packed memories
  Answer cited;        ///< those memories, in the order of their numbers there
};

/// Recalls and packs. Ask before the line is stored.
/// @throws mnemic::Error
Prompt prompt_for(const Talk& talk, std::string_view line);

/// Asks the model about `line`, which is the turn `turn` already, after the newest turns of the session; shows the
/// reply piece by piece, made harmless. Ctrl-C stops it.
/// @throws mnemic::Error, std::system_error
ModelReply ask_model(const Talk& talk, const Prompt& prompt, std::string_view line, mnemic::MemoryId turn);

}  // namespace chatbot
