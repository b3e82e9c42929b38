// SPDX-License-Identifier: Apache-2.0
// Durability: the option and the call's own choice are taken, and nothing depends on it but the disk.
#include <string>

#include "open_store.hpp"

using namespace mnemic;
using namespace mnemic::test;

TEST_CASE("durability: relaxed writes are there at once, after flush, and after reopening", "[durability]") {
  const TempDir dir;
  {
    const OpenStore s(still_options({.durability = Durability::kRelaxed}), dir / "store.db");
    for (int i = 0; i < 20; ++i) s.put("note " + std::to_string(i));
    CHECK(s.scope.count().value() == 20);
    REQUIRE_OK(s.store.flush());
    CHECK(s.scope.count().value() == 20);
    CHECK(s.store.stats()->seq == 20);  // flushing is no change
    s.put("after the flush");
  }
  const OpenStore s(still_options(), dir / "store.db");
  CHECK(s.scope.count().value() == 21);
  CHECK(s.store.check()->clean());
}

TEST_CASE("durability: chosen per call", "[durability]") {
  const TempDir dir;
  const OpenStore s(still_options({.durability = GENERATE(Durability::kFull, Durability::kRelaxed)}), dir / "store.db");
  for (const Durability durability : {Durability::kFull, Durability::kRelaxed, Durability::kFull}) {
    const MemoryId id = s.scope.put({.text = "note"}, {.durability = durability}).value();
    REQUIRE_OK(s.scope.update(id, {.text = "changed"}, {.durability = durability}));
    REQUIRE_OK(s.scope.session("s").append(Turn{.text = "turn"}, {.durability = durability}));
    REQUIRE_OK(s.scope.session("s").pop(1, {.durability = durability}));
    REQUIRE_OK(s.scope.forget(id, {.durability = durability}));
    Batch batch;
    batch.put({.text = "batch"});
    REQUIRE_OK(s.scope.write(batch, {.durability = durability}));
  }
  CHECK(s.scope.count().value() == 3);
}

TEST_CASE("durability: flush on stores that cannot", "[durability]") {
  const TempDir dir;
  OpenStore s(still_options(), dir / "store.db");
  s.put("note");
  {
    const Store reader = Store::open(dir / "store.db", {.access = Access::kReadOnly}).value();
    REQUIRE_CODE(reader.flush(), StatusCode::kFailedPrecondition);
  }
  REQUIRE_OK(s.store.close());
  REQUIRE_CODE(s.store.flush(), StatusCode::kFailedPrecondition);
  const OpenStore memory;
  REQUIRE_OK(memory.store.flush());
}
