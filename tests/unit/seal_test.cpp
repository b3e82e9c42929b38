// SPDX-License-Identifier: Apache-2.0
// Sealed chunks: made and merged by jobs, answering as the rows do, within a budget, and made anew when damaged.
#include "support/sealed.hpp"
#include "support/sqlite_raw.hpp"
#include "support/temp_dir.hpp"

#include "open_store.hpp"

using namespace mnemic;
using namespace mnemic::test;
using sealed::answers;
using sealed::kChunk;

namespace {

struct Sealed : sealed::InFile {
  explicit Sealed(std::size_t count) : InFile(7) { ids = sealed::fill(scope, count, random); }

  [[nodiscard]] std::string one(const std::string& sql) const { return RawDb(dir / "store.db", SQLITE_OPEN_READONLY).one(sql); }
  /// What another handle answers, which has loaded everything anew.
  [[nodiscard]] auto anew(std::uint64_t seed, bool exact, std::uint64_t cache_bytes = 1u << 30) const {
    Options options = sealed::options(clock);
    options.cache_bytes = cache_bytes;
    const Store other = open(options);
    return answers(other.scope({"acme", "ada"}).value(), seed, exact);
  }
  void forget(std::size_t from, std::size_t to) const {
    Batch batch;
    for (std::size_t i = from; i < to; ++i) batch.forget(ids[i]);
    scope.write(batch).value();
  }
};

}  // namespace

TEST_CASE("seal: full chunks only, and every answer stays as it was", "[seal]") {
  const Sealed s(2 * kChunk + 100);
  const auto before = answers(s.scope, 1, true);
  const auto fast = answers(s.scope, 1, false);
  CHECK(sealed::maintain(s.store) >= 2);
  CHECK(s.one("SELECT count(*) FROM chunks") == "2");
  CHECK(s.one("SELECT group_concat(count) FROM chunks") == "4096,4096");
  CHECK(s.store.check().value().clean());
  CHECK(answers(s.scope, 1, true) == before);
  CHECK(s.anew(1, true) == before);
  CHECK(s.anew(1, false) == fast);
  CHECK(sealed::maintain(s.store) == 0);
}

TEST_CASE("seal: what is written, changed and forgotten after it is seen by handles that load the chunks", "[seal]") {
  Sealed s(kChunk + 50);
  (void)answers(s.scope, 2, false);  // this handle knows the rows
  sealed::maintain(s.store);
  for (std::size_t i = 0; i < 300; ++i) s.scope.update(s.ids[i * 13], {.text = sealed::some_text(s.random)}).value();
  s.forget(1000, 1200);
  s.scope.update(s.ids[3], {.expires_at = s.clock->now() + std::chrono::hours(1)}).value();
  const auto more = sealed::fill(s.scope, 200, s.random);
  const auto want = answers(s.scope, 3, true);
  CHECK(s.anew(3, true) == want);
  s.clock->advance(std::chrono::hours(2));
  CHECK(s.anew(3, true) == answers(s.scope, 3, true));
  const Store other = s.open();
  const Hit found = other.scope({"acme", "ada"})->recall({.text = s.scope.get(more[5]).value().text}, {.k = 1, .exact = true}).value().hits.at(0);
  CHECK(found.parts.words_rank == 1);
}

TEST_CASE("seal: a chunk of which half has ended is merged with what fits of the next", "[seal]") {
  Sealed s(3 * kChunk);
  sealed::maintain(s.store);
  REQUIRE(s.one("SELECT count(*) FROM chunks") == "3");
  s.forget(0, kChunk / 2 + 200);              // of the first chunk
  s.forget(kChunk, kChunk + kChunk / 2);      // of the second
  const auto want = answers(s.scope, 4, true);
  sealed::maintain(s.store);
  CHECK(s.one("SELECT group_concat(count) FROM (SELECT count FROM chunks ORDER BY last)") == std::to_string(kChunk - 200) + ",4096");
  CHECK(s.store.check().value().clean());
  CHECK(answers(s.scope, 4, true) == want);
  CHECK(s.anew(4, true) == want);
  s.forget(2 * kChunk, 3 * kChunk);  // nothing is left of the last
  sealed::maintain(s.store);
  CHECK(s.store.check().value().clean());
  CHECK(s.anew(5, true) == answers(s.scope, 5, true));
  sealed::fill(s.scope, kChunk, s.random);
  sealed::maintain(s.store);
  CHECK(s.store.check().value().clean());
  CHECK(s.anew(5, true) == answers(s.scope, 5, true));
}

TEST_CASE("seal: a budget too small for a partition slows it down and changes no answer", "[seal]") {
  const Sealed s(2 * kChunk);
  sealed::maintain(s.store);
  const auto want = answers(s.scope, 6, false);
  for (const std::uint64_t budget : {std::uint64_t{0}, std::uint64_t{1} << 20, std::uint64_t{3} << 19}) {
    INFO("budget " << budget);
    CHECK(s.anew(6, false, budget) == want);
    Options options = sealed::options(s.clock);
    options.cache_bytes = budget;
    const Store other = s.open(options);
    const Scope scope = other.scope({"acme", "ada"}).value();
    CHECK(answers(scope, 6, true) == answers(s.scope, 6, true));
    CHECK(other.stats().value().cache_bytes <= budget);
  }
}

TEST_CASE("seal: over the budget a partition lets go of its vectors before it is let go of itself", "[seal]") {
  const Sealed s(2 * kChunk);
  sealed::maintain(s.store);
  const auto want = answers(s.scope, 6, true);  // all vectors are in memory
  const std::uint64_t full = s.store.stats().value().cache_bytes;
  Options options = sealed::options(s.clock);
  options.cache_bytes = full - 1000;
  const Store other = s.open(options);
  const Scope scope = other.scope({"acme", "ada"}).value();
  for (int i = 0; i < 3; ++i) CHECK(answers(scope, 6, true) == want);
  const StoreStats stats = other.stats().value();
  CHECK(stats.partitions_loaded > 0);
  CHECK(stats.cache_bytes <= options.cache_bytes);
  CHECK(stats.cache_bytes > full / 2);
}

TEST_CASE("seal: partitions asked longest ago make room", "[seal]") {
  TempDir dir;
  Options options = sealed::options(std::make_shared<ManualClock>());
  options.cache_bytes = 200'000;
  const Store store = Store::open(dir / "store.db", options).value();
  Random random(3);
  std::vector<Scope> scopes;
  for (int i = 0; i < 8; ++i) {
    scopes.push_back(store.scope({"tenant", std::to_string(i)}).value());
    sealed::fill(scopes.back(), 300, random);
  }
  std::vector<std::vector<std::pair<MemoryId, double>>> want;
  for (const Scope& scope : scopes) want.push_back(answers(scope, 8, false));
  CHECK(store.stats().value().partitions_loaded < 8 * 4);  // four layers each
  CHECK(store.stats().value().partitions_loaded > 0);
  CHECK(store.stats().value().cache_bytes <= options.cache_bytes);
  for (std::size_t i = 0; i < scopes.size(); ++i) CHECK(answers(scopes[i], 8, false) == want[i]);
}

TEST_CASE("seal: a damaged chunk is named, and made anew from the rows by check with repair", "[seal]") {
  Sealed s(kChunk);
  const auto want = answers(s.scope, 12, true);
  sealed::maintain(s.store);
  const int size = std::stoi(s.one("SELECT length(body) FROM chunks"));
  for (int trial = 0; trial < 12; ++trial) {
    const int at = trial == 0 ? 1 : 1 + static_cast<int>(s.random.below(static_cast<std::size_t>(size)));
    RawDb raw(s.dir / "store.db");
    const std::string value = raw.one("SELECT hex(substr(body, " + std::to_string(at) + ", 1)) FROM chunks");
    const std::string other = value == "41" ? "42" : "41";
    REQUIRE(raw.run("UPDATE chunks SET body = CAST(substr(body, 1, " + std::to_string(at - 1) + ") || x'" + other + "' || substr(body, " +
                    std::to_string(at + 1) + ") AS BLOB)") == SQLITE_OK);
    const Store store = s.open();
    const Scope scope = store.scope({"acme", "ada"}).value();
    const auto refused = scope.recall({.text = "word1"});
    REQUIRE(refused.status().code() == StatusCode::kCorruption);
    CHECK(contains(refused.status().message(), "chunks row "));
    CHECK(scope.count().value() == kChunk);  // the rows are whole
    const CheckReport report = store.check(true).value();
    REQUIRE(report.issues.size() == 1);
    CHECK(contains(report.issues[0].where, "chunks row "));
    CHECK(report.issues[0].repaired);
    CHECK(store.check().value().clean());
    CHECK(answers(scope, 12, true) == want);
  }
  // The checksum holds, the bytes do not: what they should be is known all the same.
  RawDb raw(s.dir / "store.db");
  REQUIRE(raw.run("UPDATE chunks SET count = count - 1") == SQLITE_OK);
  CHECK_FALSE(s.store.check().value().clean());
  Options reading = sealed::options(s.clock);
  reading.access = Access::kReadOnly;
  CHECK(s.open(reading).check(true).status().code() == StatusCode::kFailedPrecondition);
}

TEST_CASE("seal: a small memory cap makes smaller chunks; one that holds nothing parks the job", "[seal]") {
  const Sealed s(kChunk + 10);
  Budget budget{.items = 1};
  budget.memory_bytes = 1 << 20;
  REQUIRE(s.store.maintain(budget).value().done == 1);
  CHECK(s.one("SELECT count FROM chunks") == "1024");
  CHECK(s.anew(1, true) == answers(s.scope, 1, true));
  const Sealed t(kChunk);
  budget.memory_bytes = 1000;
  for (int i = 0; i < 8; ++i) (void)t.store.maintain(budget).value();
  CHECK(t.one("SELECT count(*) FROM chunks") == "0");
  CHECK(t.store.stats().value().jobs_dead == 1);
  CHECK(t.anew(1, true) == answers(t.scope, 1, true));
}

TEST_CASE("seal: a clock that jumps back changes nothing of it", "[seal]") {
  const Sealed s(kChunk);
  s.clock->advance(-std::chrono::hours(48));
  sealed::maintain(s.store);
  CHECK(s.one("SELECT count(*) FROM chunks") == "1");
  CHECK(s.anew(1, true) == answers(s.scope, 1, true));
}
