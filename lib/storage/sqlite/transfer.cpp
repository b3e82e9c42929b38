// SPDX-License-Identifier: Apache-2.0
// What exports and imports ask: rows as they were at a change, and what changes ended.
#include "core/error.hpp"
#include "core/time.hpp"
#include "storage/sqlite/reader.hpp"
#include "storage/sqlite/record_codec.hpp"

#include <fmt/format.h>

namespace mnemic::storage {
namespace {

std::int64_t bound(Seq seq) { return static_cast<std::int64_t>(std::min<Seq>(seq, static_cast<Seq>(kCurrent))); }

}  // namespace

std::optional<LastVersion> Reader::last_version(const MemoryId& id) {
  Statement row = connection_.prepare(
      "SELECT v.ns, v.layer, v.seq_from, v.version, c.at, v.seq_to FROM versions v LEFT JOIN changes c ON c.seq = v.seq_to"
      " WHERE v.id = ? ORDER BY v.version DESC LIMIT 1");
  row.bind_blob(id_bytes(id));
  if (!row.step()) return std::nullopt;
  LastVersion last{row.integer(0), static_cast<Layer>(row.integer(1)), static_cast<Seq>(row.integer(2)),
                   static_cast<std::uint64_t>(row.integer(3)), std::nullopt};
  if (row.integer(5) != kCurrent) last.forgotten_at = core::from_micros(row.integer(4));
  return last;
}

bool Reader::place_taken(NamespaceId ns, std::string_view session, std::uint64_t turn, const MemoryId& other_than) {
  Statement row = connection_.prepare(
      "SELECT 1 FROM versions WHERE ns = ? AND session = ? AND turn = ? AND turn IS NOT NULL AND id <> ? LIMIT 1");
  row.bind(ns).bind_text(session).bind(bound(turn)).bind_blob(id_bytes(other_than));
  return row.step();
}

std::vector<RelationRow> Reader::relations_at(Seq at, Seq after, std::size_t limit) {
  static const std::string sql = fmt::format(
      "SELECT {} FROM relations r JOIN changes c ON c.seq = r.seq_from"
      " WHERE r.seq_from > ? AND r.seq_from <= ? AND r.seq_to > ? ORDER BY r.seq_from LIMIT ?",
      kRelationColumns);
  Statement rows = connection_.prepare(sql);
  rows.bind(bound(after)).bind(bound(at)).bind(bound(at)).bind(static_cast<std::int64_t>(limit));
  std::vector<RelationRow> found;
  while (rows.step()) found.push_back(read_relation(rows));
  return found;
}

std::vector<RelationRow> Reader::ended_relations(Seq after, Seq up_to) {
  static const std::string sql = fmt::format(
      "SELECT {} FROM relations r JOIN changes c ON c.seq = r.seq_to WHERE r.seq_to > ? AND r.seq_to <= ? ORDER BY r.seq_to",
      kRelationColumns);
  Statement rows = connection_.prepare(sql);
  rows.bind(bound(after)).bind(bound(up_to));
  std::vector<RelationRow> found;
  while (rows.step()) found.push_back(read_relation(rows));
  return found;
}

std::vector<EndedVersion> Reader::ended_versions(NamespaceId ns, Seq after, Seq up_to) {
  Statement rows = connection_.prepare(
      "SELECT seq, at, id, layer, op = 9 FROM changes WHERE ns = ? AND seq > ? AND seq <= ? AND (ended IS NOT NULL OR op = 9) AND id IS NOT NULL ORDER BY seq");
  rows.bind(ns).bind(bound(after)).bind(bound(up_to));
  std::vector<EndedVersion> found;
  while (rows.step()) {
    found.push_back({static_cast<Seq>(rows.integer(0)), core::from_micros(rows.integer(1)), to_id(rows.blob(2)),
                     static_cast<Layer>(rows.integer(3)), rows.integer(4) != 0});
  }
  return found;
}

std::vector<Grant> Reader::revoked_grants(Seq after, Seq up_to) {
  Statement rows = connection_.prepare("SELECT ns, detail, at FROM changes WHERE op = 5 AND seq > ? AND seq <= ? ORDER BY seq");
  rows.bind(bound(after)).bind(bound(up_to));
  std::vector<Grant> found;
  while (rows.step()) {
    const NamespaceId reader = rows.integer(0);
    const std::string target(rows.text(1));
    const Timestamp at = core::from_micros(rows.integer(2));
    found.push_back({name_of(reader), to_name(target), at});
  }
  return found;
}

}  // namespace mnemic::storage
