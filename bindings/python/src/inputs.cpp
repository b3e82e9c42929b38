// SPDX-License-Identifier: Apache-2.0
#include "inputs.hpp"

#include "callbacks.hpp"

#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>

#include <algorithm>

namespace mnemic::python {
namespace {

/// One of the library's own objects when it was made by it, else what `make` makes of a Python one.
template <typename T, typename Make>
std::shared_ptr<T> own_or(nb::handle value, Make make) {
  std::shared_ptr<T> own;
  return nb::try_cast(value, own, false) && own != nullptr ? own : make(value);
}

/// A dataclass of ours.
bool is_ours(nb::handle value) { return nb::hasattr(value, "_fields_given"); }

/// A dataclass of ours, or a dictionary: its members as a dictionary.
nb::object members_of(nb::handle value, Field field) {
  if (PyDict_CheckExact(value.ptr()) != 0) return nb::borrow(value);
  if (is_ours(value)) return value.attr("_fields_given")();
  if (nb::object dict = as_dict(value); dict.is_valid()) return dict;
  raise_type("{}: a dict is due, not {}", field, type_of(value));
}

}  // namespace

std::filesystem::path path_of(nb::handle value, Field field) {
  if (PyUnicode_Check(value.ptr()) == 0 && PyBytes_Check(value.ptr()) == 0 && !nb::hasattr(value, "__fspath__")) {
    raise_type("{}: a path is due, not {}", field, type_of(value));
  }
  PyObject* bytes = nullptr;
  if (PyUnicode_FSConverter(value.ptr(), static_cast<void*>(&bytes)) == 0) {
    if (PyErr_ExceptionMatches(PyExc_ValueError) == 0) throw nb::python_error();
    PyErr_Clear();
    raise_value("{}: not a path: it holds a NUL or cannot be encoded", field);
  }
  const nb::object held = nb::steal(bytes);
  return std::string(PyBytes_AS_STRING(bytes), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes)));
}

void read(nb::handle value, Field, std::shared_ptr<Embedder>& into) { into = own_or<Embedder>(value, &make_embedder); }
void read(nb::handle value, Field field, std::shared_ptr<TokenCounter>& into) {
  into = own_or<TokenCounter>(value, [&](nb::handle callable) { return make_token_counter(callable, field); });
}
void read(nb::handle value, Field, std::shared_ptr<Screen>& into) { into = own_or<Screen>(value, &make_screen); }
void read(nb::handle value, Field, std::shared_ptr<Clock>& into) { into = make_clock(value); }
void read(nb::handle value, Field, std::function<void(std::string_view)>& into) { into = make_log(value); }
void read(nb::handle value, Field field, std::chrono::hours& into) {
  into = std::chrono::duration_cast<std::chrono::hours>(python::get<std::chrono::milliseconds>(value, field));
}

Fields::Fields(nb::handle fields, std::string name) : name_(std::move(name)) {
  fields_ = nb::borrow<nb::dict>(members_of(fields, name_));
}

nb::object Fields::find(const char* key) {
  taken_.push_back(key);
  const nb::str name(key);
  PyObject* value = PyDict_GetItemWithError(fields_.ptr(), name.ptr());
  if (value == nullptr) {
    if (PyErr_Occurred() != nullptr) throw nb::python_error();
    return {};
  }
  ++found_;
  return nb::borrow(value);
}

std::string Fields::field(const char* key) const { return name_.empty() ? key : name_ + "." + key; }

void Fields::finish() const {
  if (found_ == fields_.size()) return;
  for (const auto& [key, value] : fields_) {
    const auto name = PyUnicode_Check(key.ptr()) != 0 ? get<std::string>(key, name_) : "of type " + type_of(key);
    if (std::ranges::find(taken_, name) != taken_.end()) continue;
    std::string known;
    for (const char* taken : taken_) known += (known.empty() ? "" : ", ") + std::string(taken);
    raise_type("{}{}no field {}; there are {}", name_, name_.empty() ? "" : ": ", name, known);
  }
}

void read(nb::handle value, Field field, Provenance& into) {
  Fields fields(value, std::string(field));
  fields.take("source", into.source);
  fields.take("model", into.model);
  fields.take("trace", into.trace);
  fields.take("derived_from", into.derived_from);
  std::size_t expires_by = 0;  // as a memory has it; the library believes nobody who says so
  fields.take("expires_by", expires_by);
  fields.finish();
}

void read(nb::handle value, Field field, RelationInput& into) {
  Fields fields(value, std::string(field));
  fields.take("type", into.type);
  fields.take("to", into.to);
  fields.take("metadata", into.metadata);
  fields.finish();
}

void read(nb::handle value, Field field, LayerQuota& into) {
  Fields fields(value, std::string(field));
  fields.take("layer", into.layer);
  fields.take("weight", into.weight);
  fields.take("at_least", into.at_least);
  fields.take("at_most", into.at_most);
  fields.finish();
}

void read(nb::handle value, Field field, Attribute& into) {
  Fields fields(value, std::string(field));
  fields.take("name", into.name);
  fields.take("cardinality", into.cardinality);
  fields.finish();
}

void read(nb::handle value, Field field, Step& into) {
  Fields fields(value, std::string(field));
  fields.take("tool", into.tool);
  fields.take("arguments", into.arguments);
  fields.take("digest", into.digest);
  fields.take("duration", into.duration);
  fields.finish();
}

void read(nb::handle value, Field field, Limits& into) {
  Fields fields(value, std::string(field));
  fields.take("text_bytes", into.text_bytes);
  fields.take("content_bytes", into.content_bytes);
  fields.take("metadata_bytes", into.metadata_bytes);
  fields.take("metadata_depth", into.metadata_depth);
  fields.take("content_depth", into.content_depth);
  fields.take("name_bytes", into.name_bytes);
  fields.take("tags", into.tags);
  fields.take("vectors", into.vectors);
  fields.take("relations", into.relations);
  fields.take("dimension", into.dimension);
  fields.take("batch", into.batch);
  fields.take("k", into.k);
  fields.finish();
}

void read(nb::handle value, Field field, MemoryInput& into) {
  if (PyUnicode_Check(value.ptr()) != 0) {  // a text alone
    read(value, field, into.text);
    return;
  }
  Fields fields(value, std::string(field));
  fields.take("text", into.text);
  fields.take("key", into.key);
  fields.take("layer", into.layer);
  fields.take("content", into.content);
  fields.take("vectors", into.vectors);
  fields.take("user", into.user);
  fields.take("agent", into.agent);
  fields.take("session", into.session);
  fields.take("author", into.author);
  fields.take("event_time", into.event_time);
  fields.take("event_end", into.event_end);
  fields.take("time_zone", into.time_zone);
  fields.take("expires_at", into.expires_at);
  fields.take("importance", into.importance);
  fields.take("strength", into.strength);
  fields.take("pinned", into.pinned);
  fields.take("trust", into.trust);
  fields.take("state", into.state);
  fields.take("tags", into.tags);
  fields.take("metadata", into.metadata);
  fields.take("provenance", into.provenance);
  fields.take("relations", into.relations);
  fields.finish();
}

void read(nb::handle value, Field field, MemoryChange& into) {
  Fields fields(value, std::string(field));
  fields.change("text", into.text);
  fields.change("content", into.content);
  fields.change("vectors", into.vectors);
  fields.change("author", into.author);
  fields.change("event_time", into.event_time);
  fields.change("event_end", into.event_end);
  fields.change("expires_at", into.expires_at);
  fields.change("importance", into.importance);
  fields.change("strength", into.strength);
  fields.change("pinned", into.pinned);
  fields.change("trust", into.trust);
  fields.change("state", into.state);
  fields.change("tags", into.tags);
  fields.change("metadata", into.metadata);
  fields.change("provenance", into.provenance);
  fields.finish();
}

void read(nb::handle value, Field field, Turn& into) {
  if (!is_ours(value)) {
    const bool is_json_text = PyUnicode_Check(value.ptr()) != 0 && PyUnicode_CheckExact(value.ptr()) == 0;
    const nb::object message = is_json_text ? nb::borrow(value) : as_dict(value);
    if (!message.is_valid()) raise_type("{}: a message is a dict, a mnemic.Turn or a mnemic.JsonText, not {}", field, type_of(value));
    if (!is_json_text && !nb::borrow<nb::dict>(message).contains("role")) {
      raise_value("{}: a message without \"role\"; a turn of other form is a mnemic.Turn", field);
    }
    Result<Turn> turn = Turn::from_message(get<Json>(message, field));
    if (!turn) raise_value("{}: {}", field, without_name(turn.status().message()));
    into = *std::move(turn);
    return;
  }
  Fields fields(value, std::string(field));
  fields.take("author", into.author);
  fields.take("text", into.text);
  fields.take("content", into.content);
  fields.take("event_time", into.event_time);
  fields.take("trust", into.trust);
  fields.take("vectors", into.vectors);
  fields.take("metadata", into.metadata);
  fields.take("key", into.key);
  fields.finish();
}

void read(nb::handle value, Field field, FactInput& into) {
  Fields fields(value, std::string(field));
  fields.take("subject", into.subject);
  fields.take("attribute", into.attribute);
  fields.take("value", into.value);
  fields.take("kind", into.kind);
  fields.take("text", into.text);
  fields.take("cardinality", into.cardinality);
  fields.take("since", into.since);
  fields.take("until", into.until);
  fields.take("state", into.state);
  fields.take("sources", into.sources);
  fields.take("trust", into.trust);
  fields.take("author", into.author);
  fields.take("session", into.session);
  fields.take("importance", into.importance);
  fields.take("pinned", into.pinned);
  fields.take("tags", into.tags);
  fields.take("metadata", into.metadata);
  fields.finish();
}

void read(nb::handle value, Field field, EpisodeInput& into) {
  Fields fields(value, std::string(field));
  std::optional<Timestamp> end;
  fields.take("text", into.text);
  fields.take("start", into.start);
  fields.take("end", end);
  fields.take("who", into.who);
  fields.take("why", into.why);
  fields.take("outcome", into.outcome);
  fields.take("sources", into.sources);
  fields.take("trust", into.trust);
  fields.take("key", into.key);
  fields.take("session", into.session);
  fields.take("importance", into.importance);
  fields.take("pinned", into.pinned);
  fields.take("tags", into.tags);
  fields.take("metadata", into.metadata);
  fields.finish();
  into.open = end == kOpenEnd;
  if (!into.open) into.end = end;
}

void read(nb::handle value, Field field, RunInput& into) {
  Fields fields(value, std::string(field));
  fields.take("goal", into.goal);
  fields.take("skill", into.skill);
  fields.take("steps", into.steps);
  fields.take("outcome", into.outcome);
  fields.take("start", into.start);
  fields.take("sources", into.sources);
  fields.take("trust", into.trust);
  fields.take("session", into.session);
  fields.take("tags", into.tags);
  fields.take("metadata", into.metadata);
  fields.finish();
}

void read(nb::handle value, Field field, Secret& into) {
  if (PyBytes_Check(value.ptr()) != 0) {
    into.bytes.assign(PyBytes_AS_STRING(value.ptr()), static_cast<std::size_t>(PyBytes_GET_SIZE(value.ptr())));
    return;
  }
  if (PyUnicode_Check(value.ptr()) == 0) raise_type("{}: str or bytes is due, not {}", field, type_of(value));
  read(value, field, into.bytes);
}

void read(nb::handle value, Field field, Options& into) {
  Fields fields(value, std::string(field));
  fields.take("access", into.access);
  fields.take("create", into.create);
  fields.take("time_zone", into.time_zone);
  fields.take("language", into.language);
  fields.take("embedder", into.embedder);
  fields.take("token_counter", into.token_counter);
  fields.take("screen", into.screen);
  fields.take("clock", into.clock);
  fields.take("durability", into.durability);
  fields.take("busy_timeout", into.busy_timeout);
  fields.take("cache_bytes", into.cache_bytes);
  fields.take("embedding_cache_bytes", into.embedding_cache_bytes);
  fields.take("readers", into.readers);
  fields.take("limits", into.limits);
  fields.take("log", into.log);
  Secret erasure_key;
  fields.take("erasure_key", erasure_key);
  into.erasure_key = std::move(erasure_key.bytes);
  Secret key;
  fields.take("key", key);
  into.key = std::move(key.bytes);
  fields.take("quarantine_erased", into.quarantine_erased);
  std::optional<std::optional<std::chrono::seconds>> recover_within;
  fields.change("recover_within", recover_within);
  if (recover_within) into.recover_within = recover_within->value_or(std::chrono::seconds::max());
  std::optional<std::size_t> seed;
  fields.take("seed", seed);
  if (seed) into.random = seeded_random(*seed);
  bool without_embedder = false;
  fields.take("without_embedder", without_embedder);
  if (without_embedder) into.embedder = nullptr;
  fields.finish();
}

void read(nb::handle value, Field field, ScopeOptions& into) {
  Fields fields(value, std::string(field));
  fields.take("user", into.user);
  fields.take("agent", into.agent);
  fields.take("session", into.session);
  fields.take("access", into.access);
  fields.take("reach", into.reach);
  fields.take("where", into.where);
  fields.take("time_zone", into.time_zone);
  fields.finish();
}

WriteOptions write_options(nb::handle durability) {
  WriteOptions options;
  if (!durability.is_none()) read(durability, "durability", options.durability);
  return options;
}

void read(nb::handle value, Field field, TimeWindow& into) {
  if (nb::isinstance<TimeWindow>(value)) {
    into = nb::cast<const TimeWindow&>(value);
    return;
  }
  const nb::list ends = items_of(value, field);
  if (ends.size() != 2) raise_value("{}: a begin and an end are due, not {} times", field, ends.size());
  read(ends[0], field, into.begin);
  read(ends[1], field, into.end);
}

void read(nb::handle value, Field field, Pass& into) {
  Fields fields(value, std::string(field));
  fields.take("why", into.why);
  fields.take("text", into.text);
  fields.take("layers", into.layers);
  fields.take("where", into.where);
  fields.take("window", into.window);
  fields.finish();
}

void read(nb::handle value, Field field, std::stop_token& into) {
  if (!nb::isinstance<CancelToken>(value)) raise_type("{}: a mnemic.CancelToken is due, not {}", field, type_of(value));
  into = nb::cast<const CancelToken&>(value).source.get_token();
}

void read(nb::handle value, Field, std::shared_ptr<Planner>& into) { into = make_planner(value); }
void read(nb::handle value, Field, std::shared_ptr<Reranker>& into) { into = own_or<Reranker>(value, &make_reranker); }

void read(nb::handle value, Field field, RecallRequest& into) {
  Fields fields(value, std::string(field));
  std::vector<Vector> vectors;
  fields.take("text", into.query.text);
  fields.take("vector", vectors);
  fields.take("where", into.query.where);
  fields.take("k", into.options.k);
  fields.take("token_budget", into.options.token_budget);
  fields.take("layers", into.options.layers);
  fields.take("per_layer", into.options.per_layer);
  fields.take("valid_at", into.options.valid_at);
  fields.take("as_of", into.options.as_of);
  fields.take("recency_boost", into.options.recency_boost);
  fields.take("recency_half_life", into.options.recency_half_life);
  fields.take("importance_boost", into.options.importance_boost);
  fields.take("vector_weight", into.options.vector_weight);
  fields.take("exact", into.options.exact);
  fields.take("neighbours", into.options.neighbours);
  fields.take("min_score", into.options.min_score);
  fields.take("min_words", into.options.min_words);
  fields.take("min_vector", into.options.min_vector);
  fields.take("diversity", into.options.diversity);
  fields.take("author_boost", into.options.author_boost);
  fields.take("window", into.options.window);
  fields.take("window_boost", into.options.window_boost);
  fields.take("time_expressions", into.options.time_expressions);
  fields.take("reference_time", into.options.reference_time);
  fields.take("depth", into.options.depth);
  fields.take("planner", into.options.planner);
  fields.take("max_passes", into.options.max_passes);
  fields.take("reranker", into.options.rerank.reranker);
  fields.take("rerank_top", into.options.rerank.top);
  fields.take("rerank_batch", into.options.rerank.batch);
  fields.take("rerank_budget", into.options.rerank.budget);
  fields.take("rerank_weight", into.options.rerank.weight);
  fields.take("deadline", into.options.deadline);
  std::optional<std::stop_token> cancel;
  fields.take("cancel", cancel);
  if (cancel) into.options.cancel = *std::move(cancel);
  fields.finish();
  if (vectors.size() > 1) raise_value("vector: one vector is due, not {}", vectors.size());
  if (!vectors.empty()) into.query.vector = std::move(vectors.front());
}

}  // namespace mnemic::python
