// SPDX-License-Identifier: Apache-2.0
// The `mnemic` command: reads the command line, runs one command, turns its outcome into an exit code.
#include "cli/commands.hpp"
#include "cli/console.hpp"

#include <mnemic/version.hpp>

#include <CLI/CLI.hpp>

#include <cstring>
#include <exception>
#include <functional>

namespace mnemic::cli {
namespace {

constexpr const char* kFooter =
    "Exit codes: 0 done; 1 to 13 the StatusCode of the error (2 not found, 6 busy, 10 damaged file, …);\n"
    "64 a command line that cannot be understood. All of it: docs/command-line.md";

int run(int argc, char** argv) {
  Console console;
  std::function<int()> chosen;
  CLI::App app{"Memory for agents, in one file.", "mnemic"};
  app.footer(kFooter);
  app.set_version_flag("--version", "mnemic " MNEMIC_VERSION);
  app.require_subcommand(1);
  const Frame frame{app, console, chosen, argc > 0 ? argv[0] : "mnemic"};
  for (const auto add :
       {add_import, add_export, add_put, add_get, add_list, add_count, add_recall, add_why, add_forget, add_recover, add_erase, add_purge,
        add_erasures, add_policies, add_hold, add_facts, add_timeline, add_skills, add_relate, add_related, add_stats, add_check, add_snapshot,
        add_backup, add_restore, add_salvage, add_rekey,
        add_maintain, add_jobs, add_reembed, add_namespaces, add_eval, add_bench, add_demo}) {
    add(frame);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help, --version
    return console.finish(app.exit(success));
  } catch (const CLI::ParseError& error) {
    for (int i = 1; i < argc; ++i) console.json = console.json || std::strcmp(argv[i], "--json") == 0;
    std::string command = "mnemic ";
    for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
      at = at->get_subcommands().front();
      command += at->get_name() + " ";
    }
    return console.usage(std::string(error.what()) + " (see " + command + "--help)");
  }
  try {
    return console.finish(chosen());
  } catch (const std::exception& error) {  // out of memory, most likely
    return console.fail(Status(StatusCode::kInternal, error.what()));
  }
}

}  // namespace
}  // namespace mnemic::cli

int main(int argc, char** argv) {
  return mnemic::cli::run(argc, argv);
}
