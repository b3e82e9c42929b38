// SPDX-License-Identifier: Apache-2.0
// Jobs claimed by several threads and several processes at once: each is done once, with what it writes.
#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/ledger.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"

#include <mnemic/mnemic.hpp>

#include <map>
#include <string>
#include <thread>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;

namespace {

constexpr std::size_t kNames = 3;

Namespace name_of(std::size_t n) { return {"acme", std::to_string(n % kNames)}; }

/// Works until nothing is left. @return how many it did; on a failure the failure.
Result<std::size_t> work(const Store& store) {
  std::size_t done = 0;
  for (;;) {
    const auto slice = store.maintain({.items = 5}, {{"work", [](const Job& job, JobContext& context) -> Status {
      context.batch().put({.text = "Did " + job.payload.as_string()});
      return job.attempts == 1 && job.id % 7 == 0 ? Status(StatusCode::kUnsupported, "the first time it fails") : Status();
    }}});
    if (!slice) return slice.status();
    done += slice->done;
    if (slice->lost > 0) return Status(StatusCode::kInternal, "a lease was lost");
    if (slice->remaining == 0 && !slice->next_in) return done;
  }
}

void enqueue(const Store& store, std::size_t jobs) {
  for (std::size_t n = 0; n < jobs; ++n) {
    JobInput input;
    input.kind = "work";
    input.name_space = name_of(n);
    input.payload = std::to_string(n);
    REQUIRE_OK(store.jobs().enqueue(input));
  }
}

void require_each_once(const Store& store, std::size_t jobs) {
  std::map<std::string, std::size_t> times;
  for (std::size_t n = 0; n < kNames; ++n) {
    for (const Memory& memory : store.scope(name_of(n))->list({.limit = 10'000}).value()) ++times[memory.text];
  }
  CHECK(times.size() == jobs);
  for (const auto& [text, count] : times) CHECK(count == 1);
  CHECK(store.jobs().list()->size() == kNames);  // the marks
  REQUIRE(join(check_problems(store)) == "");
}

}  // namespace

// arguments: path
MNEMIC_CHILD(job_claimer) {
  auto store = Store::open(arguments.at(0), {.busy_timeout = std::chrono::milliseconds(60'000)});
  if (!store) return 1;
  say("ready");
  hear();
  const auto done = work(*store);
  say(done ? std::to_string(*done) : "! " + done.status().to_string());
  return 0;
}

TEST_CASE("jobs claimed by four processes at once are done once each") {
  const TempDir dir;
  const std::size_t jobs = scaled(120, 2000);
  auto store = Store::open(dir / "store.db", {.durability = Durability::kRelaxed});
  REQUIRE_OK(store);
  enqueue(*store, jobs);
  std::vector<Child> children;
  for (int n = 0; n < 4; ++n) children.emplace_back("job_claimer", std::vector<std::string>{dir / "store.db"});
  for (auto& child : children) REQUIRE(child.line().value_or("it died") == "ready");
  for (auto& child : children) child.send("go");
  std::size_t done = 0;
  for (auto& child : children) {
    const std::string answer = child.line(std::chrono::minutes(5)).value_or("it died");
    INFO(answer);
    REQUIRE(answer.find_first_not_of("0123456789") == std::string::npos);
    done += std::stoul(answer);
    CHECK(child.wait() == 0);
  }
  CHECK(done == jobs);
  require_each_once(*store, jobs);
}

TEST_CASE("jobs claimed by four threads at once are done once each") {
  const TempDir dir;
  const std::size_t jobs = scaled(120, 2000);
  auto store = Store::open(dir / "store.db", {.durability = Durability::kRelaxed});
  REQUIRE_OK(store);
  enqueue(*store, jobs);
  std::vector<Status> outcomes(4);
  std::vector<std::size_t> done(4);
  std::vector<std::thread> threads;
  for (std::size_t n = 0; n < 4; ++n) {
    threads.emplace_back([&, n] {
      const auto answer = work(*store);
      outcomes[n] = answer.status();
      done[n] = answer.value_or(0);
    });
  }
  for (auto& thread : threads) thread.join();
  for (const Status& outcome : outcomes) REQUIRE_OK(outcome);
  CHECK(done[0] + done[1] + done[2] + done[3] == jobs);
  require_each_once(*store, jobs);
}
