// SPDX-License-Identifier: Apache-2.0
// The n-th read, write, sync, truncate or open fails, the disk is full, a write is cut short: the call says so, nothing
// acknowledged is lost, and once the disk works again so does the store.
#include "support/catch.hpp"
#include "support/clock.hpp"
#include "support/encrypted.hpp"
#include "support/fault_vfs.hpp"
#include "support/ledger.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"
#include "support/test_main.hpp"

#include <mnemic/mnemic.hpp>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;

namespace {

Namespace home() { return {"acme", "ada"}; }

constexpr std::size_t kOperations = 24;

std::vector<Operation> operations() {
  using enum Operation::Kind;
  Workload workload("k", 23, {kPut, kUpsert, kUpdate, kForget, kAppend, kBatch, kFact, kFact, kRun, kRun, kEpisode, kLinked, kLinks});
  std::vector<Operation> all;
  for (std::size_t n = 0; n < kOperations; ++n) all.push_back(workload.next());
  return all;
}

bool clear_error(StatusCode code) {
  return code == StatusCode::kIo || code == StatusCode::kResourceExhausted || code == StatusCode::kBusy ||
         code == StatusCode::kCorruption;
}

// A write that depends on one that failed (an update of a key that was never put, a link to it) finds nothing.
bool depends_on_failed(const Operation& operation, const Ledger& ledger) {
  const auto needs = operation.needs();
  return std::any_of(needs.begin(), needs.end(), [&](const std::string& key) { return !ledger.entries().contains(key); });
}

std::uint64_t count_operations(unsigned kinds) {
  const TempDir dir;
  FaultVfs vfs(dir.path());
  {
    auto store = Store::open(dir / "store.db");
    REQUIRE_OK(store);
    const Scope scope = store->scope(home()).value();
    for (const auto& operation : operations()) REQUIRE_OK(perform(scope, operation));
    REQUIRE_OK(store->close());
  }
  return vfs.count(kinds);
}

// One store through one fault; what it was told is stored goes into the ledger.
void live_through(const FaultPlan& plan, const std::filesystem::path& path, Ledger& ledger) {
  FaultVfs vfs(path.parent_path());
  vfs.arm(plan);
  auto store = Store::open(path);
  if (!store) {
    INFO("open: " << store.status().to_string());
    REQUIRE(vfs.fired());
    REQUIRE(clear_error(store.status().code()));
    vfs.lift();
    store = Store::open(path);
    REQUIRE_OK(store);
  }
  const Scope scope = store->scope(home()).value();
  std::size_t failed = 0;
  for (const auto& operation : operations()) {
    const bool hopeless = depends_on_failed(operation, ledger);
    const Status done = perform(scope, operation);
    if (done.ok()) {
      REQUIRE_FALSE(hopeless);
      ledger.acknowledge(operation);
      continue;
    }
    INFO("failed: " << done.to_string());
    if (hopeless && done.code() == StatusCode::kNotFound) continue;
    REQUIRE(vfs.fired());
    REQUIRE(clear_error(done.code()));
    ++failed;
    if (plan.for_good) break;
    REQUIRE(failed == 1);  // one bad operation fails one call
  }
  vfs.lift();
  // The disk works again: either the store does too, or it says that it must be opened anew.
  Operation after;
  after.effects.push_back({Layer::kSemantic, "k_after", "The note qwwx is written after the fault.", "qwwx"});
  const Status again = perform(scope, after);
  INFO("after the fault: " << again.to_string());
  if (again.ok()) {
    ledger.acknowledge(after);
    REQUIRE(join(ledger.compare(scope, "")) == "");
    REQUIRE(join(ledger.recall(scope, "", 3)) == "");
    REQUIRE(join(check_problems(*store)) == "");
  } else {
    REQUIRE(again.code() == StatusCode::kFailedPrecondition);
  }
  REQUIRE_OK(store->close());
}

void fail_everywhere(unsigned kinds, Fault fault, bool for_good) {
#ifndef MNEMIC_STATIC_DEFINE
  MNEMIC_SKIP("a shared mnemic carries its own SQLite, which the fault VFS cannot reach");
#endif
  const std::uint64_t seed = fresh_seed();
  Random random(seed);
  const std::uint64_t in_all = count_operations(kinds);
  REQUIRE(in_all > 0);
  const std::uint64_t step = long_form() ? 1 : std::max<std::uint64_t>(1, in_all / 25);
  for (std::uint64_t nth = 1; nth <= in_all; nth += step == 1 ? 1 : 1 + random.below(2 * step - 1)) {
    const TempDir dir;
    INFO("fault at " << nth << " of " << in_all << ", seed " << seed << ", " << dir.path());
    Ledger ledger;
    live_through({.kinds = kinds, .nth = nth, .fault = fault, .for_good = for_good}, dir / "store.db", ledger);
    auto store = Store::open(dir / "store.db");
    REQUIRE_OK(store);
    REQUIRE(join(check_problems(*store)) == "");
    const Scope scope = store->scope(home()).value();
    REQUIRE(join(ledger.compare(scope, "")) == "");
    REQUIRE(join(ledger.recall(scope, "", 5)) == "");
  }
}

std::vector<std::string> names_in(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

// A snapshot through one fault after another, of the store or of the copy, until none is left that it meets.
void fail_snapshots(unsigned kinds, Fault fault, bool for_good, StatusCode expected) {
#ifndef MNEMIC_STATIC_DEFINE
  MNEMIC_SKIP("a shared mnemic carries its own SQLite, which the fault VFS cannot reach");
#endif
  const TempDir dir;
  FaultVfs vfs(dir.path());
  Ledger ledger;
  auto store = Store::open(dir / "store.db");
  REQUIRE_OK(store);
  const Scope scope = store->scope(home()).value();
  for (const auto& operation : operations()) {
    REQUIRE_OK(perform(scope, operation));
    ledger.acknowledge(operation);
  }
  const auto before = names_in(dir.path());
  const auto require_whole = [&] {
    auto copy = Store::open(dir / "copy.db");
    REQUIRE_OK(copy);
    REQUIRE(join(check_problems(*copy)) == "");
    REQUIRE(join(ledger.compare(copy->scope(home()).value(), "")) == "");
    REQUIRE_OK(copy->close());
    std::filesystem::remove(dir / "copy.db");
  };
  std::uint64_t failures = 0;
  for (std::uint64_t nth = 1;; ++nth) {
    INFO("fault at " << nth);
    vfs.arm({.kinds = kinds, .nth = nth, .fault = fault, .for_good = for_good});
    const Status taken = store->snapshot(dir / "copy.db");
    const bool fired = vfs.fired();
    vfs.lift();
    if (!fired) {
      REQUIRE_OK(taken);
      break;
    }
    if (encrypted_run() && taken.ok()) {  // SQLCipher looks at a new file in vain, and is content when that fails
      require_whole();
      continue;
    }
    REQUIRE_CODE(taken, expected);
    ++failures;
    REQUIRE(names_in(dir.path()) == before);
    REQUIRE(join(ledger.compare(scope, "")) == "");
  }
  CHECK(failures > 0);
  require_whole();
  REQUIRE(join(check_problems(*store)) == "");
  REQUIRE_OK(scope.put({.text = "after the faults"}));
}

JobInput job_of(std::size_t n) {
  JobInput input;
  input.kind = "work";
  input.name_space = {"acme", std::to_string(n % 2)};
  input.key = "job" + std::to_string(n);
  return input;
}

// Jobs through one fault after another: what was told to be done is, with what it wrote, and the others are done later, once.
void fail_jobs(unsigned kinds, Fault fault) {
#ifndef MNEMIC_STATIC_DEFINE
  MNEMIC_SKIP("a shared mnemic carries its own SQLite, which the fault VFS cannot reach");
#endif
  constexpr std::size_t kJobs = 4;
  std::size_t failures = 0;
  for (std::uint64_t nth = 1;; ++nth) {
    INFO("fault at " << nth);
    const TempDir dir;
    const auto clock = std::make_shared<ManualClock>();
    Options options;
    options.clock = clock;
    bool fired = false;
    const auto handler = [](const Job& job, JobContext& context) {
      context.batch().put({.layer = Layer::kEpisodic, .text = "Did " + job.key});
      return Status();
    };
    {
      FaultVfs vfs(dir.path());
      auto store = Store::open(dir / "store.db", options);
      REQUIRE_OK(store);
      for (std::size_t n = 0; n < kJobs; ++n) REQUIRE_OK(store->jobs().enqueue(job_of(n)));
      vfs.arm({.kinds = kinds, .nth = nth, .fault = fault});
      std::size_t done = 0;
      for (std::size_t n = 0; n < kJobs; ++n) {
        const auto slice = store->maintain({.items = 1}, {{"work", handler}});
        if (slice) {
          done += slice->done;
        } else {
          REQUIRE(clear_error(slice.status().code()));
        }
      }
      fired = vfs.fired();
      vfs.lift();
      failures += fired;
      std::size_t written = 0;
      for (const char* name : {"0", "1"}) written += store->scope({"acme", name})->count().value();
      REQUIRE(written >= done);  // more when it was the look at what is left that failed
      REQUIRE(store->stats()->jobs_waiting == kJobs - written);
    }
    auto store = Store::open(dir / "store.db", options);
    REQUIRE_OK(store);
    clock->advance(std::chrono::minutes(2));  // the leases of the attempts that never ended
    REQUIRE_OK(store->maintain({}, {{"work", handler}}));
    REQUIRE(store->stats()->jobs_waiting == 0);
    for (const char* name : {"0", "1"}) REQUIRE(store->scope({"acme", name})->count().value() == kJobs / 2);
    REQUIRE(join(check_problems(*store)) == "");
    if (!fired) break;
  }
  CHECK(failures > 0);
}

}  // namespace

TEST_CASE("the n-th write or truncate fails while jobs are done") { fail_jobs(kWriteFile | kTruncateFile, Fault::kIoError); }
TEST_CASE("the n-th sync fails while jobs are done") { fail_jobs(kSyncFile, Fault::kIoError); }
TEST_CASE("the n-th read fails while jobs are done") { fail_jobs(kReadFile, Fault::kIoError); }
TEST_CASE("the disk is full at the n-th write while jobs are done") { fail_jobs(kWriteFile, Fault::kDiskFull); }

TEST_CASE("the n-th write or truncate fails") { fail_everywhere(kWriteFile | kTruncateFile, Fault::kIoError, false); }
TEST_CASE("the n-th sync fails") { fail_everywhere(kSyncFile, Fault::kIoError, false); }
TEST_CASE("the n-th read fails") { fail_everywhere(kReadFile, Fault::kIoError, false); }
TEST_CASE("the n-th open or delete fails") { fail_everywhere(kOpenFile | kDeleteFile, Fault::kIoError, false); }
TEST_CASE("the n-th write is cut short") { fail_everywhere(kWriteFile, Fault::kShortWrite, false); }
TEST_CASE("the disk is full from the n-th write on") { fail_everywhere(kWriteFile, Fault::kDiskFull, true); }
TEST_CASE("the disk is gone from the n-th operation on") { fail_everywhere(kEverything, Fault::kIoError, true); }

TEST_CASE("the n-th write of a snapshot fails, or is cut short, and nothing is left of it") {
  fail_snapshots(kWriteFile | kTruncateFile, Fault::kIoError, false, StatusCode::kIo);
  fail_snapshots(kWriteFile | kTruncateFile, Fault::kShortWrite, false, StatusCode::kIo);
}
TEST_CASE("the n-th read of a snapshot fails, and nothing is left of it") {
  fail_snapshots(kReadFile, Fault::kIoError, false, StatusCode::kIo);
}
TEST_CASE("the n-th sync, open or delete of a snapshot fails, and nothing is left of it") {
  fail_snapshots(kSyncFile | kOpenFile | kDeleteFile, Fault::kIoError, false, StatusCode::kIo);
}
TEST_CASE("the disk is full from the n-th write of a snapshot on, and nothing is left of it") {
  fail_snapshots(kWriteFile, Fault::kDiskFull, true, StatusCode::kResourceExhausted);
}
