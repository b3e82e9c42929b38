// SPDX-License-Identifier: Apache-2.0
// Group commit, counted in syncs. The first sync of each test takes until all others wait, and a group waits for the writers
// of the one before without end: how many meet in a group is then no question of time.
#include "cli/bench/sync_counter.hpp"
#include "core/error.hpp"
#include "storage/sqlite/database.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "open_store.hpp"

using namespace mnemic;
using namespace mnemic::test;
using namespace mnemic::storage;
using cli::bench::SyncCounter;

namespace {

constexpr int kThreads = 8;

std::string numbered(const std::string& name, int n) { return name + std::to_string(n); }

std::string setting(Database& database, const std::string& name) {
  std::string value;
  database.read([&](Reader& reader) { value = reader.setting(name); });
  return value;
}

StatusCode write(Database& database, const std::function<void(Writer&)>& work, Durability durability = Durability::kFull) {
  try {
    database.write(durability, work);
    return StatusCode::kOk;
  } catch (const core::StatusError& error) {
    return error.status().code();
  }
}

/// A store whose first write meets nobody and syncs until the seven other writers wait; from then on all eight meet.
class Meeting {
 public:
  Meeting() {
    DatabaseOptions options;
    options.patience = std::chrono::hours(1);
    database_.emplace(dir_ / "store.db", options);
    write(*database_, [](Writer& writer) { writer.set_setting("made", "yes"); });  // the WAL has its header
    vfs_.on_sync([this, first = std::make_shared<std::atomic<bool>>(true)] {
      if (first->exchange(false)) {
        while (database_->waiting() < kThreads - 1) std::this_thread::yield();
      }
      return true;
    });
    commits_before_ = database_->commits();
    syncs_before_ = vfs_.count();
  }

  /// Runs `body(thread, i)` so often in each thread, once more in the first: i = -1, the write that meets nobody.
  template <typename Body>
  void run(int times, Body body) {
    std::atomic<bool> alone{true};
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        if (t == 0) {
          body(t, -1);
        } else {
          while (alone) std::this_thread::yield();
        }
        for (int i = 0; i < times; ++i) body(t, i);
      });
    }
    while (vfs_.count() == syncs_before_) std::this_thread::yield();  // the first write is in its sync
    alone = false;
    for (std::thread& thread : threads) thread.join();
  }

  Database& database() { return *database_; }
  SyncCounter& vfs() { return vfs_; }
  [[nodiscard]] std::uint64_t commits() const { return database_->commits() - commits_before_; }
  [[nodiscard]] std::uint64_t syncs() const { return vfs_.count() - syncs_before_; }

 private:
  const TempDir dir_;
  SyncCounter vfs_;
  std::optional<Database> database_;
  std::uint64_t commits_before_ = 0, syncs_before_ = 0;
};

}  // namespace

TEST_CASE("group commit: eight writers share each sync", "[database]") {
  Meeting meeting;
  Database& database = meeting.database();
  constexpr int kTimes = 20;
  std::atomic<int> failed{0};
  meeting.run(kTimes, [&](int t, int i) {
    if (write(database, [&](Writer& w) { w.set_setting(numbered("t", t), std::to_string(i)); }) != StatusCode::kOk) ++failed;
    if (setting(database, numbered("t", t)) != std::to_string(i)) ++failed;  // what has returned is there
  });
  CHECK(failed == 0);
  CHECK(meeting.commits() == 1 + kTimes);
  CHECK(meeting.syncs() == 1 + kTimes);
}

TEST_CASE("group commit: who is alone waits for nobody", "[database]") {
  const TempDir dir;
  const SyncCounter vfs;
  DatabaseOptions options;
  options.patience = std::chrono::hours(1);  // a wait would never end
  Database database(dir / "store.db", options);
  for (int i = 0; i < 20; ++i) write(database, [&](Writer& writer) { writer.set_setting("a", std::to_string(i)); });
  CHECK(database.commits() == 20);
  CHECK(setting(database, "a") == "19");
}

TEST_CASE("group commit: writers that stay away are not waited for twice", "[database]") {
  const TempDir dir;
  Database database(dir / "store.db", {});
  std::vector<std::thread> others;
  for (int t = 0; t < kThreads; ++t) {
    others.emplace_back([&, t] { write(database, [&](Writer& writer) { writer.set_setting(numbered("t", t), "1"); }); });
  }
  for (std::thread& thread : others) thread.join();
  for (int i = 0; i < 20; ++i) CHECK(write(database, [&](Writer& w) { w.set_setting("a", std::to_string(i)); }) == StatusCode::kOk);
  CHECK(setting(database, "a") == "19");
}

TEST_CASE("group commit: the order of a group is that of its changes, and each member sees those before it", "[database]") {
  Meeting meeting;
  constexpr int kTimes = 10;
  std::mutex mutex;
  std::vector<std::pair<int, Seq>> order;  // what each counted, and the change it made
  meeting.run(kTimes, [&](int, int) {
    int counted = 0;
    Seq seq = 0;
    write(meeting.database(), [&](Writer& writer) {
      const std::string value = writer.setting("counter");
      counted = value.empty() ? 1 : std::stoi(value) + 1;
      writer.set_setting("counter", std::to_string(counted));
      const NamespaceId ns = writer.ensure_namespace("a");
      writer.declare(ns, numbered("name", counted), Cardinality::kMany, 0, "");
      seq = writer.seq();
    });
    const std::lock_guard lock(mutex);
    order.emplace_back(counted, seq);
  });
  std::sort(order.begin(), order.end());
  REQUIRE(order.size() == 1 + kTimes * kThreads);
  for (std::size_t i = 0; i < order.size(); ++i) {
    CHECK(order[i].first == static_cast<int>(i) + 1);
    CHECK(order[i].second == i + 1);
  }
  CHECK(meeting.commits() == 1 + kTimes);
}

TEST_CASE("group commit: members that fail are undone alone", "[database]") {
  Meeting meeting;
  Database& database = meeting.database();
  constexpr int kTimes = 10;
  std::atomic<int> wrong{0};
  meeting.run(kTimes, [&](int t, int i) {
    const bool fails = i >= 0 && (t + i) % 3 == 0;
    const StatusCode code = write(database, [&](Writer& writer) {
      writer.set_setting(numbered(numbered("t", t) + "i", i), "written");
      writer.ensure_namespace(numbered(numbered("t", t) + "i", i));
      if (fails) core::fail(StatusCode::kAborted, "on purpose");
    });
    if (code != (fails ? StatusCode::kAborted : StatusCode::kOk)) ++wrong;
  });
  CHECK(wrong == 0);
  CHECK(meeting.commits() == 1 + kTimes);
  database.read([&](Reader& reader) {
    for (int t = 0; t < kThreads; ++t) {
      for (int i = 0; i < kTimes; ++i) {
        const std::string name = numbered(numbered("t", t) + "i", i);
        CHECK(reader.setting(name) == ((t + i) % 3 == 0 ? "" : "written"));
        CHECK(reader.find_namespace(name).has_value() == ((t + i) % 3 != 0));
      }
    }
  });
}

TEST_CASE("group commit: a namespace of a member that was undone is not taken for made", "[database]") {
  Meeting meeting;
  const int failing = GENERATE(1, 3, 7);
  std::atomic<int> wrong{0};
  meeting.run(6, [&](int t, int i) {
    NamespaceId id = 0;
    const StatusCode code = write(meeting.database(), [&](Writer& writer) {
      id = writer.ensure_namespace(numbered("n", i));  // the same for all of a group
      writer.ensure_space({.name = numbered("s", i), .dimension = 3});
      if (t == failing) core::fail(StatusCode::kAborted, "on purpose");
    });
    if (code != (t == failing ? StatusCode::kAborted : StatusCode::kOk)) ++wrong;
    if (code != StatusCode::kOk) return;
    meeting.database().read([&](Reader& reader) {
      if (reader.find_namespace(numbered("n", i)) != id || !reader.find_space(numbered("s", i), "")) ++wrong;
    });
  });
  CHECK(wrong == 0);
}

TEST_CASE("group commit: a sync that fails fails its whole group, and the next one works", "[database]") {
  Meeting meeting;
  Database& database = meeting.database();
  std::atomic<int> failed{0};
  // Each member of the group says that the next sync, which is its own group's, fails.
  meeting.run(1, [&](int t, int i) {
    const StatusCode code = write(database, [&](Writer& writer) {
      writer.set_setting(numbered("t", t), std::to_string(i));
      if (i == 0) meeting.vfs().on_sync([] { return false; });
    });
    if (code == StatusCode::kIo) ++failed;
  });
  CHECK(failed == kThreads);
  CHECK(meeting.commits() == 1);
  CHECK(setting(database, "t0") == "-1");
  for (int t = 1; t < kThreads; ++t) CHECK(setting(database, numbered("t", t)).empty());
  meeting.vfs().on_sync(nullptr);
  std::vector<std::thread> threads;  // as many as are expected
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] { write(database, [&](Writer& writer) { writer.set_setting(numbered("t", t), "after"); }); });
  }
  for (std::thread& thread : threads) thread.join();
  for (int t = 0; t < kThreads; ++t) CHECK(setting(database, numbered("t", t)) == "after");
}

TEST_CASE("group commit: the strictest durability of a group is that of all", "[database]") {
  Meeting meeting;
  meeting.run(4, [&](int t, int i) {
    const bool full = i < 0 || (i == 1 && t == 3);
    write(meeting.database(), [&](Writer& writer) { writer.set_setting(numbered("t", t), std::to_string(i)); },
          full ? Durability::kFull : Durability::kRelaxed);
  });
  CHECK(meeting.commits() == 5);
  CHECK(meeting.syncs() == 2);  // the first write, and the group with the one in it
}
