// SPDX-License-Identifier: Apache-2.0
// Threads and processes that assert, record, link and forget at the same time: what must hold of one, holds of all.
#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/ledger.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"

#include <mnemic/mnemic.hpp>

#include <algorithm>
#include <atomic>
#include <latch>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;

namespace {

Namespace home() { return {"acme", "ada"}; }

// Catch2 assertions are for one thread; the others report here.
class Problems {
 public:
  void expect(bool good, const std::string& what) {
    if (good) return;
    const std::lock_guard lock(mutex_);
    if (lines_.size() < 20) lines_.push_back(what);
  }
  void expect_ok(const Status& status, const std::string& what) { expect(status.ok(), what + ": " + status.to_string()); }
  std::string all() {
    const std::lock_guard lock(mutex_);
    return join(lines_);
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// Runs `work(n)` on `count` threads that begin together.
template <typename Work>
void together(std::size_t count, Work work) {
  std::latch start(static_cast<std::ptrdiff_t>(count));
  std::vector<std::thread> threads;
  for (std::size_t n = 0; n < count; ++n) {
    threads.emplace_back([&, n] {
      start.arrive_and_wait();
      work(n);
    });
  }
  for (auto& thread : threads) thread.join();
}

/// One firm value at every moment; each closed one ends where another begins, and says by what it was closed.
void check_chain(const Scope& scope, const std::string& subject, std::size_t asserted) {
  const auto history = scope.facts().history(subject);
  REQUIRE_OK(history);
  CHECK(history->size() == asserted);
  std::vector<std::pair<Timestamp, Timestamp>> held;
  std::size_t open = 0;
  for (const auto& fact : *history) {
    INFO(to_json(fact).dump());
    if (fact.memory.state == State::kSuperseded) {
      const auto by = scope.related(fact.memory.id, {.type = "supersedes", .direction = Direction::kIncoming, .limit = 1000});
      REQUIRE_OK(by);
      CHECK_FALSE(by->empty());
    }
    open += !fact.holds.until;
    if (fact.holds.until != fact.holds.since) held.emplace_back(fact.holds.since, fact.holds.until.value_or(kOpenEnd));
  }
  CHECK(open == 1);
  std::sort(held.begin(), held.end());
  for (std::size_t n = 1; n < held.size(); ++n) CHECK(held[n - 1].second == held[n].first);  // no gap, no overlap
  const auto now = scope.facts().about(subject, {.attribute = "is at"});
  REQUIRE_OK(now);
  CHECK(now->size() == 1);
}

FactInput is_at(const std::string& subject, const std::string& place, Random& random) {
  FactInput fact{.subject = subject, .attribute = "is at", .value = place};
  fact.since = Timestamp(std::chrono::hours(24 * 15'000 + static_cast<int>(random.below(200))));
  return fact;
}

void check_skill(const Scope& scope, std::size_t recorded, std::size_t successes) {
  const auto skills = scope.skills().list();
  REQUIRE_OK(skills);
  REQUIRE(skills->items.size() == 1);
  const Skill& skill = skills->items[0];
  CHECK(skill.runs == recorded);
  CHECK(skill.successes == successes);
  CHECK(skill.failures == recorded - successes);
  const auto runs = scope.related(skill.memory.id, {.type = "run_of", .direction = Direction::kIncoming, .limit = 10'000});
  REQUIRE_OK(runs);
  CHECK(runs->size() == recorded);
}

/// No link without both of its ends: `check` looks, and so does every memory.
void check_links(const Scope& scope) {
  const auto page = scope.list({.limit = 10'000});
  REQUIRE_OK(page);
  std::set<MemoryId> there;
  for (const auto& memory : *page) there.insert(memory.id);
  for (const auto& memory : *page) {
    const auto related = scope.related(memory.id, {.limit = 10'000});
    REQUIRE_OK(related);
    for (const auto& one : *related) {
      CHECK(there.contains(one.relation.from));
      CHECK(there.contains(one.relation.to));
    }
  }
}

}  // namespace

TEST_CASE("threads that assert one single-valued attribute leave one value at every moment") {
  const TempDir dir;
  auto store = Store::open(dir / "store.db", {.durability = Durability::kRelaxed});
  REQUIRE_OK(store);
  const Scope scope = store->scope(home()).value();
  const std::size_t rounds = scaled(40, 400);
  constexpr std::size_t kThreads = 4;
  Problems problems;
  std::atomic<std::size_t> asserted{0};
  std::atomic<std::size_t> writing{kThreads};
  together(kThreads + 1, [&](std::size_t t) {
    Random random(t + 1);
    if (t == kThreads) {  // one looks on
      do {
        const auto now = scope.facts().about("Ada");
        problems.expect_ok(now.status(), "about");
        if (now) problems.expect(now->size() <= 1, "two values at once");
        const auto found = scope.recall({.text = "Ada"}, {.k = 100});
        problems.expect_ok(found.status(), "recall");
        if (found) problems.expect(found->hits.size() <= 1, "two values recalled at once");
      } while (writing.load() > 0);
      return;
    }
    for (std::size_t n = 0; n < rounds; ++n) {
      const auto done = scope.facts().assert_fact(is_at("Ada", "place " + std::to_string(t) + "." + std::to_string(n), random));
      problems.expect_ok(done.status(), "assert_fact");
      if (done) problems.expect(!done->known, "known, though nobody said it");
      asserted += done.ok();
    }
    --writing;
  });
  CHECK(problems.all() == "");
  CHECK(asserted.load() == kThreads * rounds);
  check_chain(scope, "Ada", asserted.load());
  REQUIRE(join(check_problems(*store)) == "");
}

TEST_CASE("threads that say the same make one fact of it") {
  const TempDir dir;
  auto store = Store::open(dir / "store.db", {.durability = Durability::kRelaxed});
  REQUIRE_OK(store);
  const Scope scope = store->scope(home()).value();
  Problems problems;
  for (std::size_t round = 0; round < scaled(10, 100); ++round) {
    FactInput fact{.subject = "Ada", .attribute = "is at", .value = "place " + std::to_string(round)};
    fact.since = Timestamp(std::chrono::hours(24 * 15'000 + static_cast<int>(round)));
    std::atomic<std::size_t> fresh{0};
    together(4, [&](std::size_t) {
      const auto done = scope.facts().assert_fact(fact);
      problems.expect_ok(done.status(), "assert_fact");
      fresh += done.ok() && !done->known;
    });
    CHECK(fresh.load() == 1);
  }
  CHECK(problems.all() == "");
  check_chain(scope, "Ada", scaled(10, 100));
}

TEST_CASE("threads that confirm, reject and retract while others assert leave one firm value at a time") {
  const TempDir dir;
  auto store = Store::open(dir / "store.db", {.durability = Durability::kRelaxed});
  REQUIRE_OK(store);
  const Scope scope = store->scope(home()).value();
  Problems problems;
  together(4, [&](std::size_t t) {
    Random random(t + 1);
    for (std::size_t n = 0; n < scaled(40, 400); ++n) {
      FactInput fact = is_at("Ada", "place " + std::to_string(t) + "." + std::to_string(n), random);
      fact.state = random.pick({State::kActive, State::kProposed});
      if (random.chance(50)) fact.until = *fact.since + std::chrono::hours(1 + random.below(40));
      const auto done = scope.facts().assert_fact(fact);
      problems.expect_ok(done.status(), "assert_fact");
      const auto all = scope.facts().history("Ada");
      problems.expect_ok(all.status(), "history");
      if (!all || all->empty()) continue;
      const MemoryId id = random.pick(*all).memory.id;
      Status status;
      switch (random.below(3)) {
        case 0: status = scope.facts().confirm(id).status(); break;
        case 1: status = scope.facts().reject(id).status(); break;
        default: status = scope.facts().retract(id, fact.since).status(); break;
      }
      problems.expect(status.ok() || status.code() == StatusCode::kFailedPrecondition, status.to_string());
    }
  });
  CHECK(problems.all() == "");
  for (int hour = 0; hour < 260; ++hour) {
    const auto then = scope.facts().about("Ada", {.at = Timestamp(std::chrono::hours(24 * 15'000 + hour))});
    REQUIRE_OK(then);
    const auto firm = std::count_if(then->begin(), then->end(), [](const Fact& fact) { return fact.memory.state != State::kProposed; });
    INFO("hour " << hour);
    CHECK(firm <= 1);
  }
  REQUIRE(join(check_problems(*store)) == "");
}

TEST_CASE("threads that record runs of one skill: each is counted once") {
  const TempDir dir;
  auto store = Store::open(dir / "store.db", {.durability = Durability::kRelaxed});
  REQUIRE_OK(store);
  const Scope scope = store->scope(home()).value();
  const std::size_t rounds = scaled(40, 400);
  Problems problems;
  together(4, [&](std::size_t t) {
    for (std::size_t n = 0; n < rounds; ++n) {
      const auto done = scope.skills().record_run({.goal = "find the order", .steps = {{.tool = "search"}}, .outcome = (t + n) % 2 == 0 ? Outcome::kSuccess : Outcome::kFailure});
      problems.expect_ok(done.status(), "record_run");
      if (n % 8 == 0) problems.expect_ok(scope.skills().best_for("find the order").status(), "best_for");
    }
  });
  CHECK(problems.all() == "");
  check_skill(scope, 4 * rounds, 2 * rounds);
  REQUIRE(join(check_problems(*store)) == "");
}

TEST_CASE("threads that link while others forget leave no link without its ends") {
  const TempDir dir;
  auto store = Store::open(dir / "store.db", {.durability = Durability::kRelaxed});
  REQUIRE_OK(store);
  const Scope scope = store->scope(home()).value();
  std::vector<MemoryId> ids;
  for (int n = 0; n < 60; ++n) ids.push_back(scope.put({.text = "note " + std::to_string(n)}).value());
  Problems problems;
  std::atomic<std::size_t> linked{0};
  const auto fine = [&](const Status& status, const char* what) {
    problems.expect(status.ok() || status.code() == StatusCode::kNotFound || status.code() == StatusCode::kInvalidArgument, std::string(what) + ": " + status.to_string());
  };
  together(4, [&](std::size_t t) {
    Random random(t + 1);
    for (std::size_t n = 0; n < scaled(100, 1000); ++n) {
      const MemoryId from = random.pick(ids);
      const MemoryId to = random.pick(ids);
      if (t == 0 && n % 3 == 0) {
        fine(scope.forget(from).status(), "forget");
      } else if (random.chance(70)) {
        const Status done = scope.relate(from, random.pick({"a", "b"}), to, Json::object({{"n", static_cast<std::int64_t>(n)}}));
        fine(done, "relate");
        linked += done.ok();
      } else if (random.chance(50)) {
        fine(scope.unrelate(from, random.pick({"a", "b"}), to), "unrelate");
      } else {
        const auto found = scope.related(from);
        fine(found.status(), "related");
        if (found) {
          for (const auto& one : *found) problems.expect(one.relation.from == from || one.relation.to == from, "a link of somebody else");
        }
      }
    }
  });
  CHECK(problems.all() == "");
  CHECK(linked.load() > 20);
  check_links(scope);
  REQUIRE(join(check_problems(*store)) == "");
}

// arguments: path, own number, rounds. Asserts, records and links as fast as it can, then says how much of each.
MNEMIC_CHILD(layer_crowd) {
  const std::size_t me = std::stoul(arguments.at(1));
  auto store = Store::open(arguments.at(0), {.durability = Durability::kRelaxed, .busy_timeout = std::chrono::milliseconds(60'000)});
  if (!store) {
    say("! " + store.status().to_string());
    return 1;
  }
  const Scope scope = store->scope(home()).value();
  Random random(me + 1);
  say("ready");
  hear();
  for (std::size_t n = 0; n < std::stoul(arguments.at(2)); ++n) {
    const std::string tag = std::to_string(me) + "." + std::to_string(n);
    const auto fact = scope.facts().assert_fact(is_at("Ada", "place " + tag, random));
    const auto run = scope.skills().record_run({.goal = "find the order", .outcome = n % 2 == 0 ? Outcome::kSuccess : Outcome::kFailure});
    if (!fact || !run) {
      say("! " + fact.status().to_string() + " " + run.status().to_string());
      return 1;
    }
    const auto notes = scope.list({.where = Filter::tag("note"), .limit = 100});
    if (!notes || notes->items.empty()) continue;
    const MemoryId from = random.pick(notes->items).id;
    const MemoryId to = random.pick(notes->items).id;
    const Status linked = random.chance(15) ? scope.forget(from).status() : scope.relate(from, "a", to);
    if (!linked.ok() && linked.code() != StatusCode::kNotFound && linked.code() != StatusCode::kInvalidArgument) {
      say("! " + linked.to_string());
      return 1;
    }
  }
  say("done");
  return 0;
}

TEST_CASE("processes that assert, record, link and forget: what one store holds is whole") {
  const TempDir dir;
  const std::string path = dir / "store.db";
  auto store = Store::open(path);
  REQUIRE_OK(store);
  const Scope scope = store->scope(home()).value();
  for (int n = 0; n < 40; ++n) REQUIRE_OK(scope.put({.text = "note " + std::to_string(n), .tags = {"note"}}));
  constexpr std::size_t kProcesses = 3;
  const std::size_t rounds = scaled(20, 300);
  std::vector<Child> children;
  for (std::size_t n = 0; n < kProcesses; ++n) children.emplace_back("layer_crowd", std::vector<std::string>{path, std::to_string(n), std::to_string(rounds)});
  for (auto& child : children) REQUIRE(child.line().value_or("") == "ready");
  for (auto& child : children) child.send("go");
  for (auto& child : children) REQUIRE(child.line().value_or("") == "done");
  for (auto& child : children) REQUIRE(child.wait() == 0);
  check_chain(scope, "Ada", kProcesses * rounds);
  check_skill(scope, kProcesses * rounds, kProcesses * rounds / 2);
  check_links(scope);
  REQUIRE(join(check_problems(*store)) == "");
}
