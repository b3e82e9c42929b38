// SPDX-License-Identifier: Apache-2.0
// mnemic timeline; mnemic episode record, close, get
#include "cli/memory_view.hpp"
#include "cli/new_command.hpp"
#include "cli/terminal_text.hpp"
#include "cli/text_input.hpp"
#include "cli/write_arguments.hpp"

#include <mnemic/layers/episodes.hpp>

#include <fmt/format.h>

namespace mnemic::cli {
namespace {

constexpr std::size_t kDayAndSpace = 11;  // of "2026-05-08 09:00"

// "Met the architect — why it was so — Ada, Ben — success"
std::string sentence(const Episode& episode) {
  std::string text = episode.text;
  if (!episode.why.empty()) text += " — " + episode.why;
  for (std::size_t i = 0; i < episode.who.size(); ++i) text += (i == 0 ? " — " : ", ") + episode.who[i];
  if (episode.outcome != Outcome::kUnknown) text += fmt::format(" — {}", to_string(episode.outcome));
  return clean_line(text);
}

// "<id>  09:00 – 10:30  Met the architect", below the day it began on.
void print_episode(Console& console, const Episode& episode, const std::string& time_zone) {
  constexpr std::size_t kInterval = 13;
  constexpr std::size_t kLeast = 20;  // columns of text, however narrow the terminal is
  const std::string id = episode.memory.id.to_string();
  const std::string interval =
      interval_text(episode.memory.event_time, episode.memory.event_end, time_zone).substr(kDayAndSpace);
  const std::size_t width = std::max(kInterval, display_width(interval));
  const std::size_t used = id.size() + width + 4;
  const std::size_t room = console.columns() > used + kLeast ? console.columns() - used : kLeast;
  console.line(fmt::format("{}  {}  {}", id, console.dim(fit(interval, width)), cut(sentence(episode), room)));
}

struct TimelineArguments {
  StoreArguments store;
  ScopeArguments scope;
  FilterArgument where;
  std::string from, to, cursor;
  bool newest = false;
  std::size_t limit = TimelineOptions{}.limit;
};

Result<Timeline> timeline(const TimelineArguments& arguments) {
  auto where = arguments.where.filter();
  if (!where) return where.status();
  const auto from = arguments.store.time("--from", arguments.from);
  if (!from) return from.status();
  const auto to = arguments.store.time("--to", arguments.to);
  if (!to) return to.status();
  const TimelineOptions options{.from = *from,
                                .to = *to,
                                .where = *std::move(where),
                                .order = arguments.newest ? Order::kNewest : Order::kOldest,
                                .limit = arguments.limit,
                                .cursor = arguments.cursor};
  return in_scope(arguments.store, arguments.scope, Use::kRead,
                  [&](const Scope& scope) { return scope.episodes().timeline(options); });
}

int run_timeline(const TimelineArguments& arguments, Console& console) {
  const auto page = timeline(arguments);
  if (!page) return console.fail(page.status());
  if (console.json) {
    std::vector<Json> items;
    for (const Episode& episode : *page) items.push_back(to_json(episode));
    console.print(Json::object({{"items", Json::array(items)}, {"next", page->next}, {"time_zone", page->time_zone}}));
    return 0;
  }
  std::string day;
  for (const Episode& episode : *page) {
    if (episode.day != day) {
      if (!day.empty()) console.line("");
      day = episode.day;
      console.line(fmt::format("{}  {}", console.bold(day), console.dim(clean_line(page->time_zone))));
    }
    print_episode(console, episode, page->time_zone);
  }
  if (page->items.empty()) console.line(console.dim("nothing"));
  if (!page->next.empty()) console.line(console.dim("more: --cursor " + clean_line(page->next)));
  return 0;
}

void add_listing(const Frame& frame) {
  CLI::App& command = new_command(frame, "timeline", "Print what happened, day by day");
  auto arguments = std::make_shared<TimelineArguments>();
  arguments->store.add_to(command, Use::kRead);
  arguments->scope.add_to(command, Use::kRead);
  command.add_option("--from", arguments->from, "What lasted past this time");
  command.add_option("--to", arguments->to, "What began before this time: 2026-05-09 ends with the day before");
  command.add_flag("--newest", arguments->newest, "The newest first");
  arguments->where.add_to(command);
  command.add_option("--limit", arguments->limit, "Episodes on a page")->capture_default_str();
  command.add_option("--cursor", arguments->cursor, "Where the page before ended");
  command.footer("Days and times are those of --time-zone. mnemic episode --help: recording and closing.");
  choose(frame, command, arguments, run_timeline);
}

struct RecordArguments {
  StoreArguments store;
  ScopeArguments scope;
  WriteArguments written;
  EpisodeInput input;  // what needs no reading
  std::string text, start, end, outcome;
};

Result<Outcome> outcome_argument(const std::string& name) {
  if (name.empty()) return Outcome::kUnknown;
  auto outcome = parse_outcome(name);
  if (!outcome) return in_option("--outcome", outcome.status());
  return outcome;
}

Result<EpisodeInput> read_episode(const RecordArguments& arguments) {
  EpisodeInput input = arguments.input;
  if (Status status = arguments.written.fill(input); !status) return status;
  const auto start = arguments.store.time("--start", arguments.start);
  if (!start) return start.status();
  input.start = *start;
  const auto end = arguments.store.time("--end", arguments.end);
  if (!end) return end.status();
  input.end = *end;
  const auto outcome = outcome_argument(arguments.outcome);
  if (!outcome) return outcome.status();
  input.outcome = *outcome;
  auto text = text_argument(arguments.text);
  if (!text) return text.status();
  input.text = *std::move(text);
  return input;
}

int run_record(const RecordArguments& arguments, Console& console) {
  const auto input = read_episode(arguments);
  if (!input) return console.fail(input.status());
  const auto id = in_scope(arguments.store, arguments.scope, Use::kCreate,
                           [&](const Scope& scope) { return scope.episodes().record(*input); });
  if (!id) return console.fail(id.status());
  if (console.json) {
    console.print(Json::object({{"id", id->to_string()}}));
  } else {
    console.line(id->to_string());
  }
  return 0;
}

void add_record(const Frame& episode) {
  CLI::App& command = new_command(episode, "record", "Record something that happened");
  auto arguments = std::make_shared<RecordArguments>();
  EpisodeInput& input = arguments->input;
  arguments->store.add_to(command, Use::kCreate);
  command.add_option("TEXT", arguments->text, "What happened; - reads standard input")->required();
  arguments->scope.add_to(command, Use::kCreate);
  arguments->scope.add_actor_to(command);
  command.add_option("--start", arguments->start, "When it began; default now");
  auto* end = command.add_option("--end", arguments->end, "When it ended; without, it was a moment");
  command.add_flag("--open", input.open, "It goes on: see episode close")->excludes(end);
  command.add_option("--who", input.who, "Who took part; may be repeated")->allow_extra_args(false);
  command.add_option("--why", input.why, "Why");
  command.add_option("--outcome", arguments->outcome, "success or failure");
  command.add_option("--key", input.key, "Your own id: recording it again replaces the episode");
  arguments->written.add_to(command);
  command.footer("Prints the id.");
  choose(episode, command, arguments, run_record);
}

struct IdArguments {
  StoreArguments store;
  ScopeArguments scope;
  std::string id, end, outcome;

  void add_to(CLI::App& command, Use use) {
    store.add_to(command, use);
    command.add_option("ID", id, "The episode's id")->required();
    scope.add_to(command, use);
  }
};

Result<Episode> close(const IdArguments& arguments) {
  const auto id = id_argument(arguments.id);
  if (!id) return id.status();
  const auto end = arguments.store.time("--end", arguments.end);
  if (!end) return end.status();
  const auto outcome = outcome_argument(arguments.outcome);
  if (!outcome) return outcome.status();
  return in_scope(arguments.store, arguments.scope, Use::kChange,
                  [&](const Scope& scope) { return scope.episodes().close(*id, {.end = *end, .outcome = *outcome}); });
}

int run_close(const IdArguments& arguments, Console& console) {
  const auto episode = close(arguments);
  if (!episode) return console.fail(episode.status());
  if (console.json) {
    console.print(to_json(*episode));
  } else {
    console.line(episode->day);
    print_episode(console, *episode, arguments.store.time_zone);
  }
  return 0;
}

void add_close(const Frame& episode) {
  CLI::App& command = new_command(episode, "close", "End an episode that was open");
  auto arguments = std::make_shared<IdArguments>();
  arguments->add_to(command, Use::kChange);
  command.add_option("--end", arguments->end, "When it ended; default now");
  command.add_option("--outcome", arguments->outcome, "success or failure; default as it was recorded");
  choose(episode, command, arguments, run_close);
}

Result<Episode> get(const IdArguments& arguments) {
  const auto id = id_argument(arguments.id);
  if (!id) return id.status();
  return in_scope(arguments.store, arguments.scope, Use::kRead,
                  [&](const Scope& scope) { return scope.episodes().get(*id); });
}

int run_get(const IdArguments& arguments, Console& console) {
  const auto episode = get(arguments);
  if (!episode) return console.fail(episode.status());
  if (console.json) {
    console.print(to_json(*episode));
  } else {
    print_fields(console, to_json(*episode), {"memory"});
  }
  return 0;
}

void add_one(const Frame& episode) {
  CLI::App& command = new_command(episode, "get", "Print one episode");
  auto arguments = std::make_shared<IdArguments>();
  arguments->add_to(command, Use::kRead);
  choose(episode, command, arguments, run_get);
}

}  // namespace

void add_timeline(const Frame& frame) {
  add_listing(frame);
  const Frame episode = new_group(frame, "episode", "Record or close an episode");
  add_record(episode);
  add_close(episode);
  add_one(episode);
}

}  // namespace mnemic::cli
