// SPDX-License-Identifier: Apache-2.0
#include "skill_talk.hpp"

#include "fact_tables.hpp"
#include "fact_values.hpp"
#include "sentences.hpp"

#include <algorithm>
#include <array>

namespace chatbot {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";

std::string_view trimmed(std::string_view text, std::string_view edges = kSpaces) {
  text.remove_prefix(std::min(text.find_first_not_of(edges), text.size()));
  return text.substr(0, text.find_last_not_of(edges) + 1);
}

// The rest of `text` behind its first `count` words.
std::string_view behind(std::string_view text, std::size_t count) {
  for (; count > 0; --count) {
    text = trimmed(text);
    text.remove_prefix(std::min(text.find_first_of(kSpaces), text.size()));
  }
  return trimmed(text);
}

constexpr auto kWorked =
    std::to_array<std::string_view>({"that worked", "this worked", "it worked", "worked", "that works", "it works",
                                     "that helped", "it helped", "that did it"});
constexpr auto kFailed = std::to_array<std::string_view>(
    {"that did not work", "this did not work", "it did not work", "did not work", "that does not work",
     "it does not work", "that failed", "it failed", "that did not help", "it did not help", "no luck"});

}  // namespace

std::optional<std::string> goal_asked_for(std::string_view question) {
  const std::vector<Sentence> sentences = sentences_of(question);
  if (sentences.size() != 1) return std::nullopt;
  Cursor cursor{sentences[0].words};
  if (!cursor.accept("how")) return std::nullopt;
  std::size_t words = 1;
  if (cursor.accept("to")) {
    words += 1;
  } else {
    constexpr auto kAuxiliaries = std::to_array<std::string_view>({"do", "can", "should", "would", "could", "did"});
    constexpr auto kPersons = std::to_array<std::string_view>({"i", "we", "you", "one"});
    if (!cursor.accept_any(kAuxiliaries) || !cursor.accept_any(kPersons)) return std::nullopt;
    words += 2;
  }
  const std::string_view goal = trimmed(behind(question, words), " \t\r\n?!.");
  return goal.empty() ? std::nullopt : std::optional<std::string>(goal);
}

std::optional<mnemic::Outcome> outcome_told(std::string_view line) {
  const std::vector<Sentence> sentences = sentences_of(line);
  if (sentences.empty() || sentences.size() > 2 || sentences[0].question) return std::nullopt;
  if (sentences.size() == 2 && sentences[1].words[0].key != "thanks" && sentences[1].words[0].key != "thank") {
    return std::nullopt;
  }
  Cursor cursor{sentences[0].words};
  while (cursor.accept_any(fillers()) || cursor.accept(",")) {
  }
  const bool worked = cursor.accept_any(kWorked);
  if (!worked && !cursor.accept_any(kFailed)) return std::nullopt;
  cursor.accept(",");
  if (!cursor.accept("thanks")) cursor.accept("thank you");
  if (!cursor.at_end()) return std::nullopt;
  return worked ? mnemic::Outcome::kSuccess : mnemic::Outcome::kFailure;
}

std::optional<Lesson> lesson_in(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto goal = goal_asked_for(text.substr(0, colon));
  if (!goal) return std::nullopt;
  Lesson lesson{*goal, {}};
  std::string_view rest = text.substr(colon + 1);
  const char separator = rest.find(';') != std::string_view::npos ? ';' : ',';
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(separator), rest.size());
    std::string_view step = trimmed(rest.substr(0, end), " \t\r\n.");
    rest.remove_prefix(std::min(end + 1, rest.size()));
    for (const std::string_view opening : {"and then ", "then ", "and "}) {
      if (step.starts_with(opening)) step = trimmed(step.substr(opening.size()));
    }
    if (!step.empty()) lesson.steps.push_back({.tool = std::string(step)});
  }
  if (lesson.steps.empty()) return std::nullopt;
  return lesson;
}

}  // namespace chatbot
