// SPDX-License-Identifier: Apache-2.0
// Skills: the procedural layer of a scope.
#include "core/error.hpp"
#include "engine/apply.hpp"
#include "engine/layer_scope.hpp"
#include "engine/validate.hpp"
#include "layers/procedural/skill.hpp"

#include <mnemic/layers/skills.hpp>

#include <algorithm>

namespace mnemic {

using core::fail;
using core::guarded;

namespace {

Filter skills_only(const Filter& where) { return Filter::metadata("skill.runs", Op::kExists, true) && where; }

/// Counts a run in its skill, which is made when there is none. What the screen held back counts as nothing.
MemoryId count(engine::Applier& applier, const RunInput& run, const MemoryInput& stored, engine::PreparedPut& skill) {
  const auto count_in = [&](Json& metadata, Json& content) {
    if (stored.state != State::kQuarantined) layers::count_run(run, layers::steps_of(stored.content), metadata, content);
  };
  const auto known = applier.reader().current_by_key(applier.own_namespace(), Layer::kProcedural, skill.input.key);
  if (!known || !applier.reader().find(applier.own(), known->memory.id)) {
    skill.input.trust = stored.trust;
    count_in(skill.input.metadata, skill.input.content);
    return applier.apply(skill).id;  // refuses a key that is held where this scope cannot see it
  }
  storage::Record record = *known;
  count_in(record.memory.metadata, record.memory.content);
  record.memory.event_time = std::max(record.memory.event_time, *stored.event_time);
  record.memory.trust = std::min(record.memory.trust, stored.trust);
  return applier.revise(std::move(record)).id;
}

}  // namespace

Skills::Skills(std::shared_ptr<const ScopeImpl> scope) : scope_(std::move(scope)) {}
Skills Scope::skills() const { return Skills(impl_); }

Result<RecordedRun> Skills::record_run(const RunInput& input, const WriteOptions& options) const {
  return guarded("record_run", [&] {
    scope_->require_write();
    const StoreImpl& store = *scope_->store;
    const Timestamp now = store.options.clock->now();
    const MemoryInput run = layers::run_input(input, now, store.options.limits);
    engine::PreparedWrite prepared =
        engine::prepare(*scope_, {Batch::Put{run}, Batch::Put{layers::skill_input(input, now)}}, false, "");
    RecordedRun recorded;
    engine::transact(*scope_, prepared, options.durability, [&](engine::Applier& applier) {
      auto& run_put = std::get<engine::PreparedPut>(prepared.operations[0]);
      auto& skill_put = std::get<engine::PreparedPut>(prepared.operations[1]);
      applier.derive(run_put, input.sources, input.trust);
      recorded.skill = count(applier, input, run_put.input, skill_put);
      recorded.run = applier.apply(run_put).id;
      applier.relate(recorded.run, "run_of", recorded.skill);
    });
    return recorded;
  });
}

Result<SkillPage> Skills::list(const SkillListOptions& options) const {
  return guarded("list", [&] {
    const Filter where = Filter::layer(Layer::kProcedural) && skills_only(options.where);
    Page page = engine::list(*scope_, {where, Order::kNewest, options.limit, options.cursor});
    SkillPage skills;
    for (Memory& memory : page.items) {
      if (auto skill = layers::to_skill(std::move(memory))) skills.items.push_back(*std::move(skill));
    }
    skills.next = std::move(page.next);
    return skills;
  });
}

constexpr double kVectorWeight = 0.2;  // in likeness to a goal

Result<std::vector<SkillMatch>> Skills::best_for(std::string_view goal, const BestForOptions& options) const {
  return guarded("best_for", [&] {
    const std::size_t most = scope_->store->options.limits.k;
    engine::validate_count("k", options.k, most);
    if (goal.empty()) fail(StatusCode::kInvalidArgument, "goal: empty");
    if (!(options.min_similarity >= 0 && options.min_similarity <= 1)) {
      fail(StatusCode::kInvalidArgument, "min_similarity: not in [0, 1]");
    }
    // Importance and time say nothing of likeness, and the steps, which stand in the text, dilute its vector. Enough candidates that one which is known to work can come up from below.
    const RecallOptions recalled{
        .k = std::min(most, 4 * options.k + 16), .layers = {Layer::kProcedural}, .importance_boost = 0, .vector_weight = kVectorWeight, .time_expressions = false};
    RecallResult found = engine::recall(*scope_, {.text = std::string(goal), .where = skills_only(options.where)}, recalled);
    std::vector<SkillMatch> matches;
    for (Hit& hit : found.hits) {
      const double similarity = std::min(1.0, hit.score);
      if (similarity < options.min_similarity) continue;
      auto skill = layers::to_skill(std::move(hit.memory));
      if (!skill) continue;
      const double score = similarity * (1 + skill->confidence) / 2;
      matches.push_back({*std::move(skill), similarity, score});
    }
    std::sort(matches.begin(), matches.end(), [](const SkillMatch& a, const SkillMatch& b) {
      if (a.score != b.score) return a.score > b.score;
      return a.similarity != b.similarity ? a.similarity > b.similarity : a.skill.memory.id < b.skill.memory.id;
    });
    if (matches.size() > options.k) matches.erase(matches.begin() + static_cast<std::ptrdiff_t>(options.k), matches.end());
    return matches;
  });
}

Result<Skill> Skills::get(MemoryId id) const {
  return guarded("get", [&] { return engine::require_kind(layers::to_skill(engine::read_memory(*scope_, id))); });
}

}  // namespace mnemic
