// SPDX-License-Identifier: Apache-2.0
// How a command is made; for the .cpp files of the commands, as it brings in the whole parser.
#pragma once

#include "cli/commands.hpp"

#include <CLI/CLI.hpp>

#include <string>

namespace mnemic::cli {

/// A command with the options every one has.
inline CLI::App& new_command(const Frame& frame, const std::string& name, const std::string& summary) {
  CLI::App* command = frame.app.add_subcommand(name, summary);
  command->add_flag("--json", frame.console.json, "Print JSON; the field names are stable");
  return *command;
}

/// Makes `arguments` (kept alive by the parser) what `run(arguments, console)` is called with once `command` was
/// parsed.
template <typename Arguments>
void choose(const Frame& frame, CLI::App& command, std::shared_ptr<Arguments> arguments,
            int (*run)(const Arguments&, Console&)) {
  command.callback([&chosen = frame.chosen, &console = frame.console, arguments, run] {
    chosen = [&console, arguments, run] { return run(*arguments, console); };
  });
}

}  // namespace mnemic::cli
