// SPDX-License-Identifier: Apache-2.0
// Relations between memories: Scope::relate, unrelate, related, and links written with a put.
#include "open_store.hpp"

using namespace mnemic;
using namespace mnemic::test;

namespace {

std::vector<std::string> lines(const Result<std::vector<Related>>& related) {
  std::vector<std::string> lines;
  for (const Related& one : related.value()) lines.push_back(one.relation.type + " " + one.memory.text);
  return lines;
}
using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("relations: both ends find each other, in the order the links were made", "[relations]") {
  const OpenStore s;
  const MemoryId a = s.put("a");
  const MemoryId b = s.put("b");
  const MemoryId c = s.put("c");
  REQUIRE_OK(s.scope.relate(a, "evidence_for", b, Json::object({{"weight", 2}})));
  REQUIRE_OK(s.scope.relate(c, "used_in", a));
  REQUIRE_OK(s.scope.relate(a, "used_in", b));
  CHECK(lines(s.scope.related(a)) == Lines{"evidence_for b", "used_in c", "used_in b"});
  CHECK(lines(s.scope.related(a, {.direction = Direction::kOutgoing})) == Lines{"evidence_for b", "used_in b"});
  CHECK(lines(s.scope.related(a, {.direction = Direction::kIncoming})) == Lines{"used_in c"});
  CHECK(lines(s.scope.related(a, {.type = "used_in"})) == Lines{"used_in c", "used_in b"});
  CHECK(lines(s.scope.related(b)) == Lines{"evidence_for a", "used_in a"});
  const Relation first = s.scope.related(a).value().front().relation;
  CHECK(first.from == a);
  CHECK(first.to == b);
  CHECK(first.metadata["weight"].as_integer() == 2);
  CHECK(first.created_at == kStart);
  CHECK(to_json(first)["type"].as_string() == "evidence_for");
}

TEST_CASE("relations: pages go on after the last change seen, and filters are for the other end", "[relations]") {
  const OpenStore s;
  const MemoryId hub = s.put("hub");
  for (int n = 0; n < 5; ++n) {
    const MemoryId spoke = s.scope.put({.text = "s" + std::to_string(n), .tags = {n % 2 == 0 ? "even" : "odd"}}).value();
    REQUIRE_OK(n < 3 ? s.scope.relate(hub, "to", spoke) : s.scope.relate(spoke, "to", hub));
  }
  Lines all;
  RelatedOptions options{.limit = 2};
  for (;;) {
    const auto page = s.scope.related(hub, options).value();
    if (page.empty()) break;
    for (const Related& one : page) all.push_back(one.memory.text);
    options.after = page.back().relation.seq;
  }
  CHECK(all == Lines{"s0", "s1", "s2", "s3", "s4"});
  CHECK(lines(s.scope.related(hub, {.where = Filter::tag("odd")})) == Lines{"to s1", "to s3"});
}

TEST_CASE("relations: relating twice is relating once; new metadata replaces the old", "[relations]") {
  const OpenStore s;
  const MemoryId a = s.put("a");
  const MemoryId b = s.put("b");
  REQUIRE_OK(s.scope.relate(a, "t", b));
  const std::uint64_t seq = s.store.stats().value().seq;
  REQUIRE_OK(s.scope.relate(a, "t", b));
  CHECK(s.store.stats().value().seq == seq);
  REQUIRE_OK(s.scope.relate(a, "t", b, Json::object({{"n", 1}})));
  const auto related = s.scope.related(a).value();
  REQUIRE(related.size() == 1);
  CHECK(related[0].relation.metadata["n"].as_integer() == 1);
  REQUIRE_OK(s.scope.unrelate(a, "t", b));
  REQUIRE_OK(s.scope.unrelate(a, "t", b));
  CHECK(s.scope.related(a).value().empty());
  CHECK(s.store.check().value().clean());
}

TEST_CASE("relations: they go with either of their ends, and stay through updates", "[relations]") {
  const OpenStore s;
  const MemoryId a = s.put("a");
  const MemoryId b = s.put("b");
  const MemoryId c = s.put("c");
  REQUIRE_OK(s.scope.relate(a, "t", b));
  REQUIRE_OK(s.scope.relate(b, "t", c));
  REQUIRE_OK(s.scope.update(b, {.text = "b, changed"}));
  CHECK(lines(s.scope.related(b)) == Lines{"t a", "t c"});
  REQUIRE_OK(s.scope.forget(a));
  CHECK(lines(s.scope.related(b)) == Lines{"t c"});
  REQUIRE_OK(s.scope.forget(b));
  CHECK(s.scope.related(c).value().empty());
  CHECK(s.store.check().value().clean());
}

TEST_CASE("relations: links of a put and of a batch are in its commit", "[relations]") {
  const OpenStore s;
  const MemoryId a = s.put("a");
  const MemoryId b = s.scope.put({.key = "b", .text = "b", .relations = {{.type = "t", .to = a}}}).value();
  CHECK(lines(s.scope.related(a)) == Lines{"t b"});
  REQUIRE_OK(s.scope.put({.key = "b", .text = "b again", .relations = {{.type = "u", .to = a}}}));
  CHECK(lines(s.scope.related(a)) == Lines{"t b again", "u b again"});
  const MemoryId nobody;
  REQUIRE_CODE(s.scope.put({.text = "c", .relations = {{.type = "t", .to = nobody}}}), StatusCode::kNotFound);
  CHECK(s.scope.count().value() == 2);
  const auto written = s.scope.write([&](Batch& batch) {
    batch.relate(a, "back", b);
    batch.unrelate(b, "t", a);
    batch.unrelate(b, "never", a);
  });
  REQUIRE_OK(written);
  CHECK((*written)[0].id == a);
  CHECK((*written)[0].seq > 0);
  CHECK((*written)[2].seq == 0);
  CHECK(lines(s.scope.related(a)) == Lines{"u b again", "back b again"});
  const auto failed = s.scope.write([&](Batch& batch) {
    batch.relate(a, "x", b);
    batch.relate(a, "x", nobody);
  });
  REQUIRE_CODE(failed, StatusCode::kNotFound);
  CHECK(contains(failed.status().message(), "operation 1: "));
  CHECK(s.scope.related(a, {.type = "x"}).value().empty());
}

TEST_CASE("relations: a scope learns nothing of ends it does not see", "[relations]") {
  const OpenStore s;
  const Scope team = s.store.scope({"acme", "team"}).value();
  const Scope reader = s.store.scope({"acme", "ada"}, {.reach = Reach::kGranted}).value();
  const MemoryId mine = s.put("mine");
  const MemoryId theirs = team.put({.text = "theirs"}).value();
  REQUIRE_CODE(s.scope.relate(mine, "t", theirs), StatusCode::kNotFound);
  REQUIRE_CODE(reader.relate(mine, "t", theirs), StatusCode::kNotFound);
  REQUIRE_OK(s.store.admin().grant({"acme", "ada"}, {"acme", "team"}));
  REQUIRE_OK(reader.relate(mine, "t", theirs));
  REQUIRE_CODE(reader.relate(theirs, "t", mine), StatusCode::kNotFound);  // one writes to one's own only
  CHECK(lines(reader.related(mine)) == Lines{"t theirs"});
  CHECK(lines(reader.related(theirs)) == Lines{"t mine"});
  CHECK(team.related(theirs).value().empty());
  CHECK(s.scope.related(mine).value().empty());
  REQUIRE_OK(s.store.admin().revoke({"acme", "ada"}, {"acme", "team"}));
  CHECK(reader.related(mine).value().empty());
  REQUIRE_CODE(reader.related(theirs), StatusCode::kNotFound);
  REQUIRE_OK(s.scope.unrelate(mine, "t", theirs));  // one's own link can be taken back whatever became of its end
  REQUIRE_OK(s.store.admin().grant({"acme", "ada"}, {"acme", "team"}));
  CHECK(reader.related(mine).value().empty());
}

TEST_CASE("relations: bad input names the field", "[relations]") {
  const OpenStore s;
  const MemoryId a = s.put("a");
  const MemoryId b = s.put("b");
  for (const std::string& type : {std::string(), std::string("a b"), std::string(65, 'x'), std::string("\xc3\xa9")}) {
    const Status status = s.scope.relate(a, type, b);
    REQUIRE_CODE(status, StatusCode::kInvalidArgument);
    CHECK(contains(status.message(), "type"));
  }
  REQUIRE_CODE(s.scope.relate(a, "t", a), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.scope.relate(a, "t", b, Json::array({1})), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.scope.related(a, {.type = "a b"}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.scope.related(a, {.limit = 0}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.scope.related(MemoryId()), StatusCode::kNotFound);
  const Scope reader = s.store.scope({"acme", "ada"}, {.access = Access::kReadOnly}).value();
  REQUIRE_CODE(reader.relate(a, "t", b), StatusCode::kPermissionDenied);
  REQUIRE_CODE(reader.unrelate(a, "t", b), StatusCode::kPermissionDenied);
  CHECK(s.scope.related(a).value().empty());
}
