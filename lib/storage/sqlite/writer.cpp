// SPDX-License-Identifier: Apache-2.0
// Writes. A change is: a line in `changes` (which gives its seq), a row in `versions`, a row in `tail`.
#include "storage/sqlite/writer.hpp"

#include "core/error.hpp"
#include "core/time.hpp"
#include "storage/sqlite/record_codec.hpp"

#include <algorithm>
#include <utility>

namespace mnemic::storage {
namespace {

constexpr std::size_t kMostKnown = 1024;  // of a kind

}  // namespace

NamespaceId Writer::ensure_namespace(std::string_view path) {
  std::string name(path);
  if (const auto known = known_.namespaces.find(name); known != known_.namespaces.end()) return known->second;
  auto id = find_namespace(path);
  if (!id) {
    Statement insert = connection_.prepare("INSERT INTO namespaces (path) VALUES (?)");
    insert.bind_text(path).run();
    id = sqlite3_last_insert_rowid(connection_.handle());
  }
  if (known_.namespaces.size() >= kMostKnown) known_.namespaces.clear();
  known_.namespaces.emplace(std::move(name), *id);
  return *id;
}

const SpaceRow& Writer::ensure_space(const EmbeddingSpace& space) {
  auto known = std::find_if(known_.spaces.begin(), known_.spaces.end(), [&space](const SpaceRow& row) {
    return row.space.name == space.name && row.space.version == space.version;
  });
  if (known == known_.spaces.end()) {
    if (known_.spaces.size() >= kMostKnown) known_.spaces.clear();
    auto found = find_space(space.name, space.version);
    known = known_.spaces.insert(known_.spaces.end(), found ? *std::move(found) : insert_space(space));
  }
  if (known->space.dimension != space.dimension) {
    core::fail(StatusCode::kInvalidArgument, "space '{}' has dimension {}, not {}", space.name, known->space.dimension,
               space.dimension);
  }
  return *known;
}

SpaceRow Writer::insert_space(const EmbeddingSpace& space) {
  Statement insert = connection_.prepare(
      "INSERT INTO spaces (name, version, dimension, normalized, query_prefix, passage_prefix) VALUES (?, ?, ?, ?, ?, ?)");
  insert.bind_text(space.name).bind_text(space.version).bind(static_cast<std::int64_t>(space.dimension));
  insert.bind(static_cast<std::int64_t>(space.normalized)).bind_text(space.query_prefix).bind_text(space.passage_prefix);
  insert.run();
  return {static_cast<SpaceId>(sqlite3_last_insert_rowid(connection_.handle())), space};
}

void Writer::retire_space(SpaceId space) {
  Statement update = connection_.prepare("UPDATE spaces SET name = '', version = CAST(id AS TEXT) WHERE id = ?");
  update.bind(static_cast<std::int64_t>(space)).run();
  std::erase_if(known_.spaces, [space](const SpaceRow& row) { return row.id == space; });
}

void Writer::set_setting(std::string_view name, std::string_view value) {
  Statement upsert =
      connection_.prepare("INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value");
  upsert.bind_text(name).bind_text(value).run();
}

void Writer::remove_setting(std::string_view name) {
  Statement remove = connection_.prepare("DELETE FROM settings WHERE name = ?");
  remove.bind_text(name).run();
}

std::uint64_t Writer::next_turn(NamespaceId ns, std::string_view session) {
  Statement row = connection_.prepare("SELECT max(turn) FROM versions WHERE ns = ? AND session = ? AND turn IS NOT NULL");
  row.bind(ns).bind_text(session);
  return row.step() && !row.is_null(0) ? static_cast<std::uint64_t>(row.integer(0)) + 1 : 0;
}

Seq Writer::log(ChangeOp op, NamespaceId ns, std::int64_t at, std::string_view agent, const Record* record,
                std::optional<Seq> ended, std::string_view detail) {
  Statement insert = connection_.prepare(
      "INSERT INTO changes (at, op, ns, layer, id, ended, agent, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  insert.bind(at).bind(static_cast<std::int64_t>(op)).bind(ns);
  if (record != nullptr) {
    insert.bind(static_cast<std::int64_t>(record->memory.layer)).bind_blob(id_bytes(record->memory.id));
  } else {
    insert.bind_null().bind_null();
  }
  ended ? insert.bind(static_cast<std::int64_t>(*ended)) : insert.bind_null();
  insert.bind_text(agent);
  detail.empty() ? insert.bind_null() : insert.bind_text(detail);
  insert.run();
  return static_cast<Seq>(sqlite3_last_insert_rowid(connection_.handle()));
}

void Writer::end_version(Seq seq_from, Seq seq_to) {
  Statement end =
      connection_.prepare("UPDATE versions SET seq_to = ? WHERE seq_from = ? AND seq_to = 9223372036854775807");
  end.bind(static_cast<std::int64_t>(seq_to)).bind(static_cast<std::int64_t>(seq_from)).run();
  if (sqlite3_changes(connection_.handle()) != 1) {
    core::fail(StatusCode::kInternal, "version {} was not current when it was ended", seq_from);
  }
}

void Writer::insert(Record& record, const Tail& tail, std::optional<Seq> ended, std::string_view agent) {
  Memory& memory = record.memory;
  memory.seq_from = log(ended ? ChangeOp::kUpdate : ChangeOp::kPut, record.ns, core::to_micros(memory.updated_at),
                        agent, &record, ended, {});
  memory.seq_to = std::nullopt;
  if (ended) end_version(*ended, memory.seq_from);
  insert_record(connection_, record);

  const std::string terms = encode_terms(tail);
  const std::string vectors = encode_vectors(tail);
  Statement row = connection_.prepare("INSERT INTO tail VALUES (?, ?, ?, ?)");
  row.bind(static_cast<std::int64_t>(memory.seq_from)).bind_blob(terms).bind_blob(vectors);
  row.bind(tail_checksum(memory.seq_from, terms, vectors)).run();
  if (record.fact) insert_fact(record);
}

void Writer::insert_fact(const Record& record) {
  const auto& [subject, attribute] = *record.fact;
  Statement row = connection_.prepare("INSERT INTO facts VALUES (?, ?, ?, ?, ?)");
  row.bind(static_cast<std::int64_t>(record.memory.seq_from)).bind(record.ns).bind_text(subject).bind_text(attribute);
  row.bind(fact_checksum(record.memory.seq_from, record.ns, subject, attribute)).run();
}

Seq Writer::forget(const Record& record, std::int64_t at, std::string_view agent) {
  const Seq seq = log(ChangeOp::kForget, record.ns, at, agent, &record, record.memory.seq_from, {});
  end_version(record.memory.seq_from, seq);
  for (const char* sql : {"UPDATE relations SET seq_to = ? WHERE from_id = ? AND seq_to = 9223372036854775807",
                          "UPDATE relations SET seq_to = ? WHERE to_id = ? AND seq_to = 9223372036854775807"}) {
    Statement end = connection_.prepare(sql);
    end.bind(static_cast<std::int64_t>(seq)).bind_blob(id_bytes(record.memory.id)).run();
  }
  return seq;
}

void Writer::end_relation_row(Seq seq_from, Seq seq_to) {
  Statement end =
      connection_.prepare("UPDATE relations SET seq_to = ? WHERE seq_from = ? AND seq_to = 9223372036854775807");
  end.bind(static_cast<std::int64_t>(seq_to)).bind(static_cast<std::int64_t>(seq_from)).run();
}

void Writer::insert_relation(RelationRow& row, std::optional<Seq> ended, std::int64_t at, std::string_view agent) {
  row.relation.seq = log(ChangeOp::kRelate, row.ns, at, agent, nullptr, ended, {});
  if (ended) end_relation_row(*ended, row.relation.seq);
  storage::insert_relation(connection_, row);
}

Seq Writer::end_relation(const RelationRow& row, std::int64_t at, std::string_view agent) {
  const Seq seq = log(ChangeOp::kUnrelate, row.ns, at, agent, nullptr, row.relation.seq, {});
  end_relation_row(row.relation.seq, seq);
  return seq;
}

void Writer::declare(NamespaceId ns, std::string_view name, Cardinality cardinality, std::int64_t at, std::string_view agent) {
  Statement upsert = connection_.prepare(
      "INSERT INTO attributes VALUES (?, ?, ?) ON CONFLICT (ns, name) DO UPDATE SET cardinality = excluded.cardinality");
  upsert.bind(ns).bind_text(name).bind(static_cast<std::int64_t>(cardinality)).run();
  log(ChangeOp::kDeclare, ns, at, agent, nullptr, std::nullopt, name);
}

void Writer::grant(NamespaceId reader, NamespaceId target, std::int64_t at) {
  Statement insert = connection_.prepare("INSERT INTO grants VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
  insert.bind(reader).bind(target).bind(at).run();
  if (sqlite3_changes(connection_.handle()) == 1) {
    log(ChangeOp::kGrant, reader, at, {}, nullptr, std::nullopt, namespace_path(target));
  }
}

bool Writer::revoke(NamespaceId reader, NamespaceId target, std::int64_t at) {
  Statement remove = connection_.prepare("DELETE FROM grants WHERE reader = ? AND target = ?");
  remove.bind(reader).bind(target).run();
  if (sqlite3_changes(connection_.handle()) == 0) return false;
  log(ChangeOp::kRevoke, reader, at, {}, nullptr, std::nullopt, namespace_path(target));
  return true;
}

void Writer::rebuild_words(const std::function<void(std::string_view, Tail&)>& retokenize,
                           const std::function<std::optional<FactKey>(Layer, const Json& metadata)>& key_of) {
  connection_.execute("DELETE FROM facts");
  remove_all_chunks();
  static const std::string sql = fmt::format(
      "SELECT {}, t.vectors FROM versions v JOIN tail t ON t.seq_from = v.seq_from ORDER BY v.seq_from", kRecordColumns);
  Statement rows = connection_.prepare(sql);
  while (rows.step()) {
    Record record = read_record(rows);
    const Seq seq_from = record.memory.seq_from;
    Tail tail;
    retokenize(record.memory.text, tail);
    const std::string terms = encode_terms(tail);
    Statement replace = connection_.prepare("UPDATE tail SET terms = ?, checksum = ? WHERE seq_from = ?");
    replace.bind_blob(terms).bind(tail_checksum(seq_from, terms, rows.blob(kRecordColumnCount)));
    replace.bind(static_cast<std::int64_t>(seq_from)).run();
    record.fact = key_of(record.memory.layer, record.memory.metadata);
    if (record.fact) insert_fact(record);
  }
}

void Writer::replace_tail(Seq seq_from, const Tail& tail) {
  const std::string terms = encode_terms(tail);
  const std::string vectors = encode_vectors(tail);
  Statement row = connection_.prepare("INSERT OR REPLACE INTO tail VALUES (?, ?, ?, ?)");
  row.bind(static_cast<std::int64_t>(seq_from)).bind_blob(terms).bind_blob(vectors);
  row.bind(tail_checksum(seq_from, terms, vectors)).run();
}

void Writer::replace_fact(const Record& record) {
  Statement remove = connection_.prepare("DELETE FROM facts WHERE seq_from = ?");
  remove.bind(static_cast<std::int64_t>(record.memory.seq_from)).run();
  if (record.fact) insert_fact(record);
}

}  // namespace mnemic::storage
