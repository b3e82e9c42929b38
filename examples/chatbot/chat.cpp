// SPDX-License-Identifier: Apache-2.0
#include "chat.hpp"

#include "commands.hpp"
#include "fact_notes.hpp"
#include "model_talk.hpp"
#include "printing.hpp"
#include "questions.hpp"
#include "skill_talk.hpp"
#include "talk_episode.hpp"

#include <fmt/core.h>

#include <array>
#include <exception>
#include <string_view>
#include <utility>
#include <vector>

namespace chatbot {
namespace {

constexpr std::string_view kAuthor = "assistant";

mnemic::Turn said_by_user(const Talk& talk, std::string_view text) {
  mnemic::Turn turn;
  turn.author = talk.user;
  turn.text = text;
  turn.trust = mnemic::Trust::kUser;
  const char* const kind = is_pure_question(text) ? kQuestion : outcome_told(text) ? kRemark : kStatement;
  turn.metadata = mnemic::Json::object({{"kind", kind}});
  return turn;
}

// A reply is kept as content, with the ids of what it cites and without their words: it is not searched, so we never
// quote ourselves, and a memory that is forgotten lives on in no reply.
mnemic::Turn said_by_us(std::string_view reply, const Answer& answer, std::vector<mnemic::Json::Member> more = {}) {
  std::vector<mnemic::Json> cites;
  for (const mnemic::Hit& hit : answer.hits) cites.emplace_back(hit.memory.id.to_string());
  std::vector<mnemic::Json::Member> content = {
      {"role", "assistant"}, {"content", reply}, {"cites", mnemic::Json::array(cites)}};
  content.insert(content.end(), more.begin(), more.end());
  mnemic::Turn turn;
  turn.author = kAuthor;
  turn.content = mnemic::Json::object(content);
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

void print_notes(const Talk& talk, const FactNotes& notes) {
  for (const std::string& line : notes.lines) talk.terminal.print(talk.terminal.dim(line));
}

// What "that worked" and "not any more" will speak of.
void remember_shown(Talk& talk, std::string_view line) {
  if (talk.last->hits.empty()) return;
  const mnemic::Memory& first = talk.last->hits.front().memory;
  if (goal_asked_for(line) && first.metadata.contains("skill")) talk.tried = first.id;
  if (talk.topic || first.layer != mnemic::Layer::kSemantic) return;
  if (const auto fact = talk.scope.facts().get(first.id)) talk.topic = as_topic(*fact);
}

// "That worked": another run of the skill that was shown.
void record_outcome(Talk& talk, std::string_view line, const mnemic::Skill& skill, mnemic::Outcome outcome) {
  talk.tried.reset();
  const std::string reply =
      outcome == mnemic::Outcome::kSuccess ? "Good. I recorded that it worked." : "I recorded that it did not work.";
  const std::array<mnemic::Turn, 2> turns = {said_by_user(talk, line), said_by_us(reply, {})};
  const mnemic::MemoryId turn = talk.session.append(turns).value().front();
  const mnemic::RecordedRun run = talk.scope.skills()
                                      .record_run({.goal = skill.goal,
                                                   .skill = skill.name,
                                                   .steps = skill.steps,
                                                   .outcome = outcome,
                                                   .sources = {turn},
                                                   .trust = mnemic::Trust::kUser,
                                                   .session = talk.session.id()})
                                      .value();
  talk.terminal.print(talk.terminal.accent(reply));
  const mnemic::Memory counted = talk.scope.get(run.skill).value();
  talk.terminal.print(talk.terminal.dim(clean(fmt::format("{}: {}", counted.text, record_of(counted)))));
}

void show_answer(Talk& talk, std::string_view line, std::string_view reply, Answer found) {
  talk.terminal.print(talk.terminal.accent(reply));
  print_hits(talk.terminal, talk.calendar, found);
  talk.last = std::move(found);
  remember_shown(talk, line);
}

void answer_from_memory(Talk& talk, std::string_view line, Answer found, const std::string& reply) {
  const std::array<mnemic::Turn, 2> turns = {said_by_user(talk, line), said_by_us(reply, found)};
  const mnemic::MemoryId turn = talk.session.append(turns).value().front();
  const FactNotes notes = note_facts(talk, line, {.sources = {turn}});
  show_answer(talk, line, reply, std::move(found));
  print_notes(talk, notes);
}

// The line is stored, and what was noted from it shown, before the model is asked: whatever comes of that.
void answer_with_model(Talk& talk, std::string_view line, Answer found, const std::string& reply) {
  Prompt prompt = prompt_for(talk, line);
  const mnemic::MemoryId turn = talk.session.append(said_by_user(talk, line)).value();
  print_notes(talk, note_facts(talk, line, {.sources = {turn}}));
  const ModelReply said = ask_model(talk, prompt, line, turn);
  if (said.end == ModelReply::End::kFailed) {
    talk.terminal.print_text(talk.terminal.bad("The model failed: "), 18, said.error);
    talk.terminal.print("From memory:");
    talk.session.append(said_by_us(reply, found)).value();
    show_answer(talk, line, reply, std::move(found));
    return;
  }
  std::vector<mnemic::Json::Member> about = {{"model", talk.model->name()}};
  if (said.end == ModelReply::End::kStopped) {
    about.emplace_back("cut", true);
    talk.terminal.print(talk.terminal.dim("(stopped)"));
  }
  if (!said.text.empty()) talk.session.append(said_by_us(said.text, prompt.cited, std::move(about))).value();
  talk.last = std::move(prompt.cited);
  if (!found.hits.empty() && goal_asked_for(line) && found.hits.front().memory.metadata.contains("skill")) {
    talk.tried = found.hits.front().memory.id;
  }
}

// Recalls first and stores second, so that a line is never the answer to itself.
void take_in(Talk& talk, std::string_view line) {
  begin_episode(talk);
  if (const auto outcome = outcome_told(line); outcome && talk.tried) {
    // It may have been forgotten meanwhile.
    if (const auto skill = talk.scope.skills().get(*talk.tried)) return record_outcome(talk, line, *skill, *outcome);
  }
  const bool question = asks(line);
  Answer found = question ? answer(talk.scope, line) : related(talk.scope, line);
  const std::string reply = question ? reply_to_question(found) : reply_to_statement(found);
  if (talk.model != nullptr) {
    answer_with_model(talk, line, std::move(found), reply);
  } else {
    answer_from_memory(talk, line, std::move(found), reply);
  }
}

void greet(const Talk& talk) {
  const std::size_t turns =
      talk.scope.count(mnemic::Filter::layer(mnemic::Layer::kConversational) && statements()).value();
  const std::size_t sessions = talk.scope.sessions().value().size();
  talk.terminal.print(
      turns == 0 ? "Hello. Tell me something, and ask me about it later. /help lists the commands."
                 : fmt::format("Hello again. I remember {} statement{} of {} session{}. /help lists the commands.",
                               turns, turns == 1 ? "" : "s", sessions, sessions == 1 ? "" : "s"));
  if (talk.model != nullptr) talk.terminal.print_text("", 0, "The model " + talk.model->name() + " answers.");
}

// Runs one thing that may fail; the talk goes on in any case.
template <typename Function>
void guarded(const Talk& talk, Function run) {
  try {
    run();
  } catch (const mnemic::Error& error) {
    talk.terminal.print(talk.terminal.bad("That did not work: " + clean(error.status().to_string())));
  } catch (const std::exception& error) {
    talk.terminal.print(talk.terminal.bad("That did not work: " + clean(error.what())));
  }
}

}  // namespace

mnemic::Namespace namespace_of(const std::string& user) {
  return {"chatbot", user};
}

void chat(Talk& talk) {
  talk.terminal.catch_interrupts();
  close_left_open(talk);
  greet(talk);
  bool going = true;
  while (going) {
    const auto line = talk.terminal.read_line(talk.terminal.bold("you> "));
    if (!line) break;
    if (clean(*line).empty()) continue;
    guarded(talk, [&] {
      if (line->starts_with('/')) {
        going = run_command(talk, *line) == AfterCommand::kContinue;
      } else {
        take_in(talk, *line);
      }
    });
  }
  guarded(talk, [&] { end_episode(talk); });
  talk.terminal.print("Goodbye. Everything is kept.");
}

}  // namespace chatbot
