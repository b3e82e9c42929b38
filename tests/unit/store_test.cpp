// SPDX-License-Identifier: Apache-2.0
// Store: counts, checks, moving, and the same ids from the same chance.
#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "open_store.hpp"

using namespace mnemic;
using namespace mnemic::test;

TEST_CASE("store: counts of an empty one", "[store]") {
  const OpenStore s;
  const auto stats = s.store.stats().value();
  CHECK(stats.namespaces == 0);
  CHECK(stats.memories == 0);
  CHECK(stats.versions == 0);
  CHECK(stats.sessions == 0);
  CHECK(stats.seq == 0);
  CHECK(stats.without_vector == 0);
  CHECK(stats.partitions_loaded == 0);
  CHECK(stats.cache_bytes == 0);
  CHECK(stats.embedding_space == (static_embedder() ? "mnemic-static/1/256" : "mnemic-hash/1/384"));
}

TEST_CASE("store: counts", "[store]") {
  const TempDir dir;
  const OpenStore s(still_options(), dir / "store.db");
  const auto before = s.store.stats().value();
  const MemoryId a = s.put("one"), b = s.put("two");
  REQUIRE_OK(s.scope.update(a, {.text = "three"}));
  (void)s.scope.forget(b).value();
  (void)s.scope.session("s1").append(Turn{.text = "turn"}).value();
  (void)s.scope.session("s2").append(Turn{.text = "turn"}).value();
  (void)s.scope.session("s2").pop().value();
  (void)s.store.scope({"other"})->session("s1").append(Turn{.text = "turn"}).value();
  auto stats = s.store.stats().value();
  CHECK(stats.namespaces == 2);
  CHECK(stats.memories == 3);
  CHECK(stats.versions == 6);
  CHECK(stats.sessions == 2);
  CHECK(stats.seq == 8);
  CHECK(stats.commits == before.commits + 8);
  CHECK(stats.writes == before.writes + 8);
  CHECK(stats.file_bytes > 0);
  CHECK(stats.wal_bytes > 0);
  CHECK(stats.partitions_loaded == 0);
  (void)s.scope.recall({.text = "one"}).value();
  stats = s.store.stats().value();
  CHECK(stats.partitions_loaded > 0);
  CHECK(stats.cache_bytes > 0);
  CHECK(s.store.stats()->commits == stats.commits);  // reading commits nothing
}

TEST_CASE("store: a healthy one is clean, everything in it checked", "[store]") {
  const TempDir dir;
  const std::string path = GENERATE(":memory:", "file");
  const OpenStore s(still_options(), path == "file" ? dir / "store.db" : std::filesystem::path(path));
  CHECK(s.store.check()->clean());
  std::vector<MemoryId> ids;
  for (int i = 0; i < 20; ++i) ids.push_back(s.put("note " + std::to_string(i)));
  for (int i = 0; i < 10; ++i) REQUIRE_OK(s.scope.update(ids[static_cast<std::size_t>(i)], {.text = "changed"}));
  (void)s.scope.forget(ids[3]).value();
  (void)s.scope.session("s").append(Turn{.text = "turn"}).value();
  REQUIRE_OK(s.store.admin().grant({"acme", "ada"}, {"acme", "bob"}));
  REQUIRE_OK(s.store.admin().revoke({"acme", "ada"}, {"acme", "bob"}));
  (void)s.scope.put({.content = Json(1), .vectors = {{"v", {1, 2}}}}).value();
  const auto report = s.store.check().value();
  for (const CheckIssue& issue : report.issues) FAIL_CHECK(issue.where << ": " << issue.what);
  CHECK(report.clean());
  CHECK(report.rows_checked == 32);
}

TEST_CASE("store: memories are found wherever they are, by the owner only", "[store]") {
  const OpenStore s;
  const MemoryId id = s.store.scope({"z"})->put({.text = "x", .vectors = {{"v", {3, 4}}}}).value();
  CHECK(s.store.admin().find(id)->name_space == Namespace{"z"});
  CHECK(s.store.admin().find(id)->vectors.empty());
  CHECK(s.store.admin().find(id, {.vectors = true})->vectors.size() == 2);
  REQUIRE_CODE(s.store.admin().find(MemoryId()), StatusCode::kNotFound);
  REQUIRE_CODE(s.store.admin().history(MemoryId()), StatusCode::kNotFound);
  s.put("y");
  CHECK(s.store.admin().namespaces().value() == std::vector<Namespace>{{"acme", "ada"}, {"z"}});
}

TEST_CASE("store: the same chance and clock give the same ids", "[store]") {
  const auto run = [](std::uint64_t seed) {
    Options options = still_options();
    options.random = seeded_random(seed);
    const OpenStore s(options);
    std::vector<MemoryId> ids = {s.put("one"), s.scope.put({.key = "k", .text = "two"}).value()};
    Batch batch;
    for (int i = 0; i < 5; ++i) batch.put({.text = std::to_string(i)});
    for (const Written& written : s.scope.write(batch).value()) ids.push_back(written.id);
    s.clock->advance(std::chrono::hours(-5));
    ids.push_back(s.scope.session("s").append(Turn{.text = "turn"}).value());
    return ids;
  };
  const auto ids = run(7);
  CHECK(ids == run(7));
  CHECK(ids != run(8));
  CHECK(std::is_sorted(ids.begin(), ids.end()));  // in the order they were made, though the clock jumped
}

TEST_CASE("store: moved, and moved from", "[store]") {
  const TempDir dir;
  OpenStore s(still_options(), dir / "a.db");
  s.put("kept");
  Store moved = std::move(s.store);
  CHECK(moved.stats()->memories == 1);
  for (const Status& status : {s.store.stats().status(), s.store.check().status(), s.store.flush(), s.store.scope({"a"}).status(),
                               s.store.admin().namespaces().status(), s.store.admin().find(MemoryId()).status()}) {
    REQUIRE_CODE(status, StatusCode::kFailedPrecondition);
  }
  const Scope scope = moved.scope({"acme", "ada"}).value();
  moved = Store::open(":memory:").value();  // closes the one assigned to
  REQUIRE_CODE(scope.count(), StatusCode::kFailedPrecondition);
  CHECK(moved.stats()->memories == 0);
  Store& same = moved;
  moved = std::move(same);
  CHECK(moved.stats().ok());
}

TEST_CASE("store: two in memory are apart", "[store]") {
  const OpenStore a, b;
  a.put("x");
  CHECK(a.scope.count().value() == 1);
  CHECK(b.scope.count().value() == 0);
}

TEST_CASE("store: another language than the file's is refused", "[store]") {
  const TempDir dir;
  { const OpenStore s(still_options({.language = "german"}), dir / "store.db"); }
  const auto english = Store::open(dir / "store.db");
  REQUIRE_CODE(english, StatusCode::kFailedPrecondition);
  CHECK(contains(english.status().message(), "german"));
  REQUIRE_OK(Store::open(dir / "store.db", {.language = "german"}));
  REQUIRE_CODE(Store::open(dir / "new.db", {.language = "klingon"}), StatusCode::kInvalidArgument);
  CHECK_FALSE(std::filesystem::exists(dir / "new.db"));
}

TEST_CASE("store: many threads write and read one store", "[store]") {
  const TempDir dir;
  const OpenStore s(still_options({.durability = Durability::kRelaxed}), dir / "store.db");
  std::vector<std::thread> threads;
  std::vector<int> found(4, 0);
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        const std::string word = "word" + std::to_string(t) + "x" + std::to_string(i);
        const auto id = s.scope.put({.text = word});
        if (!id) continue;
        const auto result = s.scope.recall({.text = word}, {.k = 1});
        if (result && !result->hits.empty() && result->hits[0].memory.id == *id) ++found[t];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(found == std::vector<int>(4, 25));  // what was put is recalled by the next call
  CHECK(s.store.check()->clean());
}
