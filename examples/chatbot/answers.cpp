// SPDX-License-Identifier: Apache-2.0
#include "answers.hpp"

#include "calendar.hpp"
#include "questions.hpp"
#include "skill_talk.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace chatbot {
namespace {

constexpr std::size_t kShown = 4;

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
  answer.options = recall_options();
  const auto begin = std::chrono::steady_clock::now();
  answer.hits = scope.recall(answer.query, answer.options).value().hits;
  answer.took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
  return answer;
}

std::string said(const mnemic::Hit& hit, std::string_view what) {
  return hit.memory.metadata["fact"][what].as_string();
}

// True when a fact holds, or another one that says the same does.
bool still_holds(const mnemic::Facts& facts, const mnemic::Fact& fact) {
  if (fact.is_true_at(now())) return true;
  return std::ranges::any_of(facts.about(fact.subject, {.attribute = fact.attribute}).value(),
                             [&](const mnemic::Fact& other) { return other.value == fact.value; });
}

// The facts of which a turn is the source: those that have ended, and whether others still hold.
struct FactsOfTurn {
  std::vector<mnemic::Fact> ended;
  bool some_hold = false;
};

FactsOfTurn facts_of(const mnemic::Scope& scope, mnemic::MemoryId turn) {
  FactsOfTurn found;
  const mnemic::RelatedOptions derived = {.type = "derived_from",
                                          .direction = mnemic::Direction::kIncoming,
                                          .where = mnemic::Filter::layer(mnemic::Layer::kSemantic)};
  const mnemic::Facts facts = scope.facts();
  for (const mnemic::Related& end : scope.related(turn, derived).value()) {
    const auto fact = facts.get(end.memory.id);
    if (!fact) continue;  // a note
    if (still_holds(facts, *fact)) {
      found.some_hold = true;
    } else {
      found.ended.push_back(*fact);
    }
  }
  return found;
}

// True when one of the hits says what is so instead of a fact that has ended.
bool is_answered_otherwise(const std::vector<mnemic::Fact>& ended, const std::vector<mnemic::Hit>& hits) {
  return std::ranges::any_of(hits, [&](const mnemic::Hit& hit) {
    return std::ranges::any_of(ended, [&](const mnemic::Fact& fact) {
      return said(hit, "subject") == fact.subject && said(hit, "attribute") == fact.attribute;
    });
  });
}

// "How do I …?": what is known to work comes first, however it was worded.
void put_best_skill_first(const mnemic::Scope& scope, std::string_view goal, std::vector<mnemic::Hit>& hits) {
  std::vector<mnemic::SkillMatch> best = scope.skills().best_for(goal, {.k = 1}).value();
  if (best.empty()) return;
  mnemic::Memory& skill = best.front().skill.memory;
  const auto known = std::ranges::find(hits, skill.id, [](const mnemic::Hit& hit) { return hit.memory.id; });
  mnemic::Hit first = known == hits.end() ? mnemic::Hit{std::move(skill), best.front().score, {}, {}} : *known;
  if (known != hits.end()) hits.erase(known);
  hits.insert(hits.begin(), std::move(first));
}

// A proposed value stands behind the firm one that it contradicts.
void put_firm_first(std::vector<mnemic::Hit>& hits) {
  for (std::size_t i = 0; i < hits.size(); ++i) {
    if (hits[i].memory.state != mnemic::State::kProposed || !hits[i].memory.metadata.contains("fact")) continue;
    const auto firm =
        std::find_if(hits.begin() + static_cast<std::ptrdiff_t>(i) + 1, hits.end(), [&](const mnemic::Hit& other) {
          return other.memory.state == mnemic::State::kConfirmed &&
                 said(other, "subject") == said(hits[i], "subject") &&
                 said(other, "attribute") == said(hits[i], "attribute");
        });
    if (firm != hits.end()) std::swap(hits[i], *firm);
  }
}

}  // namespace

mnemic::Filter statements() {
  return mnemic::Filter::metadata("kind", mnemic::Op::kNotIn, mnemic::Json::array({kQuestion, kReply, kRemark}));
}

mnemic::RecallOptions recall_options() {
  using mnemic::Layer;
  return {.k = 12,
          .per_layer = {{.layer = Layer::kSemantic, .weight = 1.5, .at_least = 3, .at_most = 6},
                        {.layer = Layer::kProcedural, .at_least = 1, .at_most = 2},
                        {.layer = Layer::kEpisodic, .weight = 0.7, .at_most = 2}},
          .author_boost = 0};  // what became of a turn stands before it
}

Answer answer(const mnemic::Scope& scope, std::string_view question) {
  Answer answer = ask(scope, question);
  const bool some_share_words = std::ranges::any_of(answer.hits, shares_a_word);
  std::erase_if(answer.hits, [&](const mnemic::Hit& hit) {
    const bool beside = some_share_words && hit.parts.neighbours >= kClearNeighbours;
    return !shares_a_word(hit) && !beside && hit.parts.cosine.value_or(0) < kClearCosine;
  });
  answer.outdated = put_outdated_last(scope, answer.hits);
  if (!answer.hits.empty()) {
    const double least = answer.hits.front().score * kNotFarBehind;
    std::erase_if(answer.hits, [&](const mnemic::Hit& hit) { return hit.score < least; });
  }
  put_firm_first(answer.hits);
  if (const auto goal = goal_asked_for(question)) put_best_skill_first(scope, *goal, answer.hits);
  if (answer.hits.size() > kShown) answer.hits.resize(kShown);
  return answer;
}

Answer related(const mnemic::Scope& scope, std::string_view statement) {
  Answer answer = ask(scope, statement);
  std::erase_if(answer.hits, [&](const mnemic::Hit& hit) {
    return !shares_a_word(hit) || hit.parts.cosine.value_or(0) < kRelatedCosine || hit.memory.text == statement;
  });
  answer.outdated = put_outdated_last(scope, answer.hits);
  if (answer.hits.size() > 1) answer.hits.resize(1);
  return answer;
}

std::map<mnemic::MemoryId, Outdated> put_outdated_last(const mnemic::Scope& scope, std::vector<mnemic::Hit>& hits) {
  std::map<mnemic::MemoryId, Outdated> outdated;
  std::set<mnemic::MemoryId> last;
  for (const mnemic::Hit& hit : hits) {
    if (hit.memory.layer != mnemic::Layer::kConversational) continue;
    const FactsOfTurn facts = facts_of(scope, hit.memory.id);
    if (facts.ended.empty()) continue;
    Outdated note{.wholly = !facts.some_hold};
    for (const mnemic::Fact& fact : facts.ended) {
      note.since = std::max(note.since, fact.holds.until.value_or(fact.memory.updated_at));
      note.what += (note.what.empty() ? "" : "; ") + fact.memory.text;
    }
    if (note.wholly || is_answered_otherwise(facts.ended, hits)) last.insert(hit.memory.id);
    outdated.emplace(hit.memory.id, std::move(note));
  }
  std::ranges::stable_partition(hits, [&](const mnemic::Hit& hit) { return !last.contains(hit.memory.id); });
  return outdated;
}

}  // namespace chatbot
