// SPDX-License-Identifier: Apache-2.0
// Skills: record_run, list, best_for.
#include "layers/procedural/skill.hpp"
#include "open_store.hpp"

#include <cmath>

using namespace mnemic;
using namespace mnemic::test;
using namespace std::chrono_literals;

namespace {

RunInput run(std::string goal, std::vector<std::string> tools, Outcome outcome) {
  RunInput input{.goal = std::move(goal), .outcome = outcome};
  for (std::string& tool : tools) input.steps.push_back({.tool = std::move(tool), .duration = 10ms});
  return input;
}

/// The bound as a root: the p below the share with (share - p)² n = z² p (1 - p), by bisection.
double bound_by_bisection(std::size_t successes, std::size_t trials) {
  const double n = static_cast<double>(trials);
  const double share = static_cast<double>(successes) / n;
  double low = 0;
  double high = share;
  for (int step = 0; step < 200; ++step) {
    const double p = (low + high) / 2;
    ((share - p) * (share - p) * n > 1.96 * 1.96 * p * (1 - p) ? low : high) = p;
  }
  return high;
}

}  // namespace

TEST_CASE("skills: runs of one way of doing one thing are counted together", "[skills]") {
  const OpenStore s;
  const Skills skills = s.scope.skills();
  const RecordedRun first = skills.record_run(run("Refund an order", {"find_order", "refund"}, Outcome::kSuccess)).value();
  const RecordedRun second = skills.record_run(run("refund  an ORDER", {"find_order", "refund"}, Outcome::kFailure)).value();
  const RecordedRun third = skills.record_run(run("Refund an order", {"find_order", "refund"}, Outcome::kUnknown)).value();
  const RecordedRun other = skills.record_run(run("Refund an order", {"refund"}, Outcome::kFailure)).value();
  CHECK(second.skill == first.skill);
  CHECK(third.skill == first.skill);
  CHECK(other.skill != first.skill);
  const Skill skill = skills.get(first.skill).value();
  CHECK(skill.name == "Refund an order");
  CHECK(skill.runs == 3);
  CHECK(skill.successes == 1);
  CHECK(skill.failures == 1);
  CHECK(skill.mean_duration == 20ms);
  CHECK(skill.steps.size() == 2);
  CHECK(skill.memory.text == "Refund an order — find_order → refund");
  const auto runs = s.scope.related(first.skill, {.type = "run_of", .direction = Direction::kIncoming}).value();
  REQUIRE(runs.size() == 3);
  CHECK(runs[0].memory.id == first.run);
  CHECK(runs[0].memory.metadata["run"]["outcome"].as_string() == "success");
  CHECK(skills.list().value().items.size() == 2);
  CHECK(s.store.check().value().clean());
}

TEST_CASE("skills: a name makes runs of many goals one skill", "[skills]") {
  const OpenStore s;
  RunInput one = run("Refund order 17", {"refund"}, Outcome::kSuccess);
  RunInput two = run("Refund order 18", {"refund"}, Outcome::kSuccess);
  one.skill = two.skill = "refund";
  const MemoryId skill = s.scope.skills().record_run(one).value().skill;
  CHECK(s.scope.skills().record_run(two).value().skill == skill);
  CHECK(s.scope.skills().get(skill).value().goal == "Refund order 17");
  CHECK(s.scope.skills().get(skill).value().name == "refund");
}

TEST_CASE("skills: steps are those of the newest run that succeeded", "[skills]") {
  const OpenStore s;
  const auto record = [&](int amount, Outcome outcome) {
    RunInput input{.goal = "Pay", .steps = {{.tool = "pay", .arguments = Json::object({{"amount", amount}}), .digest = "ok"}}, .outcome = outcome};
    return s.scope.skills().record_run(input).value().skill;
  };
  const auto amount = [&](MemoryId skill) { return s.scope.skills().get(skill).value().steps.at(0).arguments["amount"].as_integer(); };
  const MemoryId skill = record(1, Outcome::kFailure);
  CHECK(amount(skill) == 1);
  record(2, Outcome::kUnknown);
  CHECK(amount(skill) == 2);
  record(3, Outcome::kSuccess);
  CHECK(amount(skill) == 3);
  record(4, Outcome::kFailure);
  CHECK(amount(skill) == 3);
  record(5, Outcome::kSuccess);
  CHECK(amount(skill) == 5);
  CHECK(s.scope.skills().get(skill).value().steps.at(0).digest == "ok");
}

TEST_CASE("skills: of two ways for one goal the one known to work is best", "[skills]") {
  const OpenStore s;
  const Skills skills = s.scope.skills();
  for (int n = 0; n < 6; ++n) {
    skills.record_run(run("Book a removal van", {"phone"}, n == 0 ? Outcome::kSuccess : Outcome::kFailure)).value();
    skills.record_run(run("Book a removal van", {"compare", "web_form"}, n == 0 ? Outcome::kFailure : Outcome::kSuccess)).value();
  }
  skills.record_run(run("Water the plants", {"hose"}, Outcome::kSuccess)).value();
  const auto best = skills.best_for("book a van for the removal").value();
  REQUIRE(best.size() == 2);
  CHECK(best[0].skill.steps.front().tool == "compare");
  CHECK(best[0].skill.successes == 5);
  CHECK(best[0].score == best[0].similarity * (1 + best[0].skill.confidence) / 2);
  CHECK(best[0].score > best[1].score);
  CHECK(skills.best_for("book a van", {.k = 1}).value().size() == 1);
  // A way that is well known for another goal does not come before one for this goal.
  for (int n = 0; n < 30; ++n) skills.record_run(run("Book a table", {"phone"}, Outcome::kSuccess)).value();
  CHECK(skills.best_for("book a removal van").value().front().skill.goal == "Book a removal van");
  CHECK(skills.best_for("solve quadratic equations").value().empty());
}

TEST_CASE("skills: recall finds the skill, and not each of its runs", "[skills]") {
  const OpenStore s;
  MemoryId skill;
  for (int n = 0; n < 4; ++n) skill = s.scope.skills().record_run(run("Refund an order", {"refund"}, Outcome::kSuccess)).value().skill;
  CHECK(ids_of(s.scope.recall({.text = "refund order"}).value()) == std::vector<MemoryId>{skill});
}

TEST_CASE("skills: what was set on a skill stays when it is counted", "[skills]") {
  const OpenStore s;
  const MemoryId skill = s.scope.skills().record_run(run("Refund", {"refund"}, Outcome::kSuccess)).value().skill;
  REQUIRE_OK(s.scope.update(skill, {.importance = 1.0, .pinned = true, .tags = std::vector<std::string>{"shop"}}));
  s.scope.skills().record_run(run("Refund", {"refund"}, Outcome::kSuccess)).value();
  const Memory memory = s.scope.get(skill).value();
  CHECK(memory.pinned);
  CHECK(memory.importance == 1.0);
  CHECK(memory.tags.size() == 1);
  CHECK(s.scope.skills().list({.where = Filter::tag("shop")}).value().items.front().runs == 2);
}

TEST_CASE("skills: the confidence bound is Wilson's", "[skills]") {
  CHECK(layers::wilson_lower_bound(0, 0) == 0);
  CHECK(layers::wilson_lower_bound(0, 10) == 0);
  for (const auto& [successes, trials] : std::vector<std::pair<std::size_t, std::size_t>>{{1, 1}, {1, 2}, {9, 10}, {10, 10}, {50, 100}, {999, 1000}}) {
    CHECK(std::abs(layers::wilson_lower_bound(successes, trials) - bound_by_bisection(successes, trials)) < 1e-9);
  }
  CHECK(std::abs(layers::wilson_lower_bound(9, 10) - 0.5958) < 1e-4);
}

TEST_CASE("skills: bad input names the field and counts nothing", "[skills]") {
  const OpenStore s;
  const auto refused = [&](const RunInput& input, StatusCode code, const std::string& field) {
    const auto result = s.scope.skills().record_run(input);
    REQUIRE_CODE(result, code);
    INFO(result.status().message());
    CHECK(contains(result.status().message(), field));
  };
  constexpr auto kInvalid = StatusCode::kInvalidArgument;
  refused({}, kInvalid, "goal");
  refused({.goal = "  "}, kInvalid, "goal");
  refused({.goal = "x", .steps = {{.tool = ""}}}, kInvalid, "steps.tool");
  refused({.goal = "x", .steps = {{.tool = "t", .duration = -1ms}}}, kInvalid, "steps.duration");
  refused({.goal = "x", .outcome = static_cast<Outcome>(7)}, kInvalid, "outcome");
  refused({.goal = "x", .metadata = Json::object({{"run", 1}})}, kInvalid, "metadata");
  refused({.goal = "x", .metadata = Json::object({{"skill", 1}})}, kInvalid, "metadata");
  refused({.goal = "x", .sources = {MemoryId()}}, StatusCode::kNotFound, "sources");
  refused({.goal = "broken \xff"}, kInvalid, "goal");
  CHECK(s.scope.count().value() == 0);
  REQUIRE_CODE(s.scope.skills().best_for(""), kInvalid);
  REQUIRE_CODE(s.scope.skills().best_for("x", {.k = 0}), kInvalid);
  REQUIRE_CODE(s.scope.skills().best_for("x", {.min_similarity = std::nan("")}), kInvalid);
  REQUIRE_CODE(s.scope.skills().list({.limit = 0}), kInvalid);
  REQUIRE_CODE(s.scope.skills().get(s.put("no skill")), StatusCode::kNotFound);
}
