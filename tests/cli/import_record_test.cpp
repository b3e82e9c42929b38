// SPDX-License-Identifier: Apache-2.0
// One line of an import file as a memory.
#include "cli/import_record.hpp"

#include "support/catch.hpp"

using namespace mnemic;
using cli::read_record;

namespace {

Result<cli::ImportRecord> read(const char* json, const std::string& session = {}) {
  return read_record(Json::parse(json).value(), session);
}

std::string error(const char* json) {
  const auto record = read(json);
  if (record) return "no error";
  CHECK(record.status().code() == StatusCode::kInvalidArgument);
  return record.status().message();
}

}  // namespace

TEST_CASE("a corpus line with a session is a turn", "[import]") {
  const auto record = read(R"({"_id": "c1/D1:1", "scope": "c1", "session": 1, "date": "1:56 pm on 8 May, 2023",
                               "speaker": "Ada", "text": "Hi!", "title": "T", "n": 2})");
  REQUIRE(record);
  CHECK(record->scope == "c1");
  const MemoryInput& input = record->input;
  CHECK(input.key == "c1/D1:1");
  CHECK(input.layer == Layer::kConversational);
  CHECK(input.session == "1");
  CHECK(input.author == "Ada");
  CHECK(input.text == "Hi!");
  CHECK(to_string(input.event_time.value()) == "2023-05-08T13:56:00Z");
  CHECK(input.metadata == Json::parse(R"({"title": "T", "n": 2, "date": "1:56 pm on 8 May, 2023"})").value());
}

TEST_CASE("a corpus line without a session is a fact", "[import]") {
  const auto record =
      read(R"({"_id": "4983", "scope": "", "title": "T", "text": "Abstract.", "date": "long ago", "x": null})");
  REQUIRE(record);
  CHECK(record->scope.empty());
  CHECK(record->input.layer == Layer::kSemantic);
  CHECK_FALSE(record->input.event_time);
  CHECK(record->input.metadata == Json::parse(R"({"title": "T", "date": "long ago"})").value());
}

TEST_CASE("a memory by its field names", "[import]") {
  const auto record =
      read(R"({"text": "t", "key": "k", "layer": "procedural", "user": "u", "agent": "a", "session": "s",
      "author": "w", "event_time": "2026-05-08T13:56:00Z", "expires_at": "2027-01-01", "importance": 1, "pinned": true,
      "trust": "user", "tags": ["x", "y"], "metadata": {"n": 1, "colour": "red"}, "content": {"a": [1]},
      "vectors": {"clip": [0.5, 1]}, "colour": "blue", "id": "not taken over"})");
  REQUIRE(record);
  const MemoryInput& input = record->input;
  CHECK(input.key == "k");
  CHECK(input.layer == Layer::kProcedural);
  CHECK(input.user == "u");
  CHECK(input.agent == "a");
  CHECK(input.session == "s");
  CHECK(input.author == "w");
  CHECK(to_string(input.event_time.value()) == "2026-05-08T13:56:00Z");
  CHECK(to_string(input.expires_at.value()) == "2027-01-01T00:00:00Z");
  CHECK(input.importance == Approx(1.0));
  CHECK(input.pinned);
  CHECK(input.trust == Trust::kUser);
  CHECK(input.tags == std::vector<std::string>{"x", "y"});
  CHECK(input.content == Json::parse(R"({"a": [1]})").value());
  REQUIRE(input.vectors.size() == 1);
  CHECK(input.vectors[0].space == "clip");
  CHECK(input.vectors[0].values == std::vector<float>{0.5F, 1.0F});
  CHECK(input.metadata == Json::parse(R"({"n": 1, "colour": "red"})").value());  // its own members win
}

TEST_CASE("a chat message goes into a session, byte for byte", "[import]") {
  const char* message = R"({"role": "user",  "content": "Hello", "x": 1.50})";
  const auto record = read(message, "s1");
  REQUIRE(record);
  CHECK(record->input.layer == Layer::kConversational);
  CHECK(record->input.session == "s1");
  CHECK(record->input.author == "user");
  CHECK(record->input.text == "Hello");
  CHECK(record->input.trust == Trust::kUser);
  CHECK(record->input.content.dump() == message);
  CHECK(read(R"({"role": "user", "content": "Hi", "session": "own"})", "s1")->input.session == "own");
  CHECK(error(R"({"role": "user", "content": "Hi"})").find("--session") != std::string::npos);
}

TEST_CASE("a bad line names its field", "[import]") {
  CHECK(error("[1]").find("object") != std::string::npos);
  CHECK(error("{}").find("\"text\"") != std::string::npos);
  CHECK(error(R"({"text": 3})").find("\"text\"") != std::string::npos);
  CHECK(error(R"({"_id": "a"})").find("\"text\"") != std::string::npos);
  CHECK(error(R"({"_id": "", "text": "t"})").find("\"_id\"") != std::string::npos);
  CHECK(error(R"({"_id": "a", "text": "t", "session": [1]})").find("\"session\"") != std::string::npos);
  CHECK(error(R"({"_id": "a", "text": "t", "date": 5})").find("\"date\"") != std::string::npos);
  CHECK(error(R"({"text": "t", "scope": 5})").find("\"scope\"") != std::string::npos);
  CHECK(error(R"({"text": "t", "layer": "none"})").find("\"layer\"") != std::string::npos);
  CHECK(error(R"({"text": "t", "trust": 1})").find("\"trust\"") != std::string::npos);
  CHECK(error(R"({"text": "t", "importance": "high"})").find("\"importance\"") != std::string::npos);
  CHECK(error(R"({"text": "t", "pinned": 1})").find("\"pinned\"") != std::string::npos);
  CHECK(error(R"({"text": "t", "tags": "x"})").find("\"tags\"") != std::string::npos);
  CHECK(error(R"({"text": "t", "tags": [1]})").find("\"tags\"") != std::string::npos);
  CHECK(error(R"({"text": "t", "event_time": "soon"})").find("\"event_time\"") != std::string::npos);
  CHECK(error(R"({"text": "t", "metadata": [1]})").find("\"metadata\"") != std::string::npos);
  CHECK(error(R"({"text": "t", "vectors": [1]})").find("\"vectors\"") != std::string::npos);
  CHECK(error(R"({"text": "t", "provenance": 1})").find("\"provenance\"") != std::string::npos);
}

TEST_CASE("a memory's end and its links", "[import]") {
  const auto record = read(R"({"text": "t", "event_time": "2026-05-08", "event_end": "open",
      "relations": [{"type": "after", "to": "0197a0b2-7c11-7d3e-8a55-0123456789ab", "metadata": {"n": 1}}]})");
  REQUIRE(record);
  CHECK(record->input.event_end == kOpenEnd);
  REQUIRE(record->input.relations.size() == 1);
  CHECK(record->input.relations[0].type == "after");
  CHECK(record->input.relations[0].to.to_string() == "0197a0b2-7c11-7d3e-8a55-0123456789ab");
  CHECK(record->input.relations[0].metadata["n"].as_integer() == 1);
  CHECK(error(R"({"text": "t", "event_end": 3})").find("\"event_end\"") != std::string::npos);
  CHECK(error(R"({"text": "t", "relations": {}})").find("\"relations\"") != std::string::npos);
  CHECK(error(R"({"text": "t", "relations": [{"type": "after", "to": "x"}]})").find("\"relations\"") != std::string::npos);
}
