// SPDX-License-Identifier: Apache-2.0
// Facts that change: one value at a time or many, a correction of the past, what was true then, a fact that waits to be
// confirmed, and the turns that facts come from.
#include <mnemic/mnemic.hpp>

#include <iostream>
#include <memory>
#include <string_view>

namespace {

using mnemic::Fact;
using mnemic::FactInput;
using mnemic::Store;

struct FixedClock : mnemic::Clock {
  mnemic::Timestamp now() noexcept override { return mnemic::parse_time("2026-05-08T12:00:00Z").value(); }
};

mnemic::Timestamp day(std::string_view date) {
  return mnemic::parse_time(date).value();
}
std::string date(mnemic::Timestamp time) {
  return mnemic::to_string(time).substr(0, 10);
}

/// For the calls that answer a Status and no value.
void check(const mnemic::Status& status) {
  if (!status) throw mnemic::Error(status);
}

void show(const char* title, const std::vector<Fact>& facts) {
  std::cout << title << '\n';
  for (const Fact& fact : facts) {
    std::cout << "  " << fact.attribute << ' ' << fact.value << ", " << date(fact.holds.since) << " to "
              << (fact.holds.until ? date(*fact.holds.until) : "now") << ", " << to_string(fact.memory.state) << '\n';
  }
}

void run() {
  auto store =
      Store::open(":memory:", {.clock = std::make_shared<FixedClock>(), .random = mnemic::seeded_random(1)}).value();
  const mnemic::Scope ada = store.scope({"acme", "ada"}).value();
  const mnemic::Facts facts = ada.facts();
  FactInput home{.subject = "Ada", .attribute = "lives in"};
  FactInput team{.subject = "Ada", .attribute = "plays for", .since = day("2025-01-01")};

  // "lives in" has one value at a time, so Lisbon ends Porto; "plays for" has many, which is said once, as data.
  const std::vector<mnemic::Attribute> declared{{"plays for", mnemic::Cardinality::kMany}};
  check(facts.declare(declared));
  home.value = "Porto", home.since = day("2019-09-01");
  facts.assert_fact(home).value();
  home.value = "Lisbon", home.since = day("2024-06-01");
  facts.assert_fact(home).value();
  for (const char* name : {"the Otters", "the Night Owls"}) facts.assert_fact((team.value = name, team)).value();
  show("What is true of Ada", facts.about("ada").value());
  show("Where she lived on 2021-03-01", facts.about("Ada", {.at = day("2021-03-01"), .attribute = "lives in"}).value());

  // A correction of the past: from May to August 2022 it was Berlin. Porto stands before and after.
  home.value = "Berlin", home.since = day("2022-05-01"), home.until = day("2022-08-01");
  facts.assert_fact(home).value();
  show("Where she ever lived", facts.history("Ada", "lives in").value());

  // Recall answers for now, or for the moment asked.
  const mnemic::Query query{.text = "Where does Ada live?"};
  const auto now = ada.recall(query, {.k = 1}).value();
  const auto then = ada.recall(query, {.k = 1, .valid_at = day("2022-06-15")}).value();
  std::cout << "Now: " << now.hits.at(0).memory.text << ". In June 2022: " << then.hits.at(0).memory.text << ".\n";

  // What a model takes from a turn waits for a person. The fact is believed no more than the turn it comes from.
  const mnemic::Turn said{.author = "user", .text = "We move to Faro in July.", .trust = mnemic::Trust::kUser};
  home = {.subject = "Ada", .attribute = "lives in", .value = "Faro", .since = day("2026-07-01")};
  home.state = mnemic::State::kProposed;
  home.sources = {ada.session("s1").append(said).value()};
  const mnemic::Asserted faro = facts.assert_fact(home).value();
  std::cout << "Faro is proposed against " << facts.get(faro.conflicts.at(0)).value().value << '\n';
  facts.confirm(faro.id).value();
  show("Where she lives on 2026-08-01", facts.about("Ada", {.at = day("2026-08-01"), .attribute = "lives in"}).value());
  for (const mnemic::Related& link : ada.related(faro.id).value()) {
    std::cout << "  " << link.relation.type << ": " << link.memory.text << '\n';
  }

  // What is over without a new value.
  facts.retract(facts.about("Ada", {.attribute = "plays for"}).value().at(0).memory.id, day("2026-01-01")).value();
  show("Her teams", facts.history("Ada", "plays for").value());
  check(store.close());
}

}  // namespace

int main() {
  try {
    run();
  } catch (const mnemic::Error& error) {  // thrown by value() and by check()
    std::cerr << error.what() << '\n';
    return static_cast<int>(error.status().code());
  }
  return 0;
}
