// SPDX-License-Identifier: Apache-2.0
#include "answers.hpp"

#include "questions.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace chatbot {
namespace {

constexpr std::size_t kShown = 3;

// A hit is worth showing when it shares a word with the question, when it stands beside a turn that does ("What is the
// address?" "Rua da …"), or when it is close by vector alone; and when it is not far behind the best one. The built-in
// embedder sees word parts, not meaning, so a low cosine says nothing.
constexpr double kClearCosine = 0.35;
constexpr double kClearNeighbours = 0.3;
constexpr double kNotFarBehind = 0.6;
// A statement is no question: only a memory that is really close is worth mentioning beside it.
constexpr double kRelatedCosine = 0.30;

bool shares_a_word(const mnemic::Hit& hit) {
  return hit.parts.bm25.has_value();
}

Answer ask(const mnemic::Scope& scope, std::string_view text) {
  Answer answer;
  answer.query = {.text = std::string(text), .where = statements()};
  answer.options = {.k = 10};
  const auto begin = std::chrono::steady_clock::now();
  answer.hits = scope.recall(answer.query, answer.options).value().hits;
  answer.took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
  return answer;
}

std::string ordinal(std::size_t rank) {
  const std::size_t tens = rank % 100;
  const char* ending = tens >= 11 && tens <= 13 ? "th"
                       : rank % 10 == 1         ? "st"
                       : rank % 10 == 2         ? "nd"
                       : rank % 10 == 3         ? "rd"
                                                : "th";
  return fmt::format("{}{}", rank, ending);
}

}  // namespace

mnemic::Filter statements() {
  return mnemic::Filter::layer(mnemic::Layer::kConversational) &&
         mnemic::Filter::metadata("kind", mnemic::Op::kNotIn, mnemic::Json::array({kQuestion, kReply}));
}

Answer answer(const mnemic::Scope& scope, std::string_view question) {
  Answer answer = ask(scope, question);
  const bool some_share_words = std::ranges::any_of(answer.hits, shares_a_word);
  std::erase_if(answer.hits, [&](const mnemic::Hit& hit) {
    const bool beside = some_share_words && hit.parts.neighbours >= kClearNeighbours;
    return !shares_a_word(hit) && !beside && hit.parts.cosine.value_or(0) < kClearCosine;
  });
  if (answer.hits.empty()) return answer;
  const double least = answer.hits.front().score * kNotFarBehind;
  std::erase_if(answer.hits, [&](const mnemic::Hit& hit) { return hit.score < least; });
  if (answer.hits.size() > kShown) answer.hits.resize(kShown);
  return answer;
}

Answer related(const mnemic::Scope& scope, std::string_view statement) {
  Answer answer = ask(scope, statement);
  std::erase_if(answer.hits, [&](const mnemic::Hit& hit) {
    return !shares_a_word(hit) || hit.parts.cosine.value_or(0) < kRelatedCosine || hit.memory.text == statement;
  });
  if (answer.hits.size() > 1) answer.hits.resize(1);
  return answer;
}

std::string citation(const mnemic::Memory& memory, const Calendar& calendar) {
  const std::string author = clean(memory.author.empty() ? "somebody" : memory.author);
  std::string text = fmt::format("{}, {}", author, calendar.moment(memory.event_time));
  if (!memory.session.empty()) text += fmt::format(", in {}", clean(memory.session));
  return text;
}

void print_hit(const Terminal& terminal, const Calendar& calendar, std::size_t number, const mnemic::Memory& memory) {
  terminal.print_text(terminal.accent(fmt::format("  [{}]", number)) + " ", 6, memory.text);
  terminal.print("      " + terminal.dim(citation(memory, calendar)));
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

std::string duration(std::chrono::microseconds time) {
  return time.count() < 1000 ? fmt::format("{} µs", time.count())
                             : fmt::format("{:.1f} ms", static_cast<double>(time.count()) / 1000.0);
}

}  // namespace chatbot
