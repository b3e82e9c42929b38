// SPDX-License-Identifier: Apache-2.0
#include "chat.hpp"

#include "commands.hpp"
#include "questions.hpp"

#include <fmt/core.h>

#include <array>
#include <string_view>
#include <vector>

namespace chatbot {
namespace {

constexpr std::string_view kAuthor = "assistant";

mnemic::Turn said_by_user(const Talk& talk, std::string_view text) {
  mnemic::Turn turn;
  turn.author = talk.user;
  turn.text = text;
  turn.trust = mnemic::Trust::kUser;
  turn.metadata = mnemic::Json::object({{"kind", is_pure_question(text) ? kQuestion : kStatement}});
  return turn;
}

// A reply is kept as content, with the ids of what it cites and without their words: it is not searched, so we never
// quote ourselves, and a memory that is forgotten lives on in no reply.
mnemic::Turn said_by_us(std::string_view reply, const Answer& answer) {
  std::vector<mnemic::Json> cites;
  for (const mnemic::Hit& hit : answer.hits) cites.emplace_back(hit.memory.id.to_string());
  mnemic::Turn turn;
  turn.author = kAuthor;
  turn.content =
      mnemic::Json::object({{"role", "assistant"}, {"content", reply}, {"cites", mnemic::Json::array(cites)}});
  turn.trust = mnemic::Trust::kModel;
  turn.metadata = mnemic::Json::object({{"kind", kReply}});
  return turn;
}

std::string reply_to_question(const Answer& answer) {
  if (answer.hits.empty()) return "I don't have anything about that yet.";
  return answer.hits.size() == 1 ? "I remember this:"
                                 : fmt::format("I remember {} things about that:", answer.hits.size());
}

std::string reply_to_statement(const Answer& answer) {
  return answer.hits.empty() ? "I will remember that." : "I will remember that. It goes with this:";
}

// Recalls first and stores second, so that a line is never the answer to itself. Both turns are one commit.
void take_in(Talk& talk, std::string_view line) {
  const bool question = asks(line);
  Answer found = question ? answer(talk.scope, line) : related(talk.scope, line);
  const std::string reply = question ? reply_to_question(found) : reply_to_statement(found);
  const std::array<mnemic::Turn, 2> turns = {said_by_user(talk, line), said_by_us(reply, found)};
  talk.session.append(turns).value();

  talk.terminal.print(talk.terminal.accent(reply));
  for (std::size_t i = 0; i < found.hits.size(); ++i) {
    print_hit(talk.terminal, talk.calendar, i + 1, found.hits[i].memory);
  }
  talk.last = std::move(found);
}

void greet(const Talk& talk) {
  const std::size_t turns = talk.scope.count(statements()).value();
  talk.terminal.print(
      turns == 0 ? "Hello. Tell me something, and ask me about it later. /help lists the commands."
                 : fmt::format("Hello again. I remember {} statement{} of {} session{}. /help lists the commands.",
                               turns, turns == 1 ? "" : "s", talk.scope.sessions().value().size(),
                               talk.scope.sessions().value().size() == 1 ? "" : "s"));
}

}  // namespace

mnemic::Namespace namespace_of(const std::string& user) {
  return {"chatbot", user};
}

void chat(Talk& talk) {
  talk.terminal.catch_interrupts();
  greet(talk);
  while (const auto line = talk.terminal.read_line(talk.terminal.bold("you> "))) {
    if (clean(*line).empty()) continue;
    try {
      if (!line->starts_with('/')) {
        take_in(talk, *line);
      } else if (run_command(talk, *line) == AfterCommand::kQuit) {
        break;
      }
    } catch (const mnemic::Error& error) {
      talk.terminal.print(talk.terminal.bad("That did not work: " + clean(error.status().to_string())));
    }
  }
  talk.terminal.print("Goodbye. Everything is kept.");
}

}  // namespace chatbot
