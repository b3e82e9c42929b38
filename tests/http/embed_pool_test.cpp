// SPDX-License-Identifier: Apache-2.0
// EndpointPool by itself, at moments that the test decides; then several endpoints behind one HttpEmbedder.
#include "embed_support.hpp"
#include "http/endpoint_pool.hpp"

#include <atomic>
#include <set>
#include <thread>

using namespace mnemic;
using namespace mnemic::test;
using http::EndpointPool;
using std::chrono::milliseconds;

namespace {

using Ended = EndpointPool::Ended;
using Why = EndpointPool::Choice::Why;

constexpr EndpointPool::Rules kRules{2, milliseconds(100), milliseconds(300)};

/// A pool of three, and a clock that stands still until told.
struct Bench {
  EndpointPool pool{3, kRules};
  EndpointPool::Time now{};
  EndpointPool::Tried tried = EndpointPool::Tried(3);

  EndpointPool::Choice pick() { return pool.pick(now, tried); }
  EndpointPool::Lease take(std::size_t expected) {
    const auto choice = pick();
    REQUIRE(choice.lease);
    REQUIRE(choice.lease->endpoint == expected);
    return *choice.lease;
  }
  void pass(int ms) { now += milliseconds(ms); }
  void done(const EndpointPool::Lease& lease, Ended how, int quiet_ms = 0) {
    pool.done(lease, how, now, milliseconds(quiet_ms));
  }
  /// Lets `endpoint` fail until it rests.
  void exhaust(std::size_t endpoint) {
    const EndpointPool::Tried before = tried;
    tried = EndpointPool::Tried(3, true);
    tried[endpoint] = false;
    for (std::size_t i = 0; i < kRules.rest_after; ++i) done(take(endpoint), Ended::kFailed);
    tried = before;
  }
};

}  // namespace

TEST_CASE("endpoint pool: fewest requests under way, then lowest latency, then first") {
  Bench bench;
  const auto first = bench.take(0);
  const auto second = bench.take(1);
  const auto third = bench.take(2);
  bench.pass(30);
  bench.done(first, Ended::kVectors);
  bench.take(0);  // one each again, and this one stays
  bench.done(third, Ended::kVectors);
  bench.pass(10);
  bench.done(second, Ended::kVectors);
  bench.done(bench.take(2), Ended::kVectors);  // took 30 ms, the other 40
  bench.tried[2] = true;
  bench.done(bench.take(1), Ended::kVectors);
  CHECK(bench.pool.stats(bench.now)[0].in_flight == 1);
  CHECK(bench.pool.stats(bench.now)[1].requests == 2);
  CHECK(bench.pool.stats(bench.now)[2].failures == 0);
}

TEST_CASE("endpoint pool: one that was slow is asked again some day") {
  Bench bench;
  bench.tried[2] = true;
  const auto slow = bench.take(0);
  const auto fast = bench.take(1);
  bench.pass(10);
  bench.done(fast, Ended::kVectors);
  bench.pass(90);
  bench.done(slow, Ended::kVectors);
  int until_slow = 0;
  for (;; ++until_slow) {
    REQUIRE(until_slow < 1000);
    const auto choice = bench.pick();
    REQUIRE(choice.lease);
    bench.pass(10);
    bench.done(*choice.lease, Ended::kVectors);
    if (choice.lease->endpoint == 0) break;
  }
  CHECK(until_slow > 50);
}

TEST_CASE("endpoint pool: one that hangs is taken for slow, one that fails at once not for quick") {
  Bench bench;
  bench.tried[2] = true;
  const auto hangs = bench.take(0);
  const auto works = bench.take(1);
  bench.pass(100);
  bench.done(works, Ended::kVectors);
  bench.pass(900);
  bench.done(hangs, Ended::kFailed);
  const auto again = bench.take(1);
  bench.done(again, Ended::kFailed);                                   // at once
  CHECK(bench.pool.stats(bench.now)[0].latency == milliseconds(980));  // passed over once
  CHECK(bench.pool.stats(bench.now)[1].latency == milliseconds(100));
}

TEST_CASE("endpoint pool: all tried, all quiet and all resting are told apart") {
  Bench bench;
  bench.tried = {true, true, true};
  CHECK(bench.pick().why == Why::kTried);

  bench.tried = {false, false, false};
  for (const std::size_t i : {0U, 1U, 2U}) bench.exhaust(i);
  const auto resting = bench.pick();
  CHECK_FALSE(resting.lease);
  CHECK(resting.why == Why::kRest);
  CHECK(resting.ready_at == bench.now + milliseconds(100));
  CHECK(bench.pool.stats(bench.now)[0].not_before == milliseconds(100));

  Bench quiet;
  quiet.done(quiet.take(0), Ended::kFailed, 50);
  quiet.done(quiet.take(1), Ended::kFailed, 20);
  quiet.exhaust(2);
  const auto choice = quiet.pick();
  CHECK_FALSE(choice.lease);
  CHECK(choice.why == Why::kQuiet);
  CHECK(choice.ready_at == quiet.now + milliseconds(20));
  quiet.pass(20);
  quiet.take(1);
}

TEST_CASE("endpoint pool: after a rest one request probes, and the rest doubles up to its bound") {
  Bench bench;
  bench.exhaust(0);
  for (const int rest : {100, 200, 300, 300}) {
    INFO(rest);
    bench.pass(rest - 1);
    const auto early = bench.pick();
    REQUIRE(early.lease);
    CHECK(early.lease->endpoint != 0);
    bench.pass(1);
    const auto probe = bench.take(0);  // first, though others are free
    CHECK(probe.probe);
    const auto other = bench.pick();
    REQUIRE(other.lease);
    CHECK(other.lease->endpoint != 0);  // one is enough
    bench.done(probe, Ended::kFailed);
  }
  bench.pass(300);
  const auto probe = bench.take(0);
  bench.done(probe, Ended::kVectors);
  CHECK(bench.pool.stats(bench.now)[0].not_before == milliseconds(0));
  bench.done(bench.take(0), Ended::kFailed);  // one failure, and it is still asked
  bench.take(0);
}

TEST_CASE("endpoint pool: failures that were under way when the rest began do not lengthen it") {
  Bench bench;
  bench.tried = {false, true, true};
  std::vector<EndpointPool::Lease> leases;
  for (int i = 0; i < 6; ++i) leases.push_back(bench.take(0));
  for (const auto& lease : leases) bench.done(lease, Ended::kFailed);
  CHECK(bench.pool.stats(bench.now)[0].not_before == milliseconds(100));
  bench.pass(100);
  CHECK(bench.take(0).probe);
}

TEST_CASE("embed pool: what fails on one endpoint is asked of another at once") {
  const EmbedServer server;
  const auto texts = many_texts(5);
  for (const std::string bad : {"stall", "silent", "drop", "http500", "http429-after-3600", "nan", "half", "again"}) {
    INFO(bad);
    auto options = impatient({server.url(bad), server.url("reversed")});
    options.backoff_base = options.backoff_max = milliseconds(24 * 3'600'000);  // any wait would end the call
    const auto embedder = embedder_for(options);
    const auto rows = embed(embedder, texts);
    REQUIRE_OK(rows);
    CHECK(*rows == rows_of(texts));
    const auto stats = embedder->stats();
    CHECK(stats.endpoints.at(0).failures == 1);
    CHECK(stats.endpoints.at(1).failures == 0);
    CHECK(stats.retries == 1);
  }
}

TEST_CASE("embed pool: an endpoint of another dimension is a fault of the configuration, not of the day") {
  const EmbedServer server;
  const auto embedder = embedder_for(embed_options({server.url("longer"), server.url("vectors")}));
  REQUIRE_CODE(embed(embedder, many_texts(3)), StatusCode::kFailedPrecondition);
  CHECK(embedder->stats().endpoints.at(1).requests == 0);
}

TEST_CASE("embed pool: while all rest a call sends nothing") {
  const EmbedServer server;
  auto options = embed_options({server.url("http500"), server.url("drop")});
  options.rest_after = 2;
  options.retries = 100;
  options.rest_base = options.rest_max = milliseconds(24 * 3'600'000);
  const auto embedder = embedder_for(options);
  REQUIRE_CODE(embed(embedder, many_texts(1)), StatusCode::kIo);
  CHECK(server.requests().size() == 4);
  const auto second = embed(embedder, many_texts(1));
  REQUIRE_CODE(second, StatusCode::kBusy);
  CHECK(has(second.status().message(), "every endpoint rests after failures, for "));
  CHECK(server.requests().size() == 4);
  for (const auto& one : embedder->stats().endpoints) CHECK(one.not_before > milliseconds(0));
}

TEST_CASE("embed pool: a resting endpoint gets a probe, and is used again when it answers") {
  const EmbedServer server;
  auto options = embed_options({server.url("first-3-http500")});
  options.rest_after = 2;
  options.retries = 0;
  const auto embedder = embedder_for(options);
  for (int i = 0; i < 2; ++i) REQUIRE_CODE(embed(embedder, many_texts(1)), StatusCode::kIo);
  // It rests for 1 to 2 ms now, and the first probe fails. A call during the rest is kBusy.
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  Status status;
  do {
    status = embed(embedder, many_texts(1)).status();
  } while (!status.ok() && std::chrono::steady_clock::now() < give_up);
  REQUIRE_OK(status);
  CHECK(server.requests().size() == 4);
  CHECK(embedder->stats().endpoints.at(0).not_before == milliseconds(0));
}

TEST_CASE("embed pool: eight threads share what is known, and each gets its own rows") {
  const EmbedServer server;
  auto options = embed_options({server.url("vectors"), server.url("first-9-drop"), server.url("reversed"),
                                server.url("first-5-http503"), server.url("http500")});
  options.rest_after = 3;
  options.max_request_texts = 4;
  options.retries = 20;
  const auto embedder = embedder_for(options);
  std::atomic<int> wrong{0};
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  for (int number = 0; number < 8; ++number) {
    threads.emplace_back([&, number] {
      for (int call = 0; call < 8; ++call) {
        auto texts = many_texts(9);
        for (std::string& text : texts) text = std::to_string(number) + "/" + std::to_string(call) + " " + text;
        const auto rows = embed(embedder, texts, number % 2 == 0 ? EmbedKind::kPassage : EmbedKind::kQuery);
        if (!rows) {
          ++failed;
        } else if (*rows != rows_of(texts)) {
          ++wrong;
        }
        (void)embedder->stats();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(failed == 0);
  const auto stats = embedder->stats();
  std::uint64_t requests = 0;
  std::uint64_t failures = 0;
  for (const auto& one : stats.endpoints) {
    requests += one.requests;
    failures += one.failures;
    CHECK(one.in_flight == 0);
  }
  CHECK(requests - failures == 8 * 8 * 3);
  CHECK(failures == stats.retries);
  CHECK(requests == server.requests().size());
}
