// SPDX-License-Identifier: Apache-2.0
#include "printing.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace chatbot {
namespace {

std::string ordinal(std::size_t rank) {
  const std::size_t tens = rank % 100;
  const char* ending = tens >= 11 && tens <= 13 ? "th"
                       : rank % 10 == 1         ? "st"
                       : rank % 10 == 2         ? "nd"
                       : rank % 10 == 3         ? "rd"
                                                : "th";
  return fmt::format("{}{}", rank, ending);
}

// What an episode or a fact says of its time.
std::string interval_of(const mnemic::Memory& memory, const Calendar& calendar) {
  if (!memory.event_end) return calendar.moment(memory.event_time);
  return calendar.interval(memory.event_time, *memory.event_end == mnemic::kOpenEnd ? std::nullopt : memory.event_end);
}

std::string citation_of_semantic(const mnemic::Memory& memory, const Calendar& calendar) {
  if (!memory.metadata.contains("fact")) return "note of " + calendar.moment(memory.event_time);
  const std::string state =
      memory.state == mnemic::State::kActive ? "" : fmt::format(", {}", mnemic::to_string(memory.state));
  return fmt::format("fact{}, {}", state, interval_of(memory, calendar));
}

}  // namespace

std::string citation(const mnemic::Memory& memory, const Calendar& calendar) {
  switch (memory.layer) {
    case mnemic::Layer::kSemantic:
      return citation_of_semantic(memory, calendar);
    case mnemic::Layer::kProcedural:
      return memory.metadata.contains("skill") ? "skill, " + record_of(memory) : "a run of a skill";
    case mnemic::Layer::kEpisodic:
      return "episode, " + interval_of(memory, calendar);
    case mnemic::Layer::kConversational:
      break;
  }
  const std::string author = clean(memory.author.empty() ? "somebody" : memory.author);
  std::string text = fmt::format("{}, {}", author, calendar.moment(memory.event_time));
  if (!memory.session.empty()) text += fmt::format(", in {}", clean(memory.session));
  return text;
}

void print_hit(const Terminal& terminal, const Calendar& calendar, std::size_t number, const mnemic::Memory& memory) {
  terminal.print_text(terminal.accent(fmt::format("  [{}]", number)) + " ", 6, memory.text);
  terminal.print("      " + terminal.dim(citation(memory, calendar)));
}

void print_hits(const Terminal& terminal, const Calendar& calendar, const Answer& answer) {
  for (std::size_t i = 0; i < answer.hits.size(); ++i) {
    const mnemic::Memory& memory = answer.hits[i].memory;
    const auto outdated = answer.outdated.find(memory.id);
    if (outdated == answer.outdated.end()) {
      print_hit(terminal, calendar, i + 1, memory);
      continue;
    }
    terminal.print_text(terminal.accent(fmt::format("  [{}]", i + 1)) + " ", 6, memory.text);
    const Outdated& note = outdated->second;
    terminal.print(
        "      " + terminal.dim(citation(memory, calendar)) + "; " +
        terminal.bad(clean(fmt::format("no longer true since {}: {}", calendar.moment(note.since), note.what))));
  }
}

void print_parts(const Terminal& terminal, double score, const mnemic::ScoreParts& parts) {
  const auto arm = [](std::string_view name, double part, std::string_view raw_name, const std::optional<double>& raw,
                      const std::optional<std::size_t>& rank) {
    if (!raw) return fmt::format("{} {:.2f}", name, part);
    const std::string place = rank ? ", " + ordinal(*rank) : "";
    return fmt::format("{} {:.2f} ({} {:.2f}{})", name, part, raw_name, *raw, place);
  };
  std::string sum =
      fmt::format("{} + {} + neighbours {:.2f}", arm("words", parts.words, "bm25", parts.bm25, parts.words_rank),
                  arm("vector", parts.vector, "cosine", parts.cosine, parts.vector_rank), parts.neighbours);
  if (parts.recency != 1) sum += fmt::format(" × recency {:.2f}", parts.recency);
  if (parts.layer != 1) sum += fmt::format(" × layer {:.2f}", parts.layer);
  if (parts.importance != 1) sum += fmt::format(" × importance {:.2f}", parts.importance);
  terminal.print("      " + terminal.good(fmt::format("{:.3f}", score)) + terminal.dim(" = " + sum));
}

void print_explanation(const Terminal& terminal, const mnemic::Explanation& why) {
  const bool hit = why.verdict == mnemic::Explanation::Verdict::kHit;
  const std::string verdict(mnemic::to_string(why.verdict));
  std::string place;
  if (why.rank) place = fmt::format(", {} of all that was ranked", ordinal(*why.rank));
  terminal.print(fmt::format("      {}{}", hit ? terminal.good(verdict) : terminal.bad(verdict), terminal.dim(place)));
  terminal.print_text("      ", 6, why.reason);
  if (why.rank) print_parts(terminal, why.score, why.parts);
  terminal.print("      " + terminal.dim(clean(fmt::format(
                                "searched for: {}; matched: {}", fmt::join(why.terms, " "),
                                why.matched.empty() ? "nothing" : fmt::format("{}", fmt::join(why.matched, " "))))));
}

std::string record_of(const mnemic::Memory& skill) {
  const mnemic::Json counts = skill.metadata["skill"];
  const std::int64_t successes = counts["successes"].as_integer();
  const std::int64_t known = successes + counts["failures"].as_integer();
  return known > 0 ? fmt::format("worked {} of {}", successes, known) : "not tried yet";
}

std::string duration(std::chrono::microseconds time) {
  return time.count() < 1000 ? fmt::format("{} µs", time.count())
                             : fmt::format("{:.1f} ms", static_cast<double>(time.count()) / 1000.0);
}

}  // namespace chatbot
