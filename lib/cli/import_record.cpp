// SPDX-License-Identifier: Apache-2.0
#include "cli/import_record.hpp"

#include "cli/dates.hpp"

#include <mnemic/layers/session.hpp>

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mnemic::cli {
namespace {

Status wrong(std::string_view field, std::string_view expected) {
  return Status(StatusCode::kInvalidArgument, fmt::format("field \"{}\": expected {}", field, expected));
}

Status read(const Json& value, std::string_view field, std::string& out) {
  if (!value.is_string()) return wrong(field, "a string");
  out = value.as_string();
  return {};
}

// Ids are strings, but some sets number their sessions.
Status read_id(const Json& value, std::string_view field, std::string& out) {
  if (value.type() == Json::Type::kInteger) return out = std::to_string(value.as_integer()), Status();
  if (!value.is_string()) return wrong(field, "a string or an integer");
  out = value.as_string();
  return {};
}

Status read(const Json& value, std::string_view field, double& out) {
  if (!value.is_number()) return wrong(field, "a number");
  out = value.as_double();
  return {};
}

Status read(const Json& value, std::string_view field, std::optional<Timestamp>& out) {
  if (!value.is_string()) return wrong(field, "a time as a string");
  out = parse_free_date(value.as_string());
  return out ? Status() : wrong(field, "a time such as 2026-05-08T13:56:00Z");
}

template <typename T>
Status take(Result<T> result, std::string_view field, T& out) {
  if (!result) return Status(result.status().code(), fmt::format("field \"{}\": {}", field, result.status().message()));
  out = *std::move(result);
  return {};
}

Status read_tags(const Json& value, std::vector<std::string>& out) {
  if (!value.is_array()) return wrong("tags", "a list of strings");
  for (const Json& tag : value.items()) {
    if (!tag.is_string()) return wrong("tags", "a list of strings");
    out.push_back(tag.as_string());
  }
  return {};
}

Status read_vectors(const Json& value, std::vector<Vector>& out) {
  if (!value.is_object()) return wrong("vectors", "an object of space names and number lists");
  for (const auto& [space, numbers] : value.members()) {
    Vector vector{space, {}};
    for (const Json& number : numbers.items()) {
      if (!number.is_number()) return wrong("vectors", "numbers only");
      vector.values.push_back(static_cast<float>(number.as_double()));
    }
    out.push_back(std::move(vector));
  }
  return {};
}

Status read_provenance(const Json& value, Provenance& out) {
  if (!value.is_object()) return wrong("provenance", "an object");
  out.source = value["source"].as_string();
  out.model = value["model"].as_string();
  out.trace = value["trace"].as_string();
  for (const Json& text : value["derived_from"].items()) {
    const auto id = MemoryId::parse(text.as_string());
    if (!id) return wrong("provenance", "memory ids in derived_from");
    out.derived_from.push_back(*id);
  }
  return {};
}

// A line being read: what is taken is gone, and the rest becomes metadata.
class Fields {
 public:
  explicit Fields(const Json& line) : members_(line.members()) {}

  // The value of `name`, null when absent; a null member counts as absent.
  Json take(std::string_view name) {
    for (auto it = members_.begin(); it != members_.end(); ++it) {
      if (it->first != name) continue;
      Json value = std::move(it->second);
      members_.erase(it);
      return value;
    }
    return {};
  }

  // Calls `use(value)` when the field is there.
  template <typename Use>
  Status with(std::string_view name, Use use) {
    const Json value = take(name);
    return value.is_null() ? Status() : use(value);
  }

  template <typename T>
  Status to(std::string_view name, T& out) {
    return with(name, [&](const Json& value) { return read(value, name, out); });
  }

  Status id_to(std::string_view name, std::string& out) {
    return with(name, [&](const Json& value) { return read_id(value, name, out); });
  }

  // What is left, added to `metadata`, whose own members win.
  Status rest_to(Json& metadata) {
    if (!metadata.is_null() && !metadata.is_object()) return wrong("metadata", "an object");
    std::vector<Json::Member> all;
    for (auto& [name, value] : members_) {
      if (!value.is_null() && !metadata.contains(name)) all.emplace_back(name, std::move(value));
    }
    if (all.empty()) return {};
    for (auto& member : metadata.members()) all.push_back(std::move(member));
    metadata = Json::object(all);
    return {};
  }

 private:
  std::vector<Json::Member> members_;
};

// Runs the steps in order until one fails.
Status all(std::initializer_list<Status> steps) {
  for (const Status& step : steps) {
    if (!step) return step;
  }
  return {};
}

Status read_corpus_line(Fields& fields, ImportRecord& record) {
  MemoryInput& input = record.input;
  const Json date = fields.take("date");
  if (Status status = all({fields.id_to("_id", input.key), fields.to("text", input.text),
                           fields.id_to("session", input.session), fields.to("speaker", input.author)});
      !status) {
    return status;
  }
  if (input.key.empty()) return wrong("_id", "a string that is not empty");
  if (!input.session.empty()) input.layer = Layer::kConversational;
  if (date.is_null()) return fields.rest_to(input.metadata);
  if (!date.is_string()) return wrong("date", "a string");
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
  if (Status status = all({fields.id_to("session", input.session), fields.id_to("id", input.key),
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
  const auto layer = [&](const Json& v) { return take(parse_layer(v.as_string()), "layer", input.layer); };
  const auto trust = [&](const Json& v) { return take(parse_trust(v.as_string()), "trust", input.trust); };
  const auto state = [&](const Json& v) { return take(parse_state(v.as_string()), "state", input.state); };
  const auto pinned = [&](const Json& v) {
    input.pinned = v.as_bool();
    return v.is_bool() ? Status() : wrong("pinned", "true or false");
  };
  if (Status status = all(
          {fields.id_to("key", input.key), fields.to("text", input.text), fields.with("layer", layer),
           fields.with("vectors", [&](const Json& v) { return read_vectors(v, input.vectors); }),
           fields.id_to("user", input.user), fields.id_to("agent", input.agent), fields.id_to("session", input.session),
           fields.to("author", input.author), fields.to("event_time", input.event_time),
           fields.to("time_zone", input.time_zone), fields.to("expires_at", input.expires_at),
           fields.to("importance", input.importance), fields.to("strength", input.strength),
           fields.with("pinned", pinned), fields.with("trust", trust), fields.with("state", state),
           fields.with("tags", [&](const Json& v) { return read_tags(v, input.tags); }),
           fields.with("provenance", [&](const Json& v) { return read_provenance(v, input.provenance); })});
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
    return wrong("text", "a string that is not empty");
  }
  return record;
}

}  // namespace mnemic::cli
