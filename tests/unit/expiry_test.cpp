// SPDX-License-Identifier: Apache-2.0
// Expiry: from its instant on, a memory is not read any more.
#include <string>

#include "open_store.hpp"

using namespace mnemic;
using namespace mnemic::test;
using std::chrono::microseconds;
using std::chrono::seconds;

TEST_CASE("expiry: read until the instant, not from it on", "[expiry]") {
  const OpenStore s;
  const Timestamp end = kStart + seconds(10);
  const MemoryId id = s.scope.put({.key = "k", .text = "window seat", .expires_at = end, .pinned = true}).value();
  const MemoryId turn = s.scope.put({.layer = Layer::kConversational, .text = "window turn", .session = "s", .expires_at = end}).value();
  const auto check = [&](bool there) {
    CHECK(s.scope.get(id).ok() == there);
    CHECK(s.scope.get(turn).ok() == there);
    CHECK(s.scope.get(Layer::kSemantic, "k").ok() == there);
    CHECK(s.scope.count().value() == (there ? 2 : 0));
    CHECK(s.scope.list()->items.size() == (there ? 2 : 0));
    const auto result = s.scope.recall({.text = "window"}).value();
    CHECK(result.hits.size() == (there ? 2 : 0));
    CHECK(result.searched == (there ? 2 : 0));
    CHECK(result.pinned.size() == (there ? 1 : 0));
    CHECK(s.scope.session("s").size().value() == (there ? 1 : 0));
    CHECK(s.scope.session("s").window()->size() == (there ? 1 : 0));
    CHECK(s.scope.sessions()->size() == (there ? 1 : 0));
    CHECK(s.scope.update(id, {.importance = 0.5}).ok() == there);
    CHECK(s.scope.forget(id, {.dry_run = true}).ok() == there);
  };
  check(true);
  s.clock->set(end - microseconds(1));
  check(true);
  s.clock->set(end);
  check(false);
  REQUIRE_CODE(s.scope.get(id), StatusCode::kNotFound);
  CHECK(s.scope.forget(Filter())->ids.empty());
  CHECK(s.store.admin().find(id).ok());  // the store's owner still sees it
  CHECK(s.scope.why({.text = "window"}, id)->verdict == Explanation::Verdict::kExpired);
  s.clock->set(kStart);  // a clock that jumps back brings it back
  check(true);
}

TEST_CASE("expiry: born expired", "[expiry]") {
  const OpenStore s;
  const MemoryId id = s.scope.put({.text = "x", .expires_at = kStart}).value();
  REQUIRE_CODE(s.scope.get(id), StatusCode::kNotFound);
  const MemoryId soon = s.scope.put({.text = "x", .expires_at = kStart + microseconds(1)}).value();
  REQUIRE_OK(s.scope.get(soon));
}

TEST_CASE("expiry: with a clock that steps at every look", "[expiry]") {
  Options options;
  options.clock = std::make_shared<ManualClock>(kStart, seconds(1));
  options.random = seeded_random(1);
  const OpenStore s(options);
  const MemoryId id = s.scope.put({.text = "x", .expires_at = kStart + seconds(6)}).value();
  int read = 0;
  while (s.scope.get(id).ok() && read < 100) ++read;
  CHECK(read > 0);
  CHECK(read <= 6);
}

TEST_CASE("expiry: moved, lifted, and a key outlives it", "[expiry]") {
  const OpenStore s;
  const MemoryId id = s.scope.put({.key = "k", .text = "one", .expires_at = kStart + seconds(1)}).value();
  REQUIRE_OK(s.scope.update(id, {.expires_at = std::optional(kStart + seconds(5))}));
  s.clock->advance(seconds(2));
  REQUIRE_OK(s.scope.get(id));
  REQUIRE_OK(s.scope.update(id, {.expires_at = std::optional<Timestamp>()}));
  s.clock->advance(std::chrono::hours(24 * 365));
  CHECK(s.scope.recall({.text = "one"})->hits.size() == 1);
  REQUIRE_OK(s.scope.update(id, {.expires_at = std::optional(s.clock->now())}));
  REQUIRE_CODE(s.scope.get(id), StatusCode::kNotFound);
  REQUIRE_CODE(s.scope.update(id, {.text = "x"}), StatusCode::kNotFound);
  CHECK(s.scope.put({.key = "k", .text = "again"}).value() == id);  // the same memory lives again
  CHECK(s.scope.get(id)->version == 5);
  CHECK(s.store.admin().history(id)->size() == 5);
}
