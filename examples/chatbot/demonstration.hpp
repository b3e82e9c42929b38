// SPDX-License-Identifier: Apache-2.0
// The demonstration: a conversation in one file, recalled with reasons, and a crash that loses nothing.
#pragma once

#include "calendar.hpp"
#include "terminal.hpp"

#include <filesystem>
#include <string>

namespace chatbot {

struct DemonstrationPlan {
  std::string program;          ///< how this program was started, to start it again
  std::filesystem::path store;  ///< made when it does not exist
  std::string user = "Ada";
};

/// Runs it from beginning to end. @return true when every promise it makes was kept.
/// @throws mnemic::Error, std::system_error
bool demonstrate(const Terminal& terminal, const Calendar& calendar, const DemonstrationPlan& plan);

/// A fresh directory under the system's directory for temporary files. @throws std::system_error
std::filesystem::path fresh_directory();

}  // namespace chatbot
