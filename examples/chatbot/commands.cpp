// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"

#include "command_list.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace chatbot {
namespace {

void help(Talk& talk, std::string_view);

struct Command {
  std::string_view name;
  std::string_view usage;
  std::string_view what;
  void (*run)(Talk&, std::string_view argument);
};

constexpr auto kCommands = std::to_array<Command>({
    {"/facts", "/facts [SUBJECT|all]", "what is so, since when; \"/facts Ada history\" also what no longer is", facts},
    {"/timeline", "/timeline [N]", "the newest N turns, by day and session, and the episodes among them", timeline},
    {"/skills", "/skills [GOAL]", "what I know how to do and how often it worked, or the best for a goal", skills},
    {"/remember", "/remember TEXT|ID", "store a fact, a note or \"how to GOAL: step, step\"; make a noted fact firm",
     remember},
    {"/forget", "/forget N|ID|TEXT", "forget [N] of the last answer, any memory, or all that say TEXT", forget},
    {"/recover", "/recover", "bring back what was forgotten last", recover},
    {"/erase", "/erase N|ID|TEXT", "remove from the file for good, after a question, with a receipt", erase},
    {"/why", "/why [N|ID]", "explain the last answer, or why one memory was or was not in it", why},
    {"/export", "/export [PATH]", "write all your memories as JSON lines to a new file", export_all},
    {"/stats", "/stats", "counts and sizes", stats},
    {"/help", "/help", "this list", help},
});

void print_usage(const Talk& talk, std::string_view usage, std::string_view what) {
  talk.terminal.print(fmt::format("  {} {}", talk.terminal.accent(fmt::format("{:<20}", usage)), what));
}

void help(Talk& talk, std::string_view) {
  talk.terminal.print("Say anything: a statement is kept, a question is answered from what was kept.");
  for (const Command& command : kCommands) print_usage(talk, command.usage, command.what);
  print_usage(talk, "/quit", "end; so do Ctrl-D and Ctrl-C");
}

}  // namespace

AfterCommand run_command(Talk& talk, std::string_view line) {
  const std::string_view name = line.substr(0, line.find_first_of(" \t"));
  std::string_view argument = line.substr(name.size());
  argument.remove_prefix(std::min(argument.find_first_not_of(" \t"), argument.size()));
  argument = argument.substr(0, argument.find_last_not_of(" \t") + 1);
  if (name == "/quit" || name == "/exit") return AfterCommand::kQuit;
  for (const Command& command : kCommands) {
    if (command.name == name) {
      command.run(talk, argument);
      return AfterCommand::kContinue;
    }
  }
  talk.terminal.print(fmt::format("I do not know {}. /help lists the commands.", clean(name)));
  return AfterCommand::kContinue;
}

}  // namespace chatbot
