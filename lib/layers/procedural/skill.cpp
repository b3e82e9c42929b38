// SPDX-License-Identifier: Apache-2.0
#include "layers/procedural/skill.hpp"

#include "core/error.hpp"
#include "core/utf8.hpp"
#include "layers/fields.hpp"
#include "layers/semantic/fact.hpp"
#include "text/tokenizer.hpp"

#include <cmath>
#include <utility>

namespace mnemic {
namespace layers {
namespace {

using core::fail;
constexpr auto kInvalid = StatusCode::kInvalidArgument;
const std::vector<std::string_view> kMembers{"run", "skill"};

std::int64_t duration_of(const RunInput& run) {
  std::int64_t sum = 0;
  for (const Step& step : run.steps) sum += step.duration.count();
  return sum;
}

Json steps_json(const std::vector<Step>& steps) {
  std::vector<Json> items;
  for (const Step& step : steps) {
    std::vector<Json::Member> members{{"tool", step.tool}};
    if (!step.arguments.is_null()) members.emplace_back("arguments", step.arguments);
    if (!step.digest.empty()) members.emplace_back("digest", step.digest);
    members.emplace_back("duration_ms", static_cast<std::int64_t>(step.duration.count()));
    items.push_back(Json::object(members));
  }
  return Json::array(items);
}

const std::string& name_of(const RunInput& run) { return run.skill.empty() ? run.goal : run.skill; }

/// One way of doing one thing has one key: a hash of its compared name and its tools, each with its length.
std::string key_of(const RunInput& run) {
  const std::string name = compared(name_of(run));
  std::string all = fmt::format("{}:{}", name.size(), name);
  for (const Step& step : run.steps) all += fmt::format(" {}:{}", step.tool.size(), step.tool);
  return fmt::format("skill:{:016x}{:016x}", text::term_hash(all), text::term_hash("2 " + all));
}

}  // namespace

MemoryInput run_input(const RunInput& run, Timestamp now, const Limits& limits) {
  if (run.goal.empty()) fail(kInvalid, "goal: empty");
  if (!core::is_valid_utf8(run.goal)) fail(kInvalid, "goal: not UTF-8");
  if (compared(name_of(run)).empty()) fail(kInvalid, "goal: nothing but spaces");
  check_outcome(run.outcome);
  if (!run.skill.empty()) require_name("skill", run.skill, limits);
  if (run.steps.size() > limits.relations) fail(kInvalid, "steps: {} of them, the limit is {}", run.steps.size(), limits.relations);
  check_sources(run.sources, limits);
  for (const Step& step : run.steps) {
    require_name("steps.tool", step.tool, limits);
    // A year is more than any step takes, and sums of them stay far from the end of the type.
    if (step.duration.count() < 0 || step.duration > std::chrono::hours(24 * 366)) fail(kInvalid, "steps.duration: not in [0, 366 days]");
  }
  MemoryInput input;
  input.layer = Layer::kProcedural;
  input.content = Json::object({{"goal", run.goal}, {"steps", steps_json(run.steps)}});
  input.session = run.session;
  input.event_time = run.start.value_or(now);
  input.tags = run.tags;
  if (run.trust) input.trust = *run.trust;  // to be checked; what its sources leave of it comes later
  std::vector<Json::Member> ours;
  if (!run.skill.empty()) ours.emplace_back("skill", run.skill);
  ours.emplace_back("outcome", to_string(run.outcome));
  ours.emplace_back("steps", static_cast<std::int64_t>(run.steps.size()));
  ours.emplace_back("duration_ms", duration_of(run));
  input.metadata = with_member(run.metadata, "run", Json::object(ours), kMembers);
  return input;
}

MemoryInput skill_input(const RunInput& run, Timestamp now) {
  MemoryInput input;
  input.layer = Layer::kProcedural;
  input.key = key_of(run);
  input.text = run.goal;
  for (std::size_t i = 0; i < run.steps.size(); ++i) input.text += (i == 0 ? " — " : " → ") + run.steps[i].tool;
  input.event_time = run.start.value_or(now);
  input.content = Json::object({{"goal", run.goal}, {"steps", steps_json(run.steps)}, {"succeeded", false}});
  std::vector<Json::Member> ours;
  if (!run.skill.empty()) ours.emplace_back("name", run.skill);
  for (const char* count : {"runs", "successes", "failures", "duration_ms"}) ours.emplace_back(count, 0);
  input.metadata = Json::object({{"skill", Json::object(ours)}});
  return input;
}

Json steps_of(const Json& content) { return content["steps"]; }

void count_run(const RunInput& run, const Json& run_steps, Json& metadata, Json& content) {
  const bool success = run.outcome == Outcome::kSuccess;
  const auto add = [](Json& count, std::int64_t more) { count = count.as_integer() + more; };
  std::vector<Json::Member> members = metadata.members();
  for (auto& [member, skill] : members) {
    if (member != "skill") continue;
    std::vector<Json::Member> counts = skill.members();
    for (auto& [name, count] : counts) {
      if (name == "runs") add(count, 1);
      if (name == "successes") add(count, success ? 1 : 0);
      if (name == "failures") add(count, run.outcome == Outcome::kFailure ? 1 : 0);
      if (name == "duration_ms") add(count, duration_of(run));
    }
    skill = Json::object(counts);
  }
  metadata = Json::object(members);
  if (success || !content["succeeded"].as_bool()) {
    content = Json::object({{"goal", content["goal"]}, {"steps", run_steps}, {"succeeded", success}});
  }
}

std::optional<Skill> to_skill(Memory memory) {
  const Json stored = memory.metadata["skill"];
  if (memory.layer != Layer::kProcedural || !stored["runs"].is_number()) return std::nullopt;
  const auto count = [&stored](std::string_view name) { return static_cast<std::size_t>(std::max<std::int64_t>(0, stored[name].as_integer())); };
  Skill skill;
  skill.goal = memory.content["goal"].as_string(memory.text);
  skill.name = stored["name"].as_string(skill.goal);
  for (const Json& step : steps_of(memory.content).items()) {
    skill.steps.push_back({step["tool"].as_string(), step["arguments"], step["digest"].as_string(),
                           std::chrono::milliseconds(step["duration_ms"].as_integer())});
  }
  skill.runs = count("runs");
  skill.successes = count("successes");
  skill.failures = count("failures");
  if (skill.runs > 0) skill.mean_duration = std::chrono::milliseconds(stored["duration_ms"].as_integer() / static_cast<std::int64_t>(skill.runs));
  skill.confidence = wilson_lower_bound(skill.successes, skill.successes + skill.failures);
  skill.memory = std::move(memory);
  return skill;
}

double wilson_lower_bound(std::size_t successes, std::size_t trials) {
  if (trials == 0) return 0;
  const double z = 1.96;
  const auto n = static_cast<double>(trials);
  const double share = static_cast<double>(successes) / n;
  const double centre = share + z * z / (2 * n);
  const double margin = z * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return std::max(0.0, (centre - margin) / (1 + z * z / n));
}

}  // namespace layers

namespace {

std::vector<Json::Member> members_of(const Skill& skill) {
  const auto number = [](std::size_t value) { return Json(static_cast<std::uint64_t>(value)); };
  return {{"id", skill.memory.id.to_string()},
          {"name", skill.name},
          {"goal", skill.goal},
          {"steps", layers::steps_of(skill.memory.content)},
          {"runs", number(skill.runs)},
          {"successes", number(skill.successes)},
          {"failures", number(skill.failures)},
          {"mean_duration_ms", static_cast<std::int64_t>(skill.mean_duration.count())},
          {"confidence", skill.confidence}};
}

}  // namespace

Json to_json(const Skill& skill) {
  std::vector<Json::Member> members = members_of(skill);
  members.emplace_back("memory", to_json(skill.memory));
  return Json::object(members);
}

Json to_json(const SkillMatch& match) {
  std::vector<Json::Member> members = members_of(match.skill);
  members.emplace_back("similarity", match.similarity);
  members.emplace_back("score", match.score);
  members.emplace_back("memory", to_json(match.skill.memory));
  return Json::object(members);
}

}  // namespace mnemic
