// SPDX-License-Identifier: Apache-2.0
// Files of other projects, written here in their forms: what becomes of them, twice is no change, bad ones name the place.
#include "two_stores.hpp"

using namespace mnemic;
using namespace mnemic::test;

namespace {

const std::string kMem0 = R"({"results": [
  {"id": "5f1c9d5e-3a41-4a5e-9a53-0d7a6a3c1b01", "memory": "Keeps bees on the roof", "hash": "aa11", "metadata": {"topic": "hobby"},
   "score": null, "created_at": "2025-03-01T09:30:00.250000-08:00", "updated_at": "2025-03-04T10:00:00-08:00", "user_id": "ada", "agent_id": "helper",
   "run_id": "r-7", "actor_id": "Ada", "role": "user", "categories": ["hobbies", "animals"]},
  {"id": "5f1c9d5e-3a41-4a5e-9a53-0d7a6a3c1b02", "memory": "Allergic to walnuts", "hash": "bb22", "metadata": null,
   "created_at": "2025-03-02T09:30:00-08:00", "updated_at": null, "user_id": "ada"}],
 "relations": [{"source": "ada", "relationship": "keeps", "target": "bees"}]})";

const std::string kMem0History = R"([
  {"id": "h1", "memory_id": "m-1", "old_memory": null, "new_memory": "Lives in Porto", "event": "ADD",
   "created_at": "2025-01-01T00:00:00+00:00", "updated_at": null, "is_deleted": 0, "actor_id": null, "role": null},
  {"id": "h2", "memory_id": "m-1", "old_memory": "Lives in Porto", "new_memory": "Lives in Lisbon", "event": "UPDATE",
   "created_at": "2025-01-01T00:00:00+00:00", "updated_at": "2025-02-01T00:00:00+00:00", "is_deleted": 0},
  {"id": "h3", "memory_id": "m-2", "old_memory": null, "new_memory": "Owns a kayak", "event": "ADD", "created_at": "2025-01-01T00:00:00+00:00"},
  {"id": "h4", "memory_id": "m-2", "old_memory": "Owns a kayak", "new_memory": null, "event": "DELETE",
   "created_at": "2025-01-01T00:00:00+00:00", "updated_at": "2025-03-01T00:00:00+00:00", "is_deleted": 1}])";

const std::string kLangGraph =
    R"({"namespace": ["users", "ada"], "key": "food", "value": {"preference": "likes figs", "since": 2024, "notes": ["ripe", "fresh"]}, "created_at": "2025-05-01T08:00:00.123456+00:00", "updated_at": "2025-05-02T08:00:00+00:00"}
{"namespace": ["users", "ben"], "key": "food", "value": {"preference": "no nuts"}, "created_at": "2025-05-01T08:00:00+00:00", "updated_at": "2025-05-01T08:00:00+00:00", "score": 0.5}
)";

const std::string kMcp = R"({"type":"entity","name":"Ada","entityType":"person","observations":["Keeps bees","Lives in Lisbon"]}
{"type":"relation","from":"Ada","to":"Hive 3","relationType":"looks after"}
{"type":"entity","name":"Hive 3","entityType":"hive","observations":[]}
{"type":"relation","from":"Ada","to":"Nobody","relationType":"knows"}
)";

const std::string kLetta = R"({"agents": [{"name": "Rook", "id": "agent-0", "block_ids": ["block-0", "block-1"], "system": "You are Rook.",
  "in_context_message_ids": ["message-0"], "messages": [
   {"type": "message", "id": "message-0", "role": "system", "content": [{"type": "text", "text": "You are Rook."}], "created_at": "2025-06-01T10:00:00+00:00"},
   {"type": "message", "id": "message-1", "role": "user", "content": [{"type": "text", "text": "{\"type\": \"user_message\", \"message\": \"My bike is red.\", \"time\": \"10 o'clock\"}"}],
    "created_at": "2025-06-01T10:01:00+00:00", "tool_calls": null},
   {"type": "message", "id": "message-2", "role": "assistant", "content": [{"type": "text", "text": "I should answer."}], "model": "some-model",
    "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "send_message", "arguments": "{\"message\": \"A fine colour.\"}"}}],
    "created_at": "2025-06-01T10:01:05+00:00"},
   {"type": "message", "id": "message-3", "role": "tool", "content": [{"type": "text", "text": "{\"status\": \"OK\"}"}], "tool_call_id": "c1",
    "created_at": "2025-06-01T10:01:06+00:00"}]}],
 "groups": [], "blocks": [
  {"id": "block-0", "label": "human", "value": "Name: Ada", "limit": 5000, "description": "About the user", "metadata": {}},
  {"id": "block-1", "label": "persona", "value": "Calm and brief", "limit": 5000, "metadata": {}}],
 "passages": [{"id": "passage-1", "text": "The bike was bought in May.", "tags": ["bike"], "created_at": "2025-05-20T00:00:00+00:00"}],
 "files": [], "sources": [], "tools": [], "mcp_servers": [], "metadata": {}, "created_at": "2025-06-02T00:00:00+00:00"})";

struct Foreign {
  explicit Foreign(const std::string& text) : target(1) { spill(file, text); }
  ImportReport import(const ImportOptions& given = {}) {
    ImportOptions options = given;
    if (options.into.segments().empty()) options.into = {"acme", "ada"};
    options.dry_run = true;
    const ImportReport dry = target.admin().import_from(file, options).value();
    options.dry_run = false;
    const ImportReport report = target.admin().import_from(file, options).value();
    INFO(to_json(report).dump());
    CHECK(dry.written == report.written);
    CHECK(dry.relations == report.relations);
    const Seq before = newest(target.store);
    const ImportReport again = target.admin().import_from(file, options).value();
    CHECK(again.written + again.replaced + again.kept == 0);
    CHECK(newest(target.store) == before);
    CHECK(target.store.check()->clean());
    return report;
  }
  [[nodiscard]] Memory get(const std::string& key, Layer layer = Layer::kSemantic) const { return target.scope.get(layer, key).value(); }

  TempDir dir;
  std::filesystem::path file = dir / "foreign.json";
  Place target;
};

Timestamp at(const char* time) { return parse_time(time).value(); }

}  // namespace

TEST_CASE("mem0: memories") {
  Foreign foreign(kMem0);
  const ImportReport report = foreign.import();
  CHECK(report.format == TransferFormat::kMem0);
  CHECK(report.written == 2);
  const Memory bees = foreign.get("5f1c9d5e-3a41-4a5e-9a53-0d7a6a3c1b01");
  CHECK(bees.text == "Keeps bees on the roof");
  CHECK(bees.user == "ada");
  CHECK(bees.agent == "helper");
  CHECK(bees.session == "r-7");
  CHECK(bees.author == "Ada");
  CHECK(bees.tags == std::vector<std::string>{"hobbies", "animals"});
  CHECK(bees.metadata == Json::parse(R"({"topic": "hobby", "mem0": {"hash": "aa11"}})").value());
  CHECK(bees.created_at == at("2025-03-01T17:30:00.25Z"));
  CHECK(bees.updated_at == at("2025-03-04T18:00:00Z"));
  CHECK(bees.trust == Trust::kModel);
  CHECK(bees.provenance.source == "mem0");
  CHECK(foreign.target.scope.recall({.text = "walnuts"})->hits.at(0).memory.key == "5f1c9d5e-3a41-4a5e-9a53-0d7a6a3c1b02");

  // Exported again later, one of them changed: it alone is written.
  std::string later = kMem0;
  later.replace(later.find("on the roof"), 11, "in the yard");
  later.replace(later.find("2025-03-04"), 10, "2025-03-09");
  spill(foreign.file, later);
  const ImportReport second = foreign.target.admin().import_from(foreign.file, {.into = {"acme", "ada"}}).value();
  CHECK(second.replaced == 1);
  CHECK(second.unchanged == 1);
  CHECK(foreign.get("5f1c9d5e-3a41-4a5e-9a53-0d7a6a3c1b01").text == "Keeps bees in the yard");
}

TEST_CASE("mem0: history") {
  Foreign foreign(kMem0History);
  CHECK(foreign.import().written == 1);
  const Memory home = foreign.get("m-1");
  CHECK(home.text == "Lives in Lisbon");
  const auto versions = foreign.target.admin().history(home.id).value();
  REQUIRE(versions.size() == 2);
  CHECK(versions[0].text == "Lives in Porto");
  CHECK(versions[1].updated_at == at("2025-02-01"));
  REQUIRE_CODE(foreign.target.scope.get(Layer::kSemantic, "m-2"), StatusCode::kNotFound);
}

TEST_CASE("LangGraph: items of a store") {
  Foreign foreign(kLangGraph);
  CHECK(foreign.import().format == TransferFormat::kLangGraph);
  const Scope ada = foreign.target.store.scope({"acme", "ada", "users", "ada"}).value();
  const Memory food = ada.get(Layer::kSemantic, "food").value();
  CHECK(food.text == "likes figs\nripe\nfresh");
  CHECK(food.content == Json::parse(R"({"preference": "likes figs", "since": 2024, "notes": ["ripe", "fresh"]})").value());
  CHECK(food.created_at == at("2025-05-01T08:00:00.123456Z"));
  CHECK(food.updated_at == at("2025-05-02T08:00:00Z"));
  CHECK(foreign.target.store.scope({"acme", "ada", "users", "ben"})->count().value() == 1);

  Foreign wrapped("{\"items\": [" + lines_of(kLangGraph)[0] + "]}");
  CHECK(wrapped.import().written == 1);
  Foreign listed("[" + lines_of(kLangGraph)[0] + "]");
  CHECK(listed.target.admin().import_from(listed.file)->written == 1);  // it has namespaces of its own
  CHECK(listed.target.store.scope({"users", "ada"})->count().value() == 1);
}

TEST_CASE("MCP memory server: entities, observations, relations") {
  Foreign foreign(kMcp);
  const ImportReport report = foreign.import();
  CHECK(report.format == TransferFormat::kMcpMemory);
  CHECK(report.written == 2);
  CHECK(report.relations == 1);
  REQUIRE(report.problems.size() == 1);  // Nobody is not there
  CHECK(report.problems[0].line == 4);
  const Memory ada = foreign.get("entity:Ada");
  CHECK(ada.text == "Ada (person)\nKeeps bees\nLives in Lisbon");
  const auto related = foreign.target.scope.related(ada.id).value();
  REQUIRE(related.size() == 1);
  CHECK(related[0].relation.type == "looks_after");
  CHECK(related[0].relation.metadata == Json::object({{"type", "looks after"}}));
  CHECK(related[0].memory.key == "entity:Hive 3");

  // An observation more, in a file that was changed later.
  std::string later = kMcp;
  later.replace(later.find("Lives in Lisbon"), 15, "Lives in Faro");
  spill(foreign.file, later);
  std::filesystem::last_write_time(foreign.file, std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));
  CHECK(foreign.target.admin().import_from(foreign.file, {.into = {"acme", "ada"}})->replaced == 1);
  CHECK(foreign.get("entity:Ada").text == "Ada (person)\nKeeps bees\nLives in Faro");
}

TEST_CASE("Letta: an agent file") {
  Foreign foreign(kLetta);
  const ImportReport report = foreign.import();
  CHECK(report.format == TransferFormat::kLetta);
  CHECK(report.written == 6);
  const Memory human = foreign.get("letta/Rook/block/human");
  CHECK(human.text == "Name: Ada");
  CHECK(human.pinned);
  CHECK(human.agent == "Rook");
  CHECK(human.metadata["description"].as_string() == "About the user");
  const auto turns = foreign.target.scope.session("Rook").window().value();
  REQUIRE(turns.size() == 3);
  CHECK(turns[0].text == "My bike is red.");
  CHECK(turns[0].author == "user");
  CHECK(turns[0].trust == Trust::kUser);
  CHECK(turns[1].text == "A fine colour.");
  CHECK(turns[1].provenance.model == "some-model");
  CHECK(turns[2].author == "tool");
  CHECK(turns[2].turn == 2);
  CHECK(turns[0].event_time == at("2025-06-01T10:01:00Z"));
  const Memory passage = foreign.get("letta//passage/passage-1");
  CHECK(passage.text == "The bike was bought in May.");
  CHECK(passage.tags == std::vector<std::string>{"bike"});

  Foreign older(R"({"agent_type": "memgpt_agent", "name": "Old", "core_memory": [{"label": "human", "value": "Name: Ben"}],
                    "messages": [{"role": "user", "content": "hello", "created_at": "2025-01-01T00:00:00Z"}]})");
  CHECK(older.import().written == 2);
  CHECK(older.get("letta/Old/block/human").text == "Name: Ben");
}

TEST_CASE("foreign files that are bad name the place, and change nothing") {
  const auto refused = [](const std::string& text, const std::string& names, const ImportOptions& options = {.into = {"x"}}) {
    Foreign foreign(text);
    const auto report = foreign.target.admin().import_from(foreign.file, options);
    INFO(text << "\n" << report.status().to_string());
    REQUIRE_CODE(report, StatusCode::kInvalidArgument);
    CHECK(report.status().message().find(names) != std::string::npos);
    CHECK(newest(foreign.target.store) == 0);
  };
  refused(kMem0, "into", ImportOptions{});
  refused(kMcp, "into", ImportOptions{});
  refused(kMem0, "looks like mem0", {.format = TransferFormat::kLetta, .into = {"x"}});
  refused(R"([{"id": "1", "memory": "a"}, {"id": "2"}])", "item 2: memory");
  refused(R"([{"id": "1", "memory": "a"}, {"id": "1", "memory": "b"}])", "stands in");
  refused(R"([{"id": "1", "memory": "a", "created_at": "yesterday"}])", "item 1: created_at");
  refused(R"([{"id": "1", "memory": "a", "user_id": 7}])", "item 1: user_id");
  refused(R"([{"id": "1", "memory": ""}])", "text");
  refused(R"([{"id": "h", "memory_id": "m", "event": "ADD", "new_memory": null}])", "item 1: new_memory");
  refused(kMcp + "{\"type\":\"thought\"}\n", "line 5: type");
  refused(kMcp + "{\"type\":\"entity\"\n", "line 5");
  refused(R"({"type":"entity","name":"a","observations":"b"})", "item 1: observations");
  refused(R"([{"namespace": [], "key": "a", "value": {"t": "b"}}, {"namespace": ["a", ".."], "key": "a", "value": {}}])", "item 2");
  refused(R"({"agents": [{"name": "a", "messages": [{"role": "user", "content": "x", "created_at": 5}]}]})", "created_at");
}
