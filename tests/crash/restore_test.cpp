// SPDX-License-Identifier: Apache-2.0
// kill -9 at any moment of a backup or a restore: the older file or the newer one is there, whole.
#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"

#include <mnemic/mnemic.hpp>

#include <chrono>
#include <filesystem>
#include <string>

using namespace mnemic;
using namespace mnemic::test;
namespace fs = std::filesystem;

namespace {

Namespace home() { return {"acme", "ada"}; }

void fill(const Store& store, std::size_t count, const std::string& word) {
  Batch batch;
  for (std::size_t n = 0; n < count; ++n) batch.put({.text = word + " " + std::to_string(n)});
  REQUIRE_OK(store.scope(home())->write(batch));
}

std::size_t whole(const fs::path& path) {
  const auto store = Store::open(path, {.create = false});
  REQUIRE_OK(store);
  const auto report = store->check();
  REQUIRE_OK(report);
  REQUIRE(report->clean());
  return store->scope(home())->count().value();
}

}  // namespace

// arguments: backup, path, keep. Restores again and again, and says "B" before, "A" after.
MNEMIC_CHILD(restorer) {
  say("ready");
  for (;;) {
    say("B");
    const auto done = restore_store(arguments.at(0), arguments.at(1), {.keep_replaced = arguments.at(2) == "keep"});
    say(done ? "A" : "! " + done.status().to_string());
    if (!done) return 1;
  }
}

// arguments: store, backup.
MNEMIC_CHILD(backer) {
  const auto store = Store::open(arguments.at(0));
  say("ready");
  for (;;) {
    const auto done = store->backup(arguments.at(1), {.verify = false});
    say(done ? "A" : "! " + done.status().to_string());
    if (!done) return 1;
  }
}

TEST_CASE("a restore killed at random points leaves the old store or the new one") {
  const std::uint64_t seed = fresh_seed();
  Random random(seed);
  std::size_t old_ones = 0;
  std::size_t new_ones = 0;
  for (std::size_t kill = 0; kill < scaled(40, 400); ++kill) {
    INFO("kill " << kill << ", seed " << seed);
    const TempDir dir;
    {
      auto store = Store::open(dir / "store.db").value();
      fill(store, 100, "first");
      REQUIRE_OK(store.backup(dir / "backup.db"));
      fill(store, 50, "second");
    }
    Child child("restorer", {(dir / "backup.db").string(), (dir / "store.db").string(), kill % 2 == 0 ? "keep" : "drop"});
    REQUIRE(child.line().value_or("") == "ready");
    (void)child.line(std::chrono::microseconds(random.below(60'000)));
    (void)child.line(std::chrono::microseconds(random.below(60'000)));
    child.kill();
    for (const std::string& line : child.rest()) REQUIRE_FALSE(line.starts_with("!"));
    const std::size_t count = whole(dir / "store.db");
    REQUIRE((count == 100 || count == 150));
    (count == 150 ? old_ones : new_ones) += 1;
    REQUIRE(whole(dir / "backup.db") == 100);
    REQUIRE_OK(restore_store(dir / "backup.db", dir / "store.db"));  // what was left behind does not stand in the way
  }
  CHECK(old_ones > 0);
  CHECK(new_ones > 0);
}

TEST_CASE("a backup killed at random points leaves the older one or the newer one") {
  const std::uint64_t seed = fresh_seed();
  Random random(seed);
  const TempDir dir;
  {
    auto store = Store::open(dir / "store.db").value();
    fill(store, 100, "first");
    REQUIRE_OK(store.backup(dir / "backup.db"));
  }
  for (std::size_t kill = 0; kill < scaled(40, 400); ++kill) {
    INFO("kill " << kill << ", seed " << seed);
    {
      auto store = Store::open(dir / "store.db").value();
      fill(store, 10, "more");
    }
    const std::size_t newer = 100 + 10 * (kill + 1);
    Child child("backer", {(dir / "store.db").string(), (dir / "backup.db").string()});
    REQUIRE(child.line().value_or("") == "ready");
    (void)child.line(std::chrono::microseconds(random.below(40'000)));
    child.kill();
    for (const std::string& line : child.rest()) REQUIRE_FALSE(line.starts_with("!"));
    const std::size_t count = whole(dir / "backup.db");
    REQUIRE(count <= newer);
    REQUIRE(count % 10 == 0);
    REQUIRE(whole(dir / "store.db") == newer);
  }
}
