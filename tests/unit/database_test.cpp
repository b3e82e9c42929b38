// SPDX-License-Identifier: Apache-2.0
// Database: transactions, group commit, the gate that close() shuts.
#include "storage/sqlite/database.hpp"

#include "core/error.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "open_store.hpp"

using namespace mnemic;
using namespace mnemic::test;
using namespace mnemic::storage;

namespace {

template <typename Body>
StatusCode code_of(Body&& body) {
  try {
    body();
    return StatusCode::kOk;
  } catch (const core::StatusError& error) {
    return error.status().code();
  }
}

std::string setting(Database& database, const std::string& name) {
  std::string value;
  database.read([&](Reader& reader) { value = reader.setting(name); });
  return value;
}

void set(Database& database, const std::string& name, const std::string& value, Durability durability = Durability::kRelaxed) {
  database.write(durability, [&](Writer& writer) { writer.set_setting(name, value); });
}

std::string numbered(const std::string& name, int n) { return name + std::to_string(n); }

/// Runs `body(t)` in threads that all start together.
template <typename Body>
void together(int threads, Body body) {
  std::atomic<int> waiting{threads};
  std::vector<std::thread> running;
  for (int t = 0; t < threads; ++t) {
    running.emplace_back([&, t] {
      for (--waiting; waiting > 0;) std::this_thread::yield();
      body(t);
    });
  }
  for (std::thread& thread : running) thread.join();
}

}  // namespace

TEST_CASE("database: a write is there for the next read", "[database]") {
  const TempDir dir;
  const std::string path = GENERATE(":memory:", "file");
  Database database(path == "file" ? dir / "store.db" : std::filesystem::path(path), {});
  CHECK(setting(database, "a").empty());
  set(database, "a", "1", Durability::kFull);
  CHECK(setting(database, "a") == "1");
  set(database, "a", "2");
  CHECK(setting(database, "a") == "2");
  CHECK(database.commits() == 2);
  CHECK(database.writes() == 2);
  database.flush();
  CHECK(setting(database, "a") == "2");
}

TEST_CASE("database: a write that throws leaves nothing, and the next one works", "[database]") {
  const TempDir dir;
  const std::string path = GENERATE(":memory:", "file");
  Database database(path == "file" ? dir / "store.db" : std::filesystem::path(path), {});
  CHECK(code_of([&] {
          database.write(Durability::kFull, [](Writer& writer) {
            writer.set_setting("a", "half");
            core::fail(StatusCode::kAborted, "changed its mind");
          });
        }) == StatusCode::kAborted);
  CHECK(setting(database, "a").empty());
  CHECK(database.commits() == 0);
  CHECK_THROWS_AS(database.write(Durability::kFull, [](Writer&) { throw 7; }), int);  // not only our own exceptions
  set(database, "a", "whole");
  CHECK(setting(database, "a") == "whole");
}

TEST_CASE("database: a read that throws leaves no transaction open", "[database]") {
  const TempDir dir;
  DatabaseOptions options;
  options.readers = 1;  // the connection that failed is the one that is used again
  Database database(dir / "store.db", options);
  set(database, "a", "1");
  for (int i = 0; i < 3; ++i) {
    CHECK(code_of([&] {
            database.read([](Reader& reader) {
              (void)reader.setting("a");
              core::fail(StatusCode::kAborted, "enough");
            });
          }) == StatusCode::kAborted);
    CHECK_THROWS_AS(database.read([](Reader&) { throw 7; }), int);
    set(database, "a", numbered("after", i));
    CHECK(setting(database, "a") == numbered("after", i));  // a transaction left open would still see the old value
  }
}

TEST_CASE("database: one read sees one state, whatever is written meanwhile", "[database]") {
  const TempDir dir;
  Database database(dir / "store.db", {});
  set(database, "a", "old");
  std::string first, second;
  database.read([&](Reader& reader) {
    first = reader.setting("a");
    set(database, "a", "new");
    second = reader.setting("a");
  });
  CHECK(first == "old");
  CHECK(second == "old");
  CHECK(setting(database, "a") == "new");
}

TEST_CASE("database: writes that wait together are committed together", "[database]") {
  const TempDir dir;
  Database database(dir / "store.db", {});
  constexpr int kThreads = 8;
  constexpr int kWrites = 25;
  int rounds = 0;
  // How many meet in a group is up to the scheduler: try until some did.
  for (; rounds < 40 && database.commits() == database.writes(); ++rounds) {
    together(kThreads, [&](int t) {
      for (int i = 0; i < kWrites; ++i) set(database, numbered("t", t), std::to_string(i), Durability::kFull);
    });
  }
  CHECK(database.writes() == static_cast<std::uint64_t>(rounds * kThreads * kWrites));
  CHECK(database.commits() < database.writes());
  for (int t = 0; t < kThreads; ++t) CHECK(setting(database, numbered("t", t)) == std::to_string(kWrites - 1));
}

TEST_CASE("database: a member of a group that fails is undone alone", "[database]") {
  const TempDir dir;
  Database database(dir / "store.db", {});
  std::atomic<int> failed{0};
  constexpr int kThreads = 8;
  int rounds = 0;
  for (; rounds < 40 && (rounds < 3 || database.commits() >= database.writes()); ++rounds) {
    together(kThreads, [&](int t) {
      for (int i = 0; i < 10; ++i) {
        const std::string name = numbered("r" + std::to_string(rounds) + "t" + std::to_string(t) + "i", i);
        const auto work = [&](Writer& writer) {
          writer.set_setting(name, "written");
          if (t % 2 == 1) core::fail(StatusCode::kAborted, "on purpose {}", name);
        };
        try {
          database.write(Durability::kRelaxed, work);
        } catch (const core::StatusError& error) {
          if (error.status().message() == "on purpose " + name) ++failed;  // its own failure, not another's
        }
      }
    });
  }
  CHECK(failed == rounds * kThreads / 2 * 10);
  database.read([&](Reader& reader) {
    for (int r = 0; r < rounds; ++r) {
      for (int t = 0; t < kThreads; ++t) {
        for (int i = 0; i < 10; ++i) {
          const std::string name = numbered("r" + std::to_string(r) + "t" + std::to_string(t) + "i", i);
          if (reader.setting(name) != (t % 2 == 1 ? "" : "written")) FAIL(name);
        }
      }
    }
  });
}

TEST_CASE("database: many readers on few connections, beside writers", "[database]") {
  const TempDir dir;
  DatabaseOptions options;
  options.readers = 2;
  Database database(dir / "store.db", options);
  set(database, "a", "0");
  std::atomic<bool> wrong{false};
  together(6, [&](int t) {
    for (int i = 0; i < 40; ++i) {
      if (t < 2) {
        set(database, "a", std::to_string(i));
      } else if (setting(database, "a").empty()) {
        wrong = true;
      }
    }
  });
  CHECK_FALSE(wrong);
}

TEST_CASE("database: close waits for calls under way and shuts out later ones", "[database]") {
  const TempDir dir;
  const bool writing = GENERATE(false, true);
  Database database(dir / "store.db", {});
  set(database, "a", "1");
  std::atomic<bool> inside{false}, closed{false};
  bool closed_too_early = true;
  const auto hold = [&] {
    inside = true;
    while (code_of([&] { database.require_open(); }) == StatusCode::kOk) std::this_thread::yield();
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();  // close has begun, and has every chance to be wrong
    closed_too_early = closed;
  };
  std::thread caller([&] {
    if (writing) {
      database.write(Durability::kRelaxed, [&](Writer& writer) {
        hold();
        writer.set_setting("a", "2");
      });
    } else {
      database.read([&](Reader& reader) {
        hold();
        (void)reader.setting("a");
      });
    }
  });
  while (!inside) std::this_thread::yield();
  database.close();
  closed = true;
  caller.join();
  CHECK_FALSE(closed_too_early);
  CHECK(code_of([&] { set(database, "a", "3"); }) == StatusCode::kFailedPrecondition);
  CHECK(code_of([&] { (void)setting(database, "a"); }) == StatusCode::kFailedPrecondition);
  CHECK(code_of([&] { database.flush(); }) == StatusCode::kFailedPrecondition);
  database.close();  // twice is no error
  Database again(dir / "store.db", {});
  CHECK(setting(again, "a") == (writing ? "2" : "1"));
}

TEST_CASE("database: for reading only, nothing is written", "[database]") {
  const TempDir dir;
  { Database database(dir / "store.db", {}); }
  DatabaseOptions options;
  options.access = Access::kReadOnly;
  Database database(dir / "store.db", options);
  CHECK(database.read_only());
  CHECK(code_of([&] { set(database, "a", "1"); }) == StatusCode::kFailedPrecondition);
  CHECK(code_of([&] { database.flush(); }) == StatusCode::kFailedPrecondition);
  CHECK(setting(database, "a").empty());
  CHECK(code_of([&] { Database missing(dir / "missing.db", options); }) == StatusCode::kNotFound);
  CHECK(code_of([&] { Database memory(":memory:", options); }) == StatusCode::kInvalidArgument);
  options.access = Access::kReadWrite;
  options.create = false;
  CHECK(code_of([&] { Database missing(dir / "missing.db", options); }) == StatusCode::kNotFound);
  CHECK_FALSE(std::filesystem::exists(dir / "missing.db"));
}

TEST_CASE("database: sizes", "[database]") {
  const TempDir dir;
  Database database(dir / "store.db", {});
  set(database, "a", std::string(100'000, 'x'));
  CHECK(database.file_bytes() > 0);
  CHECK(database.wal_bytes() > 100'000);
  Database memory(":memory:", {});
  CHECK(memory.file_bytes() == 0);
  CHECK(memory.wal_bytes() == 0);
}
