// SPDX-License-Identifier: Apache-2.0
// Jobs: what is stored, who is claimed, what becomes of it; with a clock that the test moves.
#include "open_store.hpp"
#include "support/sqlite_raw.hpp"

#include <mnemic/mnemic.hpp>

#include <algorithm>
#include <atomic>
#include <new>
#include <set>
#include <stdexcept>
#include <thread>

using namespace mnemic;
using namespace mnemic::test;
using namespace std::chrono_literals;

namespace {

JobHandlers only(JobHandler handler) { return {{"work", std::move(handler)}}; }

Status ok(const Job&, JobContext&) { return {}; }

JobInput work(const Namespace& name, std::int64_t n = 0) {
  JobInput input;
  input.kind = "work";
  input.name_space = name;
  input.payload = Json::object({{"n", n}});
  return input;
}

struct Office : OpenStore {
  using OpenStore::OpenStore;
  JobId add(std::int64_t n = 0, const Namespace& name = {"acme", "ada"}) const { return store.jobs().enqueue(work(name, n)).value(); }
  MaintainReport slice(const JobHandlers& handlers, Budget budget = {}) const { return store.maintain(budget, handlers).value(); }
  Job job(JobId id) const { return store.jobs().get(id).value(); }
  /// The numbers of the payloads in the order in which they were done.
  std::vector<std::int64_t> run_all() const {
    std::vector<std::int64_t> order;
    slice(only([&](const Job& job, JobContext&) {
      order.push_back(job.payload["n"].as_integer());
      return Status();
    }), {.items = 100'000});
    return order;
  }
};

Status broken() { return Status(StatusCode::kUnsupported, "the tool is away"); }

}  // namespace

TEST_CASE("jobs: what was enqueued is read back", "[jobs]") {
  const Office office;
  JobInput input = work({"acme", "ada"}, 7);
  input.not_before = kStart + 1h;
  input.priority = -3;
  input.key = "nightly";
  input.trace = "trace-1";
  input.max_attempts = 2;
  const JobId id = office.store.jobs().enqueue(input).value();
  const Job job = office.job(id);
  CHECK(job.id == id);
  CHECK(job.state == JobState::kWaiting);
  CHECK(job.kind == "work");
  CHECK(job.name_space == Namespace{"acme", "ada"});
  CHECK(job.payload == input.payload);
  CHECK(job.not_before == kStart + 1h);
  CHECK(job.priority == -3);
  CHECK(job.key == "nightly");
  CHECK(job.trace == "trace-1");
  CHECK(job.attempts == 0);
  CHECK(job.max_attempts == 2);
  CHECK(job.created_at == kStart);
  CHECK_FALSE(job.lease_until);
  CHECK(to_json(job)["not_before"].as_string() == "2026-01-01T01:00:00Z");
  REQUIRE_CODE(office.store.jobs().get(99), StatusCode::kNotFound);
  CHECK(office.store.stats()->jobs_waiting == 1);
  for (const JobState state : {JobState::kWaiting, JobState::kLeased, JobState::kDone, JobState::kDead}) {
    CHECK(parse_job_state(to_string(state)).value() == state);
  }
  REQUIRE_CODE(parse_job_state("gone"), StatusCode::kInvalidArgument);
}

TEST_CASE("jobs: a slice does what is due, with its batch", "[jobs]") {
  const Office office;
  const JobId id = office.add();
  const auto report = office.slice(only([&](const Job& job, JobContext& context) {
    CHECK(job.state == JobState::kLeased);
    CHECK(job.lease_until == kStart + 60s);
    CHECK(context.attempt() == 1);
    CHECK(context.memory_bytes() == 256u << 20);
    CHECK(context.deadline() == kStart + 1s);
    CHECK(office.job(job.id).state == JobState::kLeased);  // no transaction is held: other calls go on
    CHECK(context.scope().name() == job.name_space);
    context.batch().put({.key = "made", .text = "Made by a job."});
    context.enqueue(work({"acme", "bob"}, 2));
    CHECK(office.scope.count().value() == 0);
    return Status();
  }), {.items = 1});
  CHECK(report.done == 1);
  CHECK(report.remaining == 1);
  CHECK(office.job(id).state == JobState::kDone);
  CHECK(office.scope.get(Layer::kSemantic, "made")->text == "Made by a job.");
  CHECK(office.store.jobs().list({.kind = "work", .name_space = Namespace{"acme", "bob"}})->size() == 1);
  CHECK(office.store.jobs().processed_up_to("work", {"acme", "ada"}).value() == id);
}

TEST_CASE("jobs: a handler that fails leaves nothing and is tried again after a pause", "[jobs]") {
  const Office office;
  JobInput input = work({"acme", "ada"});
  input.max_attempts = 3;
  const JobId id = office.store.jobs().enqueue(input).value();
  const auto handlers = only([](const Job& job, JobContext& context) -> Status {
    context.batch().put({.text = "Half done."});
    if (job.attempts == 1) return broken();
    if (job.attempts == 2) throw std::runtime_error("fell over\xff");
    throw 7;
  });
  MaintainReport report = office.slice(handlers);
  CHECK(report.failed == 1);
  CHECK(report.done == 0);
  Job job = office.job(id);
  CHECK(job.state == JobState::kWaiting);
  CHECK(job.attempts == 1);
  CHECK(job.error == "kUnsupported: the tool is away");
  CHECK(job.not_before > kStart);
  CHECK(job.not_before <= kStart + 1s);
  CHECK(report.next_in == std::chrono::ceil<std::chrono::milliseconds>(job.not_before - kStart));
  CHECK(office.slice(handlers).failed == 0);  // not due yet
  office.clock->advance(1s);
  CHECK(office.slice(handlers).failed == 1);
  job = office.job(id);
  CHECK(job.error == "fell over\uFFFD");
  CHECK(job.not_before <= kStart + 3s);
  office.clock->advance(2s);
  report = office.slice(handlers);
  CHECK(report.parked == 1);
  CHECK(report.failed == 0);
  job = office.job(id);
  CHECK(job.state == JobState::kDead);
  CHECK(job.attempts == 3);
  CHECK(job.error == "an exception of unknown type");
  CHECK(office.store.stats()->jobs_dead == 1);
  CHECK(office.scope.count().value() == 0);
  CHECK(office.store.jobs().processed_up_to("work", {"acme", "ada"}).value() == 0);

  REQUIRE_OK(office.store.jobs().retry(id));
  job = office.job(id);
  CHECK(job.state == JobState::kWaiting);
  CHECK(job.attempts == 0);
  REQUIRE_CODE(office.store.jobs().retry(id), StatusCode::kFailedPrecondition);
  CHECK(office.slice(only(ok)).done == 1);
  CHECK(office.job(id).error.empty());
  CHECK(office.store.check()->clean());
}

TEST_CASE("jobs: pauses grow, are spread over all of their bound, and stop growing at a quarter of an hour", "[jobs]") {
  const Office office;
  constexpr std::int64_t kJobs = 60;
  for (std::int64_t n = 0; n < kJobs; ++n) {
    JobInput input = work({"acme", "ada"}, n);
    input.max_attempts = 1000;
    REQUIRE_OK(office.store.jobs().enqueue(input));
  }
  const auto handlers = only([](const Job&, JobContext&) { return broken(); });
  std::chrono::microseconds bound = 1s;
  for (int attempt = 1; attempt <= 13; ++attempt) {
    const Timestamp now = office.clock->now();
    REQUIRE(office.slice(handlers).failed == kJobs);
    std::set<Timestamp> times;
    for (const Job& job : office.store.jobs().list().value()) {
      REQUIRE(job.not_before >= now);
      REQUIRE(job.not_before <= now + bound);
      times.insert(job.not_before);
    }
    CHECK(*times.begin() < now + bound / 4);
    CHECK(*times.rbegin() > now + bound - bound / 4);
    office.clock->advance(bound);
    bound = std::min<std::chrono::microseconds>(bound * 2, 15min);
  }
}

TEST_CASE("jobs: a batch that cannot be applied is a failure, and a lost race in it too", "[jobs]") {
  const Office office;
  const MemoryId id = office.put("Mine.");
  const JobId job = office.add();
  const auto with = [&](const std::function<void(Batch&)>& fill) {
    return only([fill](const Job&, JobContext& context) { return fill(context.batch()), Status(); });
  };
  CHECK(office.slice(with([](Batch& batch) { batch.put({}); })).failed == 1);
  CHECK(contains(office.job(job).error, "kInvalidArgument: batch: operation 0"));
  office.clock->advance(1h);
  CHECK(office.slice(with([](Batch& batch) {
    batch.put({.text = "Not without the other."});
    batch.forget(MemoryId());
  })).failed == 1);
  CHECK(contains(office.job(job).error, "kNotFound"));
  office.clock->advance(1h);
  CHECK(office.slice(with([&](Batch& batch) { batch.update(id, {.text = "New."}, {.if_version = 5}); })).failed == 1);
  CHECK(contains(office.job(job).error, "kAborted"));
  office.clock->advance(1h);
  CHECK(office.slice(only([](const Job&, JobContext& context) {
    context.enqueue({});
    return Status();
  })).failed == 1);
  CHECK(office.scope.count().value() == 1);
  CHECK(office.store.stats()->jobs_waiting == 1);
}

TEST_CASE("jobs: a reason is cut, between characters", "[jobs]") {
  const Office office;
  const JobId id = office.add();
  std::string text;
  for (int n = 0; n < 1000; ++n) text += "ä";
  office.slice(only([&](const Job&, JobContext&) -> Status { throw std::runtime_error("x" + text); }));
  CHECK(office.job(id).error == "x" + text.substr(0, 998));
}

TEST_CASE("jobs: what breaks its memory cap gets half of it, then a quarter, and is parked in the end", "[jobs]") {
  const Office office;
  const JobId id = office.add();
  std::vector<std::size_t> caps;
  const auto handlers = only([&](const Job& job, JobContext& context) -> Status {
    caps.push_back(context.memory_bytes());
    CHECK(job.attempts == 1);
    if (caps.size() % 2 == 0) throw std::bad_alloc();
    return Status(StatusCode::kResourceExhausted, "too much");
  });
  const auto report = office.slice(handlers, {.memory_bytes = 1600});
  CHECK(caps == std::vector<std::size_t>{1600, 800, 400, 200, 100});
  CHECK(report.escalated == 4);
  CHECK(report.parked == 1);
  CHECK(report.failed == 0);
  CHECK(office.job(id).state == JobState::kDead);
  CHECK(office.job(id).error == "kResourceExhausted: too much");
  CHECK(office.store.stats()->escalations == 5);
  REQUIRE_OK(office.store.jobs().retry(id));
  CHECK(office.job(id).escalations == 0);
  CHECK(office.slice(only([](const Job&, JobContext& context) {
    return context.memory_bytes() > 500 ? Status(StatusCode::kResourceExhausted, "") : Status();
  }), {.memory_bytes = 1000}).done == 1);
  CHECK(office.store.stats()->escalations == 6);
  CHECK(office.slice({}, {.memory_bytes = 1}).done == 0);
}

TEST_CASE("jobs: a cancelled attempt does not count, and ends the slice", "[jobs]") {
  const Office office;
  const JobId id = office.add(1);
  office.add(2);
  const auto report = office.slice(only([](const Job&, JobContext&) { return Status(StatusCode::kCancelled, "not now"); }));
  CHECK(report.stopped);
  CHECK(report.failed == 0);
  CHECK(report.remaining == 2);
  CHECK(office.job(id).state == JobState::kWaiting);
  CHECK(office.job(id).attempts == 0);
  CHECK(office.job(id).error.empty());
  std::stop_source source;
  int begun = 0;
  const auto stopped = office.slice(only([&](const Job&, JobContext&) { return ++begun, source.request_stop(), Status(); }),
                                    {.stop = source.get_token()});
  CHECK(stopped.stopped);
  CHECK(stopped.done == 1);
  CHECK(begun == 1);
}

TEST_CASE("jobs: a slice keeps to its budget", "[jobs]") {
  const Office office;
  for (int n = 0; n < 10; ++n) office.add(n);
  CHECK(office.slice(only(ok), {.items = 3}).done == 3);
  CHECK(office.slice(only(ok), {.items = 0}).remaining == 7);
  CHECK(office.slice(only(ok), {.time = 0ms}).remaining == 7);
  const auto slow = only([&](const Job&, JobContext&) { return office.clock->advance(400ms), Status(); });
  const auto report = office.slice(slow, {.time = 1s});
  CHECK(report.done == 3);
  CHECK(report.remaining == 4);
  CHECK(report.lag == 1200ms);
  CHECK_FALSE(report.next_in);
  // A clock that jumps back ends the slice too: nobody knows how long it has been.
  CHECK(office.slice(only([&](const Job&, JobContext&) { return office.clock->advance(-1h), Status(); })).done == 1);
}

TEST_CASE("jobs: priority, then the time, then the number; later ones wait for their time", "[jobs]") {
  const Office office;
  const auto add = [&](std::int64_t n, int priority, std::chrono::seconds from_now) {
    JobInput input = work({"acme", "ada"}, n);
    input.priority = priority;
    input.not_before = kStart + from_now;
    REQUIRE_OK(office.store.jobs().enqueue(input));
  };
  add(1, 0, 0s);
  add(2, 0, -5s);
  add(3, 9, 0s);
  add(4, 0, 0s);
  add(5, 10, 60s);
  add(6, -1, -100s);
  CHECK(office.run_all() == std::vector<std::int64_t>{3, 2, 1, 4, 6});
  office.clock->advance(60s);
  CHECK(office.run_all() == std::vector<std::int64_t>{5});
}

TEST_CASE("jobs: namespaces take turns, also over several slices and kinds nobody handles", "[jobs]") {
  const Office office;
  for (int n = 0; n < 50; ++n) office.add(0, {"noisy"});
  JobInput other = work({"aaa"});
  other.kind = "unknown";
  REQUIRE_OK(office.store.jobs().enqueue(other));
  for (int n = 1; n <= 3; ++n) office.add(n, {"quiet", std::to_string(n)});
  std::vector<std::int64_t> order;
  const auto note = only([&](const Job& job, JobContext&) { return order.push_back(job.payload["n"].as_integer()), Status(); });
  for (int n = 0; n < 5; ++n) office.slice(note, {.items = 1});
  CHECK(order == std::vector<std::int64_t>{0, 1, 2, 3, 0});
  // One that comes back joins at the end of the line, and one that never left waits for a round at most.
  office.add(4, {"quiet", "1"});
  order.clear();
  office.slice(note, {.items = 3});
  CHECK(std::count(order.begin(), order.end(), 4) == 1);
  CHECK(office.store.check()->clean());
}

TEST_CASE("jobs: a key is answered with the job that has it, per kind and namespace", "[jobs]") {
  const Office office;
  JobInput input = work({"acme", "ada"});
  input.key = "once";
  input.max_attempts = 1;
  const Jobs jobs = office.store.jobs();
  const JobId first = jobs.enqueue(input).value();
  CHECK(jobs.enqueue(input).value() == first);
  JobInput other = input;
  other.kind = "other";
  CHECK(jobs.enqueue(other).value() != first);
  other = input;
  other.name_space = {"acme", "bob"};
  CHECK(jobs.enqueue(other).value() != first);
  office.slice(only([&](const Job& job, JobContext&) {
    if (job.id == first) CHECK(jobs.enqueue(input).value() == first);  // leased
    return Status();
  }));
  CHECK(jobs.enqueue(input).value() == first);  // done, and still kept
  office.add();
  CHECK(office.slice(only(ok)).done == 1);
  const JobId second = jobs.enqueue(input).value();
  CHECK(second != first);
  office.slice(only([](const Job&, JobContext&) { return broken(); }));
  CHECK(office.job(second).state == JobState::kDead);
  const JobId third = jobs.enqueue(input).value();
  CHECK(third != second);
  REQUIRE_CODE(jobs.retry(second), StatusCode::kAlreadyExists);
  REQUIRE_OK(jobs.cancel(third));
  REQUIRE_OK(jobs.retry(second));
}

TEST_CASE("jobs: the mark passes what is done, and dead ones hold it back", "[jobs]") {
  const Office office;
  std::vector<JobId> ids;
  for (int n = 0; n < 5; ++n) ids.push_back(office.add(n));
  office.add(9, {"acme", "bob"});
  const Jobs jobs = office.store.jobs();
  const auto mark = [&] { return jobs.processed_up_to("work", {"acme", "ada"}).value(); };
  CHECK(mark() == 0);
  const auto handlers = only([](const Job& job, JobContext&) -> Status {
    return job.payload["n"].as_integer() == 1 ? broken() : Status();
  });
  office.slice(handlers);
  CHECK(mark() == ids[0]);
  CHECK(office.job(ids[4]).state == JobState::kDone);  // kept: out of order
  for (int n = 0; n < 8; ++n) {
    office.clock->advance(1h);
    office.slice(handlers);
  }
  CHECK(office.job(ids[1]).state == JobState::kDead);
  CHECK(mark() == ids[0]);
  REQUIRE_OK(jobs.cancel(ids[1]));
  CHECK(mark() == ids[4]);
  REQUIRE_CODE(jobs.get(ids[1]), StatusCode::kNotFound);
  REQUIRE_CODE(jobs.get(ids[2]), StatusCode::kNotFound);
  REQUIRE_CODE(jobs.cancel(ids[4]), StatusCode::kFailedPrecondition);
  CHECK(jobs.list()->size() == 2);  // the two marks
  CHECK(jobs.processed_up_to("work", {"nobody"}).value() == 0);
  // A number is never used again.
  const JobId last = office.add();
  REQUIRE_OK(jobs.cancel(last));
  CHECK(office.add() > last);
  CHECK(office.store.check()->clean());
}

TEST_CASE("jobs: a lease that ran out is anybody's, and the first holder's work is refused", "[jobs]") {
  const Office office;
  const JobId id = office.add();
  const auto report = office.slice(only([&](const Job& job, JobContext& context) -> Status {
    context.batch().put({.key = "who", .text = "The first."});
    if (job.attempts == 1) {
      office.clock->advance(61s);
      CHECK(office.slice(only([&](const Job& again, JobContext& second) {
        CHECK(again.id == id);
        CHECK(again.attempts == 2);
        second.batch().put({.key = "who", .text = "The second."});
        return Status();
      })).done == 1);
      REQUIRE_CODE(context.extend(1s), StatusCode::kAborted);
    }
    return {};
  }), {.time = 10min});
  CHECK(report.lost == 1);
  CHECK(report.done == 0);
  CHECK(office.scope.get(Layer::kSemantic, "who")->text == "The second.");
  CHECK(office.job(id).state == JobState::kDone);
}

TEST_CASE("jobs: a lease can be extended; one that ran out and that nobody took still counts", "[jobs]") {
  const Office office;
  office.add();
  const auto report = office.slice(only([&](const Job&, JobContext& context) -> Status {
    office.clock->advance(50s);
    REQUIRE_OK(context.extend(60s));
    office.clock->advance(50s);
    CHECK(office.slice(only(ok)).done == 0);
    REQUIRE_CODE(context.extend(0ms), StatusCode::kInvalidArgument);
    office.clock->advance(50s);
    return {};
  }));
  CHECK(report.done == 1);
  CHECK(report.lost == 0);
}

TEST_CASE("jobs: a job cancelled while it is done leaves nothing", "[jobs]") {
  const Office office;
  const JobId id = office.add();
  const auto report = office.slice(only([&](const Job&, JobContext& context) {
    context.batch().put({.text = "In vain."});
    REQUIRE_OK(office.store.jobs().cancel(id));
    return Status();
  }));
  CHECK(report.lost == 1);
  CHECK(office.scope.count().value() == 0);
  REQUIRE_CODE(office.store.jobs().get(id), StatusCode::kNotFound);
  CHECK(office.store.check()->clean());
}

TEST_CASE("jobs: a handler that takes its process with it is dead after its last attempt", "[jobs]") {
  const Office office;
  JobInput input = work({"acme", "ada"});
  input.max_attempts = 2;
  const JobId id = office.store.jobs().enqueue(input).value();
  // As when the process dies: no attempt is seen to end before its lease does.
  int begun = 0;
  const std::function<void()> nested = [&] {
    office.slice(only([&](const Job&, JobContext&) -> Status {
      ++begun;
      office.clock->advance(61s);
      nested();
      return {};
    }), {.items = 1});
  };
  nested();
  CHECK(begun == 2);
  CHECK(office.job(id).state == JobState::kDead);
  CHECK(contains(office.job(id).error, "lease"));
}

TEST_CASE("jobs: a clock that jumps back neither loses a job nor does one twice", "[jobs]") {
  const Office office;
  const JobId id = office.add();
  int runs = 0;
  const auto report = office.slice(only([&](const Job&, JobContext& context) -> Status {
    ++runs;
    context.batch().put({.text = "From the first."});
    office.clock->advance(-10s);  // a small step: the lease stands
    CHECK(office.slice(only(ok)).done == 0);
    office.clock->advance(-24h);  // a jump: the end of the lease would be a day away, so it is over
    CHECK(office.slice(only([&](const Job&, JobContext&) { return ++runs, Status(); })).done == 1);
    return {};
  }));
  CHECK(report.done == 0);
  CHECK(report.lost == 1);
  CHECK(runs == 2);
  CHECK(office.job(id).state == JobState::kDone);
  CHECK(office.scope.count().value() == 0);
}

TEST_CASE("jobs: lists by state, kind and namespace, in pages", "[jobs]") {
  const Office office;
  for (int n = 0; n < 7; ++n) office.add(n, n % 2 == 0 ? Namespace{"even"} : Namespace{"odd"});
  const Jobs jobs = office.store.jobs();
  CHECK(jobs.list({.name_space = Namespace{"odd"}})->size() == 3);
  CHECK(jobs.list({.name_space = Namespace{"never"}})->empty());
  CHECK(jobs.list({.state = JobState::kDead})->empty());
  CHECK(jobs.list({.kind = "other"})->empty());
  std::vector<std::int64_t> seen;
  JobId after = 0;
  for (;;) {
    const auto page = jobs.list({.limit = 3, .after = after}).value();
    for (const Job& job : page) seen.push_back(job.payload["n"].as_integer());
    if (page.size() < 3) break;
    after = page.back().id;
  }
  CHECK(seen == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6});
  REQUIRE_CODE(jobs.list({.limit = 0}), StatusCode::kInvalidArgument);
}

TEST_CASE("jobs: a maintainer works until it is stopped, and is woken", "[jobs]") {
  const Office office{Options{}};
  std::stop_source source;
  std::atomic<int> done = 0;
  Maintainer maintainer(office.store, only([&](const Job&, JobContext&) -> Status {
    if (++done == 3) source.request_stop();
    return {};
  }), {.idle = std::chrono::hours(1)});
  for (int n = 0; n < 2; ++n) office.add(n);
  Status outcome(StatusCode::kInternal, "never ran");
  std::thread thread([&] { outcome = maintainer.run(source.get_token()); });
  while (done < 2) std::this_thread::yield();
  office.add(3);
  maintainer.wake();
  thread.join();
  CHECK(done == 3);
  REQUIRE_OK(outcome);
  CHECK(office.store.jobs().processed_up_to("work", {"acme", "ada"}).value() == 3);
  REQUIRE_OK(maintainer.run(source.get_token()));
  Maintainer impatient(office.store, {}, {.idle = 0ms});
  REQUIRE_CODE(impatient.run({}), StatusCode::kInvalidArgument);
}

TEST_CASE("jobs: a maintainer ends when the store is closed", "[jobs]") {
  Office office;
  Maintainer maintainer(office.store, {});
  REQUIRE_OK(office.store.close());
  REQUIRE_CODE(maintainer.run({}), StatusCode::kFailedPrecondition);
  REQUIRE_CODE(office.store.jobs().list(), StatusCode::kFailedPrecondition);
  REQUIRE_CODE(office.store.maintain(), StatusCode::kFailedPrecondition);
}

TEST_CASE("jobs: bad input is refused", "[jobs]") {
  const Office office;
  const auto refused = [&](const std::function<void(JobInput&)>& spoil, const std::string& field) {
    JobInput input = work({"acme", "ada"});
    spoil(input);
    const auto id = office.store.jobs().enqueue(input);
    REQUIRE_CODE(id, StatusCode::kInvalidArgument);
    CHECK(contains(id.status().message(), field));
  };
  refused([](JobInput& input) { input.kind = ""; }, "kind");
  refused([](JobInput& input) { input.kind = "two words"; }, "kind");
  refused([](JobInput& input) { input.kind = std::string(65, 'k'); }, "kind");
  refused([](JobInput& input) { input.name_space = {}; }, "namespace");
  refused([](JobInput& input) { input.payload = Json("\xff"); }, "payload");
  refused([](JobInput& input) { input.key = "\xff"; }, "key");
  refused([](JobInput& input) { input.trace = std::string(2000, 't'); }, "trace");
  refused([](JobInput& input) { input.max_attempts = 0; }, "max_attempts");
  const auto budget = [&](const Budget& bad, const std::string& field) {
    const auto report = office.store.maintain(bad);
    REQUIRE_CODE(report, StatusCode::kInvalidArgument);
    CHECK(contains(report.status().message(), field));
  };
  budget({.time = -1ms}, "time");
  budget({.memory_bytes = 0}, "memory_bytes");
  budget({.lease = 0ms}, "lease");
  budget({.lease = std::chrono::hours(25)}, "lease");
  REQUIRE_CODE(office.store.maintain({}, {{"embed", ok}}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(office.store.maintain({}, {{"work", nullptr}}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(office.store.jobs().processed_up_to("work", {}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(office.store.jobs().retry(1), StatusCode::kNotFound);
  REQUIRE_CODE(office.store.jobs().cancel(~JobId{0}), StatusCode::kNotFound);
}

TEST_CASE("jobs: a store opened for reading has them to look at", "[jobs]") {
  const TempDir dir;
  JobId id = 0;
  {
    const Office office(still_options(), dir / "store.db");
    id = office.add();
  }
  auto store = Store::open(dir / "store.db", {.access = Access::kReadOnly});
  REQUIRE_OK(store);
  CHECK(store->jobs().get(id)->kind == "work");
  REQUIRE_CODE(store->maintain(), StatusCode::kFailedPrecondition);
  REQUIRE_CODE(store->jobs().cancel(id), StatusCode::kFailedPrecondition);
}

TEST_CASE("jobs: memories written without an embedder get their vectors", "[jobs][embed]") {
  const TempDir dir;
  std::vector<MemoryId> ids;
  {
    Options options = still_options();
    options.embedder = nullptr;
    const Office office(options, dir / "store.db");
    for (int n = 0; n < 20; ++n) ids.push_back(office.put("Note number " + std::to_string(n) + " about trains."));
    REQUIRE_OK(office.store.scope({"acme", "bob"})->put({.text = "A note of Bob's."}));
    REQUIRE_OK(office.scope.put({.text = "Held back.", .state = State::kQuarantined}));
    REQUIRE_OK(office.scope.put({.text = "Gone.", .expires_at = kStart - 1s}));
    CHECK(office.slice({}).done == 0);
  }
  const Office office(still_options(), dir / "store.db");
  CHECK(office.scope.recall({.text = "trains"})->hits.front().parts.cosine.value_or(0) == 0);  // the partition is loaded
  CHECK(office.store.stats()->without_vector == 23);
  // Little memory: several chunks, each a job of its own.
  const auto report = office.slice({}, {.memory_bytes = 8 * (2 * 30 + 8 * default_embedder()->space().dimension + 1024)});
  CHECK(report.done == 4);
  CHECK(report.failed == 0);
  CHECK(report.remaining == 0);
  CHECK(office.store.stats()->without_vector == 2);
  const auto hits = office.scope.recall({.text = "Note number 3 about trains."})->hits;
  CHECK(hits.front().memory.id == ids[3]);
  CHECK(hits.front().parts.cosine.value_or(0) > 0.9);
  const Memory memory = office.scope.get(ids[3], {.vectors = true}).value();
  CHECK(memory.version == 2);
  CHECK(memory.vectors.size() == 1);
  CHECK(memory.text == "Note number 3 about trains.");
  CHECK(office.slice({}).done == 0);  // once
  CHECK(office.store.check()->clean());
}

TEST_CASE("jobs: the n-th call of a handler fails, for every n: that one is not done, the others are, and it is later", "[jobs]") {
  constexpr std::int64_t kJobs = 6;
  for (std::int64_t nth = 1; nth <= kJobs; ++nth) {
    for (int way = 0; way < 4; ++way) {
      INFO("call " << nth << ", way " << way);
      const Office office;
      for (std::int64_t n = 1; n <= kJobs; ++n) office.add(n, {"acme", std::to_string(n % 2)});
      std::int64_t calls = 0;
      JobId failing = 0;
      const auto handlers = only([&](const Job& job, JobContext& context) -> Status {
        context.batch().put({.text = "Did " + std::to_string(job.id)});
        if (++calls != nth) return {};
        failing = job.id;
        if (way == 1) throw std::runtime_error("fell over");
        if (way == 2) throw std::bad_alloc();
        if (way == 3) return Status(StatusCode::kCancelled, "");
        return broken();
      });
      office.slice(handlers, {.items = static_cast<std::size_t>(nth)});
      CHECK(office.job(failing).state == JobState::kWaiting);
      CHECK(office.store.stats()->jobs_waiting == static_cast<std::size_t>(kJobs - nth + 1));
      office.clock->advance(1s);
      office.slice(handlers);
      CHECK(office.store.stats()->jobs_waiting == 0);
      CHECK(office.store.stats()->memories == kJobs);
      CHECK(office.store.check()->clean());
    }
  }
}

TEST_CASE("jobs: check finds damaged rows", "[jobs]") {
  struct Case {
    const char* sql;
    const char* found;
  };
  const auto [sql, found] = GENERATE(values<Case>({
      {"UPDATE jobs SET state = 9", "state"},
      {"UPDATE jobs SET payload = '{'", "payload"},
      {"UPDATE jobs SET attempts = -1", "count"},
      {"UPDATE jobs SET state = 2", "lease"},
      {"UPDATE jobs SET lease_until = 5", "lease"},
      {"DELETE FROM job_turns", "turn"},
      {"DELETE FROM jobs", "nothing to do"},
      {"UPDATE jobs SET ns = 77", "missing"},
  }));
  CAPTURE(sql);
  const TempDir dir;
  {
    const Office office(still_options(), dir / "store.db");
    office.add();
  }
  REQUIRE(RawDb(dir / "store.db").run(sql) == SQLITE_OK);
  auto store = Store::open(dir / "store.db", still_options());
  REQUIRE_OK(store);
  const CheckReport report = store->check().value();
  CHECK(std::any_of(report.issues.begin(), report.issues.end(), [&, found = found](const CheckIssue& issue) {
    return contains(issue.what, found);
  }));
}
