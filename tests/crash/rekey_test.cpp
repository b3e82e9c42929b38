// SPDX-License-Identifier: Apache-2.0
// kill -9 at any moment of a rekey: the store is there, whole, with the old key or the new one.
#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/encrypted.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"

#include <mnemic/mnemic.hpp>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;

namespace {

std::string raw_key(char digit) { return "x'" + std::string(64, digit) + "'"; }

}  // namespace

// arguments: store, and the keys that it gets by turns; it has the first one. Says "B" before each rekey, "A" after it.
MNEMIC_CHILD(rekeyer) {
  say("ready");
  for (std::size_t turn = 0;; ++turn) {
    const std::string& key = arguments.at(1 + turn % (arguments.size() - 1));
    const std::string& next = arguments.at(1 + (turn + 1) % (arguments.size() - 1));
    say("B");
    const auto done = rekey_store(arguments.at(0), {.key = key, .new_key = next});
    say(done ? "A" : "! " + done.status().to_string());
    if (!done) return 1;
  }
}

TEST_CASE("a rekey killed at random points leaves the store with the old key or the new one") {
  if (!can_encrypt()) MNEMIC_SKIP("this build has no encryption");
  const std::uint64_t seed = fresh_seed();
  Random random(seed);
  // "" is the key of the run where all files are encrypted, and none in others.
  const std::vector<std::string> keys{raw_key('1'), raw_key('2'), ""};
  std::vector<std::size_t> found(keys.size());
  for (std::size_t kill = 0; kill < scaled(40, 400); ++kill) {
    INFO("kill " << kill << ", seed " << seed);
    const TempDir dir;
    {
      const auto store = Store::open(dir / "store.db", {.key = keys.front()});
      REQUIRE_OK(store);
      Batch batch;
      for (int n = 0; n < 100; ++n) batch.put({.text = "memory " + std::to_string(n)});
      REQUIRE_OK(store->scope({"acme", "ada"})->write(batch));
    }
    Child child("rekeyer", {(dir / "store.db").string(), keys[0], keys[1], keys[2]});
    REQUIRE(child.line().value_or("") == "ready");
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(300'000)));
    child.kill();
    for (const std::string& line : child.rest()) REQUIRE_FALSE(line.starts_with("!"));
    std::size_t opening = 0;
    for (std::size_t n = 0; n < keys.size(); ++n) {
      const auto store = Store::open(dir / "store.db", {.create = false, .key = keys[n]});
      if (!store) continue;
      ++opening;
      ++found[n];
      REQUIRE(store->check()->clean());
      REQUIRE(store->scope({"acme", "ada"})->count().value() == 100);
    }
    REQUIRE(opening == 1);
  }
  CHECK(found[0] < scaled(40, 400));  // some rekeys came to their end
}
