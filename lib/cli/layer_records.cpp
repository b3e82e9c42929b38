// SPDX-License-Identifier: Apache-2.0
#include "cli/layer_records.hpp"

#include <fmt/format.h>

namespace mnemic::cli {
namespace {

constexpr const char* kNotEmpty = "a string that is not empty";
constexpr const char* kFactFields =
    "subject attribute value kind text cardinality since until state sources trust author session importance pinned "
    "tags metadata";
constexpr const char* kRunFields = "goal skill steps outcome start sources trust session tags metadata";
constexpr const char* kStepFields = "tool arguments digest duration_ms";

Status not_an_object() {
  return Status(StatusCode::kInvalidArgument, "expected a JSON object");
}

Status read_duration(const Json& value, std::chrono::milliseconds& out) {
  if (value.type() != Json::Type::kInteger || value.as_integer() < 0) {
    return wrong_field("duration_ms", "a whole number, not negative");
  }
  out = std::chrono::milliseconds(value.as_integer());
  return {};
}

Result<Step> read_step(const Json& json) {
  if (!json.is_object()) return not_an_object();
  Step step;
  Fields fields(json);
  step.arguments = fields.take("arguments");
  const Status status =
      all_of({fields.to("tool", step.tool), fields.to("digest", step.digest),
              fields.with("duration_ms", [&](const Json& value) { return read_duration(value, step.duration); }),
              fields.refuse_rest(kStepFields)});
  if (!status) return status;
  if (step.tool.empty()) return wrong_field("tool", kNotEmpty);
  return step;
}

Status read_steps(const Json& value, std::vector<Step>& out) {
  if (!value.is_array()) return wrong_field("steps", "a list of objects with tool, arguments, digest and duration_ms");
  for (const Json& item : value.items()) {
    auto step = read_step(item);
    if (!step) return in_field(fmt::format("steps[{}]", out.size()), step.status());
    out.push_back(*std::move(step));
  }
  return {};
}

}  // namespace

Result<FactInput> read_fact(const Json& json, const TimeReader& read_time) {
  if (!json.is_object()) return not_an_object();
  FactInput fact;
  Fields fields(json, read_time);
  fact.metadata = fields.take("metadata");
  const Status status = all_of(
      {fields.to("subject", fact.subject), fields.to("attribute", fact.attribute), fields.to("value", fact.value),
       fields.name_to("kind", parse_fact_kind, fact.kind), fields.to("text", fact.text),
       fields.name_to("cardinality", parse_cardinality, fact.cardinality), fields.to("since", fact.since),
       fields.to("until", fact.until), fields.name_to("state", parse_state, fact.state),
       fields.to("sources", fact.sources), fields.name_to("trust", parse_trust, fact.trust),
       fields.to("author", fact.author), fields.to("session", fact.session), fields.to("importance", fact.importance),
       fields.to("pinned", fact.pinned), fields.to("tags", fact.tags), fields.refuse_rest(kFactFields)});
  if (!status) return status;
  if (fact.subject.empty()) return wrong_field("subject", kNotEmpty);
  if (fact.attribute.empty()) return wrong_field("attribute", kNotEmpty);
  if (fact.value.empty()) return wrong_field("value", kNotEmpty);
  return fact;
}

Result<RunInput> read_run(const Json& json, const TimeReader& read_time) {
  if (!json.is_object()) return not_an_object();
  RunInput run;
  Fields fields(json, read_time);
  run.metadata = fields.take("metadata");
  const Status status =
      all_of({fields.to("goal", run.goal), fields.to("skill", run.skill),
              fields.with("steps", [&](const Json& value) { return read_steps(value, run.steps); }),
              fields.name_to("outcome", parse_outcome, run.outcome), fields.to("start", run.start),
              fields.to("sources", run.sources), fields.name_to("trust", parse_trust, run.trust),
              fields.to("session", run.session), fields.to("tags", run.tags), fields.refuse_rest(kRunFields)});
  if (!status) return status;
  if (run.goal.empty()) return wrong_field("goal", kNotEmpty);
  return run;
}

}  // namespace mnemic::cli
