// SPDX-License-Identifier: Apache-2.0
// The demonstration as a program, for every program that offers it.
#pragma once

#include "terminal.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace chatbot {

struct DemoArguments {
  std::vector<std::string> program;  ///< how this program is started again for the crash: {"mnemic", "demo"}
  std::filesystem::path store = {};  ///< empty: a new file in a new directory under the system's temporary one
  std::string user = {};             ///< empty: Ada, who held the conversation …
  std::string zone = {};             ///< … and Europe/Lisbon, where it was held
};

/// Fills in what is empty, and shows the demonstration.
/// @return the exit code: 0 when every promise was kept, else 1.
/// @throws std::invalid_argument, mnemic::Error, std::system_error
int demo_main(DemoArguments& arguments, const Terminal& terminal);

}  // namespace chatbot
