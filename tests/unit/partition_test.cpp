// SPDX-License-Identifier: Apache-2.0
// Partitions: loaded once, brought up to date by what changed, and true for every snapshot they answer.
#include "index/partition_cache.hpp"

#include "recall/field.hpp"
#include "storage/sqlite/database.hpp"
#include "text/tokenizer.hpp"

#include <atomic>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "open_store.hpp"
#include "support/random.hpp"

using namespace mnemic;
using namespace mnemic::test;

namespace {

/// The file of a store, seen through the parts that recall is made of.
struct Parts {
  Parts() : s(still_options({.durability = Durability::kRelaxed}), dir / "store.db"), database(dir / "store.db", {.key = storage::FileKey::of("")}) {}

  /// The ids a field of this snapshot shows; unset when it must be asked anew.
  std::optional<std::set<MemoryId>> visible(storage::Reader& reader, Seq snapshot) {
    const Filter all;
    const auto ns = reader.find_namespace("acme/ada");
    const std::int64_t now = s.clock->now().time_since_epoch().count();
    recall::FieldRequest request{{*ns}, {Layer::kSemantic}, &all, &all, now, now, snapshot};
    recall::Field field;
    if (!field.load(reader, cache, request)) return std::nullopt;
    std::set<MemoryId> ids;
    for (const recall::Field::Part& part : field.parts()) {
      std::size_t flat = part.offset;
      for (const index::Doc& doc : part.partition->docs()) {
        if (field.visible(flat++)) ids.insert(doc.id);
      }
    }
    return ids;
  }
  std::set<MemoryId> visible_now() {
    std::set<MemoryId> ids;
    database.read([&](storage::Reader& reader) { ids = visible(reader, reader.seq()).value(); });
    return ids;
  }
  /// What the rows say.
  static std::set<MemoryId> expected(storage::Reader& reader) {
    std::set<MemoryId> ids;
    const Filter all;
    const auto ns = reader.find_namespace("acme/ada");
    for (const Seq seq : reader.select({{*ns}, {&all}, {}, 0})) ids.insert(reader.version(seq).memory.id);
    return ids;
  }

  TempDir dir;
  OpenStore s;
  storage::Database database;
  index::PartitionCache cache;
};

}  // namespace

TEST_CASE("partition: takes in puts, updates and forgets", "[index]") {
  Parts p;
  const MemoryId a = p.s.put("one cat"), b = p.s.put("two dogs");
  CHECK(p.visible_now() == std::set{a, b});
  const MemoryId c = p.s.put("three mice");
  CHECK(p.visible_now() == std::set{a, b, c});
  (void)p.s.scope.update(a, {.text = "one cow"}).value();
  (void)p.s.scope.forget(b).value();
  CHECK(p.visible_now() == std::set{a, c});
  (void)p.s.scope.update(c, {.state = State::kRejected}).value();
  CHECK(p.visible_now() == std::set{a});
  (void)p.s.scope.update(c, {.state = State::kActive}).value();
  CHECK(p.visible_now() == std::set{a, c});
}

TEST_CASE("partition: an older snapshot that it can answer is answered as of then", "[index]") {
  Parts p;
  const MemoryId a = p.s.put("one"), b = p.s.put("two");
  CHECK(p.visible_now().size() == 2);
  p.database.read([&](storage::Reader& reader) {
    const Seq snapshot = reader.seq();
    (void)p.s.scope.forget(a).value();
    const MemoryId c = p.s.put("three");
    CHECK(p.visible_now() == std::set{b, c});                    // brings the partition past our snapshot
    const auto seen = p.visible(reader, snapshot);
    CHECK((!seen || *seen == std::set{a, b}));
  });
}

// A version that was written and ended between two refreshes was never loaded; a reader whose snapshot lies in between
// must be told to begin anew, not shown a namespace without that memory.
TEST_CASE("partition: a snapshot between two refreshes never misses a memory", "[index]") {
  Parts p;
  const MemoryId a = p.s.put("one");
  CHECK(p.visible_now() == std::set{a});  // loaded here
  const MemoryId b = p.s.put("two");
  p.database.read([&](storage::Reader& reader) {
    const Seq snapshot = reader.seq();  // sees b's first version
    const auto want = Parts::expected(reader);
    REQUIRE(want == std::set{a, b});
    (void)p.s.scope.update(b, {.text = "two again"}).value();
    CHECK(p.visible_now() == std::set{a, b});  // another call refreshes past it
    const auto seen = p.visible(reader, snapshot);
    if (seen) CHECK(*seen == want);
  });
  p.database.read([&](storage::Reader& reader) {
    const Seq snapshot = reader.seq();
    (void)p.s.scope.forget(b).value();
    const MemoryId c = p.s.put("three");
    (void)p.s.scope.forget(c).value();
    CHECK(p.visible_now() == std::set{a});
    const auto seen = p.visible(reader, snapshot);
    if (seen) CHECK(*seen == std::set{a, b});
  });
}

TEST_CASE("partition: every snapshot held open stays true under random changes", "[index]") {
  Parts p;
  Random random(21);
  std::vector<MemoryId> ids = {p.s.put("first")};
  CHECK(p.visible_now().size() == 1);
  const auto change = [&] {
    const std::size_t kind = random.below(4);
    const MemoryId id = random.pick(ids);
    if (kind == 0) ids.push_back(p.s.put("more"));
    if (kind == 1) (void)p.s.scope.update(id, {.text = "changed"});
    if (kind == 2) (void)p.s.scope.forget(id);
    if (kind == 3) (void)p.s.scope.update(id, {.state = random.chance(50) ? State::kActive : State::kConfirmed});
  };
  int answered = 0;
  for (int round = 0; round < 120; ++round) {
    for (std::size_t n = random.below(4); n > 0; --n) change();
    if (random.chance(30)) (void)p.visible_now();
    p.database.read([&](storage::Reader& reader) {
      const Seq snapshot = reader.seq();
      const auto want = Parts::expected(reader);
      for (std::size_t n = random.below(4); n > 0; --n) change();
      if (random.chance(70)) (void)p.visible_now();
      const auto seen = p.visible(reader, snapshot);
      if (!seen) return;
      ++answered;
      if (*seen != want) FAIL("round " << round << ": " << seen->size() << " memories instead of " << want.size());
    });
  }
  CHECK(answered > 0);
}

TEST_CASE("partition: the cache counts what it holds and lets go", "[index]") {
  Parts p;
  p.s.put("one");
  CHECK(p.cache.size() == 0);
  (void)p.visible_now();
  CHECK(p.cache.size() == 1);
  CHECK(p.cache.bytes() > 384 * 2);
  p.cache.clear();
  CHECK(p.cache.size() == 0);
  CHECK(p.cache.bytes() == 0);
  CHECK(p.visible_now().size() == 1);
}

TEST_CASE("partition: one of mostly ended versions is made anew", "[index]") {
  Parts p;
  const MemoryId id = p.s.put("word 0");
  CHECK(p.visible_now() == std::set{id});
  Batch batch;
  for (int i = 1; i <= 1200; ++i) batch.update(id, {.text = "word " + std::to_string(i)});
  (void)p.s.scope.write(batch).value();
  CHECK(p.visible_now() == std::set{id});
  for (int i = 0; i < 1200; ++i) {
    (void)p.s.scope.update(id, {.text = "again " + std::to_string(i)}).value();
    if (i % 20 == 0 || i > 1150) {
      if (p.visible_now() != std::set{id}) FAIL(i);
    }
  }
  CHECK(p.cache.size() <= 1);
}

// A partition that is refreshed by another call after it was fetched and before it was locked.
TEST_CASE("partition: a memory that is always there is found by every recall, whatever else is refreshed", "[index]") {
  const TempDir dir;
  const OpenStore s(still_options({.embedder = nullptr, .durability = Durability::kRelaxed}), dir / "store.db");
  const MemoryId id = s.scope.put({.layer = Layer::kConversational, .text = "zebra 0"}).value();
  for (int i = 0; i < 20; ++i) (void)s.store.scope({"acme", "ada", std::to_string(i)})->put({.text = "horse"}).value();
  const Scope tree = s.store.scope({"acme", "ada"}, {.reach = Reach::kSubtree}).value();
  std::atomic<bool> done{false};
  std::atomic<int> missed{0}, failed{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      while (!done) {
        const auto result = tree.recall({.text = "zebra"}, {.k = 1});
        if (!result) {
          ++failed;
        } else if (result->hits.size() != 1 || result->hits[0].memory.id != id) {
          ++missed;
        }
      }
    });
  }
  for (int i = 1; i <= 600; ++i) {
    if (!s.scope.update(id, {.text = "zebra " + std::to_string(i)})) ++failed;
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(missed == 0);
  CHECK(failed == 0);
}
