// SPDX-License-Identifier: Apache-2.0
// Versions: what put, update and forget leave behind, and upsert by key.
#include <string>
#include <vector>

#include "open_store.hpp"
#include "support/naive_store.hpp"

using namespace mnemic;
using namespace mnemic::test;

namespace {

/// A history whose versions are numbered from 1 and whose seqs form a chain.
void check_chain(const std::vector<Memory>& history, bool forgotten) {
  REQUIRE_FALSE(history.empty());
  for (std::size_t i = 0; i < history.size(); ++i) {
    CHECK(history[i].version == i + 1);
    CHECK(history[i].id == history[0].id);
    CHECK(history[i].created_at == history[0].created_at);
    CHECK(history[i].updated_at >= history[0].created_at);
    if (i + 1 < history.size()) {
      REQUIRE(history[i].seq_to);
      CHECK(*history[i].seq_to == history[i + 1].seq_from);
      CHECK(history[i].seq_from < history[i + 1].seq_from);
    }
  }
  CHECK(history.back().seq_to.has_value() == forgotten);
}

}  // namespace

TEST_CASE("versions: put, update, forget give a chain", "[versions]") {
  const OpenStore s;
  const MemoryId id = s.put("first");
  s.clock->advance(std::chrono::seconds(1));
  const auto second = s.scope.update(id, {.text = "second", .tags = std::vector<std::string>{"t"}});
  REQUIRE_OK(second);
  CHECK(second->id == id);
  CHECK(second->version == 2);
  s.clock->advance(std::chrono::seconds(1));
  const auto third = s.scope.update(id, {.importance = 0.75}).value();
  CHECK(third.version == 3);
  CHECK(third.seq > second->seq);
  CHECK(s.scope.get(id)->seq_from == third.seq);

  auto history = s.store.admin().history(id).value();
  REQUIRE(history.size() == 3);
  check_chain(history, false);
  CHECK(history[0].text == "first");
  CHECK(history[1].text == "second");
  CHECK(history[2].text == "second");
  CHECK(history[0].tags.empty());
  CHECK(history[2].tags == std::vector<std::string>{"t"});
  CHECK(history[0].updated_at == kStart);
  CHECK(history[2].updated_at == kStart + std::chrono::seconds(2));
  CHECK(history[1].importance == 0.5);
  CHECK(history[2].importance == 0.75);

  const auto report = s.scope.forget(id).value();
  CHECK(report.ids == std::vector{id});
  CHECK_FALSE(report.dry_run);
  history = s.store.admin().history(id).value();
  REQUIRE(history.size() == 3);
  check_chain(history, true);
  CHECK(*history[2].seq_to == s.store.stats()->seq);
  REQUIRE_CODE(s.scope.get(id), StatusCode::kNotFound);
  REQUIRE_CODE(s.store.admin().find(id), StatusCode::kNotFound);
  REQUIRE_CODE(s.scope.forget(id), StatusCode::kNotFound);
  REQUIRE_CODE(s.scope.update(id, {.text = "x"}), StatusCode::kNotFound);
}

TEST_CASE("versions: an upsert keeps id and creation, replaces everything else", "[versions]") {
  const OpenStore s;
  MemoryInput input;
  input.key = "k";
  input.text = "old";
  input.content = Json(1);
  input.tags = {"old"};
  input.importance = 0.9;
  input.pinned = true;
  const MemoryId id = s.scope.put(input).value();
  s.clock->advance(std::chrono::minutes(1));
  CHECK(s.scope.put({.key = "k", .text = "new"}).value() == id);
  const Memory now = s.scope.get(Layer::kSemantic, "k").value();
  CHECK(now.id == id);
  CHECK(now.version == 2);
  CHECK(now.created_at == kStart);
  CHECK(now.updated_at == kStart + std::chrono::minutes(1));
  CHECK(now.event_time == kStart + std::chrono::minutes(1));
  CHECK(now.text == "new");
  CHECK(now.content.is_null());
  CHECK(now.tags.empty());
  CHECK(now.importance == 0.5);
  CHECK_FALSE(now.pinned);
  check_chain(s.store.admin().history(id).value(), false);
  CHECK(s.scope.count().value() == 1);
}

TEST_CASE("versions: a key is taken per namespace and layer only", "[versions]") {
  const OpenStore s;
  const MemoryId id = s.scope.put({.key = "k", .text = "a"}).value();
  CHECK(s.scope.put({.key = "k", .layer = Layer::kEpisodic, .text = "b"}).value() != id);
  const Scope other = s.store.scope({"acme", "bob"}).value();
  CHECK(other.put({.key = "k", .text = "c"}).value() != id);
  CHECK(s.scope.put({.key = "", .text = "d"}).value() != s.scope.put({.key = "", .text = "e"}).value());
  CHECK(s.scope.get(Layer::kSemantic, "k")->text == "a");
  CHECK(s.scope.get(Layer::kEpisodic, "k")->text == "b");
  REQUIRE_CODE(s.scope.get(Layer::kProcedural, "k"), StatusCode::kNotFound);
  REQUIRE_CODE(s.scope.get(Layer::kSemantic, ""), StatusCode::kInvalidArgument);
}

TEST_CASE("versions: a forgotten key is free, and gives a new memory", "[versions]") {
  const OpenStore s;
  const MemoryId first = s.scope.put({.key = "k", .text = "a"}).value();
  (void)s.scope.forget(first).value();
  const MemoryId second = s.scope.put({.key = "k", .text = "b"}).value();
  CHECK(second != first);
  CHECK(s.scope.get(second)->version == 1);
  CHECK(s.store.admin().history(first)->size() == 1);
}

TEST_CASE("versions: compare-and-set", "[versions]") {
  const OpenStore s;
  const MemoryId id = s.put("one");
  const auto lost = s.scope.update(id, {.text = "two"}, {.if_version = 2});
  REQUIRE_CODE(lost, StatusCode::kAborted);
  CHECK(contains(lost.status().message(), "if_version"));
  CHECK(s.scope.get(id)->version == 1);
  CHECK(s.scope.update(id, {.text = "two"}, {.if_version = 1})->version == 2);
  REQUIRE_CODE(s.scope.update(id, {.text = "three"}, {.if_version = 1}), StatusCode::kAborted);
}

TEST_CASE("versions: every field can be changed, and cleared where it can be empty", "[versions]") {
  const OpenStore s;
  const MemoryId id = s.put("text");
  MemoryChange change;
  change.content = Json::parse(R"({ "a" : 1 })").value();
  change.author = "ada";
  change.event_time = kStart - std::chrono::hours(1);
  change.expires_at = std::optional(kStart + std::chrono::hours(1));
  change.importance = 1.0;
  change.strength = 0.0;
  change.pinned = true;
  change.trust = Trust::kOperator;
  change.state = State::kConfirmed;
  change.tags = {{"a", "b"}};
  change.metadata = Json::object({{"n", 1}});
  change.provenance = Provenance{"chat", "model-1", "trace-1", {id}};
  REQUIRE_OK(s.scope.update(id, change));
  Memory m = s.scope.get(id).value();
  CHECK(m.text == "text");
  CHECK(m.content.dump() == R"({ "a" : 1 })");
  CHECK(m.author == "ada");
  CHECK(m.event_time == kStart - std::chrono::hours(1));
  CHECK(m.expires_at == kStart + std::chrono::hours(1));
  CHECK(m.importance == 1.0);
  CHECK(m.strength == 0.0);
  CHECK(m.pinned);
  CHECK(m.trust == Trust::kOperator);
  CHECK(m.state == State::kConfirmed);
  CHECK(m.tags == std::vector<std::string>{"a", "b"});
  CHECK(m.metadata == Json::object({{"n", 1}}));
  CHECK(m.provenance.source == "chat");
  CHECK(m.provenance.model == "model-1");
  CHECK(m.provenance.trace == "trace-1");
  CHECK(m.provenance.derived_from == std::vector{id});

  REQUIRE_OK(s.scope.update(id, {}));  // nothing set: everything stays, a version is written
  Memory same = s.scope.get(id).value();
  CHECK(same.version == 3);
  CHECK(same.content == m.content);
  CHECK(same.expires_at == m.expires_at);

  MemoryChange clear;
  clear.text = "";
  clear.author = "";
  clear.expires_at = std::optional<Timestamp>();
  clear.tags = std::vector<std::string>();
  clear.metadata = Json();
  clear.provenance = Provenance();
  REQUIRE_OK(s.scope.update(id, clear));
  m = s.scope.get(id).value();
  CHECK(m.text.empty());
  CHECK(m.author.empty());
  CHECK_FALSE(m.expires_at);
  CHECK(m.tags.empty());
  CHECK(m.metadata.is_null());
  CHECK(m.provenance.source.empty());
  CHECK(m.provenance.derived_from.empty());
  REQUIRE_CODE(s.scope.update(id, {.content = Json()}), StatusCode::kInvalidArgument);  // nothing would be left
  check_chain(s.store.admin().history(id).value(), false);
}

TEST_CASE("versions: a batch is one commit, all or none, later operations see earlier ones", "[versions]") {
  const OpenStore s;
  const MemoryId id = s.put("zero");
  const auto before = s.store.stats().value();
  Batch batch;
  batch.update(id, {.text = "one"}, {.if_version = 1});
  batch.update(id, {.text = "two"}, {.if_version = 2});
  batch.put({.key = "k", .text = "a"});
  batch.put({.key = "k", .text = "b"});
  batch.forget(id);
  const auto done = s.scope.write(batch);
  REQUIRE_OK(done);
  REQUIRE(done->size() == 5);
  CHECK((*done)[1].version == 3);
  CHECK((*done)[2].id == (*done)[3].id);
  CHECK((*done)[3].version == 2);
  CHECK((*done)[4].version == 0);
  for (std::size_t i = 1; i < 5; ++i) CHECK((*done)[i - 1].seq < (*done)[i].seq);
  CHECK(s.store.stats()->commits == before.commits + 1);
  check_chain(s.store.admin().history(id).value(), true);

  Batch bad;
  bad.put({.text = "not kept"});
  bad.update(id, {.text = "gone"});
  const auto refused = s.scope.write(bad);
  REQUIRE_CODE(refused, StatusCode::kNotFound);
  CHECK(contains(refused.status().message(), "operation 1: "));
  CHECK(s.scope.count().value() == 1);
  Batch early;
  early.put({.text = "not kept"});
  early.put({.text = "neither", .importance = 2});
  const auto invalid = s.scope.write(early);
  REQUIRE_CODE(invalid, StatusCode::kInvalidArgument);
  CHECK(contains(invalid.status().message(), "operation 1: "));
  CHECK(contains(invalid.status().message(), "importance"));
  CHECK(s.store.stats()->seq == done->back().seq);
  CHECK(s.scope.write(Batch())->empty());
}

TEST_CASE("versions: a fill function runs once, and its exception passes through", "[versions]") {
  const OpenStore s;
  int called = 0;
  const auto done = s.scope.write([&](Batch& batch) {
    ++called;
    batch.put({.text = "a"});
    batch.put({.text = "b"});
  });
  CHECK(done->size() == 2);
  CHECK(called == 1);
  CHECK_THROWS_AS(s.scope.write([](Batch& batch) {
    batch.put({.text = "c"});
    throw std::runtime_error("mine");
  }).ok(),
                  std::runtime_error);
  CHECK(s.scope.count().value() == 2);
}

TEST_CASE("versions: forget by filter takes what matches, in order of creation", "[versions]") {
  const OpenStore s;
  std::vector<MemoryId> food;
  for (int i = 0; i < 6; ++i) {
    MemoryInput input;
    input.text = "n " + std::to_string(i);
    input.event_time = kStart - std::chrono::hours(i);
    if (i % 2 == 0) input.tags = {"food"};
    const MemoryId id = s.scope.put(input).value();
    if (i % 2 == 0) food.push_back(id);
  }
  const auto dry = s.scope.forget(Filter::tag("food"), {.dry_run = true}).value();
  CHECK(dry.dry_run);
  CHECK(dry.ids == food);
  CHECK(s.scope.count().value() == 6);
  CHECK(s.scope.forget(food[0], {.dry_run = true})->ids == std::vector{food[0]});
  CHECK(s.scope.count().value() == 6);
  CHECK(s.scope.forget(Filter::tag("food"))->ids == food);
  CHECK(s.scope.count().value() == 3);
  CHECK(s.scope.forget(Filter::tag("food"))->ids.empty());  // nothing matches: not an error
  REQUIRE_CODE(s.scope.forget(MemoryId(), {.dry_run = true}), StatusCode::kNotFound);
}

TEST_CASE("versions: what was put comes back as it was, and reopened", "[versions]") {
  const TempDir dir;
  MemoryInput input;
  input.key = "key";
  input.layer = Layer::kProcedural;
  input.text = "line\n\ttab \xF0\x9F\x98\x80 e\xCC\x81 end";  // kept byte for byte, not normalised
  input.content = Json::parse(" { \"b\" : 1.50 , \"a\" : [ ] } ").value();
  input.user = "u";
  input.agent = "g";
  input.session = "s";
  input.author = "me";
  input.event_time = parse_time("1850-01-01T00:00:00.000001Z").value();
  input.time_zone = "Europe/Lisbon";
  input.expires_at = parse_time("9999-12-31T23:59:59.999999Z").value();
  input.importance = 0.1;
  input.strength = 0.2;
  input.pinned = true;
  input.trust = Trust::kTool;
  input.state = State::kProposed;
  input.tags = {"z", "a", "\"quoted\""};
  input.metadata = Json::parse(R"({"k": {"n": 1e3}})").value();
  input.provenance = {"import:x", "m", "t", {MemoryId::parse("0197a0b2-7c11-7d3e-8a55-0123456789ab").value()}};
  MemoryId id;
  Memory first;
  {
    const OpenStore s(still_options(), dir / "store.db");
    id = s.scope.put(input).value();
    first = s.scope.get(id).value();
  }
  const OpenStore s(still_options(), dir / "store.db");
  const Memory m = s.scope.get(id).value();
  CHECK(difference(first, m).empty());
  CHECK(m.text == input.text);
  CHECK(m.content.dump() == input.content.dump());
  CHECK(m.event_time == *input.event_time);
  CHECK(m.expires_at == input.expires_at);
  CHECK(m.importance == 0.1);
  CHECK(m.tags == input.tags);
  CHECK(m.metadata == input.metadata);
  CHECK_FALSE(m.turn);
  CHECK(m.name_space == Namespace{"acme", "ada"});
  CHECK(m.provenance.derived_from == input.provenance.derived_from);
  CHECK(to_json(m)["event_time"].as_string() == "1850-01-01T00:00:00.000001Z");
}
