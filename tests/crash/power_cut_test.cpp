// SPDX-License-Identifier: Apache-2.0
// The power goes at the n-th operation on the disk, for every n: what was acknowledged is there, nothing is there by half.
#include "support/catch.hpp"
#include "support/fault_vfs.hpp"
#include "support/ledger.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"
#include "support/test_main.hpp"

#include <mnemic/mnemic.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;

namespace {

constexpr std::size_t kOperations = 20;
constexpr std::uint64_t kWorkloadSeed = 11;

Namespace home() { return {"acme", "ada"}; }

std::vector<Operation> operations() {
  using enum Operation::Kind;
  Workload workload("k", kWorkloadSeed, {kPut, kUpsert, kUpdate, kForget, kAppend, kBatch, kFact, kFact, kRun, kRun, kEpisode, kLinked, kLinks});
  std::vector<Operation> all;
  for (std::size_t n = 0; n < kOperations; ++n) all.push_back(workload.next());
  return all;
}

struct Run {
  std::size_t acknowledged = 0;
  std::size_t begun = 0;
  std::size_t flushed = 0;  // operations acknowledged before the last flush that returned ok
  bool closed = false;
};

// Flushes after operation 4 and 9 when the store is relaxed.
Run run_workload(const std::filesystem::path& path, Durability durability) {
  Run run;
  auto store = Store::open(path, {.durability = durability});
  if (!store) return run;
  const auto scope = store->scope(home());
  if (!scope) return run;
  bool failed = false;
  for (const auto& operation : operations()) {
    if (!failed) ++run.begun;
    const bool ok = perform(*scope, operation).ok();
    // After the cut nothing can be acknowledged: the disk is gone.
    if (ok && failed) return Run{.acknowledged = kOperations + 1};
    failed = failed || !ok;
    if (!failed) {
      ++run.acknowledged;
      if (durability == Durability::kRelaxed && (run.acknowledged == 5 || run.acknowledged == 10)) {
        if (store->flush().ok()) run.flushed = run.acknowledged;
      }
    }
  }
  run.closed = store->close().ok();
  return run;
}

std::uint64_t count_operations(Durability durability) {
  const TempDir dir;
  FaultVfs vfs(dir.path());
  vfs.track();
  const Run run = run_workload(dir / "store.db", durability);
  REQUIRE(run.acknowledged == kOperations);
  REQUIRE(run.closed);
  return vfs.count(kChanges);
}

// The states a store may be found in: after 0, 1, … operations.
std::vector<Ledger::Entries> prefixes() {
  std::vector<Ledger::Entries> all{{}};
  for (const auto& operation : operations()) {
    Ledger::Entries next = all.back();
    Ledger::apply(next, operation);
    all.push_back(std::move(next));
  }
  return all;
}

// Which prefix the store holds; checks the store on the way.
std::size_t held_prefix(const std::filesystem::path& path, std::size_t at_least, std::size_t at_most) {
  auto store = Store::open(path);
  REQUIRE_OK(store);
  REQUIRE(join(check_problems(*store)) == "");
  const Scope scope = store->scope(home()).value();
  std::vector<std::string> problems;
  const auto got = Ledger::read(scope, "", problems);
  REQUIRE(join(problems) == "");
  const auto all = prefixes();
  for (std::size_t n = at_most + 1; n-- > at_least;) {
    if (first_difference(all[n], got).empty()) {
      Ledger ledger;
      std::size_t done = 0;
      for (const auto& operation : operations()) {
        if (done++ < n) ledger.acknowledge(operation);
      }
      REQUIRE(join(ledger.recall(scope, "", 3)) == "");
      // It is a store like any other: the next write works.
      REQUIRE_OK(scope.put({.text = "after the cut"}));
      REQUIRE_OK(store->close());
      return n;
    }
  }
  FAIL("no prefix fits; against the acknowledged one: " << first_difference(all[at_least], got));
  return 0;
}

void cut_everywhere(Durability durability) {
#ifndef MNEMIC_STATIC_DEFINE
  MNEMIC_SKIP("a shared mnemic carries its own SQLite, which the fault VFS cannot reach");
#endif
  const std::uint64_t seed = fresh_seed();
  Random random(seed);
  const std::uint64_t operations_in_all = count_operations(durability);
  INFO("disk operations: " << operations_in_all);
  REQUIRE(operations_in_all > kOperations);
  const std::uint64_t step = long_form() ? 1 : std::max<std::uint64_t>(1, operations_in_all / 90);
  for (std::uint64_t nth = 1; nth <= operations_in_all; nth += step == 1 ? 1 : 1 + random.below(2 * step - 1)) {
    const TempDir dir;
    const auto before = dir / "before";
    std::filesystem::create_directory(before);
    const std::size_t rounds = long_form() ? 4 : 1;
    Run run;
    {
      FaultVfs vfs(before);
      vfs.track();
      vfs.arm({.kinds = kChanges, .nth = nth, .fault = Fault::kPowerCut});
      run = run_workload(before / "store.db", durability);
      INFO("cut at operation " << nth << " of " << operations_in_all << ", acknowledged " << run.acknowledged);
      REQUIRE(run.acknowledged <= kOperations);
      vfs.materialize(dir / "none", Survives::kNone);
      vfs.materialize(dir / "all", Survives::kAll);
      for (std::size_t r = 0; r < rounds; ++r) vfs.materialize(dir / ("random" + std::to_string(r)), Survives::kRandom, seed + nth + r);
    }
    std::vector<std::string> variants{"none", "all"};
    for (std::size_t r = 0; r < rounds; ++r) variants.push_back("random" + std::to_string(r));
    for (const auto& variant : variants) {
      INFO("cut at operation " << nth << " of " << operations_in_all << ", unsynced writes that survive: " << variant
                               << ", acknowledged " << run.acknowledged << ", flushed " << run.flushed << ", seed " << seed);
      const std::size_t least = durability == Durability::kFull ? run.acknowledged : run.flushed;
      held_prefix(dir.path() / variant / "store.db", least, run.begun);
    }
  }
}

}  // namespace

TEST_CASE("a power cut loses nothing acknowledged with full durability") { cut_everywhere(Durability::kFull); }

TEST_CASE("a power cut with relaxed durability leaves a prefix, whole up to the last flush") {
  cut_everywhere(Durability::kRelaxed);
}

TEST_CASE("a full write makes the relaxed ones before it durable") {
#ifndef MNEMIC_STATIC_DEFINE
  MNEMIC_SKIP("a shared mnemic carries its own SQLite, which the fault VFS cannot reach");
#endif
  const TempDir dir;
  const auto before = dir / "before";
  std::filesystem::create_directory(before);
  {
    FaultVfs vfs(before);
    vfs.track();
    auto store = Store::open(before / "store.db", {.durability = Durability::kRelaxed});
    REQUIRE_OK(store);
    const Scope scope = store->scope(home()).value();
    vfs.reset_counts();
    REQUIRE_OK(scope.put({.key = "a", .text = "relaxed"}));
    CHECK(vfs.count(kSyncFile) == 0);
    REQUIRE_OK(scope.put({.key = "b", .text = "full"}, {.durability = Durability::kFull}));
    CHECK(vfs.count(kSyncFile) >= 1);
    REQUIRE_OK(scope.put({.key = "c", .text = "relaxed"}));
    vfs.materialize(dir / "after", Survives::kNone);
  }
  auto store = Store::open(dir.path() / "after" / "store.db");
  REQUIRE_OK(store);
  const Scope scope = store->scope(home()).value();
  REQUIRE_OK(scope.get(Layer::kSemantic, "a"));
  REQUIRE_OK(scope.get(Layer::kSemantic, "b"));
}

TEST_CASE("a snapshot was synced whole, of whatever store, when it gets its name") {
#ifndef MNEMIC_STATIC_DEFINE
  MNEMIC_SKIP("a shared mnemic carries its own SQLite, which the fault VFS cannot reach");
#endif
  const TempDir dir;
  const bool in_memory = GENERATE(false, true);
  std::filesystem::create_directory(dir / "copies");
  auto store = Store::open(in_memory ? std::filesystem::path(":memory:") : dir / "store.db", {.durability = Durability::kRelaxed});
  REQUIRE_OK(store);
  const Scope scope = store->scope(home()).value();
  for (const auto& operation : operations()) REQUIRE_OK(perform(scope, operation));
  {
    FaultVfs vfs(dir / "copies");
    vfs.track();
    REQUIRE_OK(store->snapshot(dir / "copies" / "copy.db"));
    vfs.materialize(dir / "after", Survives::kNone);  // under the name it had while it was written
  }
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir / "after")) {
    ++files;
    CHECK(held_prefix(entry.path(), kOperations, kOperations) == kOperations);
  }
  CHECK(files == 1);
}
