// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"

#include "memory_names.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace chatbot {
namespace {

std::optional<std::size_t> parse_count(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number == 0) return std::nullopt;
  return number;
}

// The memory somebody means by "2" (a hit of the last answer) or by an id; says so when there is none.
std::optional<mnemic::MemoryId> meant(const Talk& talk, std::string_view name) {
  const std::size_t hits = talk.last ? talk.last->hits.size() : 0;
  if (const auto number = parse_count(name); number && name.size() < kShortestName) {
    if (*number <= hits) {
      const mnemic::MemoryId id = talk.last->hits[*number - 1].memory.id;
      if (!id.is_nil()) return id;
      talk.terminal.print(fmt::format("[{}] is forgotten already.", *number));
      return std::nullopt;
    }
    talk.terminal.print(hits == 0 ? "The last answer cited nothing."
                                  : fmt::format("The last answer cited [1] to [{}] only.", hits));
    return std::nullopt;
  }
  const auto id = find_by_name(talk.scope, name);
  if (!id) {
    talk.terminal.print(clean(id.status().message()));
    return std::nullopt;
  }
  return *id;
}

void why(Talk& talk, std::string_view name) {
  if (!talk.last) {
    talk.terminal.print("Ask me something first; then /why explains what I said.");
    return;
  }
  const Answer& last = *talk.last;
  if (!name.empty()) {
    const auto id = meant(talk, name);
    if (!id) return;
    const mnemic::Memory memory = talk.scope.get(*id).value();
    const mnemic::Explanation explanation = talk.scope.why(last.query, *id, last.options).value();
    talk.terminal.print_text(talk.terminal.bold("Asked: "), 7, last.query.text);
    talk.terminal.print_text("      ", 6, memory.text);
    talk.terminal.print("      " + talk.terminal.dim(citation(memory, talk.calendar)));
    print_explanation(talk.terminal, explanation);
    return;
  }
  talk.terminal.print_text(talk.terminal.bold("Asked: "), 7, last.query.text);
  talk.terminal.print(talk.terminal.dim(fmt::format("Recalled in {}.", duration(last.took))));
  if (last.hits.empty()) {
    talk.terminal.print("Nothing I keep was close enough. /timeline shows what I have; /why ID explains one of them.");
  }
  for (std::size_t i = 0; i < last.hits.size(); ++i) {
    const mnemic::Hit& hit = last.hits[i];
    if (hit.memory.id.is_nil()) continue;  // forgotten meanwhile
    print_hit(talk.terminal, talk.calendar, i + 1, hit.memory);
    print_parts(talk.terminal, hit.score, hit.parts);
    talk.terminal.print("      " + talk.terminal.dim("id " + hit.memory.id.to_string()));
  }
}

void forget(Talk& talk, std::string_view name) {
  if (name.empty()) {
    talk.terminal.print("Which one? /forget 1 forgets [1] of the last answer, /forget ID any memory.");
    return;
  }
  const auto id = meant(talk, name);
  if (!id) return;
  const mnemic::Memory memory = talk.scope.get(*id).value();
  talk.scope.forget(*id).value();
  talk.terminal.print_text("Forgotten: ", 11, memory.text);
  if (!talk.last) return;
  for (mnemic::Hit& hit : talk.last->hits) {
    if (hit.memory.id == *id) hit.memory = {};  // its number stays taken, its words are gone here too
  }
}

// What a turn says on one line: its text, or, for a reply of ours, the reply and how many memories it cites.
std::string line_of(const mnemic::Memory& turn) {
  if (!turn.text.empty()) return turn.text;
  const std::size_t cites = turn.content["cites"].size();
  const std::string reply = turn.content["content"].as_string();
  return cites == 0 ? reply : fmt::format("{} ({} cited)", reply, cites);
}

void timeline(Talk& talk, std::string_view argument) {
  constexpr std::size_t kUsual = 20;
  constexpr std::size_t kMost = 1000;
  const auto wanted = argument.empty() ? kUsual : parse_count(argument);
  if (!wanted) {
    talk.terminal.print("/timeline N shows the newest N turns, for instance /timeline 50.");
    return;
  }
  const mnemic::Filter turns = mnemic::Filter::layer(mnemic::Layer::kConversational);
  std::vector<mnemic::Memory> page = talk.scope.list({.where = turns, .limit = std::min(*wanted, kMost)}).value().items;
  // Oldest first; a line and its reply were appended together and share their time, so their place decides.
  std::ranges::sort(page, {},
                    [](const mnemic::Memory& turn) { return std::tie(turn.event_time, turn.session, turn.turn); });
  std::string day;
  std::string session;
  for (const mnemic::Memory& turn : page) {
    const std::string today = talk.calendar.day(turn.event_time);
    if (today != day) talk.terminal.print(talk.terminal.bold(today));
    if (today != day || turn.session != session) talk.terminal.print("  " + talk.terminal.accent(clean(turn.session)));
    day = today;
    session = turn.session;
    const std::string head = fmt::format("{}  {}: ", talk.calendar.clock(turn.event_time), clean(turn.author));
    talk.terminal.print_text(fmt::format("    {}  {}", talk.terminal.dim(short_name(turn.id)), head),
                             6 + kShownName + head.size(), line_of(turn));
  }
  talk.terminal.print(
      talk.terminal.dim(fmt::format("{} of {} turns, times in {}; the first column is what /why and /forget take",
                                    page.size(), talk.scope.count(turns).value(), talk.calendar.zone())));
}

void stats(Talk& talk, std::string_view) {
  const mnemic::StoreStats stats = talk.store.stats().value();
  const auto row = [&](std::string_view name, const std::string& value) {
    talk.terminal.print(fmt::format("  {:<22}{}", name, value));
  };
  row("turns of this talk", fmt::format("{}", talk.session.size().value()));
  row("memories", fmt::format("{} in {} sessions and {} namespaces", stats.memories, stats.sessions, stats.namespaces));
  row("versions, changes", fmt::format("{}, {}", stats.versions, stats.seq));
  row("file", fmt::format("{} KiB, and {} KiB write-ahead log", stats.file_bytes / 1024, stats.wal_bytes / 1024));
  row("in memory", fmt::format("{} partition{}, {} KiB", stats.partitions_loaded,
                               stats.partitions_loaded == 1 ? "" : "s", stats.cache_bytes / 1024));
  row("vectors", stats.embedding_space.empty() ? "none" : clean(stats.embedding_space));
}

void help(Talk& talk, std::string_view);

struct Command {
  std::string_view name;
  std::string_view usage;
  std::string_view what;
  void (*run)(Talk&, std::string_view argument);
};

constexpr std::array<Command, 5> kCommands = {{
    {"/why", "/why [N|ID]", "explain the last answer, or why one memory was or was not in it", why},
    {"/forget", "/forget N|ID", "forget [N] of the last answer, or any memory", forget},
    {"/timeline", "/timeline [N]", "the newest N turns, by day and session", timeline},
    {"/stats", "/stats", "counts and sizes", stats},
    {"/help", "/help", "this list", help},
}};

void help(Talk& talk, std::string_view) {
  talk.terminal.print("Say anything: a statement is kept, a question is answered from what was kept.");
  for (const Command& command : kCommands) {
    talk.terminal.print(
        fmt::format("  {} {}", talk.terminal.accent(fmt::format("{:<15}", command.usage)), command.what));
  }
  talk.terminal.print(
      fmt::format("  {} {}", talk.terminal.accent(fmt::format("{:<15}", "/quit")), "end; so do Ctrl-D and Ctrl-C"));
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
