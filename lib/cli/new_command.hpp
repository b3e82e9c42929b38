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

/// A command that is but a name for those below it: "mnemic fact assert". @return where they are added.
inline Frame new_group(const Frame& frame, const std::string& name, const std::string& summary) {
  CLI::App* group = frame.app.add_subcommand(name, summary);
  group->require_subcommand(1);
  return {*group, frame.console, frame.chosen, frame.program};
}

/// Refuses an argument that is given and empty.
inline CLI::Validator not_empty() {
  return CLI::Validator([](std::string& text) { return text.empty() ? std::string("is empty") : std::string(); }, "");
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
