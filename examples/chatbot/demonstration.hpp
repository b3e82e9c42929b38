// SPDX-License-Identifier: Apache-2.0
// The demonstration: a conversation in one file, recalled with reasons, its facts, episodes and skills, and a crash
// that loses nothing.
#pragma once

#include "calendar.hpp"
#include "terminal.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace chatbot {

struct DemonstrationPlan {
  std::vector<std::string> program;  ///< how to start this program so that "--burst PATH --session NAME" is understood
  std::filesystem::path store;       ///< made when it does not exist
  std::string user = "Ada";
};

/// Runs it from beginning to end. @return true when every promise it makes was kept.
/// @throws mnemic::Error, std::system_error
bool demonstrate(const Terminal& terminal, const Calendar& calendar, const DemonstrationPlan& plan);

/// A fresh directory under the system's directory for temporary files. @throws std::system_error
std::filesystem::path fresh_directory();

}  // namespace chatbot
