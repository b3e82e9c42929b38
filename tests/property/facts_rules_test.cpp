// SPDX-License-Identifier: Apache-2.0
// Facts, step by step: what the random operations of facts_test.cpp found wrong, each in as few lines as it takes.
#include "support/catch.hpp"
#include "support/clock.hpp"
#include "support/ledger.hpp"

#include <mnemic/layers/facts.hpp>
#include <mnemic/mnemic.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;

namespace {

Timestamp hour(int n) { return kStart + std::chrono::hours(n); }

/// A store in memory whose clock stands at hour 10.
struct Desk {
  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>(hour(10));
  Store store = Store::open(":memory:", {.embedder = nullptr, .clock = clock}).value();
  Scope scope = store.scope({"acme", "ada"}).value();
  Facts facts = scope.facts();

  Asserted say(const std::string& value, State state, int since, std::optional<int> until = {}) const {
    FactInput input{.subject = "Ada", .attribute = "lives in", .value = value, .state = state};
    input.since = hour(since);
    if (until) input.until = hour(*until);
    auto asserted = facts.assert_fact(input);
    REQUIRE_OK(asserted);
    return *asserted;
  }
  std::vector<Fact> about(int at) const { return facts.about("Ada", {.at = hour(at)}).value(); }
};

}  // namespace

TEST_CASE("what is left of a proposal is proposed, not superseded: it was never firm") {
  const Desk desk;
  const auto first = desk.say("Porto", State::kProposed, 2);
  desk.say("Faro", State::kProposed, 4);
  const auto left = desk.facts.get(first.id);
  REQUIRE_OK(left);
  CHECK(left->holds.until == hour(4));
  CHECK(to_string(left->memory.state) == "proposed");
  // A proposal for that time takes it, as from any other; and it may still be confirmed for what is left.
  const auto third = desk.say("Lisbon", State::kProposed, 3, 4);
  CHECK(third.superseded == std::vector<MemoryId>{first.id});
  CHECK(third.conflicts.empty());
  REQUIRE_OK(desk.facts.confirm(first.id));
  const auto true_then = desk.about(2);
  REQUIRE(true_then.size() == 1);
  CHECK(to_string(true_then[0].memory.state) == "confirmed");
}

TEST_CASE("confirming a proposal that was retracted before it began cuts nothing") {
  const Desk desk;
  const auto porto = desk.say("Porto", State::kActive, 2);
  const auto faro = desk.say("Faro", State::kProposed, 6);
  REQUIRE_OK(desk.facts.retract(faro.id, hour(5)));
  const auto confirmed = desk.facts.confirm(faro.id);
  REQUIRE_OK(confirmed);
  CHECK(confirmed->superseded.empty());
  CHECK(desk.facts.history("Ada").value().size() == 2);
  const auto still = desk.facts.get(porto.id);
  REQUIRE_OK(still);
  CHECK_FALSE(still->holds.until.has_value());
  CHECK(still->memory.version == 1);
}

TEST_CASE("confirming what a firm fact says already leaves one of the two at any moment") {
  const Desk desk;
  const auto firm = desk.say("Porto", State::kActive, 2, 20);
  const auto proposed = desk.say("Porto", State::kProposed, 4, 30);
  REQUIRE_FALSE(proposed.known);
  REQUIRE_OK(desk.facts.retract(proposed.id, hour(9)));  // now the firm one covers it
  const auto confirmed = desk.facts.confirm(proposed.id);
  REQUIRE_OK(confirmed);
  CHECK(confirmed->superseded == std::vector<MemoryId>{firm.id});
  for (int at = 2; at < 20; ++at) {
    INFO("hour " << at);
    const auto found = desk.about(at);
    REQUIRE(found.size() == 1);
    CHECK((found[0].memory.id == proposed.id) == (at >= 4 && at < 9));
  }
  REQUIRE(join(check_problems(desk.store)) == "");
}
