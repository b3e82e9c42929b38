// SPDX-License-Identifier: Apache-2.0
#include "command_list.hpp"
#include "fact_notes.hpp"
#include "memory_names.hpp"
#include "skill_talk.hpp"

#include <fmt/core.h>

namespace chatbot {
namespace {

void confirm(Talk& talk, std::string_view name) {
  const auto id = meant(talk, name);
  if (!id) return;
  const auto fact = talk.scope.facts().get(*id);
  if (!fact) {
    talk.terminal.print("That is no fact. /remember TEXT stores something, /facts lists what can be confirmed.");
    return;
  }
  const auto confirmed = talk.scope.facts().confirm(*id);
  if (!confirmed) {
    talk.terminal.print_text("That cannot be confirmed: ", 26, confirmed.status().message());
    return;
  }
  talk.terminal.print_text("Firm now: ", 10, fact->memory.text);
  for (const mnemic::MemoryId old : confirmed->superseded) {
    talk.terminal.print_text("No more so: ", 12, talk.scope.get(old).value().text);
  }
}

void learn(Talk& talk, const Lesson& lesson) {
  const mnemic::RecordedRun recorded =
      talk.scope.skills()
          .record_run(
              {.goal = lesson.goal, .steps = lesson.steps, .trust = mnemic::Trust::kUser, .session = talk.session.id()})
          .value();
  talk.terminal.print_text("Learned: ", 9, talk.scope.get(recorded.skill).value().text);
  talk.terminal.print(
      talk.terminal.dim("  ask how to do it, then say \"that worked\" or \"it didn't work\"; /skills lists it"));
}

void keep_note(Talk& talk, std::string_view text) {
  const mnemic::MemoryId id = talk.scope
                                  .put({.text = std::string(text),
                                        .session = talk.session.id(),
                                        .author = talk.user,
                                        .pinned = true,
                                        .trust = mnemic::Trust::kUser})
                                  .value();
  talk.terminal.print_text("Kept as a note: ", 16, fmt::format("{}  {}", text, short_name(id)));
}

}  // namespace

void remember(Talk& talk, std::string_view text) {
  if (text.empty()) {
    talk.terminal.print(
        "What? /remember TEXT stores it, /remember how to GOAL: step, step a skill, /remember ID makes a fact firm.");
    return;
  }
  if (is_name(text)) return confirm(talk, text);
  if (const auto lesson = lesson_in(text)) return learn(talk, *lesson);
  const FactNotes notes = note_facts(talk, text, {.state = mnemic::State::kConfirmed});
  for (const std::string& line : notes.lines) talk.terminal.print(line);
  if (notes.understood && notes.lines.empty()) talk.terminal.print("I know that, and it is firm.");
  if (!notes.understood) keep_note(talk, text);
}

}  // namespace chatbot
