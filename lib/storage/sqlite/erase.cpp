// SPDX-License-Identifier: Apache-2.0
// Erasing rows, the ledger of it, and tombstones.
#include "core/error.hpp"
#include "core/time.hpp"
#include "storage/sqlite/record_codec.hpp"
#include "storage/sqlite/writer.hpp"

#include <algorithm>

namespace mnemic::storage {
namespace {

std::int64_t bound(Seq seq) { return static_cast<std::int64_t>(seq); }

/// Leaves nothing of a change but that there was one.
void blank_change(Connection& connection, Seq seq) {
  Statement update = connection.prepare("UPDATE changes SET op = 10, ended = NULL, agent = '', detail = NULL WHERE seq = ?");
  update.bind(bound(seq)).run();
}

}  // namespace

Sql any_version_sql(const AnyVersion& of) {
  Sql sql;
  const auto equal = [&sql](const char* column, const std::string& value) {
    if (value.empty()) return;
    sql.add(fmt::format(" AND v.{} = ", column));
    sql.value(value);
  };
  if (of.id) {
    sql.add(" AND v.id = ");
    sql.value(Sql::Blob{std::string(id_bytes(*of.id))});
  }
  if (of.namespaces) {
    sql.add(" AND v.ns IN (0");
    for (const NamespaceId ns : *of.namespaces) sql.add(fmt::format(", {}", ns));
    sql.add(")");
  }
  equal("user", of.user);
  equal("author", of.author);
  equal("session", of.session);
  if (of.where != nullptr && !of.where->matches_everything()) {
    sql.add(" AND ");
    sql.append(filter_sql(*of.where));
  }
  return sql;
}

std::vector<MemoryId> Reader::with_any_version(const AnyVersion& of) {
  Sql sql;
  sql.add("SELECT DISTINCT v.id FROM versions v WHERE 1");
  sql.append(any_version_sql(of));
  sql.add(" ORDER BY v.id");
  Statement rows = sql.prepare(connection_);
  std::vector<MemoryId> ids;
  while (rows.step()) ids.push_back(to_id(rows.blob(0)));
  return ids;
}

void Reader::derivations(const std::function<void(const MemoryId& derived, const MemoryId& source)>& each) {
  static const std::string sql = fmt::format("SELECT {} FROM versions v WHERE v.provenance LIKE '%derived_from%'", kRecordColumns);
  Statement versions = connection_.prepare(sql);
  while (versions.step()) {
    const Record record = read_record(versions);
    for (const MemoryId& source : record.memory.provenance.derived_from) each(record.memory.id, source);
  }
  Statement relations = connection_.prepare("SELECT from_id, to_id FROM relations WHERE type = 'derived_from'");
  while (relations.step()) each(to_id(relations.blob(0)), to_id(relations.blob(1)));
}

std::vector<Seq> Reader::relations_of(const MemoryId& id) {
  std::vector<Seq> found;
  for (const char* sql : {"SELECT seq_from FROM relations WHERE from_id = ? AND seq_to = 9223372036854775807",
                          "SELECT seq_from FROM relations WHERE from_id = ? AND seq_to <> 9223372036854775807",
                          "SELECT seq_from FROM relations WHERE to_id = ? AND seq_to = 9223372036854775807",
                          "SELECT seq_from FROM relations WHERE to_id = ? AND seq_to <> 9223372036854775807"}) {
    Statement rows = connection_.prepare(sql);
    rows.bind_blob(id_bytes(id));
    while (rows.step()) found.push_back(static_cast<Seq>(rows.integer(0)));
  }
  return found;
}

std::vector<ErasureRow> Reader::erasures() {
  std::vector<ErasureRow> erasures;
  Statement rows = connection_.prepare("SELECT seq, at, by, reason, memories FROM erasures ORDER BY seq");
  while (rows.step()) {
    erasures.push_back({static_cast<Seq>(rows.integer(0)), rows.integer(1), std::string(rows.text(2)), std::string(rows.text(3)),
                        static_cast<std::size_t>(rows.integer(4))});
  }
  return erasures;
}

Seq Reader::last_erasure() { return static_cast<Seq>(connection_.query_integer("SELECT coalesce(max(seq), 0) FROM erasures")); }

std::vector<ErasedMemory> Reader::erased_memories() {
  std::vector<ErasedMemory> erased;
  Statement rows = connection_.prepare("SELECT e.id, n.path FROM erased e JOIN namespaces n ON n.id = e.ns ORDER BY e.id");
  while (rows.step()) erased.push_back({to_id(rows.blob(0)), std::string(rows.text(1))});
  return erased;
}

std::optional<Seq> Reader::erasure_of(const MemoryId& id, const std::vector<NamespaceId>* of) {
  Statement row = connection_.prepare("SELECT seq, ns FROM erased WHERE id = ?");
  row.bind_blob(id_bytes(id));
  if (!row.step() || (of != nullptr && std::find(of->begin(), of->end(), row.integer(1)) == of->end())) return std::nullopt;
  return static_cast<Seq>(row.integer(0));
}

std::vector<TombstoneRow> Reader::tombstones() {
  std::vector<TombstoneRow> tombstones;
  Statement rows = connection_.prepare(
      "SELECT n.path, t.hash, t.seq, c.at, t.hits, t.last_hit_at FROM tombstones t JOIN namespaces n ON n.id = t.ns"
      " LEFT JOIN changes c ON c.seq = t.seq ORDER BY t.seq, t.ns, t.hash");
  while (rows.step()) {
    tombstones.push_back({std::string(rows.text(0)), std::string(rows.blob(1)), static_cast<Seq>(rows.integer(2)), rows.optional_integer(3),
                          rows.integer(4), rows.optional_integer(5)});
  }
  return tombstones;
}

std::optional<Seq> Reader::tombstone(NamespaceId ns, std::string_view hash) {
  Statement row = connection_.prepare("SELECT seq FROM tombstones WHERE ns = ? AND hash = ?");
  row.bind(ns).bind_blob(hash);
  return row.step() ? std::optional(static_cast<Seq>(row.integer(0))) : std::nullopt;
}

ErasedRows Writer::erase(const MemoryId& id, Seq erasure, std::int64_t at, std::string_view agent) {
  struct Version {
    Seq from, to;
  };
  std::vector<Version> versions;
  Record record;  // what the change log needs of it
  Statement rows = connection_.prepare("SELECT seq_from, seq_to, ns, layer FROM versions WHERE id = ? ORDER BY version");
  rows.bind_blob(id_bytes(id));
  while (rows.step()) {
    versions.push_back({static_cast<Seq>(rows.integer(0)), static_cast<Seq>(rows.integer(1))});
    record.ns = rows.integer(2);
    record.memory.layer = static_cast<Layer>(rows.integer(3));
  }
  if (versions.empty()) return {};
  record.memory.id = id;
  ErasedRows erased{.ns = record.ns, .layer = record.memory.layer, .versions = versions.size()};
  for (const Seq relation : relations_of(id)) {
    Statement remove = connection_.prepare("DELETE FROM relations WHERE seq_from = ?");
    remove.bind(bound(relation)).run();
    blank_change(connection_, relation);
    ++erased.relations;
  }
  const bool current = versions.back().to == static_cast<Seq>(kCurrent);
  log(ChangeOp::kErase, record.ns, at, agent, &record, current ? std::optional(versions.back().from) : std::nullopt, {});
  for (const Version& version : versions) {
    Statement remove = connection_.prepare("DELETE FROM versions WHERE seq_from = ?");  // its words, vectors and fact go with it
    remove.bind(bound(version.from)).run();
    blank_change(connection_, version.from);
    if (version.to != static_cast<Seq>(kCurrent)) blank_change(connection_, version.to);
    if (const auto chunk = chunk_of(record.ns, record.memory.layer, version.from)) {
      remove_chunk(chunk->id);
      erased.chunks.push_back(*chunk);
    }
  }
  insert_erased(id, record.ns, erasure);
  return erased;
}

void Writer::insert_erased(const MemoryId& id, NamespaceId ns, Seq erasure) {
  Statement line = connection_.prepare("INSERT INTO erased VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET seq = excluded.seq");
  line.bind_blob(id_bytes(id)).bind(bound(erasure)).bind(ns).run();
}

void Writer::unlink(const MemoryId& derived, const std::function<bool(const MemoryId&)>& is_gone) {
  for (Record& record : history(derived)) {
    if (std::erase_if(record.memory.provenance.derived_from, is_gone) > 0) update_provenance(connection_, record);
  }
}

void Writer::insert_erasure(const ErasureRow& row) {
  rows_removed();
  Statement insert = connection_.prepare("INSERT INTO erasures VALUES (?, ?, ?, ?, ?)");
  insert.bind(bound(row.seq)).bind(row.at).bind_text(row.by).bind_text(row.reason).bind(static_cast<std::int64_t>(row.memories)).run();
}

void Writer::insert_tombstone(NamespaceId ns, std::string_view hash, Seq erasure) {
  Statement insert = connection_.prepare("INSERT INTO tombstones VALUES (?, ?, ?, 0, NULL) ON CONFLICT (ns, hash) DO NOTHING");
  insert.bind(ns).bind_blob(hash).bind(bound(erasure)).run();
}

void Writer::count_tombstone(NamespaceId ns, std::string_view hash, std::int64_t at) {
  Statement update = connection_.prepare("UPDATE tombstones SET hits = hits + 1, last_hit_at = ? WHERE ns = ? AND hash = ?");
  update.bind(at).bind(ns).bind_blob(hash).run();
}

}  // namespace mnemic::storage
