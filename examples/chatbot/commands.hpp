// SPDX-License-Identifier: Apache-2.0
// The commands of the chat, by name.
#pragma once

#include "chat.hpp"

#include <string_view>

namespace chatbot {

enum class AfterCommand { kContinue, kQuit };

/// Runs one line that starts with a slash.
/// @throws mnemic::Error
AfterCommand run_command(Talk& talk, std::string_view line);

}  // namespace chatbot
