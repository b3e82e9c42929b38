// SPDX-License-Identifier: Apache-2.0
#include "command_list.hpp"
#include "memory_names.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>
#include <vector>

namespace chatbot {
namespace {

std::vector<mnemic::Fact> all_facts(const mnemic::Scope& scope, bool whatever_state) {
  std::vector<mnemic::Fact> all;
  std::string cursor;
  do {
    const mnemic::FactPage page = scope.facts().list({.all = whatever_state, .limit = 1000, .cursor = cursor}).value();
    all.insert(all.end(), page.items.begin(), page.items.end());
    cursor = page.next;
  } while (!cursor.empty());
  return all;
}

// What is said of a fact besides the fact.
std::string remarks(const Talk& talk, const mnemic::Fact& fact) {
  std::string text = talk.calendar.interval(fact.holds.since, fact.holds.until);
  if (fact.memory.state != mnemic::State::kActive) text += fmt::format(", {}", mnemic::to_string(fact.memory.state));
  return text;
}

void print_facts(const Talk& talk, std::vector<mnemic::Fact> facts) {
  std::ranges::sort(facts, {}, [](const mnemic::Fact& fact) {
    return std::tie(fact.subject, fact.attribute, fact.holds.since, fact.memory.id);
  });
  std::string subject;
  for (const mnemic::Fact& fact : facts) {
    if (fact.subject != subject) talk.terminal.print(talk.terminal.bold(clean(fact.subject)));
    subject = fact.subject;
    const bool holds = fact.is_true_at(now());
    const std::string text = fmt::format("{} {}", fact.attribute, fact.value);
    talk.terminal.print_text(fmt::format("  {}  ", talk.terminal.dim(short_name(fact.memory.id))), 4 + kShownName,
                             text);
    const std::string about = (holds ? "" : "no more: ") + remarks(talk, fact);
    talk.terminal.print(std::string(4 + kShownName, ' ') +
                        (holds ? talk.terminal.dim(about) : talk.terminal.bad(about)));
  }
}

void print_notes(const Talk& talk) {
  const mnemic::Filter notes =
      mnemic::Filter::layer(mnemic::Layer::kSemantic) && mnemic::Filter::metadata("fact", mnemic::Op::kExists, false);
  const mnemic::Page page = talk.scope.list({.where = notes, .order = mnemic::Order::kOldest, .limit = 1000}).value();
  if (page.items.empty()) return;
  talk.terminal.print(talk.terminal.bold("notes"));
  for (const mnemic::Memory& note : page) {
    talk.terminal.print_text(fmt::format("  {}  ", talk.terminal.dim(short_name(note.id))), 4 + kShownName, note.text);
  }
}

// "Ada history": the subject, and that all it ever was is asked for.
bool take_off(std::string_view& text, std::string_view last_word) {
  if (!text.ends_with(last_word)) return false;
  const std::string_view before = text.substr(0, text.size() - last_word.size());
  if (!before.empty() && before.back() != ' ') return false;
  text = before.substr(0, before.find_last_not_of(' ') + 1);
  return true;
}

}  // namespace

void facts(Talk& talk, std::string_view argument) {
  const bool all = argument == "all";
  std::string_view subject = all ? "" : argument;
  const bool history = take_off(subject, "history");
  if (subject == "me" || subject == "I" || (history && subject.empty())) subject = talk.user;
  std::vector<mnemic::Fact> found;
  if (subject.empty()) {
    found = all_facts(talk.scope, all);
  } else {
    found = history ? talk.scope.facts().history(subject).value() : talk.scope.facts().about(subject).value();
  }
  if (found.empty()) {
    talk.terminal.print_text("", 0,
                             subject.empty() ? "I know no facts yet. Tell me where you live, or what you cannot eat."
                                             : fmt::format("I know no facts about {}.", subject));
  }
  print_facts(talk, std::move(found));
  if (subject.empty()) print_notes(talk);
}

}  // namespace chatbot
