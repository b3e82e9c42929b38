// SPDX-License-Identifier: Apache-2.0
// The same seed, clock and operations give the same ids, the same records and the same order of results.
#include "random_values.hpp"
#include "support/catch.hpp"
#include "support/clock.hpp"
#include "support/ledger.hpp"
#include "support/temp_dir.hpp"

#include <mnemic/layers/episodes.hpp>
#include <mnemic/layers/facts.hpp>
#include <mnemic/layers/skills.hpp>
#include <mnemic/mnemic.hpp>

#include <map>
#include <sstream>
#include <string>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;

namespace {

// Everything a store did and answered, as text.
std::string run(const std::filesystem::path& path, std::uint64_t seed) {
  std::ostringstream out;
  out.precision(17);
  Options options;
  options.clock = std::make_shared<ManualClock>(kStart, std::chrono::microseconds(137));
  options.random = seeded_random(seed);
  options.durability = Durability::kRelaxed;
  auto store = Store::open(path, options);
  REQUIRE_OK(store);
  Random random(seed);
  std::vector<Scope> scopes;
  for (const Namespace& name : {Namespace{"acme", "ada"}, Namespace{"acme", "bob"}, Namespace{"a/b"}}) {
    scopes.push_back(store->scope(name, {.user = "ada"}).value());
  }
  std::vector<MemoryId> ids;
  for (std::size_t n = 0; n < scaled(300, 5000); ++n) {
    const Scope& scope = random.pick(scopes);
    switch (random.below(9)) {
      case 0:
      case 1: {
        MemoryInput input;
        input.text = random_text(random);
        input.importance = random.pick({0.0, 0.5, 1.0});
        if (random.chance(30)) input.key = random.pick({"k1", "k2", "k3"});
        if (random.chance(30)) {
          input.event_time = random_time(random, kStart);
          input.event_end = random_end(random, *input.event_time);
        }
        ids.push_back(scope.put(input).value());
        break;
      }
      case 2: {
        std::vector<Turn> turns;
        for (std::size_t t = 1 + random.below(3); t > 0; --t) turns.push_back(Turn{.author = "user", .text = random_text(random)});
        for (const auto& id : scope.session("s").append(turns).value()) ids.push_back(id);
        break;
      }
      case 3: {
        Batch batch;
        batch.put(MemoryInput{.text = random_text(random)});
        batch.put(MemoryInput{.text = random_text(random)});
        for (const auto& one : scope.write(batch).value()) ids.push_back(one.id);
        break;
      }
      case 4:
        if (!ids.empty()) {
          MemoryChange change;
          change.text = random_text(random);
          out << static_cast<int>(scope.update(random.pick(ids), change).status().code()) << "\n";
        }
        break;
      case 5: {
        std::vector<FactInput> facts;
        for (std::size_t count = 1 + random.below(3); count > 0; --count) {
          FactInput fact{.subject = "Ada", .attribute = random.pick({"is at", "likes"}), .value = random_word(random)};
          fact.since = random_time(random, kStart);
          fact.state = random.pick({State::kActive, State::kProposed});
          facts.push_back(fact);
        }
        for (const auto& one : scope.facts().assert_facts(facts).value()) out << to_json(one).dump() << "\n";
        break;
      }
      case 6: {
        const auto run = scope.skills().record_run({.goal = random_word(random), .steps = {{.tool = "try"}}, .outcome = Outcome::kSuccess}).value();
        ids.push_back(run.skill);
        ids.push_back(scope.episodes().record({.text = random_text(random), .open = random.chance(50)}).value());
        break;
      }
      case 7:
        if (!ids.empty()) out << static_cast<int>(scope.relate(random.pick(ids), random.pick({"a", "b"}), random.pick(ids)).code()) << "\n";
        break;
      default: {
        RecallOptions asked{.k = 20, .token_budget = 300, .recency_boost = 0.3};
        if (random.chance(40)) asked.valid_at = random_time(random, kStart);
        if (random.chance(40)) asked.per_layer = {{.layer = Layer::kSemantic, .weight = 0.5, .at_most = 5}, {.layer = Layer::kEpisodic, .at_least = 2}};
        const auto answer = scope.recall({.text = random_text(random)}, asked).value();
        for (const auto& hit : answer.hits) out << hit.memory.id.to_string() << " " << hit.score << " " << hit.parts.words << " " << hit.parts.vector << "\n";
        out << answer.context() << "\n";
        break;
      }
    }
  }
  for (const auto& scope : scopes) {
    for (const auto& fact : scope.facts().history("Ada").value()) out << to_json(fact).dump() << "\n";
    for (const auto& skill : scope.skills().list().value()) out << to_json(skill).dump() << "\n";
    for (const auto& episode : scope.episodes().timeline().value()) out << to_json(episode).dump() << "\n";
    for (const auto& id : ids) {
      const auto related = scope.related(id);
      if (!related) continue;
      for (const auto& one : *related) out << to_json(one).dump() << "\n";
    }
    for (const Order order : {Order::kNewest, Order::kOldest, Order::kCreated}) {
      for (const auto& memory : scope.list({.order = order, .limit = 10'000}).value()) out << to_json(memory).dump() << "\n";
    }
  }
  return out.str();
}

}  // namespace

TEST_CASE("same seed, clock and operations: same ids, records, orders and scores") {
  for (const auto seed : seeds()) {
    const TempDir dir;
    const std::string first = run(dir / "one.db", seed);
    const std::string second = run(dir / "two.db", seed);
    const std::string third = run(":memory:", seed);
    CHECK(first == second);
    CHECK(first == third);
    CHECK(first.size() > 10'000);
  }
}

TEST_CASE("a store opened again answers as before") {
  const std::uint64_t seed = fresh_seed();
  const TempDir dir;
  Random random(seed);
  std::vector<std::string> questions;
  std::vector<std::vector<std::pair<MemoryId, double>>> before;
  const auto answers = [&](const Store& store) {
    std::vector<std::vector<std::pair<MemoryId, double>>> all;
    const Scope scope = store.scope({"acme", "ada"}).value();
    for (const auto& question : questions) {
      auto& list = all.emplace_back();
      const auto found = scope.recall({.text = question}, {.k = 15});
      REQUIRE_OK(found);
      for (const auto& hit : found->hits) list.emplace_back(hit.memory.id, hit.score);
    }
    return all;
  };
  {
    auto store = Store::open(dir / "store.db");
    REQUIRE_OK(store);
    const Scope scope = store->scope({"acme", "ada"}).value();
    for (int n = 0; n < 40; ++n) questions.push_back(random_text(random));
    REQUIRE_OK(scope.recall({.text = "load it early"}));  // so that this process takes every change in bit by bit
    for (int n = 0; n < 150; ++n) {
      const auto id = scope.put({.text = random_text(random)});
      REQUIRE_OK(id);
      REQUIRE_OK(scope.session("s").append(Turn{.author = "user", .text = random_text(random)}));
      if (n % 7 == 0) REQUIRE_OK(scope.recall({.text = random_text(random)}));
      if (n % 5 == 0) REQUIRE_OK(scope.forget(*id));
      if (n % 5 == 1) {
        MemoryChange change;
        change.text = random_text(random);
        REQUIRE_OK(scope.update(*id, change));
      }
    }
    before = answers(*store);
  }
  auto store = Store::open(dir / "store.db");
  REQUIRE_OK(store);
  CHECK((answers(*store) == before));  // what was taken in bit by bit equals what is loaded at once
  auto reader = Store::open(dir / "store.db", {.access = Access::kReadOnly});
  REQUIRE_OK(reader);
  CHECK((answers(*reader) == before));
}

TEST_CASE("what a scope may not see leaves no trace in its answers") {
  for (const auto seed : seeds()) {
    Random random(seed);
    auto crowded = Store::open(":memory:", {.clock = std::make_shared<ManualClock>()});
    auto alone = Store::open(":memory:", {.clock = std::make_shared<ManualClock>()});
    REQUIRE_OK(crowded);
    REQUIRE_OK(alone);
    const Scope all = crowded->scope({"acme", "ada"}).value();
    const Scope neighbour = crowded->scope({"acme", "bob"}).value();
    const Scope mine = crowded->scope({"acme", "ada"}, {.where = Filter::user("ada")}).value();
    const Scope own = alone->scope({"acme", "ada"}).value();
    for (std::size_t n = 0; n < 200; ++n) {
      MemoryInput input;
      input.text = random_text(random) + unique_word(n);
      input.importance = random.pick({0.0, 0.5, 1.0});
      const std::size_t who = random.below(3);
      input.user = who == 0 ? "ada" : "bob";
      REQUIRE_OK((who == 2 ? neighbour : all).put(input));
      if (who == 0) REQUIRE_OK(own.put(input));
    }
    for (std::size_t n = 0; n < 60; ++n) {
      const std::string question = random_text(random);
      INFO("seed " << seed << ", question '" << question << "'");
      const auto answers = [&](const Scope& scope) {
        std::map<std::string, std::string> found;
        const auto answer = scope.recall({.text = question}, {.k = 1000});
        REQUIRE_OK(answer);
        for (const auto& hit : answer->hits) {
          Json parts = to_json(hit.parts);
          found[hit.memory.text] = std::to_string(hit.score) + " " + parts.dump();
        }
        found["searched"] = std::to_string(answer->searched);
        return found;
      };
      REQUIRE((answers(mine) == answers(own)));
    }
  }
}
