// SPDX-License-Identifier: Apache-2.0
// Jobs against a slow, obvious model: random schedules of enqueueing, slices, failures, deaths, retries and cancellations. No
// job is lost, none is done twice, the mark is right; and namespaces are served fairly.
#include "support/catch.hpp"
#include "support/clock.hpp"
#include "support/ledger.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"

#include <mnemic/mnemic.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;
using namespace std::chrono_literals;

namespace {

const std::vector<Namespace> kNames{{"a"}, {"a", "b"}, {"c"}};
const std::vector<std::string> kKinds{"one", "two"};

struct ModelJob {
  std::string kind;
  std::size_t name = 0;
  bool done = false;
  bool dead = false;
  std::size_t completions = 0;
};

/// Every job that was enqueued and not cancelled.
using Model = std::map<JobId, ModelJob>;

JobId mark(const Model& model, const std::string& kind, std::size_t name) {
  JobId up_to = 0;
  for (const auto& [id, job] : model) {
    if (job.kind != kind || job.name != name) continue;
    if (!job.done) break;
    up_to = id;
  }
  return up_to;
}

void compare(const Store& store, const Model& model) {
  std::map<JobId, Job> stored;
  for (const Job& job : store.jobs().list({.limit = 10'000}).value()) stored.emplace(job.id, job);
  for (const auto& [id, job] : model) {
    INFO("job " << id);
    const auto found = stored.find(id);
    if (job.done) {
      REQUIRE(job.completions == 1);
      if (found != stored.end()) REQUIRE(found->second.state == JobState::kDone);
      REQUIRE((found == stored.end()) == (id < mark(model, job.kind, job.name)));
    } else {
      REQUIRE(found != stored.end());
      REQUIRE((found->second.state == JobState::kDead) == job.dead);
    }
  }
  for (const auto& [id, job] : stored) {
    INFO("job " << id);
    REQUIRE(model.contains(id));
  }
  for (const std::string& kind : kKinds) {
    for (std::size_t name = 0; name < kNames.size(); ++name) {
      // A cancelled job above the last done one does not show in the model either.
      REQUIRE(store.jobs().processed_up_to(kind, kNames[name]).value() == mark(model, kind, name));
    }
  }
}

}  // namespace

TEST_CASE("random schedules lose no job, do none twice and keep the mark right") {
  for (const std::uint64_t seed : seeds()) {
    INFO("seed " << seed);
    Random random(seed);
    const auto clock = std::make_shared<ManualClock>();
    Options options;
    options.clock = clock;
    options.random = seeded_random(seed);
    auto store = Store::open(":memory:", options).value();
    Model model;
    std::function<Status(const Job&, JobContext&)> handler = [&](const Job& job, JobContext& context) -> Status {
      const auto known = model.find(job.id);
      if (known == model.end()) return Status(StatusCode::kInternal, "done although cancelled");
      REQUIRE_FALSE(known->second.done);
      REQUIRE_FALSE(known->second.dead);
      context.batch().put({.key = "job" + std::to_string(job.id) + "_" + std::to_string(random.next()), .text = "Done."});
      switch (random.below(12)) {
        case 0: return Status(StatusCode::kUnsupported, "no");
        case 1: throw std::runtime_error("no");
        case 2: return Status(StatusCode::kResourceExhausted, "too much");
        case 3: return Status(StatusCode::kCancelled, "");
        case 4:  // its lease runs out, and somebody else comes
          clock->advance(61s);
          store.maintain({.items = 1 + random.below(3)}, {{kKinds[0], handler}, {kKinds[1], handler}}).value();
          return {};
        case 5:
          if (random.chance(30) && store.jobs().cancel(job.id).ok()) model.erase(job.id);
          return {};
        case 6: clock->advance(-std::chrono::seconds(random.below(100'000))); return {};
        default: return {};
      }
    };
    // A completion shows as a done row, or as the memory of one that is gone; counted after each slice.
    std::map<JobId, std::size_t> written;
    const auto count = [&] {
      written.clear();
      for (const Namespace& name : kNames) {
        for (const Memory& memory : store.scope(name)->list({.limit = 10'000}).value()) ++written[std::stoull(memory.key.substr(3))];
      }
      for (auto& [id, job] : model) {
        job.completions = written.contains(id) ? written[id] : 0;
        job.done = job.completions > 0;
        const auto stored = store.jobs().get(id);
        job.dead = stored && stored->state == JobState::kDead;
      }
    };
    for (std::size_t step = 0; step < scaled(250, 3000); ++step) {
      INFO("step " << step);
      switch (random.below(6)) {
        case 0:
        case 1: {
          JobInput input;
          input.kind = random.pick(kKinds);
          const std::size_t name = random.below(kNames.size());
          input.name_space = kNames[name];
          input.priority = static_cast<std::int32_t>(random.between(-1, 1));
          input.max_attempts = static_cast<std::uint32_t>(random.between(1, 3));
          if (random.chance(30)) input.not_before = clock->now() + std::chrono::seconds(random.between(-50, 50));
          const JobId id = store.jobs().enqueue(input).value();
          REQUIRE(model.emplace(id, ModelJob{input.kind, name}).second);
          REQUIRE(id == model.rbegin()->first);
          break;
        }
        case 2: clock->advance(std::chrono::seconds(random.below(100))); break;
        case 3:
          if (!model.empty() && random.chance(40)) {
            const JobId id = random.pick(model).first;
            const bool was_dead = model[id].dead;
            if (random.chance(50)) {
              REQUIRE(store.jobs().retry(id).ok() == was_dead);
            } else if (store.jobs().cancel(id).ok()) {
              REQUIRE_FALSE(model[id].done);
              model.erase(id);
            }
          }
          break;
        default: {
          JobHandlers handlers{{kKinds[0], handler}};
          if (random.chance(60)) handlers.emplace(kKinds[1], handler);
          REQUIRE_OK(store.maintain({.time = 1h, .items = random.below(6)}, handlers));
        }
      }
      count();
      if (step % 10 == 0) compare(store, model);
      if (step % 50 == 0) REQUIRE(join(check_problems(store)) == "");
    }
    // In the end everything that is not dead is done.
    handler = [](const Job&, JobContext& context) {
      (void)context;
      return Status();
    };
    const auto finish = [&](const Job& job, JobContext& context) {
      context.batch().put({.key = "job" + std::to_string(job.id) + "_end", .text = "Done."});
      return Status();
    };
    for (int round = 0; round < 3; ++round) {
      clock->advance(std::chrono::hours(20'000));  // further than it ever jumped back
      REQUIRE_OK(store.maintain({.time = 1h, .items = 100'000}, {{kKinds[0], finish}, {kKinds[1], finish}}));
    }
    count();
    compare(store, model);
    for (const auto& [id, job] : model) REQUIRE((job.done || job.dead));
    REQUIRE(join(check_problems(store)) == "");
  }
}

TEST_CASE("one namespace with 10,000 jobs does not starve ten that have one each, whoever claims") {
  for (const std::uint64_t seed : seeds()) {
    INFO("seed " << seed);
    Random random(seed);
    const TempDir dir;
    Options options;
    options.clock = std::make_shared<ManualClock>();
    options.embedder = nullptr;
    options.durability = Durability::kRelaxed;
    // Several stores on one file: as several processes, with nothing in common but the file.
    std::vector<Store> stores;
    for (int n = 0; n < 3; ++n) stores.push_back(Store::open(dir / "store.db", options).value());
    std::size_t claims = 0;
    std::map<std::string, std::size_t> done_at;
    std::vector<JobInput> noise;
    JobInput input;
    input.kind = "work";
    input.name_space = {"noisy"};
    input.priority = 1000;  // its own affair
    // The noise is made by one job, in one commit.
    JobInput maker = input;
    maker.kind = "make";
    REQUIRE_OK(stores[0].jobs().enqueue(maker));
    REQUIRE_OK(stores[0].maintain({}, {{"make", [&](const Job&, JobContext& context) {
      for (int n = 0; n < 10'000; ++n) context.enqueue(input);
      return Status();
    }}}));
    const auto claim = [&] {
      ++claims;
      const auto report = random.pick({0, 1, 2});
      REQUIRE_OK(stores[static_cast<std::size_t>(report)].maintain({.items = 1}, {{"work", [&](const Job& job, JobContext&) {
        done_at.try_emplace(job.name_space.to_string(), claims);
        return Status();
      }}}));
    };
    for (std::size_t n = random.below(30); n > 0; --n) claim();
    for (int n = 0; n < 10; ++n) {
      input.name_space = {"quiet", std::to_string(random.next())};
      input.priority = static_cast<std::int32_t>(random.between(-9, 9));
      REQUIRE_OK(stores[random.below(3)].jobs().enqueue(input));
    }
    const std::size_t before = claims;
    for (int n = 0; n < 22; ++n) claim();
    std::size_t quiet = 0;
    for (const auto& [name, at] : done_at) {
      if (name == "noisy") continue;
      ++quiet;
      CHECK(at - before <= 22);
    }
    CHECK(quiet == 10);
    CHECK(stores[1].stats()->jobs_waiting > 9'900);
  }
}
