// SPDX-License-Identifier: Apache-2.0
#include "demonstration_layers.hpp"

#include "answers.hpp"
#include "fact_notes.hpp"
#include "printing.hpp"
#include "questions.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>

namespace chatbot {
namespace {

constexpr std::string_view kChanged = "lessons are on";  // the attribute that changes in the conversation

std::string first_value(const std::vector<mnemic::Fact>& facts) {
  return facts.empty() ? "nothing" : facts.front().value;
}

bool verdict(const Terminal& terminal, bool kept, const std::string& line) {
  terminal.print("  " + (kept ? terminal.good(line) : terminal.bad("NOT SO: " + line)));
  return kept;
}

struct Happened {
  std::string_view key;
  std::string_view text;
  std::string_view why;
  std::string_view start;
  std::string_view end;  // "" of a moment
  std::string_view who;
  mnemic::Outcome outcome;
};

constexpr auto kHappened = std::to_array<Happened>({
    {"move", "moved from Porto to Lisbon", "a new job", "2026-04-30 07:52", "2026-04-30 16:32", "Irmãos Leal",
     mnemic::Outcome::kSuccess},
    {"scare", "allergic reaction to bread with lupin flour", "nobody asked what was in it", "2026-05-31 20:30",
     "2026-05-31 22:48", "Joana", mnemic::Outcome::kFailure},
    {"pilot", "pilot of Lighthouse went live in Setúbal", "Sines was not ready", "2026-07-15 08:00", "", "Ingrid",
     mnemic::Outcome::kSuccess},
});

// Two dinners and the one that went wrong.
struct Tried {
  std::string_view day;
  mnemic::Outcome outcome;
};
constexpr auto kTried = std::to_array<Tried>({{"2026-06-12 20:00", mnemic::Outcome::kSuccess},
                                              {"2026-06-27 20:00", mnemic::Outcome::kFailure},
                                              {"2026-07-18 20:00", mnemic::Outcome::kSuccess}});
constexpr std::string_view kGoal = "eat out safely without peanuts and lupin flour";

mnemic::Timestamp local(std::string_view text, std::string_view zone) {
  return mnemic::parse_local_time(text, zone).value();
}

}  // namespace

void note_session(const mnemic::Scope& scope, const Calendar& calendar, const std::string& user,
                  const RecordedSession& session, const std::vector<mnemic::MemoryId>& ids) {
  std::optional<mnemic::FactInput> topic;
  for (std::size_t i = 0; i < session.turns.size(); ++i) {
    const mnemic::Turn& turn = session.turns[i];
    if (turn.trust != mnemic::Trust::kUser) continue;
    const RuleContext context{.user = user, .said_at = *turn.event_time, .time_zone = calendar.zone()};
    note_facts(scope, context, turn.text, {.sources = {ids[i]}, .said_at = turn.event_time}, topic);
  }
}

bool show_facts(const Terminal& terminal, const Calendar& calendar, const mnemic::Scope& scope,
                const std::string& user) {
  std::vector<mnemic::Fact> facts = scope.facts().list({.all = true}).value().items;
  std::ranges::sort(facts, {}, [](const mnemic::Fact& fact) { return fact.holds.since; });
  for (const mnemic::Fact& fact : facts) {
    const std::string interval = calendar.interval(fact.holds.since, fact.holds.until);
    terminal.print_text("  ", 2, fmt::format("{} ({})", fact.memory.text, interval));
  }
  const auto at = [&](std::optional<mnemic::Timestamp> moment) {
    return first_value(scope.facts().about(user, {.at = moment, .attribute = std::string(kChanged)}).value());
  };
  const std::string before = at(local("2026-06-01", calendar.zone()));
  const std::string after = at(std::nullopt);
  const bool sourced = std::ranges::all_of(facts, [&](const mnemic::Fact& fact) {
    return !scope.related(fact.memory.id, {.type = "derived_from", .direction = mnemic::Direction::kOutgoing})
                .value()
                .empty();
  });
  const bool kept = facts.size() >= 9 && sourced && before.starts_with("Tuesdays") && after.starts_with("Thursdays");
  return verdict(terminal, kept, fmt::format("On 1 June the lessons were on {}; now they are on {}.", before, after));
}

bool show_episodes(const Terminal& terminal, const Calendar& calendar, const mnemic::Scope& scope,
                   const std::string& user) {
  const std::string& zone = calendar.zone();
  for (const Happened& one : kHappened) {
    mnemic::EpisodeInput episode{.text = std::string(one.text),
                                 .start = local(one.start, zone),
                                 .who = {user, std::string(one.who)},
                                 .why = std::string(one.why),
                                 .outcome = one.outcome,
                                 .trust = mnemic::Trust::kUser,
                                 .key = "demonstration/" + std::string(one.key)};
    if (!one.end.empty()) episode.end = local(one.end, zone);
    scope.episodes().record(episode).value();
  }
  const mnemic::Timeline timeline =
      scope.episodes().timeline({.from = local("2026-05-01", zone), .to = local("2026-08-01", zone)}).value();
  for (const mnemic::Episode& episode : timeline) {
    const std::optional<mnemic::Timestamp> end = episode.memory.event_end;
    const std::string when = calendar.interval(episode.memory.event_time, end ? *end : episode.memory.event_time);
    terminal.print_text("  ", 4,
                        fmt::format("{}: {} ({})", when, episode.memory.text, mnemic::to_string(episode.outcome)));
  }
  const auto move = scope.get(mnemic::Layer::kEpisodic, "demonstration/move").value();
  const bool outside =
      std::ranges::none_of(timeline, [&](const mnemic::Episode& one) { return one.memory.id == move.id; });
  return verdict(terminal, timeline.items.size() == 2 && outside,
                 "From May to July: two of the three that are kept; the move was in April.");
}

bool show_skill(const Terminal& terminal, const mnemic::Scope& scope) {
  const std::string goal(kGoal);
  // Once per file: a run that is recorded again is another run.
  if (scope.skills().list().value().items.empty()) {
    for (const Tried& tried : kTried) {
      scope.skills()
          .record_run(
              {.goal = goal,
               .steps = {{.tool = "call_restaurant"}, {.tool = "ask_about_bread"}, {.tool = "pack_adrenaline_pen"}},
               .outcome = tried.outcome,
               .start = local(tried.day, "Europe/Lisbon"),
               .trust = mnemic::Trust::kTool})
          .value();
    }
  }
  const std::vector<mnemic::SkillMatch> best = scope.skills().best_for("eat out with an allergy to peanuts").value();
  if (best.empty()) return verdict(terminal, false, "a skill is found by a goal that is worded differently");
  const mnemic::Skill& skill = best.front().skill;
  terminal.print_text("  ", 4, skill.memory.text);
  return verdict(terminal, skill.runs == kTried.size() && skill.successes == 2 && skill.confidence > 0.2,
                 fmt::format("{} runs, {}: at least {:.0f} % of the time, 95 % sure.", skill.runs,
                             record_of(skill.memory), 100 * skill.confidence));
}

bool show_layers(const Terminal& terminal, const Calendar& calendar, const mnemic::Scope& scope) {
  using mnemic::Layer;
  constexpr std::string_view kAsked = "What must I know about lupin flour?";
  const mnemic::Query query = {.text = std::string(kAsked), .where = statements()};
  const mnemic::RecallOptions options = {.k = 5,
                                         .per_layer = {{.layer = Layer::kConversational, .at_least = 1, .at_most = 2},
                                                       {.layer = Layer::kSemantic, .at_least = 1, .at_most = 1},
                                                       {.layer = Layer::kEpisodic, .at_least = 1, .at_most = 1},
                                                       {.layer = Layer::kProcedural, .at_least = 1, .at_most = 1}}};
  const mnemic::RecallResult found = scope.recall(query, options).value();
  terminal.print(
      fmt::format("  {} {}", terminal.bold(kAsked), terminal.dim("at least one of each layer, two turns at most")));
  std::set<Layer> layers;
  for (const mnemic::Hit& hit : found.hits) {
    layers.insert(hit.memory.layer);
    terminal.print_text(fmt::format("  {:<15}", mnemic::to_string(hit.memory.layer)), 17,
                        fmt::format("{} ({})", hit.memory.text, citation(hit.memory, calendar)));
  }
  return verdict(terminal, layers.size() == 4 && found.hits.size() == 5,
                 fmt::format("{} hits from {} layers.", found.hits.size(), layers.size()));
}

}  // namespace chatbot
