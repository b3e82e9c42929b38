// SPDX-License-Identifier: Apache-2.0
// Put, update and forget over the rows.
#include "engine/apply.hpp"

#include "core/error.hpp"
#include "storage/sqlite/writer.hpp"

#include <algorithm>

namespace mnemic::engine {
namespace {

using core::fail;
using storage::NamespaceId;
using storage::Record;
using storage::Tail;
using storage::Writer;

class Applier {
 public:
  Applier(const ScopeImpl& scope, Writer& writer, const PreparedWrite& write)
      : scope_(scope), writer_(writer), late_(write.late), now_(write.now) {}

  Written apply(PreparedPut& put) {
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
    Tail tail = std::move(put.words);
    add_vectors(tail, put.vectors);
    writer_.insert(record, tail, taken ? std::optional(taken->memory.seq_from) : std::nullopt, scope_.options.agent);
    return {m.id, m.version, m.seq_from};
  }

  Written apply(PreparedUpdate& update) {
    Record record = find_own(update.id);
    Memory& m = record.memory;
    if (update.options.if_version && *update.options.if_version != m.version) {
      fail(StatusCode::kAborted, "if_version: {} asked, the memory is at {}", *update.options.if_version, m.version);
    }
    const Seq ended = m.seq_from;
    Tail tail = writer_.tail(ended);
    MemoryChange& change = update.change;
    if (change.text) {
      m.text = std::move(*change.text);
      tail.terms = std::move(update.words->terms);
      tail.length = update.words->length;
      tail.question = update.words->question;
      if (scope_.store->own_space) drop_vector(tail, scope_.store->own_space->id);
    }
    add_vectors(tail, update.vectors);
    const bool has_vector = scope_.store->own_space && has(tail, scope_.store->own_space->id);
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
    set(m.expires_at, change.expires_at);
    set(m.importance, change.importance);
    set(m.strength, change.strength);
    set(m.pinned, change.pinned);
    set(m.trust, change.trust);
    set(m.state, change.state);
    set(m.tags, change.tags);
    set(m.metadata, change.metadata);
    set(m.provenance, change.provenance);
    if (m.text.empty() && m.content.is_null() && tail.vectors.empty()) {
      fail(StatusCode::kInvalidArgument, "text: the change would leave nothing stored");
    }
    ++m.version;
    m.updated_at = now_;
    writer_.insert(record, tail, ended, scope_.options.agent);
    return {m.id, m.version, m.seq_from};
  }

  Written apply(const PreparedForget& forget) {
    const Record record = find_own(forget.id);
    const Seq seq = writer_.forget(record, now_.time_since_epoch().count(), scope_.options.agent);
    return {record.memory.id, 0, seq};
  }

 private:
  NamespaceId own_namespace() {
    if (!namespace_) namespace_ = writer_.ensure_namespace(scope_.path);
    return *namespace_;
  }

  /// The memory, if this scope may see it; unknown, foreign and filtered ids fail alike.
  Record find_own(const MemoryId& id) {
    const auto seq = writer_.find(scope_.own(writer_, now_.time_since_epoch().count()), id);
    if (!seq) fail(StatusCode::kNotFound, "id: no such memory in this scope");
    return writer_.version(*seq);
  }

  /// Held back from this scope by its own `where`. Whether it has expired does not matter: a key outlives that.
  bool hidden(const Record& record) {
    storage::Selection selection = scope_.own(writer_, now_.time_since_epoch().count());
    selection.now = std::numeric_limits<std::int64_t>::min();
    return !writer_.find(selection, record.memory.id);
  }

  static bool has(const Tail& tail, storage::SpaceId space) {
    return std::any_of(tail.vectors.begin(), tail.vectors.end(), [space](const auto& vector) { return vector.space == space; });
  }

  static void drop_vector(Tail& tail, storage::SpaceId space) {
    std::erase_if(tail.vectors, [space](const storage::CodedVector& vector) { return vector.space == space; });
  }

  void add_vectors(Tail& tail, std::vector<SpacedVector>& vectors) {
    for (SpacedVector& vector : vectors) {
      const storage::SpaceRow space = writer_.ensure_space(vector.space);
      drop_vector(tail, space.id);
      tail.vectors.push_back({space.id, std::move(vector.codes)});
    }
  }

  const ScopeImpl& scope_;
  Writer& writer_;
  const std::map<std::string, std::vector<SpacedVector>>& late_;
  Timestamp now_;
  std::optional<NamespaceId> namespace_;
};

std::vector<Written> apply(const ScopeImpl& scope, Writer& writer, PreparedWrite& write) {
  Applier applier(scope, writer, write);
  std::vector<Written> done;
  done.reserve(write.operations.size());
  for (auto& operation : write.operations) {
    try {
      done.push_back(std::visit([&applier](auto& op) { return applier.apply(op); }, operation));
    } catch (const core::StatusError& error) {
      if (write.single) throw;
      throw core::StatusError(Status(error.status().code(), fmt::format("operation {}: {}", done.size(), error.status().message()),
                                     error.status().extended_code()));
    }
  }
  return done;
}

}  // namespace

std::vector<Written> write(const ScopeImpl& scope, const std::vector<Batch::Operation>& operations, bool append, bool single,
                           std::optional<Durability> durability) {
  scope.require_write();
  storage::Database& database = scope.store->database;
  if (operations.empty()) return database.require_open(), std::vector<Written>();
  PreparedWrite prepared = prepare(scope, operations, append, single);
  std::vector<Written> done;
  database.write(durability.value_or(scope.store->options.durability),
                 [&](Writer& writer) { done = apply(scope, writer, prepared); });
  return done;
}

}  // namespace mnemic::engine
