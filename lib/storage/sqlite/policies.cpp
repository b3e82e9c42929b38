// SPDX-License-Identifier: Apache-2.0
// Policies, and which memories they concern.
#include "core/error.hpp"
#include "storage/sqlite/record_codec.hpp"
#include "storage/sqlite/writer.hpp"

namespace mnemic::storage {
std::vector<PolicyRow> Reader::policies() {
  std::vector<PolicyRow> policies;
  Statement rows = connection_.prepare(
      "SELECT id, kind, ns, rule, owner, reason, dry_run, created_at, expires_at, hits, last_hit_at FROM policies ORDER BY id");
  while (rows.step()) {
    PolicyRow& row = policies.emplace_back();
    row.id = rows.integer(0);
    row.kind = rows.text(1);
    if (!rows.is_null(2)) row.ns = rows.integer(2);
    row.rule = rows.text(3);
    row.owner = rows.text(4);
    row.reason = rows.text(5);
    row.dry_run = rows.integer(6) != 0;
    row.created_at = rows.integer(7);
    row.expires_at = rows.optional_integer(8);
    row.hits = rows.integer(9);
    row.last_hit_at = rows.optional_integer(10);
  }
  return policies;
}

bool Reader::passes(const Record& record, const Filter& where) {
  return where.matches_everything() || row_passes(connection_, record, filter_sql(where));
}

void Reader::unwritten_since(std::int64_t before, const AnyVersion& of, const std::function<bool(const MemoryId&)>& each) {
  Sql sql;
  sql.add("SELECT DISTINCT v.id FROM versions v WHERE v.updated_at <= ");
  sql.value(before);
  sql.append(any_version_sql(of));
  sql.add(" AND NOT EXISTS (SELECT 1 FROM versions w WHERE w.id = v.id AND w.updated_at > ");
  sql.value(before);
  sql.add(") ORDER BY v.id");
  Statement rows = sql.prepare(connection_);
  while (rows.step()) {
    if (!each(to_id(rows.blob(0)))) return;
  }
}

void Reader::forgotten_since(std::int64_t before, const std::function<bool(const MemoryId&)>& each) {
  Statement rows = connection_.prepare(
      "SELECT c.id FROM changes c WHERE c.op = 3 AND c.at <= ? AND NOT EXISTS (SELECT 1 FROM versions v WHERE v.id = c.id AND"
      " v.seq_to > c.seq) ORDER BY c.at");
  rows.bind(before);
  while (rows.step()) {
    if (!each(to_id(rows.blob(0)))) return;
  }
}

void Reader::expired_since(std::int64_t before, const std::function<bool(const MemoryId&)>& each) {
  Statement rows =
      connection_.prepare("SELECT id FROM versions WHERE expires_at <= ? AND seq_to = 9223372036854775807 ORDER BY expires_at");
  rows.bind(before);
  while (rows.step()) {
    if (!each(to_id(rows.blob(0)))) return;
  }
}

std::int64_t Writer::insert_policy(const PolicyRow& row) {
  Statement insert = connection_.prepare(
      "INSERT INTO policies (kind, ns, rule, owner, reason, dry_run, created_at, expires_at, hits) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)");
  insert.bind_text(row.kind).bind(row.ns).bind_text(row.rule).bind_text(row.owner).bind_text(row.reason);
  insert.bind(static_cast<std::int64_t>(row.dry_run)).bind(row.created_at).bind(row.expires_at).run();
  return sqlite3_last_insert_rowid(connection_.handle());
}

bool Writer::remove_policy(std::int64_t id) {
  Statement remove = connection_.prepare("DELETE FROM policies WHERE id = ?");
  remove.bind(id).run();
  return sqlite3_changes(connection_.handle()) == 1;
}

void Writer::count_policy(std::int64_t id, std::int64_t at, std::size_t hits) {
  Statement update = connection_.prepare("UPDATE policies SET hits = hits + ?, last_hit_at = ? WHERE id = ?");
  update.bind(static_cast<std::int64_t>(hits)).bind(at).bind(id).run();
}

}  // namespace mnemic::storage
