// SPDX-License-Identifier: Apache-2.0
#include "cli/import_record.hpp"

#include "cli/dates.hpp"
#include "cli/json_fields.hpp"

#include <mnemic/layers/session.hpp>

#include <fmt/format.h>

#include <string_view>
#include <utility>
#include <vector>

namespace mnemic::cli {
namespace {

Status read_vectors(const Json& value, std::vector<Vector>& out) {
  if (!value.is_object()) return wrong_field("vectors", "an object of space names and number lists");
  for (const auto& [space, numbers] : value.members()) {
    Vector vector{space, {}};
    for (const Json& number : numbers.items()) {
      if (!number.is_number()) return wrong_field("vectors", "numbers only");
      vector.values.push_back(static_cast<float>(number.as_double()));
    }
    out.push_back(std::move(vector));
  }
  return {};
}

Status read_provenance(const Json& value, Provenance& out) {
  if (!value.is_object()) return wrong_field("provenance", "an object");
  out.source = value["source"].as_string();
  out.model = value["model"].as_string();
  out.trace = value["trace"].as_string();
  for (const Json& text : value["derived_from"].items()) {
    const auto id = MemoryId::parse(text.as_string());
    if (!id) return wrong_field("provenance", "memory ids in derived_from");
    out.derived_from.push_back(*id);
  }
  return {};
}

Status read_relations(const Json& value, std::vector<RelationInput>& out) {
  if (!value.is_array()) return wrong_field("relations", "a list of objects with type and to");
  for (const Json& item : value.items()) {
    const auto to = MemoryId::parse(item["to"].as_string());
    if (!item["type"].is_string() || !to) return wrong_field("relations", "objects with a type and a memory id as to");
    out.push_back({item["type"].as_string(), *to, item["metadata"]});
  }
  return {};
}

Status read_corpus_line(Fields& fields, ImportRecord& record) {
  MemoryInput& input = record.input;
  const Json date = fields.take("date");
  if (Status status = all_of({fields.id_to("_id", input.key), fields.to("text", input.text),
                              fields.id_to("session", input.session), fields.to("speaker", input.author)});
      !status) {
    return status;
  }
  if (input.key.empty()) return wrong_field("_id", "a string that is not empty");
  if (!input.session.empty()) input.layer = Layer::kConversational;
  if (date.is_null()) return fields.rest_to(input.metadata);
  if (!date.is_string()) return wrong_field("date", "a string");
  input.event_time = parse_free_date(date.as_string());
  input.metadata = Json::object({{"date", date}});
  return fields.rest_to(input.metadata);
}

Status read_message(const Json& line, Fields& fields, const std::string& session, ImportRecord& record) {
  auto turn = Turn::from_message(line);
  if (!turn) return turn.status();
  MemoryInput& input = record.input;
  input.layer = Layer::kConversational;
  input.session = session;
  input.author = std::move(turn->author);
  input.text = std::move(turn->text);
  input.content = std::move(turn->content);
  input.trust = turn->trust;
  // `content` is the whole message already, so what is left here needs no second place.
  if (Status status = all_of({fields.id_to("session", input.session), fields.id_to("id", input.key),
                              fields.to("event_time", input.event_time)});
      !status) {
    return status;
  }
  if (input.session.empty()) {
    return Status(StatusCode::kInvalidArgument, "a chat message without \"session\": say --session");
  }
  return {};
}

Status read_memory(Fields& fields, ImportRecord& record) {
  MemoryInput& input = record.input;
  // Names that `to_json(Memory)` prints and a new memory gets from the store: an export can be read back.
  for (const char* name : {"id", "namespace", "turn", "created_at", "updated_at", "version", "seq_from", "seq_to"}) {
    fields.take(name);
  }
  input.content = fields.take("content");
  input.metadata = fields.take("metadata");
  if (Status status =
          all_of({fields.id_to("key", input.key),
                  fields.to("text", input.text),
                  fields.name_to("layer", parse_layer, input.layer),
                  fields.with("vectors", [&](const Json& v) { return read_vectors(v, input.vectors); }),
                  fields.id_to("user", input.user),
                  fields.id_to("agent", input.agent),
                  fields.id_to("session", input.session),
                  fields.to("author", input.author),
                  fields.to("event_time", input.event_time),
                  fields.to("event_end", input.event_end),
                  fields.to("time_zone", input.time_zone),
                  fields.to("expires_at", input.expires_at),
                  fields.to("importance", input.importance),
                  fields.to("strength", input.strength),
                  fields.to("pinned", input.pinned),
                  fields.name_to("trust", parse_trust, input.trust),
                  fields.name_to("state", parse_state, input.state),
                  fields.to("tags", input.tags),
                  fields.with("provenance", [&](const Json& v) { return read_provenance(v, input.provenance); }),
                  fields.with("relations", [&](const Json& v) { return read_relations(v, input.relations); })});
      !status) {
    return status;
  }
  return fields.rest_to(input.metadata);
}

}  // namespace

Result<ImportRecord> read_record(const Json& line, const std::string& session) {
  if (!line.is_object()) return Status(StatusCode::kInvalidArgument, "expected a JSON object");
  ImportRecord record;
  Fields fields(line);
  Status status = fields.to("scope", record.scope);
  if (status) {
    status = line.contains("_id")    ? read_corpus_line(fields, record)
             : line.contains("role") ? read_message(line, fields, session, record)
                                     : read_memory(fields, record);
  }
  if (!status) return status;
  const MemoryInput& input = record.input;
  if (input.text.empty() && input.content.is_null() && input.vectors.empty()) {
    return wrong_field("text", "a string that is not empty");
  }
  return record;
}

}  // namespace mnemic::cli
