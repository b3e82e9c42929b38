// SPDX-License-Identifier: Apache-2.0
// MemoryId in text and order, and the ids that IdMaker makes.
#include "core/memory_id.hpp"

#include <algorithm>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "support/catch.hpp"
#include "support/clock.hpp"

using namespace mnemic;
using test::kStart;

namespace {

std::uint64_t milliseconds_of(const MemoryId& id) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 6; ++i) value = value << 8 | id.bytes()[i];
  return value;
}

std::uint64_t start_milliseconds() { return static_cast<std::uint64_t>(kStart.time_since_epoch().count() / 1000); }

void check_form(const MemoryId& id) {
  CHECK(id.bytes()[6] >> 4 == 7);     // version
  CHECK(id.bytes()[8] >> 6 == 0b10);  // variant
}

}  // namespace

TEST_CASE("memory id: prints and parses", "[types]") {
  const std::string text = "0197a0b2-7c11-7d3e-8a55-0123456789ab";
  const auto id = MemoryId::parse(text);
  REQUIRE_OK(id);
  CHECK(id->to_string() == text);
  CHECK(id->bytes()[0] == 0x01);
  CHECK(id->bytes()[15] == 0xab);
  CHECK(MemoryId::parse("0197A0B2-7C11-7D3E-8A55-0123456789AB").value() == *id);
  CHECK_FALSE(id->is_nil());
  CHECK(MemoryId().is_nil());
  CHECK(MemoryId().to_string() == "00000000-0000-0000-0000-000000000000");
  CHECK(MemoryId::parse(MemoryId().to_string()).value().is_nil());
}

TEST_CASE("memory id: every byte survives text", "[types]") {
  for (unsigned value = 0; value < 256; ++value) {
    std::array<std::uint8_t, 16> bytes{};
    for (std::size_t i = 0; i < 16; ++i) bytes[i] = static_cast<std::uint8_t>(value + 17 * i);
    const MemoryId id(bytes);
    CHECK(MemoryId::parse(id.to_string()).value() == id);
  }
}

TEST_CASE("memory id: what is none is refused", "[types]") {
  const std::string text = GENERATE("", "-", "0197a0b2-7c11-7d3e-8a55-0123456789a", "0197a0b2-7c11-7d3e-8a55-0123456789abc",
                                    "0197a0b2_7c11-7d3e-8a55-0123456789ab", "0197a0b27c11-7d3e-8a55-0123456789ab-",
                                    "0197a0bg-7c11-7d3e-8a55-0123456789ab", " 197a0b2-7c11-7d3e-8a55-0123456789ab",
                                    "0197a0b2-7c11-7d3e-8a55-0123456789a\n", "{197a0b2-7c11-7d3e-8a55-0123456789a}");
  CAPTURE(text);
  REQUIRE_CODE(MemoryId::parse(text), StatusCode::kInvalidArgument);
}

TEST_CASE("memory id: order is that of the bytes and of the text", "[types]") {
  core::IdMaker maker;
  const auto random = seeded_random(5);
  std::vector<MemoryId> ids = {MemoryId()};
  for (int i = 0; i < 50; ++i) ids.push_back(maker.next(kStart + std::chrono::milliseconds(i * 37), *random));
  for (std::size_t i = 1; i < ids.size(); ++i) {
    CHECK(ids[i - 1] < ids[i]);
    CHECK(ids[i - 1].to_string() < ids[i].to_string());
  }
  std::unordered_set<MemoryId> hashed(ids.begin(), ids.end());
  CHECK(hashed.size() == ids.size());
}

TEST_CASE("id maker: a UUID of version 7 with the clock's time in front", "[types]") {
  core::IdMaker maker;
  const auto random = seeded_random(1);
  const MemoryId id = maker.next(kStart + std::chrono::microseconds(1999), *random);
  check_form(id);
  CHECK(milliseconds_of(id) == start_milliseconds() + 1);
}

TEST_CASE("id maker: increases within one millisecond, beyond what its counter holds", "[types]") {
  core::IdMaker maker;
  const auto random = seeded_random(1);
  MemoryId last = maker.next(kStart, *random);
  for (int i = 0; i < 10'000; ++i) {  // the counter has 12 bits
    const MemoryId next = maker.next(kStart, *random);
    if (!(last < next)) FAIL("id " << i << ": " << last.to_string() << " then " << next.to_string());
    last = next;
  }
  check_form(last);
  CHECK(milliseconds_of(last) == start_milliseconds() + 2);  // borrowed from the future
  CHECK(last < maker.next(kStart + std::chrono::milliseconds(1), *random));
}

TEST_CASE("id maker: increases when the clock jumps back", "[types]") {
  core::IdMaker maker;
  const auto random = seeded_random(1);
  MemoryId last = maker.next(kStart, *random);
  for (const auto offset : {-1, -1000, -86'400'000, 0, -5}) {
    const MemoryId next = maker.next(kStart + std::chrono::milliseconds(offset), *random);
    CHECK(last < next);
    last = next;
  }
  CHECK(last < maker.next(Timestamp{}, *random));                                  // 1970
  CHECK(milliseconds_of(maker.next(kStart + std::chrono::hours(1), *random)) == start_milliseconds() + 3'600'000);
}

TEST_CASE("id maker: a clock before 1970 still gives ids in order", "[types]") {
  core::IdMaker maker;
  const auto random = seeded_random(1);
  const MemoryId first = maker.next(Timestamp(std::chrono::microseconds(-1)), *random);
  check_form(first);
  CHECK(milliseconds_of(first) == 0);
  CHECK(first < maker.next(Timestamp(std::chrono::hours(-1'000'000)), *random));
}

TEST_CASE("id maker: the same chance gives the same ids, other chance others", "[types]") {
  core::IdMaker a, b, c;
  const auto same = seeded_random(9), again = seeded_random(9), other = seeded_random(10);
  CHECK(a.next(kStart, *same) == b.next(kStart, *again));
  CHECK(a.next(kStart, *same) != c.next(kStart, *other));
}

TEST_CASE("id maker: many threads never get one id twice, and each sees its own grow", "[types]") {
  core::IdMaker maker;
  const auto random = seeded_random(1);
  std::mutex mutex;
  std::set<MemoryId> all;
  bool ordered = true;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      std::vector<MemoryId> mine;
      for (int i = 0; i < 2000; ++i) mine.push_back(maker.next(kStart, *random));
      const std::lock_guard lock(mutex);
      ordered = ordered && std::is_sorted(mine.begin(), mine.end());
      all.insert(mine.begin(), mine.end());
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(ordered);
  CHECK(all.size() == 8000);
}

TEST_CASE("seeded random: a fixed sequence, whatever the sizes asked for begin with", "[types]") {
  std::array<std::uint8_t, 16> whole{};
  seeded_random(0)->fill(whole);
  // SplitMix64 from state 0: e220a8397b1dcdaf, 6e789e6aa1b965f4; little-endian.
  const std::array<std::uint8_t, 16> want = {0xaf, 0xcd, 0x1d, 0x7b, 0x39, 0xa8, 0x20, 0xe2,
                                             0xf4, 0x65, 0xb9, 0xa1, 0x6a, 0x9e, 0x78, 0x6e};
  CHECK(whole == want);
  std::array<std::uint8_t, 3> part{};
  seeded_random(0)->fill(part);
  CHECK(std::equal(part.begin(), part.end(), want.begin()));
  seeded_random(0)->fill({});
}

TEST_CASE("system random: fills, and not twice the same", "[types]") {
  std::array<std::uint8_t, 32> a{}, b{};
  const auto random = system_random();
  random->fill(a);
  random->fill(b);
  CHECK(a != b);
}

TEST_CASE("enumerations: names, and back", "[types]") {
  for (const Layer layer : {Layer::kConversational, Layer::kEpisodic, Layer::kSemantic, Layer::kProcedural}) {
    CHECK(parse_layer(to_string(layer)).value() == layer);
  }
  for (const Trust trust : {Trust::kExternal, Trust::kModel, Trust::kTool, Trust::kUser, Trust::kOperator}) {
    CHECK(parse_trust(to_string(trust)).value() == trust);
  }
  for (const State state : {State::kActive, State::kProposed, State::kConfirmed, State::kRejected, State::kSuperseded,
                            State::kQuarantined}) {
    CHECK(parse_state(to_string(state)).value() == state);
  }
  CHECK(to_string(Layer::kSemantic) == "semantic");
  CHECK(to_string(Trust::kOperator) == "operator");
  CHECK(to_string(State::kQuarantined) == "quarantined");
  CHECK(Trust::kExternal < Trust::kModel);
  CHECK(Trust::kModel < Trust::kTool);
  CHECK(Trust::kTool < Trust::kUser);
  CHECK(Trust::kUser < Trust::kOperator);
  const auto bad = parse_layer("Semantic");
  REQUIRE_CODE(bad, StatusCode::kInvalidArgument);
  for (const char* known : {"conversational", "episodic", "semantic", "procedural"}) {
    CHECK(bad.status().message().find(known) != std::string::npos);
  }
  REQUIRE_CODE(parse_trust("root"), StatusCode::kInvalidArgument);
  REQUIRE_CODE(parse_state(""), StatusCode::kInvalidArgument);
}
