// SPDX-License-Identifier: Apache-2.0
// Facts and runs read from JSON.
#include "cli/layer_records.hpp"

#include "cli/dates.hpp"
#include "support/catch.hpp"

using namespace mnemic;

namespace {

const cli::TimeReader kLisbon = [](std::string_view text) { return cli::parse_local_date(text, "Europe/Lisbon"); };

std::string fact_error(const char* json) {
  const auto fact = cli::read_fact(Json::parse(json).value(), kLisbon);
  if (fact) return "no error";
  CHECK(fact.status().code() == StatusCode::kInvalidArgument);
  return fact.status().message();
}

std::string run_error(const char* json) {
  const auto run = cli::read_run(Json::parse(json).value(), kLisbon);
  if (run) return "no error";
  CHECK(run.status().code() == StatusCode::kInvalidArgument);
  return run.status().message();
}

bool names(const std::string& message, const char* field) {
  return message.find("field \"" + std::string(field) + "\"") != std::string::npos;
}

}  // namespace

TEST_CASE("a fact by its field names", "[layer_records]") {
  const auto fact = cli::read_fact(Json::parse(R"({"subject": "Ada", "attribute": "lives in", "value": "Lisbon",
      "kind": "preference", "text": "t", "cardinality": "many", "since": "8 May 2023", "until": "open",
      "state": "proposed", "sources": ["0197a0b2-7c11-7d3e-8a55-0123456789ab"], "trust": "user", "author": "w",
      "session": "s", "importance": 0.75, "pinned": true, "tags": ["x"], "metadata": {"n": 1}})").value(), kLisbon);
  REQUIRE(fact);
  CHECK(fact->subject == "Ada");
  CHECK(fact->attribute == "lives in");
  CHECK(fact->value == "Lisbon");
  CHECK(fact->kind == FactKind::kPreference);
  CHECK(fact->text == "t");
  CHECK(fact->cardinality == Cardinality::kMany);
  CHECK(to_string(fact->since.value()) == "2023-05-07T23:00:00Z");
  CHECK(fact->until == kOpenEnd);
  CHECK(fact->state == State::kProposed);
  CHECK(fact->sources.size() == 1);
  CHECK(fact->trust == Trust::kUser);
  CHECK(fact->author == "w");
  CHECK(fact->session == "s");
  CHECK(fact->importance == Approx(0.75));
  CHECK(fact->pinned);
  CHECK(fact->tags == std::vector<std::string>{"x"});
  CHECK(fact->metadata["n"].as_integer() == 1);
}

TEST_CASE("what a fact leaves out stays as FactInput has it", "[layer_records]") {
  const auto fact = cli::read_fact(
      Json::parse(R"({"subject": "Ada", "attribute": "eats", "value": "figs", "since": null})").value(), kLisbon);
  REQUIRE(fact);
  CHECK(fact->kind == FactKind::kFact);
  CHECK_FALSE(fact->cardinality);
  CHECK_FALSE(fact->since);
  CHECK_FALSE(fact->trust);
  CHECK(fact->state == State::kActive);
}

TEST_CASE("a bad fact names its field", "[layer_records]") {
  CHECK(fact_error("[]").find("object") != std::string::npos);
  CHECK(names(fact_error(R"({"attribute": "a", "value": "v"})"), "subject"));
  CHECK(names(fact_error(R"({"subject": "s", "value": "v"})"), "attribute"));
  CHECK(names(fact_error(R"({"subject": "s", "attribute": "a"})"), "value"));
  CHECK(names(fact_error(R"({"subject": 1, "attribute": "a", "value": "v"})"), "subject"));
  for (const char* field : {"kind", "text", "cardinality", "since", "until", "state", "sources", "trust", "author", "session",
                            "importance", "pinned", "tags"}) {
    const std::string json = R"({"subject": "s", "attribute": "a", "value": "v", ")" + std::string(field) + R"(": {}})";
    CHECK(names(fact_error(json.c_str()), field));
  }
  const std::string unknown = fact_error(R"({"subject": "s", "attribute": "a", "value": "v", "untill": "2020-01-01"})");
  CHECK(names(unknown, "untill"));
  CHECK(unknown.find(" until ") != std::string::npos);
}

TEST_CASE("a run by its field names", "[layer_records]") {
  const auto run = cli::read_run(Json::parse(R"({"goal": "g", "skill": "k", "outcome": "failure", "start": "2023-05-08 13:56",
      "steps": [{"tool": "a", "arguments": {"x":  1}, "digest": "d", "duration_ms": 12}, {"tool": "b"}],
      "sources": ["0197a0b2-7c11-7d3e-8a55-0123456789ab"], "trust": "tool", "session": "s", "tags": ["t"],
      "metadata": {"n": 1}})").value(), kLisbon);
  REQUIRE(run);
  CHECK(run->goal == "g");
  CHECK(run->skill == "k");
  CHECK(run->outcome == Outcome::kFailure);
  CHECK(to_string(run->start.value()) == "2023-05-08T12:56:00Z");
  REQUIRE(run->steps.size() == 2);
  CHECK(run->steps[0].tool == "a");
  CHECK(run->steps[0].arguments == Json::parse(R"({"x": 1})").value());
  CHECK(run->steps[0].digest == "d");
  CHECK(run->steps[0].duration == std::chrono::milliseconds(12));
  CHECK(run->steps[1].arguments.is_null());
  CHECK(run->sources.size() == 1);
  CHECK(run->trust == Trust::kTool);
  CHECK(run->session == "s");
  CHECK(run->tags == std::vector<std::string>{"t"});
  CHECK(run->metadata["n"].as_integer() == 1);
}

TEST_CASE("a bad run names its field, and the step it is in", "[layer_records]") {
  CHECK(run_error("3").find("object") != std::string::npos);
  CHECK(names(run_error("{}"), "goal"));
  CHECK(names(run_error(R"({"goal": "g", "outcome": "fine"})"), "outcome"));
  CHECK(names(run_error(R"({"goal": "g", "steps": "x"})"), "steps"));
  CHECK(names(run_error(R"({"goal": "g", "cost": 1})"), "cost"));
  const std::string step = run_error(R"({"goal": "g", "steps": [{"tool": "a"}, {"tool": "b", "duration_ms": -1}]})");
  CHECK(names(step, "steps[1]"));
  CHECK(names(step, "duration_ms"));
  CHECK(names(run_error(R"({"goal": "g", "steps": [{}]})"), "tool"));
  CHECK(names(run_error(R"({"goal": "g", "steps": [{"tool": "a", "args": 1}]})"), "args"));
}
