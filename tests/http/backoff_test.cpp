// SPDX-License-Identifier: Apache-2.0
// Waits: doubled, spread, and as the server asks.
#include "http/backoff.hpp"
#include "support/catch.hpp"

#include <mnemic/types.hpp>

#include <algorithm>
#include <limits>

using namespace mnemic;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("backoff: doubles up to its bound") {
  CHECK(http::doubled(milliseconds(200), 1, milliseconds(10'000)) == milliseconds(200));
  CHECK(http::doubled(milliseconds(200), 2, milliseconds(10'000)) == milliseconds(400));
  CHECK(http::doubled(milliseconds(200), 6, milliseconds(10'000)) == milliseconds(6'400));
  CHECK(http::doubled(milliseconds(200), 7, milliseconds(10'000)) == milliseconds(10'000));
  CHECK(http::doubled(milliseconds(200), std::numeric_limits<std::size_t>::max(), milliseconds(10'000)) ==
        milliseconds(10'000));
  CHECK(http::doubled(milliseconds(200), 3, milliseconds(5)) == milliseconds(5));
}

TEST_CASE("backoff: full jitter reaches from nothing to everything, evenly") {
  const auto random = seeded_random(1);
  constexpr int kDraws = 4'000;
  microseconds sum{0};
  microseconds least = microseconds::max();
  microseconds most{0};
  for (int i = 0; i < kDraws; ++i) {
    const microseconds wait = http::jittered(milliseconds(100), *random);
    REQUIRE(wait >= microseconds(0));
    REQUIRE(wait <= milliseconds(100));
    sum += wait;
    least = std::min(least, wait);
    most = std::max(most, wait);
  }
  CHECK(least < milliseconds(1));
  CHECK(most > milliseconds(99));
  CHECK(std::abs(sum.count() / kDraws - 50'000) < 2'000);
  CHECK(http::jittered(milliseconds(0), *random) == microseconds(0));
}

TEST_CASE("backoff: Retry-After is seconds or a date, and an hour at most") {
  const Timestamp now = parse_time("2026-03-01T12:00:00Z").value();
  CHECK(http::retry_after("0", now) == milliseconds(0));
  CHECK(http::retry_after("7", now) == seconds(7));
  CHECK(http::retry_after("3600", now) == seconds(3600));
  CHECK(http::retry_after("99999999999999999999999999", now) == seconds(3600));
  CHECK(http::retry_after("Sun, 01 Mar 2026 12:00:30 GMT", now) == seconds(30));
  CHECK(http::retry_after("Sun, 01 Mar 2026 11:59:59 GMT", now) == milliseconds(0));
  CHECK(http::retry_after("Tue, 01 Mar 2050 12:00:00 GMT", now) == seconds(3600));
  for (const char* nonsense : {"", "soon", "-1", "1.5", "7 seconds", "\xff"}) {
    INFO(nonsense);
    CHECK_FALSE(http::retry_after(nonsense, now).has_value());
  }
}
