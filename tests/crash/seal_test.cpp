// SPDX-License-Identifier: Apache-2.0
// The process is killed, the power goes or the disk fails while chunks are sealed and merged: the store holds the chunks of
// before or of after, gives the answers that the rows give, and the job is done later.
#include "support/child.hpp"
#include "support/fault_sweep.hpp"
#include "support/ledger.hpp"
#include "support/sealed.hpp"
#include "support/temp_dir.hpp"
#include "support/test_main.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <thread>

using namespace mnemic;
using namespace mnemic::test;
using sealed::answers;
using sealed::kChunk;

namespace {

namespace fs = std::filesystem;
using Answers = std::vector<std::pair<MemoryId, double>>;

Namespace home() { return {"acme", "ada"}; }

/// A closed store with one chunk of which more than half has ended, and enough rows behind it for two more.
struct Prepared {
  Prepared() {
    Random random(5);
    const Store store = Store::open(dir / "store.db", sealed::options(clock)).value();
    const Scope scope = store.scope(home()).value();
    const auto ids = sealed::fill(scope, kChunk, random);
    sealed::maintain(store);
    Batch batch;
    for (std::size_t i = 0; i < kChunk / 2 + 500; ++i) batch.forget(ids[i]);
    scope.write(batch).value();
    sealed::fill(scope, 2 * kChunk + 10, random);
    want = answers(scope, 1, true);
    count = scope.count().value();
  }
  void copy_to(const fs::path& directory) const {
    fs::create_directories(directory);
    fs::copy_file(dir / "store.db", directory / "store.db");
  }
  /// What any moment must leave behind; with `finish` the jobs are done first.
  void require_whole(const fs::path& path, bool finish) const {
    clock->advance(std::chrono::minutes(30));  // leases and pauses of attempts that never ended
    auto store = Store::open(path, sealed::options(clock));
    REQUIRE_OK(store);
    REQUIRE(join(check_problems(*store)) == "");
    const Scope scope = store->scope(home()).value();
    if (finish) {
      sealed::maintain(*store);
      REQUIRE(store->stats()->jobs_waiting == 0);
      REQUIRE(join(check_problems(*store)) == "");
    }
    REQUIRE(scope.count().value() == count);
    REQUIRE(answers(scope, 1, true) == want);
  }

  TempDir dir;
  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
  Answers want;
  std::size_t count = 0;
};

void fail_sealing(Fault fault) {
  const Prepared prepared;
  sweep_faults(fault, {.store = prepared.dir / "store.db",
                       .places = scaled(25, 400),
                       .work =
                           [&](const fs::path& path) {
                             auto store = Store::open(path, sealed::options(prepared.clock));
                             for (int slice = 0; store && slice < 6; ++slice) (void)store->maintain({.items = 1});
                           },
                       .require_whole = [&](const fs::path& path, Random&) { prepared.require_whole(path, true); }});
}

MNEMIC_CHILD(sealer) {
  auto store = Store::open(arguments.at(0), sealed::options(std::make_shared<ManualClock>(Timestamp(std::chrono::microseconds(std::stoll(arguments.at(1)))))));
  if (!store) return 1;
  say("open");
  for (;;) {
    const auto slice = store->maintain({.items = 1});
    if (!slice) return 1;
    if (slice->remaining == 0) break;
  }
  say("done");
  return 0;
}

}  // namespace

TEST_CASE("seal: the n-th change of the disk fails") { fail_sealing(Fault::kIoError); }
TEST_CASE("seal: the disk is full") { fail_sealing(Fault::kDiskFull); }
TEST_CASE("seal: the power goes at the n-th change of the disk") { fail_sealing(Fault::kPowerCut); }

TEST_CASE("seal: a process killed while it seals and merges") {
  const Prepared prepared;
  Random random(fresh_seed());
  bool interrupted = false;
  for (std::size_t round = 0; round < scaled(12, 200); ++round) {
    const TempDir dir;
    prepared.copy_to(dir / "x");
    const auto path = dir / "x" / "store.db";
    {
      Child child("sealer", {path.string(), std::to_string(prepared.clock->now().time_since_epoch().count())});
      (void)child.line();
      std::this_thread::sleep_for(std::chrono::microseconds(random.below(60'000)));
      child.kill();
      const auto said = child.rest();
      interrupted = interrupted || std::find(said.begin(), said.end(), "done") == said.end();
    }
    prepared.require_whole(path, round % 2 == 0);
  }
  CHECK(interrupted);
}

// Two do the same job when a lease runs out before its end: one chunk comes of it.
TEST_CASE("seal: two processes seal and merge at once while a third writes") {
  const Prepared prepared;
  const TempDir dir;
  prepared.copy_to(dir / "x");
  const auto path = dir / "x" / "store.db";
  const std::string now = std::to_string(prepared.clock->now().time_since_epoch().count());
  Child one("sealer", {path.string(), now});
  Child two("sealer", {path.string(), now});
  {
    const Store store = Store::open(path, sealed::options(prepared.clock)).value();
    const Scope scope = store.scope({"acme", "bob"}).value();
    Random random(6);
    for (int i = 0; i < 5; ++i) {
      const auto ids = sealed::fill(scope, 100, random);
      REQUIRE(scope.recall({.text = scope.get(ids[7]).value().text}, {.k = 1}).value().hits.size() == 1);
    }
  }
  CHECK(one.wait() == 0);
  CHECK(two.wait() == 0);
  prepared.require_whole(path, true);
}
