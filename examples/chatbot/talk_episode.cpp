// SPDX-License-Identifier: Apache-2.0
#include "talk_episode.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include <unistd.h>

namespace chatbot {
namespace {

// Names a process of this computer so that no later one has the same name: its number, and when it began (field 22 of
// its stat file, the 20th behind the name in parentheses). "" when there is no such process.
std::string process_name(std::int64_t number) {
  std::ifstream file(fmt::format("/proc/{}/stat", number));
  const std::string stat{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::size_t at = stat.rfind(')');
  for (int field = 0; field < 20 && at != std::string::npos; ++field) at = stat.find(' ', at + 1);
  if (at == std::string::npos) return {};
  return fmt::format("{}:{}", number, stat.substr(at + 1, stat.find(' ', at + 1) - at - 1));
}

bool is_running(const mnemic::Episode& episode) {
  const mnemic::Json talk = episode.memory.metadata["talk"];
  const std::string name = process_name(talk["process"].as_integer());
  return !name.empty() && name == talk["name"].as_string();
}

// The time of the last turn of the talk; its start when there is none.
mnemic::Timestamp last_turn(const mnemic::Scope& scope, const mnemic::Episode& episode) {
  const mnemic::Filter turns =
      mnemic::Filter::layer(mnemic::Layer::kConversational) && mnemic::Filter::session(episode.memory.session);
  const mnemic::Page newest = scope.list({.where = turns, .limit = 1}).value();
  return newest.items.empty() ? episode.memory.event_time
                              : std::max(episode.memory.event_time, newest.items.front().event_time);
}

}  // namespace

void close_left_open(const Talk& talk) {
  const mnemic::Episodes episodes = talk.scope.episodes();
  const mnemic::Filter open = mnemic::Filter::where("event_end", mnemic::Op::kEq, "open") &&
                              mnemic::Filter::metadata("talk.process", mnemic::Op::kExists, true);
  for (const mnemic::Episode& episode : episodes.timeline({.where = open}).value()) {
    if (is_running(episode)) continue;
    const auto closed = episodes.close(episode.memory.id, {.end = last_turn(talk.scope, episode)});
    // Another chatbot may have closed it first.
    if (!closed && closed.status().code() != mnemic::StatusCode::kFailedPrecondition) closed.value();
  }
}

void begin_episode(Talk& talk) {
  if (talk.episode) return;
  const mnemic::Timestamp start = now();
  const std::int64_t process = ::getpid();
  talk.episode =
      talk.scope.episodes()
          .record({.text = "talk of " + talk.session.id(),
                   .start = start,
                   .open = true,
                   .trust = mnemic::Trust::kTool,
                   .key = fmt::format("talk/{}/{}", talk.session.id(), mnemic::to_string(start)),
                   .session = talk.session.id(),
                   .metadata = mnemic::Json::object(
                       {{"talk", mnemic::Json::object({{"process", process}, {"name", process_name(process)}})}})})
          .value();
}

void end_episode(Talk& talk) {
  if (!talk.episode) return;
  const auto closed = talk.scope.episodes().close(*talk.episode);
  talk.episode.reset();
  // It may have been forgotten, or closed from another computer.
  const auto code = closed.status().code();
  if (!closed && code != mnemic::StatusCode::kFailedPrecondition && code != mnemic::StatusCode::kNotFound)
    closed.value();
}

}  // namespace chatbot
