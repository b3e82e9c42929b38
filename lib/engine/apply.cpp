// SPDX-License-Identifier: Apache-2.0
// Put, update, forget and links over the rows.
#include "engine/apply.hpp"

#include "core/error.hpp"
#include "core/time.hpp"
#include "engine/space_settings.hpp"
#include "engine/validate.hpp"
#include "layers/semantic/fact.hpp"
#include "storage/sqlite/record_codec.hpp"

#include <algorithm>
#include <iterator>

namespace mnemic::engine {
namespace {

using core::fail;
using storage::NamespaceId;
using storage::Record;
using storage::Tail;
using storage::Writer;

bool has(const Tail& tail, storage::SpaceId space) {
  return std::any_of(tail.vectors.begin(), tail.vectors.end(), [space](const auto& vector) { return vector.space == space; });
}

void drop_vectors(Tail& tail, storage::SpaceId space) {
  std::erase_if(tail.vectors, [space](const storage::CodedVector& vector) { return vector.space == space; });
}

}  // namespace

storage::CodedVector coded(Writer& writer, SpacedVector vector) {
  return {writer.ensure_space(vector.space).id, std::move(vector.codes), static_cast<std::uint32_t>(vector.of.begin),
          static_cast<std::uint32_t>(vector.of.end)};
}

Written Applier::apply(PreparedPut& put) {
  const NamespaceId ns = own_namespace();
  MemoryInput& input = put.input;
  std::optional<Record> taken;
  if (!input.key.empty()) taken = writer_.current_by_key(ns, input.layer, input.key);
  const bool same_turn = taken && put.append && taken->memory.session == input.session;
  if (taken && (hidden(*taken) || (put.append && !same_turn))) {
    fail(StatusCode::kAlreadyExists, "key: taken by a memory this call cannot replace");
  }
  if (same_turn) return {taken->memory.id, taken->memory.version, taken->memory.seq_from};

  Record record;
  record.ns = ns;
  Memory& m = record.memory;
  m.id = taken ? taken->memory.id : put.id;
  m.version = taken ? taken->memory.version + 1 : 1;
  m.created_at = taken ? taken->memory.created_at : now_;
  m.updated_at = now_;
  m.key = std::move(input.key);
  m.layer = input.layer;
  m.text = std::move(input.text);
  m.content = std::move(input.content);
  m.user = std::move(input.user);
  m.agent = std::move(input.agent);
  m.session = std::move(input.session);
  m.author = std::move(input.author);
  m.event_time = *input.event_time;
  m.time_zone = std::move(input.time_zone);
  m.event_end = input.event_end;
  m.expires_at = input.expires_at;
  m.importance = input.importance;
  m.strength = input.strength;
  m.pinned = input.pinned;
  m.trust = input.trust;
  m.state = input.state;
  m.tags = std::move(input.tags);
  m.metadata = std::move(input.metadata);
  m.provenance = std::move(input.provenance);
  if (m.layer == Layer::kConversational && !m.session.empty()) {
    const bool stays = taken && taken->memory.session == m.session && taken->memory.turn;
    m.turn = stays ? *taken->memory.turn : writer_.next_turn(ns, m.session);
  }
  rules().expire(writer_, scope_.path, record);
  admit(record, put.erasure_hash);
  Tail tail = std::move(put.words);
  add_vectors(tail, put.vectors);
  const Written written = insert(record, tail, taken ? std::optional(taken->memory.seq_from) : std::nullopt);
  for (const RelationInput& relation : input.relations) link(ns, written.id, relation);
  return written;
}

Written Applier::apply(PreparedUpdate& update) {
  Record record = find_own(update.id);
  Memory& m = record.memory;
  if (update.options.if_version && *update.options.if_version != m.version) {
    fail(StatusCode::kAborted, "if_version: {} asked, the memory is at {}", *update.options.if_version, m.version);
  }
  const Seq ended = m.seq_from;
  Tail tail = carried(ended);
  MemoryChange& change = update.change;
  if (change.text) {
    m.text = std::move(*change.text);
    tail.terms = std::move(update.words->terms);
    tail.length = update.words->length;
    tail.question = update.words->question;
    for (const storage::SpaceId space : SpaceSettings::read(writer_).all()) drop_vectors(tail, space);  // they were of the old text
  }
  add_vectors(tail, update.vectors);
  const auto embedders = scope_.store->embedders.get();
  const bool has_vector = embedders->own.row && has(tail, embedders->own.row->id);
  const bool leaves_quarantine = m.state == State::kQuarantined && change.state && *change.state != State::kQuarantined;
  if (const auto late = late_.find(m.text); leaves_quarantine && !has_vector && late != late_.end()) {
    std::vector<SpacedVector> vectors = late->second;  // another operation may need it too
    add_vectors(tail, vectors);
  }
  const auto set = [](auto& field, auto& value) {
    if (value) field = std::move(*value);
  };
  set(m.content, change.content);
  set(m.author, change.author);
  set(m.event_time, change.event_time);
  set(m.event_end, change.event_end);
  set(m.expires_at, change.expires_at);
  set(m.importance, change.importance);
  set(m.strength, change.strength);
  set(m.pinned, change.pinned);
  set(m.trust, change.trust);
  set(m.state, change.state);
  set(m.tags, change.tags);
  set(m.metadata, change.metadata);
  const std::int64_t expires_by = change.expires_at ? 0 : m.provenance.expires_by;
  set(m.provenance, change.provenance);
  m.provenance.expires_by = expires_by;
  admit(record, update.erasure_hash);
  validate_interval(m.event_time, m.event_end);
  if (m.text.empty() && m.content.is_null() && tail.vectors.empty()) {
    fail(StatusCode::kInvalidArgument, "text: the change would leave nothing stored");
  }
  ++m.version;
  m.updated_at = now_;
  return insert(record, tail, ended);
}

Written Applier::apply(const PreparedForget& forget) {
  const Record record = find_own(forget.id);
  const Seq seq = writer_.forget(record, now_.time_since_epoch().count(), scope_.options.agent);
  return {record.memory.id, 0, seq};
}

Written Applier::recover(const MemoryId& id) {
  const NamespaceId ns = own_namespace();
  std::vector<Record> history = writer_.history(id);
  const storage::AnyVersion seen{.id = id, .namespaces = {{ns}}, .where = &scope_.options.where};
  if (history.empty() || writer_.with_any_version(seen).empty()) fail(StatusCode::kNotFound, "id: no such memory in this scope");
  Record record = std::move(history.back());
  Memory& m = record.memory;
  if (!m.seq_to) fail(StatusCode::kFailedPrecondition, "id: is not forgotten");
  if (!m.key.empty() && writer_.current_by_key(ns, m.layer, m.key)) fail(StatusCode::kAlreadyExists, "key: another memory has it now");
  admit(record, erasure_hash(*scope_.store, m.text));
  const Tail tail = carried(m.seq_from);
  ++m.version;
  m.updated_at = now_;
  const Written written = insert(record, tail, std::nullopt);
  for (const storage::RelationRow& row : writer_.ended_by_forgetting(id)) {
    const Relation& relation = row.relation;
    const MemoryId& other = relation.from == id ? relation.to : relation.from;
    if (!writer_.current(other)) continue;
    storage::RelationRow again{row.ns, relation};
    writer_.insert_relation(again, std::nullopt, now_.time_since_epoch().count(), scope_.options.agent);
  }
  return written;
}

Written Applier::apply(const PreparedRelate& relate) {
  return link(find_own(relate.from, "from").ns, relate.from, relate.relation);
}

Written Applier::apply(const PreparedUnrelate& unrelate) {
  (void)find_own(unrelate.from, "from");
  const auto standing = writer_.relation(unrelate.from, unrelate.type, unrelate.to);
  if (!standing) return {unrelate.from, 0, 0};
  return {unrelate.from, 0, writer_.end_relation(*standing, now_.time_since_epoch().count(), scope_.options.agent)};
}

void Applier::derive(PreparedPut& put, std::span<const MemoryId> sources, std::optional<Trust> stated) {
  std::optional<Trust> least = stated;
  for (const MemoryId& source : sources) {
    const Trust trust = find_readable(source, "sources").memory.trust;
    least = least ? std::min(*least, trust) : trust;
    put.input.provenance.derived_from.push_back(source);
    put.input.relations.push_back({"derived_from", source, {}});
  }
  put.input.trust = least.value_or(Trust::kExternal);
}

void Applier::relate(const MemoryId& from, std::string_view type, const MemoryId& to) {
  link(own_namespace(), from, {std::string(type), to, {}});
}

Written Applier::revise(Record record) {
  const Seq ended = record.memory.seq_from;
  const Tail tail = carried(ended);
  ++record.memory.version;
  record.memory.updated_at = now_;
  return insert(record, tail, ended);
}

Written Applier::copy(Record record, const MemoryId& id) {
  const Tail tail = carried(record.memory.seq_from);
  record.memory.id = id;
  record.memory.key.clear();
  record.memory.version = 1;
  record.memory.created_at = record.memory.updated_at = now_;
  return insert(record, tail, std::nullopt);
}

NamespaceId Applier::own_namespace() {
  if (!namespace_) namespace_ = writer_.ensure_namespace(scope_.path);
  return *namespace_;
}

Record Applier::find_own(const MemoryId& id, std::string_view field) {
  const auto seq = writer_.find(own(), id);
  if (!seq) fail(StatusCode::kNotFound, "{}: no such memory in this scope", field);
  return writer_.version(*seq, id);
}

Record Applier::find_readable(const MemoryId& id, std::string_view field) {
  const auto seq = writer_.find(scope_.visible(writer_, now_.time_since_epoch().count()), id);
  if (!seq) fail(StatusCode::kNotFound, "{}: no such memory in this scope", field);
  return writer_.version(*seq, id);
}

const WriteRules& Applier::rules() {
  if (!rules_) rules_.emplace(writer_, now_);
  return *rules_;
}

void Applier::admit(Record& record, const std::string& erasure_hash) {
  refuse_erased(record.ns, erasure_hash, record.memory.state);
  const Policy* refused = rules().refuse(writer_, &writer_, scope_.path, record);
  if (refused == nullptr) return;
  refused_ = [id = refused->id, now = now_](Writer& writer) { writer.count_policy(id, core::to_micros(now)); };
  fail(StatusCode::kPermissionDenied, "refused by {}", described(*refused));
}

/// A text that was erased here does not come back, or only as far as quarantine.
void Applier::refuse_erased(NamespaceId ns, const std::string& hash, State& state) {
  if (hash.empty()) return;
  const auto erasure = writer_.tombstone(ns, hash);
  if (!erasure) return;
  if (scope_.store->options.quarantine_erased) {
    state = State::kQuarantined;
    writer_.count_tombstone(ns, hash, now_.time_since_epoch().count());
    return;
  }
  refused_ = [ns, hash, now = now_](Writer& writer) { writer.count_tombstone(ns, hash, core::to_micros(now)); };
  fail(StatusCode::kPermissionDenied, "text: was erased here (change {}), and is not stored again", *erasure);
}

void Applier::count_refusals_of(const MemoryId& rejected) {
  writer_.insert_tombstone(own_namespace(), storage::id_bytes(rejected), writer_.seq() + 1);  // the change that comes next
}

void Applier::refuse_rejected(const MemoryId& rejected, State& state) {
  const NamespaceId ns = own_namespace();
  const std::string hash(storage::id_bytes(rejected));
  if (scope_.store->options.quarantine_erased) {
    state = State::kQuarantined;
    writer_.count_tombstone(ns, hash, core::to_micros(now_));
    return;
  }
  refused_ = [ns, hash, now = now_](Writer& writer) { writer.count_tombstone(ns, hash, core::to_micros(now)); };
  fail(StatusCode::kPermissionDenied, "value: was rejected (memory {}); assert it as confirmed if it is true after all", rejected.to_string());
}

/// Held back from this scope by its own `where`. Whether it has expired does not matter: a key outlives that.
bool Applier::hidden(const Record& record) {
  storage::Selection selection = own();
  selection.now = std::numeric_limits<std::int64_t>::min();
  return !writer_.find(selection, record.memory.id);
}

/// The words and vectors of a version, for the next one: not those in spaces that were given up.
Tail Applier::carried(Seq from) {
  Tail tail = writer_.tail(from);
  for (const storage::SpaceRow& row : writer_.spaces()) {
    if (row.space.name.empty()) drop_vectors(tail, row.id);
  }
  return tail;
}

void Applier::add_vectors(Tail& tail, std::vector<SpacedVector>& vectors) {
  std::vector<storage::CodedVector> added;
  for (SpacedVector& vector : vectors) added.push_back(coded(writer_, std::move(vector)));
  for (const storage::CodedVector& vector : added) drop_vectors(tail, vector.space);
  std::move(added.begin(), added.end(), std::back_inserter(tail.vectors));
}

Written Applier::link(NamespaceId ns, const MemoryId& from, const RelationInput& input) {
  if (from == input.to) fail(StatusCode::kInvalidArgument, "to: a memory is not related to itself");
  (void)find_readable(input.to, "to");
  const auto standing = writer_.relation(from, input.type, input.to);
  if (standing && standing->relation.metadata == input.metadata) return {from, 0, standing->relation.seq};
  storage::RelationRow row{ns, {from, input.type, input.to, input.metadata, {}, 0}};
  writer_.insert_relation(row, standing ? std::optional(standing->relation.seq) : std::nullopt, now_.time_since_epoch().count(),
                          scope_.options.agent);
  return {from, 0, row.relation.seq};
}

Written Applier::insert(Record& record, const Tail& tail, std::optional<Seq> ended) {
  record.fact = layers::fact_key(record.memory.layer, record.memory.metadata);
  writer_.insert(record, tail, ended, scope_.options.agent);
  return {record.memory.id, record.memory.version, record.memory.seq_from};
}

std::vector<Written> apply_all(Applier& applier, PreparedWrite& write) {
  std::vector<Written> done;
  done.reserve(write.operations.size());
  for (auto& operation : write.operations) {
    naming(write.each, done.size(), [&] {
      done.push_back(std::visit([&applier](auto& op) { return applier.apply(op); }, operation));
    });
  }
  return done;
}

std::vector<Written> write(const ScopeImpl& scope, const std::vector<Batch::Operation>& operations, bool append,
                           std::string_view each, std::optional<Durability> durability) {
  scope.require_write();
  if (operations.empty()) return scope.store->database.require_open(), std::vector<Written>();
  PreparedWrite prepared = prepare(scope, operations, append, each);
  std::vector<Written> done;
  transact(scope, prepared, durability, [&](Applier& applier) { done = apply_all(applier, prepared); });
  return done;
}

void transact(const ScopeImpl& scope, const PreparedWrite& prepared, std::optional<Durability> durability,
              const std::function<void(Applier&)>& work) {
  storage::Database& database = scope.store->database;
  CountRefusal refused;
  try {
    database.write(durability.value_or(scope.store->options.durability), [&](Writer& writer) {
      Applier applier(scope, writer, prepared);
      try {
        work(applier);
      } catch (...) {
        refused = applier.refused();
        throw;
      }
    });
  } catch (const core::StatusError&) {
    if (refused) database.write(Durability::kRelaxed, refused);
    throw;
  }
}

}  // namespace mnemic::engine
