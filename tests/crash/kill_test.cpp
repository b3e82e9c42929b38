// SPDX-License-Identifier: Apache-2.0
// kill -9 at any instruction: a child writes and says what was acknowledged, dies at a random moment, and everything it
// was told is stored is there; at most the one write under way is there besides, whole.
#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/ledger.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"

#include <mnemic/mnemic.hpp>

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;

namespace {

struct Pattern {
  const char* name;
  std::vector<Operation::Kind> kinds;
  Durability durability = Durability::kFull;
};

const std::vector<Pattern>& patterns() {
  using enum Operation::Kind;
  static const std::vector<Pattern> all{
      {"put", {kPut}},
      {"change", {kPut, kUpsert, kUpdate, kForget}},
      {"append", {kAppend}},
      {"batch", {kBatch}},
      {"layers", {kFact, kFact, kRun, kEpisode, kLinked, kLinks, kForget}},
      {"mixed, relaxed", {kPut, kUpsert, kUpdate, kForget, kAppend, kBatch, kFact, kRun, kEpisode, kLinked, kLinks}, Durability::kRelaxed},
  };
  return all;
}

Namespace home() { return {"acme", "ada"}; }

}  // namespace

// arguments: path, pattern, key prefix, seed. Says "B n" before operation n and "A n" after it was acknowledged.
MNEMIC_CHILD(kill_writer) {
  const Pattern& pattern = patterns().at(std::stoul(arguments.at(1)));
  auto store = Store::open(arguments.at(0), {.durability = pattern.durability});
  if (!store) {
    say("! " + store.status().to_string());
    return 1;
  }
  const Scope scope = store->scope(home()).value();
  Workload workload(arguments.at(2), std::stoull(arguments.at(3)), pattern.kinds);
  say("ready");
  for (std::size_t n = 0;; ++n) {
    const Operation operation = workload.next();
    say("B " + std::to_string(n));
    const Status done = perform(scope, operation);
    if (!done.ok()) {
      say("! " + done.to_string());
      return 1;
    }
    say("A " + std::to_string(n));
  }
}

TEST_CASE("a writer killed at random points loses nothing acknowledged") {
  const std::uint64_t seed = fresh_seed();
  Random random(seed);
  const std::size_t kills = scaled(40, 400);
  std::size_t acknowledged_in_all = 0;
  for (std::size_t p = 0; p < patterns().size(); ++p) {
    const TempDir dir;
    const auto path = dir / "store.db";
    Ledger ledger;
    for (std::size_t kill = 0; kill < kills; ++kill) {
      INFO("pattern " << patterns()[p].name << ", kill " << kill << ", seed " << seed << ", " << path);
      // Every third time somebody else has the file open, so that no recovery runs when it is read.
      std::optional<Store> bystander;
      if (kill % 3 == 2) bystander = Store::open(path).value();

      const std::string prefix = "c" + std::to_string(kill) + "_";
      const std::uint64_t child_seed = kill * 7 + p + 1;
      Child child("kill_writer", {path.string(), std::to_string(p), prefix, std::to_string(child_seed)});
      std::vector<std::string> lines;
      const bool while_opening = random.chance(10);
      const std::size_t enough = while_opening ? 0 : 1 + random.below(60);
      const auto extra = std::chrono::microseconds(while_opening ? random.below(9000) : random.below(2500));
      while (lines.size() < enough) {
        auto line = child.line();
        if (!line) break;
        lines.push_back(*line);
      }
      const auto deadline = std::chrono::steady_clock::now() + extra;
      for (auto left = extra; left.count() > 0;
           left = std::chrono::duration_cast<std::chrono::microseconds>(deadline - std::chrono::steady_clock::now())) {
        if (auto line = child.line(left)) lines.push_back(*line);
      }
      child.kill();
      for (auto& line : child.rest()) lines.push_back(line);

      std::size_t begun = 0;
      std::size_t acknowledged = 0;
      for (const auto& line : lines) {
        INFO("child said: " << line);
        REQUIRE_FALSE(line.starts_with("!"));
        begun += line.starts_with("B");
        acknowledged += line.starts_with("A");
      }
      Workload workload(prefix, child_seed, patterns()[p].kinds);
      for (std::size_t n = 0; n < acknowledged; ++n) ledger.acknowledge(workload.next());
      std::optional<Operation> under_way;
      if (begun > acknowledged) under_way = workload.next();
      acknowledged_in_all += acknowledged;

      std::optional<Store> opened;
      if (!bystander) {
        auto again = Store::open(path);
        REQUIRE_OK(again);
        opened = std::move(again).value();
      }
      const Store& store = bystander ? *bystander : *opened;
      const Scope scope = store.scope(home()).value();
      REQUIRE(join(ledger.compare(scope, prefix, under_way ? &*under_way : nullptr)) == "");
      REQUIRE(join(ledger.recall(scope, prefix, 4)) == "");
      REQUIRE(join(check_problems(store)) == "");
      if (kill % 10 == 9 || kill + 1 == kills) {
        REQUIRE(join(ledger.compare(scope, "")) == "");
        REQUIRE(join(ledger.recall(scope, "", 20)) == "");
      }
    }
  }
  CHECK(acknowledged_in_all > kills);  // the children did get somewhere
}

// arguments: path. Takes snapshots beside it, "0", "1", … and says which are done.
MNEMIC_CHILD(copier) {
  auto store = Store::open(std::filesystem::path(arguments.at(0)) / "store.db");
  if (!store) return 1;
  for (std::size_t n = 0;; ++n) {
    const Status taken = store->snapshot(std::filesystem::path(arguments.at(0)) / std::to_string(n));
    say(taken.ok() ? std::to_string(n) : "! " + taken.to_string());
  }
}

TEST_CASE("a process killed while it takes a snapshot leaves none by half under its name") {
  const std::uint64_t seed = fresh_seed();
  Random random(seed);
  std::size_t done = 0;
  for (std::size_t kill = 0; kill < scaled(15, 200); ++kill) {
    INFO("kill " << kill << ", seed " << seed);
    const TempDir dir;
    Ledger ledger;
    {
      auto store = Store::open(dir / "store.db");
      REQUIRE_OK(store);
      const Scope scope = store->scope(home()).value();
      Workload workload("k", 5, patterns().back().kinds);
      for (std::size_t n = 0; n < 40; ++n) {
        const Operation operation = workload.next();
        REQUIRE_OK(perform(scope, operation));
        ledger.acknowledge(operation);
      }
    }
    Child child("copier", {dir.path().string()});
    std::vector<std::string> lines;
    for (std::size_t enough = random.below(4); lines.size() < enough;) {
      auto line = child.line();
      if (!line) break;
      lines.push_back(*line);
    }
    (void)child.line(std::chrono::microseconds(random.below(9000)));
    child.kill();
    for (std::size_t n = 0; n < lines.size(); ++n) {
      REQUIRE(lines[n] == std::to_string(n));
      REQUIRE(std::filesystem::exists(dir / lines[n]));
    }
    for (std::size_t n = 0; std::filesystem::exists(dir / std::to_string(n)); ++n) {
      auto copy = Store::open(dir / std::to_string(n));
      REQUIRE_OK(copy);
      REQUIRE(join(check_problems(*copy)) == "");
      REQUIRE(join(ledger.compare(copy->scope(home()).value(), "")) == "");
      ++done;
    }
    auto store = Store::open(dir / "store.db");
    REQUIRE_OK(store);
    REQUIRE(join(ledger.compare(store->scope(home()).value(), "")) == "");
  }
  CHECK(done > 0);
}

// arguments: path. Does jobs one by one, and says which it was told are done.
MNEMIC_CHILD(job_worker) {
  auto store = Store::open(arguments.at(0));
  if (!store) {
    say("! " + store.status().to_string());
    return 1;
  }
  for (;;) {
    std::string key;
    const auto slice = store->maintain({.items = 1, .lease = std::chrono::milliseconds(1)}, {{"work", [&](const Job& job, JobContext& context) {
      key = job.key;
      say("B " + key);
      context.batch().put({.text = "Did " + key});
      return Status();
    }}});
    if (!slice) {
      say("! " + slice.status().to_string());
      return 1;
    }
    if (slice->done == 1) say("A " + key);
    if (slice->remaining == 0 && !slice->next_in) say("idle");
  }
}

TEST_CASE("a process killed while it does jobs: what was acknowledged stays done, everything else is done again") {
  const std::uint64_t seed = fresh_seed();
  Random random(seed);
  std::size_t acknowledged_in_all = 0;
  for (std::size_t round = 0; round < scaled(4, 40); ++round) {
    const TempDir dir;
    const auto path = dir / "store.db";
    constexpr std::size_t kJobs = 120;
    std::vector<JobId> ids;
    {
      auto store = Store::open(path, {.durability = Durability::kRelaxed}).value();
      for (std::size_t n = 0; n < kJobs; ++n) {
        JobInput input;
        input.kind = "work";
        input.name_space = home();
        input.key = std::to_string(n);
        input.max_attempts = 1000;
        ids.push_back(store.jobs().enqueue(input).value());
      }
    }
    std::vector<std::string> acknowledged;
    const auto require_done = [&](const Store& store, bool all) {
      const Scope scope = store.scope(home()).value();
      std::map<std::string, std::size_t> times;
      for (const Memory& memory : scope.list({.limit = 1000}).value()) ++times[memory.text];
      for (const auto& [text, count] : times) REQUIRE(count == 1);
      for (const std::string& key : acknowledged) REQUIRE(times.contains("Did " + key));
      std::size_t open = 0;
      for (const Job& job : store.jobs().list({.limit = 1000}).value()) {
        REQUIRE((job.state == JobState::kDone) == times.contains("Did " + job.key));
        open += job.state != JobState::kDone;
      }
      REQUIRE(open + times.size() == kJobs);
      if (all) REQUIRE(open == 0);
      REQUIRE(join(check_problems(store)) == "");
    };
    bool idle = false;
    for (std::size_t kill = 0; !idle; ++kill) {
      INFO("round " << round << ", kill " << kill << ", seed " << seed << ", " << path);
      REQUIRE(kill < 1000);
      Child child("job_worker", {path.string()});
      const std::size_t enough = 1 + random.below(30);
      std::vector<std::string> lines;
      while (lines.size() < enough) {
        auto line = child.line();
        if (!line) break;
        lines.push_back(*line);
      }
      (void)random.next();
      child.kill();
      for (auto& line : child.rest()) lines.push_back(line);
      for (const auto& line : lines) {
        REQUIRE_FALSE(line.starts_with("!"));
        if (line.starts_with("A ")) acknowledged.push_back(line.substr(2));
        idle = idle || line == "idle";
      }
      auto store = Store::open(path);
      REQUIRE_OK(store);
      require_done(*store, idle);
    }
    acknowledged_in_all += acknowledged.size();
  }
  CHECK(acknowledged_in_all > 0);
}
