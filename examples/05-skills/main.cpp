// SPDX-License-Identifier: Apache-2.0
// Learning a skill: runs of two ways to one goal are counted, and the way that works is the one to try next time.
#include <mnemic/mnemic.hpp>

#include <iomanip>
#include <iostream>
#include <memory>

namespace {

using mnemic::Json;
using mnemic::Outcome;
using mnemic::Skill;
using std::chrono::milliseconds;

struct FixedClock : mnemic::Clock {
  mnemic::Timestamp now() noexcept override { return mnemic::parse_time("2026-05-08T12:00:00Z").value(); }
};

/// Looks the order up first.
mnemic::RunInput careful(int order, Outcome outcome) {
  return {.goal = "refund an order",
          .steps = {{.tool = "find_order",
                     .arguments = Json::object({{"id", order}}),
                     .digest = "1 row",
                     .duration = milliseconds(120)},
                    {.tool = "refund", .arguments = Json::object({{"order", order}}), .duration = milliseconds(300)}},
          .outcome = outcome};
}

/// Takes the customer's word for it.
mnemic::RunInput hasty(int order, Outcome outcome) {
  return {.goal = "refund an order",
          .steps = {{.tool = "refund", .arguments = Json::object({{"order", order}}), .duration = milliseconds(280)}},
          .outcome = outcome};
}

void show(const Skill& skill) {
  std::cout << "  " << skill.memory.text << ": worked " << skill.successes << " of " << skill.successes + skill.failures
            << ", confidence " << skill.confidence << ", " << skill.mean_duration.count() << " ms\n";
}

void run() {
  auto store =
      mnemic::Store::open(":memory:", {.clock = std::make_shared<FixedClock>(), .random = mnemic::seeded_random(1)})
          .value();
  const mnemic::Scope shop = store.scope({"acme", "shop"}).value();
  const mnemic::Skills skills = shop.skills();
  std::cout << std::fixed << std::setprecision(2);

  // The same goal and the same tools in the same order are one skill. The hasty way is lucky once.
  skills.record_run(hasty(7, Outcome::kSuccess)).value();
  std::cout << "After one run\n";
  for (const Skill& skill : skills.list().value()) show(skill);

  // Confidence is what is sure, not the share: five of five says more than one of one.
  for (int order = 8; order < 11; ++order) skills.record_run(hasty(order, Outcome::kFailure)).value();
  mnemic::MemoryId learnt;
  for (int order = 11; order < 16; ++order) {
    learnt = skills.record_run(careful(order, Outcome::kSuccess)).value().skill;
    std::cout << "Careful run " << order - 10 << ": confidence " << skills.get(learnt).value().confidence << '\n';
  }
  skills.record_run(careful(16, Outcome::kFailure)).value();

  std::cout << "What to try for \"refund this order, please\"\n";
  for (const mnemic::SkillMatch& match : skills.best_for("refund this order, please").value()) show(match.skill);
  std::cout << "For \"water the plants\": " << skills.best_for("water the plants").value().size() << " skills\n";

  // The steps are those of the newest success: what the agent can do again, with other arguments.
  const Skill best = skills.best_for("refund an order", {.k = 1}).value().front().skill;
  for (const mnemic::Step& step : best.steps) std::cout << "  " << step.tool << ' ' << step.arguments.dump() << '\n';
  const auto runs = shop.related(best.memory.id, {.type = "run_of", .direction = mnemic::Direction::kIncoming}).value();
  std::cout << "learnt from " << runs.size() << " runs\n";
  if (mnemic::Status closed = store.close(); !closed) throw mnemic::Error(closed);
}

}  // namespace

int main() {
  try {
    run();
  } catch (const mnemic::Error& error) {
    std::cerr << error.what() << '\n';
    return static_cast<int>(error.status().code());
  }
  return 0;
}
