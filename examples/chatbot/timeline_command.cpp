// SPDX-License-Identifier: Apache-2.0
#include "command_list.hpp"
#include "memory_names.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace chatbot {
namespace {

// Episodes that last into the time of the turns that are shown, or all when all turns are.
std::vector<mnemic::Memory> episodes_since(const Talk& talk, std::optional<mnemic::Timestamp> from, std::size_t most) {
  std::vector<mnemic::Memory> found;
  for (mnemic::Episode& episode :
       talk.scope.episodes().timeline({.from = from, .order = mnemic::Order::kNewest, .limit = most}).value().items) {
    found.push_back(std::move(episode.memory));
  }
  return found;
}

// "09:41 to 10:02", "09:41, going on".
std::string hours(const Calendar& calendar, const mnemic::Memory& episode) {
  const std::string begin = calendar.clock(episode.event_time);
  if (!episode.event_end) return begin;
  if (*episode.event_end == mnemic::kOpenEnd) return begin + ", going on";
  const bool same_day = calendar.date(episode.event_time) == calendar.date(*episode.event_end);
  const std::string end = same_day ? calendar.clock(*episode.event_end) : calendar.moment(*episode.event_end);
  return end == begin ? begin : fmt::format("{} to {}", begin, end);
}

}  // namespace

void timeline(Talk& talk, std::string_view argument) {
  constexpr std::size_t kUsual = 20;
  constexpr std::size_t kMost = 1000;
  const auto wanted = argument.empty() ? kUsual : parse_count(argument);
  if (!wanted) {
    talk.terminal.print("/timeline N shows the newest N turns, for instance /timeline 50.");
    return;
  }
  const mnemic::Filter turns = mnemic::Filter::layer(mnemic::Layer::kConversational);
  std::vector<mnemic::Memory> shown =
      talk.scope.list({.where = turns, .limit = std::min(*wanted, kMost)}).value().items;
  const std::size_t count = shown.size();
  const std::size_t all = talk.scope.count(turns).value();
  std::optional<mnemic::Timestamp> from;
  if (count < all) from = shown.back().event_time;
  for (mnemic::Memory& episode : episodes_since(talk, from, std::min(*wanted, kMost)))
    shown.push_back(std::move(episode));
  // Oldest first; a line and its reply were appended together and share their time, so their place decides. An episode
  // stands before the turns of its moment.
  std::ranges::sort(shown, {}, [](const mnemic::Memory& memory) {
    const bool turn = memory.layer == mnemic::Layer::kConversational;
    return std::tuple(memory.event_time, turn, memory.session, memory.turn);
  });
  std::string day;
  std::string session;
  for (const mnemic::Memory& memory : shown) {
    const std::string today = talk.calendar.day(memory.event_time);
    if (today != day) {
      talk.terminal.print(talk.terminal.bold(today));
      session.clear();
    }
    day = today;
    if (memory.layer == mnemic::Layer::kEpisodic) {
      const std::string head = hours(talk.calendar, memory) + "  ";
      talk.terminal.print_text(
          fmt::format("  {}  {}", talk.terminal.dim(short_name(memory.id)), talk.terminal.accent(head)),
          4 + kShownName + head.size(), line_of(memory));
      continue;
    }
    if (memory.session != session) talk.terminal.print("  " + talk.terminal.accent(clean(memory.session)));
    session = memory.session;
    const std::string head = fmt::format("{}  {}: ", talk.calendar.clock(memory.event_time), clean(memory.author));
    talk.terminal.print_text(fmt::format("    {}  {}", talk.terminal.dim(short_name(memory.id)), head),
                             6 + kShownName + head.size(), line_of(memory));
  }
  talk.terminal.print(
      talk.terminal.dim(fmt::format("{} of {} turns, times in {}; the first column is what /why and /forget take",
                                    count, all, talk.calendar.zone())));
}

}  // namespace chatbot
