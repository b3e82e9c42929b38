// SPDX-License-Identifier: Apache-2.0
// Reads. Statements are cached per connection by their text.
#include "storage/sqlite/reader.hpp"

#include "core/error.hpp"
#include "core/time.hpp"
#include "storage/sqlite/record_codec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace mnemic::storage {
namespace {

constexpr std::string_view kIsCurrent = "v.seq_to = 9223372036854775807";

/// How the rows of a selection are reached: through an index on the namespace, or by something narrower, which the `+` makes
/// SQLite stay with. Without it, it takes a namespace to be as narrow as an id.
enum class Through : std::uint8_t { kNamespace, kOther };

void add_namespaces(Sql& sql, const Selection& selection) {
  for (std::size_t i = 0; i < selection.namespaces.size(); ++i) {
    if (i > 0) sql.add(", ");
    sql.value(selection.namespaces[i]);
  }
}

/// "<current> AND <namespaces> AND <layers> AND <not expired> AND <filters>".
Sql condition(const Selection& selection, Through through = Through::kNamespace) {
  Sql sql;
  if (selection.at) {
    sql.add("v.seq_from <= ");
    sql.value(static_cast<std::int64_t>(*selection.at));
    sql.add(" AND v.seq_to > ");
    sql.value(static_cast<std::int64_t>(*selection.at));
  } else {
    sql.add(kIsCurrent);
  }
  sql.add(through == Through::kNamespace ? " AND v.ns IN (" : " AND +v.ns IN (");
  add_namespaces(sql, selection);
  sql.add(")");
  if (!selection.layers.empty()) {
    sql.add(" AND v.layer IN (");
    for (std::size_t i = 0; i < selection.layers.size(); ++i) {
      if (i > 0) sql.add(", ");
      sql.value(static_cast<std::int64_t>(selection.layers[i]));
    }
    sql.add(")");
  }
  sql.add(" AND (v.expires_at IS NULL OR v.expires_at > ");
  sql.value(selection.now);
  sql.add(")");
  for (const Filter* filter : selection.filters) {
    if (filter->matches_everything()) continue;
    sql.add(" AND ");
    sql.append(filter_sql(*filter));
  }
  return sql;
}

Sql select_records(const Selection& selection, Through through = Through::kNamespace) {
  Sql sql;
  sql.add("SELECT ");
  sql.add(kRecordColumns);
  sql.add(" FROM versions v WHERE ");
  sql.append(condition(selection, through));
  return sql;
}

std::vector<Record> read_all(Statement rows) {
  std::vector<Record> records;
  while (rows.step()) records.push_back(read_record(rows));
  return records;
}

std::optional<Record> read_one(Statement rows) {
  return rows.step() ? std::optional(read_record(rows)) : std::nullopt;
}

std::string record_query(std::string_view rest) {
  std::string sql = "SELECT ";
  sql += kRecordColumns;
  sql += " FROM versions v WHERE ";
  sql += rest;
  return sql;
}

SpaceRow read_space(const Statement& row) {
  SpaceRow space;
  space.id = static_cast<SpaceId>(row.integer(0));
  space.space = {std::string(row.text(1)), std::string(row.text(2)), static_cast<std::size_t>(row.integer(3)),
                 row.integer(4) != 0,      std::string(row.text(5)), std::string(row.text(6))};
  return space;
}

constexpr std::string_view kSpaceColumns =
    "SELECT id, name, version, dimension, normalized, query_prefix, passage_prefix FROM spaces";

}  // namespace

Seq Reader::seq() { return static_cast<Seq>(connection_.query_integer("SELECT max(seq) FROM changes")); }

std::optional<NamespaceId> Reader::find_namespace(std::string_view path) {
  Statement row = connection_.prepare("SELECT id FROM namespaces WHERE path = ?");
  row.bind_text(path);
  return row.step() ? std::optional(row.integer(0)) : std::nullopt;
}

std::string Reader::namespace_path(NamespaceId id) {
  Statement row = connection_.prepare("SELECT path FROM namespaces WHERE id = ?");
  row.bind(id);
  if (!row.step()) core::fail(StatusCode::kCorruption, "namespaces row {} is missing", id);
  return std::string(row.text(0));
}

Namespace Reader::to_name(std::string_view path) {
  auto name = Namespace::parse(path);
  if (!name) core::fail(StatusCode::kCorruption, "a namespaces row holds no name: {}", name.status().message());
  return *std::move(name);
}

std::vector<std::pair<NamespaceId, std::string>> Reader::namespaces() {
  std::vector<std::pair<NamespaceId, std::string>> all;
  Statement rows = connection_.prepare("SELECT id, path FROM namespaces ORDER BY path");
  while (rows.step()) all.emplace_back(rows.integer(0), std::string(rows.text(1)));
  return all;
}

std::vector<NamespaceId> Reader::subtree(std::string_view path) {
  std::vector<NamespaceId> ids;
  // Printed segments hold no raw '/', so everything below lies between "path/" and "path0" ('0' follows '/').
  Statement rows = connection_.prepare("SELECT id FROM namespaces WHERE path = ? OR (path > ? AND path < ?) ORDER BY id");
  const std::string from = std::string(path) + "/";
  const std::string to = std::string(path) + "0";
  rows.bind_text(path).bind_text(from).bind_text(to);
  while (rows.step()) ids.push_back(rows.integer(0));
  return ids;
}

std::vector<NamespaceId> Reader::granted_to(NamespaceId reader) {
  std::vector<NamespaceId> ids;
  Statement rows = connection_.prepare("SELECT target FROM grants WHERE reader = ? ORDER BY target");
  rows.bind(reader);
  while (rows.step()) ids.push_back(rows.integer(0));
  return ids;
}

std::vector<Grant> Reader::grants() {
  std::vector<Grant> grants;
  Statement rows = connection_.prepare(
      "SELECT r.path, t.path, g.granted_at FROM grants g JOIN namespaces r ON r.id = g.reader"
      " JOIN namespaces t ON t.id = g.target ORDER BY r.path, t.path");
  while (rows.step()) {
    grants.push_back({to_name(rows.text(0)), to_name(rows.text(1)),
                      core::from_micros(rows.integer(2))});
  }
  return grants;
}

std::optional<Record> Reader::current(const MemoryId& id) {
  static const std::string sql = record_query("v.id = ? AND v.seq_to = 9223372036854775807");
  Statement row = connection_.prepare(sql);
  row.bind_blob(id_bytes(id));
  return read_one(std::move(row));
}

std::optional<Record> Reader::current_by_key(NamespaceId ns, Layer layer, std::string_view key) {
  static const std::string sql =
      record_query("v.ns = ? AND v.layer = ? AND v.key = ? AND v.key <> '' AND v.seq_to = 9223372036854775807");
  Statement row = connection_.prepare(sql);
  row.bind(ns).bind(static_cast<std::int64_t>(layer)).bind_text(key);
  return read_one(std::move(row));
}

std::optional<Record> Reader::find_version(Seq seq_from) {
  static const std::string sql = record_query("v.seq_from = ?");
  Statement row = connection_.prepare(sql);
  row.bind(static_cast<std::int64_t>(seq_from));
  return read_one(std::move(row));
}

Record Reader::version(Seq seq_from) {
  if (auto record = find_version(seq_from)) return *std::move(record);
  core::fail(StatusCode::kCorruption, "versions row {} is missing", seq_from);
}

Record Reader::version(Seq seq_from, const MemoryId& id) {
  Record record = version(seq_from);
  if (record.memory.id != id) core::fail(StatusCode::kCorruption, "versions row {} is not the memory its index says", seq_from);
  return record;
}

std::vector<Record> Reader::history(const MemoryId& id) {
  static const std::string sql = record_query("v.id = ? ORDER BY v.version");
  Statement rows = connection_.prepare(sql);
  rows.bind_blob(id_bytes(id));
  return read_all(std::move(rows));
}

std::optional<Seq> Reader::find(const Selection& selection, const MemoryId& id) {
  Sql sql;
  sql.add("SELECT v.seq_from FROM versions v WHERE v.id = ");
  sql.value(Sql::Blob{std::string(id_bytes(id))});
  sql.add(" AND ");
  sql.append(condition(selection, Through::kOther));
  Statement row = sql.prepare(connection_);
  return row.step() ? std::optional(static_cast<Seq>(row.integer(0))) : std::nullopt;
}

std::vector<Record> Reader::list(const Selection& selection, Order order, const std::optional<After>& after,
                                 std::size_t limit) {
  if (selection.namespaces.empty()) return {};
  const bool newest = order == Order::kNewest;
  const std::string column = order == Order::kCreated ? "v.created_at" : "v.event_time";
  Sql sql = select_records(selection);
  if (after) {
    sql.add(" AND (" + column + (newest ? " < " : " > "));
    sql.value(after->time);
    sql.add(" OR (" + column + " = ");
    sql.value(after->time);
    sql.add(" AND v.id > ");
    sql.value(Sql::Blob{std::string(id_bytes(after->id))});
    sql.add("))");
  }
  sql.add(" ORDER BY " + column + (newest ? " DESC" : "") + ", v.id LIMIT ");
  sql.value(static_cast<std::int64_t>(limit));
  return read_all(sql.prepare(connection_));
}

std::size_t Reader::count(const Selection& selection) {
  if (selection.namespaces.empty()) return 0;
  Sql sql;
  sql.add("SELECT count(*) FROM versions v WHERE ");
  sql.append(condition(selection));
  Statement row = sql.prepare(connection_);
  return row.step() ? static_cast<std::size_t>(row.integer(0)) : 0;
}

std::vector<Seq> Reader::select(const Selection& selection) {
  std::vector<Seq> found;
  if (selection.namespaces.empty()) return found;
  Sql sql;
  sql.add("SELECT v.seq_from FROM versions v WHERE ");
  sql.append(condition(selection));
  sql.add(" ORDER BY v.seq_from");
  Statement rows = sql.prepare(connection_);
  while (rows.step()) found.push_back(static_cast<Seq>(rows.integer(0)));
  return found;
}

std::vector<SessionInfo> Reader::sessions(const Selection& selection) {
  std::vector<SessionInfo> sessions;
  if (selection.namespaces.empty()) return sessions;
  Sql sql;
  sql.add("SELECT v.session, count(*), min(v.event_time), max(v.event_time) FROM versions v WHERE v.turn IS NOT NULL AND ");
  sql.append(condition(selection));
  sql.add(" GROUP BY v.session ORDER BY max(v.event_time) DESC, v.session");
  Statement rows = sql.prepare(connection_);
  while (rows.step()) {
    sessions.push_back({std::string(rows.text(0)), static_cast<std::size_t>(rows.integer(1)),
                        core::from_micros(rows.integer(2)), core::from_micros(rows.integer(3))});
  }
  return sessions;
}

std::vector<Record> Reader::turns(const Selection& selection, std::string_view session, std::int64_t before,
                                  std::size_t limit) {
  if (selection.namespaces.empty()) return {};
  Sql sql = select_records(selection);
  sql.add(" AND v.session = ");
  sql.value(std::string(session));
  sql.add(" AND v.turn < ");
  sql.value(before);
  sql.add(" ORDER BY v.turn DESC LIMIT ");
  sql.value(static_cast<std::int64_t>(limit));
  return read_all(sql.prepare(connection_));
}

std::vector<Record> Reader::pinned(const Selection& selection, std::int64_t valid_at) {
  if (selection.namespaces.empty()) return {};
  // By itself SQLite would walk the namespace by time, for the order. (The hint stands where no filter of a caller's is: with
  // some of those SQLite finds no way to follow it, and fails.)
  Sql sql = select_records(selection, selection.at ? Through::kNamespace : Through::kOther);
  if (selection.at) {
    sql.add(" AND v.pinned = 1");
  } else {
    sql.add(" AND v.seq_from IN (SELECT p.seq_from FROM versions p INDEXED BY versions_pinned WHERE p.pinned = 1"
            " AND p.seq_to = 9223372036854775807 AND p.ns IN (");
    add_namespaces(sql, selection);
    sql.add("))");
  }
  // As recall::Field decides: what has an interval in the semantic layer must hold, and may be superseded if it has an end.
  sql.add(" AND CASE WHEN v.layer = 3 AND v.event_end IS NOT NULL THEN v.event_time <= ");
  sql.value(valid_at);
  sql.add(" AND v.event_end > ");
  sql.value(valid_at);
  sql.add(" AND (v.state IN (1, 2, 3) OR (v.state = 5 AND v.event_end < ");
  sql.value(kOpen);
  sql.add(")) ELSE v.state IN (1, 2, 3) END ORDER BY v.event_time DESC, v.id");
  return read_all(sql.prepare(connection_));
}

std::optional<RelationRow> Reader::relation(const MemoryId& from, std::string_view type, const MemoryId& to) {
  static const std::string sql = fmt::format(
      "SELECT {} FROM relations r JOIN changes c ON c.seq = r.seq_from"
      " WHERE r.from_id = ? AND r.type = ? AND r.to_id = ? AND r.seq_to = 9223372036854775807",
      kRelationColumns);
  Statement row = connection_.prepare(sql);
  row.bind_blob(id_bytes(from)).bind_text(type).bind_blob(id_bytes(to));
  return row.step() ? std::optional(read_relation(row)) : std::nullopt;
}

std::vector<MemoryId> Reader::ends(const MemoryId& id, std::string_view type, Direction direction) {
  constexpr const char* kFrom = "SELECT to_id FROM relations WHERE from_id = ? AND type = ? AND seq_to = 9223372036854775807 ORDER BY to_id";
  constexpr const char* kTo = "SELECT from_id FROM relations WHERE to_id = ? AND type = ? AND seq_to = 9223372036854775807 ORDER BY from_id";
  Statement rows = connection_.prepare(direction == Direction::kOutgoing ? kFrom : kTo);
  rows.bind_blob(id_bytes(id)).bind_text(type);
  std::vector<MemoryId> ids;
  while (rows.step()) ids.push_back(to_id(rows.blob(0)));
  return ids;
}

std::vector<RelationRow> Reader::ended_by_forgetting(const MemoryId& id) {
  std::vector<RelationRow> found;
  for (const char* end : {"from_id", "to_id"}) {
    const std::string sql = fmt::format(
        "SELECT {} FROM relations r JOIN changes c ON c.seq = r.seq_from JOIN changes e ON e.seq = r.seq_to"
        " WHERE r.{} = ? AND r.seq_to <> 9223372036854775807 AND e.op = 3 AND NOT EXISTS (SELECT 1 FROM relations l"
        " WHERE l.from_id = r.from_id AND l.to_id = r.to_id AND l.type = r.type AND l.seq_from > r.seq_from)",
        kRelationColumns, end);
    Statement rows = connection_.prepare(sql);
    rows.bind_blob(id_bytes(id));
    while (rows.step()) found.push_back(read_relation(rows));
  }
  return found;
}

std::vector<std::pair<RelationRow, Record>> Reader::related(const Selection& others, const MemoryId& id, std::string_view type,
                                                            Direction direction, Seq after, std::size_t limit) {
  std::vector<std::pair<RelationRow, Record>> found;
  const auto one_way = [&](std::string_view mine, std::string_view other) {
    Sql sql;
    sql.add(fmt::format("SELECT {}, v.seq_from FROM relations r JOIN changes c ON c.seq = r.seq_from"
                        " JOIN versions v ON v.id = r.{} WHERE r.{} = ",
                        kRelationColumns, other, mine));
    sql.value(Sql::Blob{std::string(id_bytes(id))});
    sql.add(" AND r.seq_to = 9223372036854775807 AND r.seq_from > ");
    sql.value(static_cast<std::int64_t>(std::min<Seq>(after, std::numeric_limits<std::int64_t>::max())));
    if (!type.empty()) {
      sql.add(" AND r.type = ");
      sql.value(std::string(type));
    }
    sql.add(" AND ");
    sql.append(condition(others, Through::kOther));
    sql.add(" ORDER BY r.seq_from LIMIT ");
    sql.value(static_cast<std::int64_t>(limit));
    Statement rows = sql.prepare(connection_);
    while (rows.step()) {
      RelationRow row = read_relation(rows);
      const MemoryId end = row.relation.from == id ? row.relation.to : row.relation.from;
      found.emplace_back(std::move(row), version(static_cast<Seq>(rows.integer(kRelationColumnCount)), end));
    }
  };
  if (direction != Direction::kIncoming) one_way("from_id", "to_id");
  if (direction != Direction::kOutgoing) one_way("to_id", "from_id");
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first.relation.seq < b.first.relation.seq; });
  if (found.size() > limit) found.erase(found.begin() + static_cast<std::ptrdiff_t>(limit), found.end());
  return found;
}

std::vector<Record> Reader::facts(const Selection& selection, const std::string& subject, const std::string& attribute) {
  Sql sql;
  sql.add("SELECT ");
  sql.add(kRecordColumns);
  sql.add(" FROM facts f CROSS JOIN versions v ON v.seq_from = f.seq_from WHERE f.ns IN (");
  add_namespaces(sql, selection);
  sql.add(") AND f.subject = ");
  sql.value(subject);
  if (!attribute.empty()) {
    sql.add(" AND f.attribute = ");
    sql.value(attribute);
  }
  sql.add(" AND ");
  sql.append(condition(selection));
  sql.add(" ORDER BY v.event_time, v.id");
  return read_all(sql.prepare(connection_));
}

namespace {

Cardinality to_cardinality(std::int64_t stored) {
  const auto cardinality = static_cast<Cardinality>(stored);
  if (stored < 0 || stored > 255 || to_string(cardinality) == "unknown") {
    core::fail(StatusCode::kCorruption, "an attributes row is neither single nor many");
  }
  return cardinality;
}

}  // namespace

std::optional<Cardinality> Reader::cardinality(NamespaceId ns, std::string_view attribute) {
  Statement row = connection_.prepare("SELECT cardinality FROM attributes WHERE ns = ? AND name = ?");
  row.bind(ns).bind_text(attribute);
  return row.step() ? std::optional(to_cardinality(row.integer(0))) : std::nullopt;
}

std::vector<Attribute> Reader::attributes(NamespaceId ns) {
  std::vector<Attribute> attributes;
  Statement rows = connection_.prepare("SELECT name, cardinality FROM attributes WHERE ns = ? ORDER BY name");
  rows.bind(ns);
  while (rows.step()) attributes.push_back({std::string(rows.text(0)), to_cardinality(rows.integer(1))});
  return attributes;
}

Tail Reader::tail(Seq seq_from) {
  Statement row = connection_.prepare("SELECT terms, vectors, checksum FROM tail WHERE seq_from = ?");
  row.bind(static_cast<std::int64_t>(seq_from));
  Tail tail;
  if (!row.step()) core::fail(StatusCode::kCorruption, "tail row {} is missing", seq_from);
  if (tail_checksum(seq_from, row.blob(0), row.blob(1)) != row.integer(2)) {
    core::fail(StatusCode::kCorruption, "tail row {}: its checksum does not hold", seq_from);
  }
  decode_terms(row.blob(0), tail);
  decode_vectors(row.blob(1), tail);
  return tail;
}

void Reader::partition_rows(NamespaceId ns, Layer layer, const Run& run, const std::function<void(const PartitionRow&)>& each) {
  Statement rows = connection_.prepare(
      "SELECT v.seq_from, v.id, v.session, v.turn, v.event_time, v.event_end, v.expires_at, v.importance, v.state, v.author,"
      " t.terms, t.vectors, t.checksum, v.seq_to"
      " FROM versions v LEFT JOIN tail t ON t.seq_from = v.seq_from"
      " WHERE v.ns = ? AND v.layer = ? AND v.seq_from > ? AND v.seq_from <= ? AND v.seq_to > ? ORDER BY v.seq_from LIMIT ?");
  rows.bind(ns).bind(static_cast<std::int64_t>(layer)).bind(static_cast<std::int64_t>(run.after));
  rows.bind(static_cast<std::int64_t>(std::min(run.last, run.at)));
  rows.bind(run.ended ? std::int64_t{0} : static_cast<std::int64_t>(run.at));
  rows.bind(static_cast<std::int64_t>(run.limit));
  Tail tail;
  while (rows.step()) {
    PartitionRow row;
    row.seq_from = static_cast<Seq>(rows.integer(0));
    row.seq_to = static_cast<Seq>(rows.integer(13));
    if (rows.is_null(12)) core::fail(StatusCode::kCorruption, "tail row {} is missing", row.seq_from);
    if (tail_checksum(row.seq_from, rows.blob(10), rows.blob(11)) != rows.integer(12)) {
      core::fail(StatusCode::kCorruption, "tail row {}: its checksum does not hold", row.seq_from);
    }
    decode_terms(rows.blob(10), tail);
    decode_vectors(rows.blob(11), tail);
    row.id = to_id(rows.blob(1));
    row.session = rows.text(2);
    row.turn = rows.optional_integer(3);
    row.event_time = rows.integer(4);
    row.event_end = rows.optional_integer(5);
    row.expires_at = rows.optional_integer(6);
    row.importance = rows.real(7);
    row.state = static_cast<State>(rows.integer(8));
    row.author = rows.text(9);
    row.tail = &tail;
    each(row);
  }
}

std::vector<Change> Reader::changes(NamespaceId ns, Seq after) {
  std::vector<Change> changes;
  Statement rows = connection_.prepare("SELECT seq, op, layer, id, ended FROM changes WHERE ns = ? AND seq > ? ORDER BY seq");
  rows.bind(ns).bind(static_cast<std::int64_t>(after));
  while (rows.step()) {
    if (rows.is_null(3)) continue;  // about no memory: a grant, a relation, a declaration
    Change change;
    change.seq = static_cast<Seq>(rows.integer(0));
    change.op = static_cast<ChangeOp>(rows.integer(1));
    change.ns = ns;
    change.layer = static_cast<Layer>(rows.integer(2));
    change.id = to_id(rows.blob(3));
    if (!rows.is_null(4)) change.ended = static_cast<Seq>(rows.integer(4));
    changes.push_back(change);
  }
  return changes;
}

std::vector<SpaceRow> Reader::spaces() {
  std::vector<SpaceRow> spaces;
  static const std::string sql = std::string(kSpaceColumns) + " ORDER BY id";
  Statement rows = connection_.prepare(sql);
  while (rows.step()) spaces.push_back(read_space(rows));
  return spaces;
}

std::optional<SpaceRow> Reader::find_space(std::string_view name, std::string_view version) {
  static const std::string sql = std::string(kSpaceColumns) + " WHERE name = ? AND version = ?";
  Statement row = connection_.prepare(sql);
  row.bind_text(name).bind_text(version);
  return row.step() ? std::optional(read_space(row)) : std::nullopt;
}

std::string Reader::setting(std::string_view name) {
  Statement row = connection_.prepare("SELECT value FROM settings WHERE name = ?");
  row.bind_text(name);
  return row.step() ? std::string(row.text(0)) : std::string();
}

Seq Reader::seq_setting(std::string_view name) {
  const std::string text = setting(name);
  Seq seq = 0;
  std::from_chars(text.data(), text.data() + text.size(), seq);
  return seq;
}

}  // namespace mnemic::storage
