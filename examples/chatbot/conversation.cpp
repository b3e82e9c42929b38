// SPDX-License-Identifier: Apache-2.0
#include "conversation.hpp"

#include "questions.hpp"

#include <mnemic/json.hpp>
#include <mnemic/types.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace chatbot {
namespace {

mnemic::Status bad_line(std::size_t number, std::string_view what) {
  return {mnemic::StatusCode::kInvalidArgument, fmt::format("conversation line {}: {}", number, what)};
}

}  // namespace

mnemic::Result<std::vector<RecordedSession>> read_conversation(std::string_view json_lines) {
  std::vector<RecordedSession> sessions;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < json_lines.size();) {
    const std::size_t end = std::min(json_lines.find('\n', begin), json_lines.size());
    const std::string_view line = json_lines.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;

    const auto json = mnemic::Json::parse(line);
    if (!json) return bad_line(number, json.status().message());
    const auto time = mnemic::parse_time((*json)["time"].as_string());
    if (!time) return bad_line(number, time.status().message());
    const std::string session = (*json)["session"].as_string();
    if (session.empty()) return bad_line(number, "no session");

    if (sessions.empty() || sessions.back().id != session) sessions.push_back({session, {}});
    std::vector<mnemic::Turn>& turns = sessions.back().turns;
    mnemic::Turn turn;
    turn.author = (*json)["author"].as_string();
    turn.text = (*json)["text"].as_string();
    turn.event_time = *time;
    const bool by_assistant = turn.author == "assistant";
    turn.trust = by_assistant ? mnemic::Trust::kModel : mnemic::Trust::kUser;
    // What an assistant says before it asks repeats its user; that is no answer either.
    const bool question = by_assistant ? asks(turn.text) : is_pure_question(turn.text);
    turn.metadata = mnemic::Json::object({{"kind", question ? kQuestion : kStatement}});
    turn.key = fmt::format("{}/{}", session, turns.size());
    turns.push_back(std::move(turn));
  }
  return sessions;
}

}  // namespace chatbot
