// SPDX-License-Identifier: Apache-2.0
// Forgetting what was derived from a memory alone, and bringing memories back.
#include <algorithm>
#include <string>
#include <vector>

#include "open_store.hpp"
#include "support/temp_dir.hpp"

using namespace mnemic;
using namespace mnemic::test;

namespace {

using Ids = std::vector<MemoryId>;

Ids sorted(Ids ids) {
  std::sort(ids.begin(), ids.end());
  return ids;
}

MemoryId derived(const Scope& scope, const std::string& text, const Ids& sources) {
  MemoryInput input;
  input.text = text;
  for (const MemoryId& source : sources) input.relations.push_back({"derived_from", source, {}});
  return scope.put(input).value();
}

}  // namespace

TEST_CASE("forget: what was derived from it alone goes with it, what has other evidence stays", "[forget]") {
  const OpenStore s;
  const MemoryId a = s.put("a turn");
  const MemoryId b = s.put("another turn");
  const MemoryId alone = derived(s.scope, "of a", {a});
  const MemoryId chain = derived(s.scope, "of what was of a", {alone});
  const MemoryId both = derived(s.scope, "of a and b", {a, b});
  const MemoryId late = derived(s.scope, "of both and the chain", {both, chain});
  const MemoryId linked = s.put("only linked");
  REQUIRE_OK(s.scope.relate(linked, "mentions", a));
  const auto dry = s.scope.forget(a, {.dry_run = true}).value();
  const auto plain = s.scope.forget(a, {.dry_run = true, .cascade = false}).value();
  CHECK(plain.ids == Ids{a});
  CHECK(plain.derived.empty());
  CHECK(s.scope.count().value() == 7);
  const auto report = s.scope.forget(a).value();
  CHECK(report.ids == Ids{a});
  CHECK(report.derived == sorted({alone, chain}));
  CHECK(report.unlinked == sorted({both, late}));
  CHECK(dry.derived == report.derived);
  CHECK(dry.unlinked == report.unlinked);
  CHECK(dry.dry_run);
  CHECK_FALSE(report.dry_run);
  CHECK(s.scope.count().value() == 4);
  REQUIRE(s.scope.related(both, {.direction = Direction::kOutgoing})->size() == 1);
  CHECK(s.scope.related(both, {.direction = Direction::kOutgoing})->front().relation.to == b);
  // Both of two sources in one call: what was of both goes.
  CHECK(s.scope.forget(Filter::id(b))->derived == sorted({both, late}));
  CHECK(s.store.check()->clean());
}

TEST_CASE("forget: another namespace's memory is never forgotten with one of ours", "[forget]") {
  const OpenStore s;
  REQUIRE_OK(s.store.admin().grant({"acme", "bob"}, {"acme", "ada"}));
  const Scope bob = s.store.scope({"acme", "bob"}, {.reach = Reach::kGranted}).value();
  const MemoryId a = s.put("a turn");
  const MemoryId his = derived(bob, "his note about it", {a});
  const auto report = s.scope.forget(a).value();
  CHECK(report.derived.empty());
  CHECK(report.unlinked == Ids{his});
  CHECK(bob.get(his).ok());
}

TEST_CASE("forget: a fact goes with its only turn, and comes back by recover with its relations", "[forget]") {
  const OpenStore s;
  const MemoryId turn = s.scope.session("s1").append(Turn{.author = "Ada", .text = "I live in Porto"}).value();
  const MemoryId fact = s.scope.facts().assert_fact({.subject = "Ada", .attribute = "city", .value = "Porto", .sources = {turn}}).value().id;
  const auto report = s.scope.forget(turn).value();
  CHECK(report.derived == Ids{fact});
  CHECK(s.scope.facts().about("Ada")->empty());
  CHECK(s.scope.recall({.text = "Porto"})->hits.empty());
  CHECK(s.scope.session("s1").window()->empty());

  const Written back = s.scope.recover(turn).value();
  CHECK(back.id == turn);
  CHECK(back.version == 2);
  REQUIRE_OK(s.scope.recover(fact));
  CHECK(s.scope.facts().about("Ada")->size() == 1);
  REQUIRE(s.scope.session("s1").window()->size() == 1);
  CHECK(s.scope.session("s1").window()->front().turn == 0U);
  CHECK(s.scope.related(fact)->size() == 1);  // the relation that went when both were forgotten is there again
  CHECK(s.scope.recall({.text = "Porto"})->hits.size() == 2);
  CHECK(s.store.admin().history(turn)->size() == 2);
  CHECK(s.store.check()->clean());
}

TEST_CASE("recover: only what is forgotten, of this scope, and whose key is free", "[forget]") {
  const OpenStore s;
  const MemoryId id = s.scope.put({.key = "k", .text = "first", .tags = {"t"}, .metadata = Json::object({{"n", 1}})}).value();
  REQUIRE_CODE(s.scope.recover(id), StatusCode::kFailedPrecondition);
  REQUIRE_CODE(s.scope.recover(MemoryId()), StatusCode::kNotFound);
  REQUIRE_OK(s.scope.forget(id));
  REQUIRE_CODE(s.store.scope({"acme", "bob"})->recover(id), StatusCode::kNotFound);
  REQUIRE_CODE(s.store.scope({"acme", "ada"}, {.where = Filter::tag("other")})->recover(id), StatusCode::kNotFound);
  REQUIRE_CODE(s.store.scope({"acme", "ada"}, {.access = Access::kReadOnly})->recover(id), StatusCode::kPermissionDenied);
  const MemoryId taken = s.scope.put({.key = "k", .text = "second"}).value();
  REQUIRE_CODE(s.scope.recover(id), StatusCode::kAlreadyExists);
  REQUIRE_OK(s.scope.forget(taken));
  REQUIRE_OK(s.scope.recover(id));
  const Memory memory = s.scope.get(id).value();
  CHECK(memory.text == "first");
  CHECK(memory.key == "k");
  CHECK(memory.tags == std::vector<std::string>{"t"});
  CHECK(memory.metadata["n"].as_integer() == 1);
  CHECK(ids_of(s.scope.recall({.text = "first"}).value()) == Ids{id});
  REQUIRE_OK(s.store.admin().erase({.ids = {id}}));
  REQUIRE_CODE(s.scope.recover(id), StatusCode::kNotFound);
}

TEST_CASE("recover: out of a sealed chunk, in every handle", "[forget]") {
  const TempDir dir;
  OpenStore s(still_options({.embedder = hashed_embedder()}), dir / "store.db");
  const OpenStore reader(still_options({.embedder = hashed_embedder()}), dir / "store.db");
  Ids ids;
  for (int n = 0; n < 5000; ++n) ids.push_back(s.scope.put({.text = "note w" + std::to_string(n) + "w"}, {.durability = Durability::kRelaxed}).value());
  while (s.store.maintain({.items = 1000})->done > 0) {
  }
  const auto found = [&](const OpenStore& store) {
    const auto hits = store.scope.recall({.text = "w17w"}, {.k = 1}).value().hits;
    return !hits.empty() && hits.front().memory.id == ids[17];
  };
  CHECK(found(s));
  CHECK(found(reader));
  REQUIRE_OK(s.scope.forget(ids[17]));
  CHECK_FALSE(found(s));
  CHECK_FALSE(found(reader));
  REQUIRE_OK(s.scope.recover(ids[17]));
  CHECK(found(s));
  CHECK(found(reader));
}
