// SPDX-License-Identifier: Apache-2.0
#include "fact_notes.hpp"

#include "memory_names.hpp"
#include "sentences.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

namespace chatbot {
namespace {

// Who is known by one name only: {"sister", "Clara"}.
std::map<std::string, std::string> names_of(const mnemic::Facts& facts, const std::string& user) {
  std::map<std::string, std::string> names;
  std::set<std::string> several;
  for (const mnemic::Fact& fact : facts.about(user).value()) {
    const auto relation = relation_of(fact.attribute);
    if (relation && !names.emplace(*relation, fact.value).second) several.insert(*relation);
  }
  for (const std::string& relation : several) names.erase(relation);
  return names;
}

std::string sentence_of(const mnemic::FactInput& fact) {
  return fact.text.empty() ? fmt::format("{} {} {}", fact.subject, fact.attribute, fact.value) : fact.text;
}

// "Tuesdays" names "Tuesdays at seven".
bool names_value(const std::string& said, const std::string& stored) {
  const std::string a = lower(said);
  const std::string b = lower(stored);
  return b == a || b.starts_with(a + " ");
}

// Stores what one line proposes.
class Notes {
 public:
  Notes(const mnemic::Scope& scope, const RuleContext& context, const FactOrigin& origin)
      : facts_(scope.facts()), context_(context), origin_(origin), firm_(origin.state == mnemic::State::kConfirmed) {}

  void take(const Proposal& proposal) {
    switch (proposal.kind) {
      case Proposal::Kind::kFact:
        return assert_fact(proposal.fact);
      case Proposal::Kind::kWithdrawal:
        return withdraw(proposal.fact);
      case Proposal::Kind::kCorrection:
        return correct(proposal.fact, proposal.instead_of);
    }
  }
  FactNotes done() { return {std::move(lines_), true}; }

 private:
  [[nodiscard]] std::vector<mnemic::Fact> standing(const mnemic::FactInput& fact) const {
    return facts_.about(fact.subject, {.at = origin_.said_at, .attribute = fact.attribute}).value();
  }

  void assert_fact(mnemic::FactInput fact) {
    if (!fact.since) fact.since = origin_.said_at;
    fact.state = origin_.state;
    fact.trust = mnemic::Trust::kUser;
    fact.sources = origin_.sources;
    fact.author = context_.user;
    const mnemic::Asserted asserted = facts_.assert_fact(fact).value();
    if (asserted.known) return;
    std::string line = fmt::format("{}: {}", firm_ ? "stored" : "noted", sentence_of(fact));
    std::string before;
    for (const mnemic::MemoryId id : asserted.superseded) {
      const auto old = facts_.get(id);
      if (old && old->value != fact.value) before += (before.empty() ? "" : ", ") + old->value;
    }
    if (!before.empty()) line += fmt::format(" (before: {})", before);
    for (const mnemic::MemoryId id : asserted.conflicts) {
      line += fmt::format(" (but {} is firm; /remember {} changes that)", facts_.get(id).value().value,
                          short_name(asserted.id));
      break;
    }
    lines_.push_back(fmt::format("{}  /forget {} if not", clean(line), short_name(asserted.id)));
  }

  void withdraw(const mnemic::FactInput& fact) {
    for (const mnemic::Fact& old : standing(fact)) {
      if (!names_value(fact.value, old.value)) continue;
      if (old.memory.state == mnemic::State::kConfirmed && !firm_) {
        lines_.push_back(clean(fmt::format("not noted: {} is firm; /remember that it is so no more, or /forget {}",
                                           old.memory.text, short_name(old.memory.id))));
        continue;
      }
      facts_.retract(old.memory.id, origin_.said_at).value();
      lines_.push_back(clean("noted: no more so: " + old.memory.text));
    }
  }

  // The new value holds since the old one did, so that the old one never was.
  void correct(mnemic::FactInput fact, const std::string& instead_of) {
    for (const mnemic::Fact& old : standing(fact)) {
      if (!names_value(instead_of, old.value)) continue;
      fact.since = old.holds.since;
      const bool single = fact.cardinality != mnemic::Cardinality::kMany;
      if (!single && (firm_ || old.memory.state != mnemic::State::kConfirmed)) {
        facts_.retract(old.memory.id, old.holds.since).value();
      }
      break;
    }
    assert_fact(std::move(fact));
  }

  mnemic::Facts facts_;
  const RuleContext& context_;
  const FactOrigin& origin_;
  bool firm_;
  std::vector<std::string> lines_;
};

}  // namespace

FactNotes note_facts(const mnemic::Scope& scope, const RuleContext& context, std::string_view line,
                     const FactOrigin& origin, std::optional<mnemic::FactInput>& topic) {
  RuleContext filled = context;
  filled.topic = topic;
  topic.reset();
  std::vector<Proposal> proposals = extract_facts(line, filled);
  if (proposals.empty()) return {};
  // Only now, since most lines say nothing; who is known by name may change what is proposed.
  filled.names = names_of(scope.facts(), filled.user);
  if (!filled.names.empty()) proposals = extract_facts(line, filled);
  Notes notes(scope, filled, origin);
  for (const Proposal& proposal : proposals) {
    notes.take(proposal);
    if (proposal.kind != Proposal::Kind::kWithdrawal) topic = proposal.fact;
  }
  return notes.done();
}

FactNotes note_facts(Talk& talk, std::string_view line, const FactOrigin& origin) {
  const RuleContext context{.user = talk.user, .said_at = now(), .time_zone = talk.calendar.zone()};
  return note_facts(talk.scope, context, line, origin, talk.topic);
}

mnemic::FactInput as_topic(const mnemic::Fact& fact) {
  mnemic::FactInput topic{.subject = fact.subject,
                          .attribute = fact.attribute,
                          .value = fact.value,
                          .kind = fact.kind,
                          .text = fact.memory.text};
  const auto cardinality = mnemic::parse_cardinality(fact.memory.metadata["fact"]["cardinality"].as_string());
  if (cardinality) topic.cardinality = *cardinality;
  return topic;
}

}  // namespace chatbot
