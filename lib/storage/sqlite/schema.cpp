// SPDX-License-Identifier: Apache-2.0
// Every table of the file. docs/file-format.md explains each column.
#include "storage/sqlite/schema.hpp"

#include "core/error.hpp"

#include <array>
#include <chrono>
#include <map>
#include <thread>

namespace mnemic::storage {
namespace {

using core::fail;

/// One step per format: kSteps[n] brings format n to n + 1. Steps are never changed once released, only added.
constexpr std::array<const char*, kFormat> kSteps{R"sql(
CREATE TABLE settings (
  name TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE namespaces (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE spaces (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  dimension INTEGER NOT NULL,
  normalized INTEGER NOT NULL,
  query_prefix TEXT NOT NULL,
  passage_prefix TEXT NOT NULL,
  UNIQUE (name, version)
) STRICT;

CREATE TABLE versions (
  seq_from INTEGER PRIMARY KEY,
  seq_to INTEGER NOT NULL,
  id BLOB NOT NULL,
  version INTEGER NOT NULL,
  ns INTEGER NOT NULL REFERENCES namespaces (id),
  layer INTEGER NOT NULL,
  key TEXT NOT NULL,
  text TEXT NOT NULL,
  content TEXT,
  user TEXT NOT NULL,
  agent TEXT NOT NULL,
  session TEXT NOT NULL,
  author TEXT NOT NULL,
  turn INTEGER,
  event_time INTEGER NOT NULL,
  event_end INTEGER,
  time_zone TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  expires_at INTEGER,
  importance REAL NOT NULL,
  strength REAL NOT NULL,
  pinned INTEGER NOT NULL,
  trust INTEGER NOT NULL,
  state INTEGER NOT NULL,
  tags TEXT,
  metadata TEXT,
  provenance TEXT,
  checksum INTEGER NOT NULL,
  UNIQUE (id, version)
) STRICT;
CREATE INDEX versions_partition ON versions (ns, layer);
CREATE UNIQUE INDEX versions_key ON versions (ns, layer, key) WHERE key <> '' AND seq_to = 9223372036854775807;
CREATE INDEX versions_time ON versions (ns, event_time) WHERE seq_to = 9223372036854775807;
CREATE UNIQUE INDEX versions_turn ON versions (ns, session, turn, version) WHERE turn IS NOT NULL;
CREATE INDEX versions_user ON versions (ns, user) WHERE user <> '';
CREATE INDEX versions_agent ON versions (ns, agent) WHERE agent <> '';
CREATE INDEX versions_expiry ON versions (expires_at) WHERE expires_at IS NOT NULL AND seq_to = 9223372036854775807;
CREATE INDEX versions_pinned ON versions (ns) WHERE pinned = 1 AND seq_to = 9223372036854775807;

CREATE TABLE tail (
  seq_from INTEGER PRIMARY KEY REFERENCES versions (seq_from) ON DELETE CASCADE,
  terms BLOB NOT NULL,
  vectors BLOB NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;

CREATE TABLE changes (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  op INTEGER NOT NULL,
  ns INTEGER NOT NULL,
  layer INTEGER,
  id BLOB,
  ended INTEGER,
  agent TEXT NOT NULL,
  detail TEXT
) STRICT;
CREATE INDEX changes_ns ON changes (ns);
CREATE INDEX changes_forgotten ON changes (at) WHERE op = 3;
CREATE INDEX changes_ended ON changes (ns, seq) WHERE ended IS NOT NULL;

CREATE TABLE chunks (
  id INTEGER PRIMARY KEY,
  ns INTEGER NOT NULL REFERENCES namespaces (id),
  layer INTEGER NOT NULL,
  after INTEGER NOT NULL,
  last INTEGER NOT NULL,
  sealed INTEGER NOT NULL,
  count INTEGER NOT NULL,
  body BLOB NOT NULL,
  checksum INTEGER NOT NULL,
  UNIQUE (ns, layer, last)
) STRICT;

CREATE TABLE relations (
  seq_from INTEGER PRIMARY KEY,
  seq_to INTEGER NOT NULL,
  ns INTEGER NOT NULL REFERENCES namespaces (id),
  from_id BLOB NOT NULL,
  to_id BLOB NOT NULL,
  type TEXT NOT NULL,
  metadata TEXT,
  checksum INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX relations_from ON relations (from_id, type, to_id) WHERE seq_to = 9223372036854775807;
CREATE INDEX relations_to ON relations (to_id, type) WHERE seq_to = 9223372036854775807;
CREATE INDEX relations_ended_from ON relations (from_id) WHERE seq_to <> 9223372036854775807;
CREATE INDEX relations_ended_to ON relations (to_id) WHERE seq_to <> 9223372036854775807;

CREATE TABLE facts (
  seq_from INTEGER PRIMARY KEY REFERENCES versions (seq_from) ON DELETE CASCADE,
  ns INTEGER NOT NULL REFERENCES namespaces (id),
  subject TEXT NOT NULL,
  attribute TEXT NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;
CREATE INDEX facts_subject ON facts (ns, subject, attribute);

CREATE TABLE attributes (
  ns INTEGER NOT NULL REFERENCES namespaces (id),
  name TEXT NOT NULL,
  cardinality INTEGER NOT NULL,
  PRIMARY KEY (ns, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE grants (
  reader INTEGER NOT NULL REFERENCES namespaces (id),
  target INTEGER NOT NULL REFERENCES namespaces (id),
  granted_at INTEGER NOT NULL,
  PRIMARY KEY (reader, target)
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  ns INTEGER NOT NULL REFERENCES namespaces (id),
  payload TEXT NOT NULL,
  key TEXT NOT NULL,
  trace TEXT NOT NULL,
  priority INTEGER NOT NULL,
  not_before INTEGER NOT NULL,
  state INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  max_attempts INTEGER NOT NULL,
  escalations INTEGER NOT NULL,
  lease_owner BLOB,
  leased_at INTEGER,
  lease_until INTEGER,
  error TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX jobs_open ON jobs (ns, priority DESC, not_before, id, kind, state, leased_at, lease_until) WHERE state IN (1, 2);
CREATE INDEX jobs_mark ON jobs (kind, ns, state, id);
CREATE UNIQUE INDEX jobs_key ON jobs (kind, ns, key) WHERE key <> '' AND state <> 4;

CREATE TABLE job_turns (
  ns INTEGER PRIMARY KEY REFERENCES namespaces (id),
  served INTEGER NOT NULL
) STRICT;

CREATE TABLE erasures (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  by TEXT NOT NULL,
  reason TEXT NOT NULL,
  memories INTEGER NOT NULL
) STRICT;

CREATE TABLE erased (
  id BLOB PRIMARY KEY NOT NULL,
  seq INTEGER NOT NULL,
  ns INTEGER NOT NULL REFERENCES namespaces (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE tombstones (
  ns INTEGER NOT NULL REFERENCES namespaces (id),
  hash BLOB NOT NULL,
  seq INTEGER NOT NULL,
  hits INTEGER NOT NULL,
  last_hit_at INTEGER,
  PRIMARY KEY (ns, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE policies (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  ns INTEGER REFERENCES namespaces (id),
  rule TEXT NOT NULL,
  owner TEXT NOT NULL,
  reason TEXT NOT NULL,
  dry_run INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  hits INTEGER NOT NULL,
  last_hit_at INTEGER
) STRICT;
)sql"};

/// Begins a read transaction unless there is one, and ends what it began.
class ReadTransaction {
 public:
  explicit ReadTransaction(Connection& connection) : connection_(connection), begun_(!connection.in_transaction()) {
    if (begun_) connection_.execute("BEGIN");
  }
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;
  ~ReadTransaction() {
    if (begun_) connection_.roll_back();
  }

 private:
  Connection& connection_;
  bool begun_;
};

struct Header {
  std::int64_t application_id;
  std::int64_t format;
  bool empty;
  [[nodiscard]] bool fresh() const { return empty && application_id == 0 && format == 0; }
};

/// In one snapshot: another process may be making the tables at this moment.
Header read_header(Connection& connection) {
  const ReadTransaction transaction(connection);
  return {connection.query_integer("PRAGMA application_id"), connection.query_integer("PRAGMA user_version"),
          connection.query_integer("SELECT count(*) FROM sqlite_schema") == 0};
}

void refuse_foreign(const Header& header) {
  if (header.application_id != kApplicationId) {
    fail(StatusCode::kFailedPrecondition, "the file is a SQLite database of another program (application id {:#x})",
         header.application_id);
  }
  if (header.format < 1) fail(StatusCode::kCorruption, "the file says format {}, which never was", header.format);
  if (header.format > kFormat) {
    fail(StatusCode::kFailedPrecondition, "the file has format {}, this build knows up to {}: use a newer mnemic",
         header.format, kFormat);
  }
}

/// sqlite_schema of a connection: name → SQL.
std::map<std::string, std::string> schema_of(Connection& connection) {
  std::map<std::string, std::string> tables;
  Statement rows = connection.prepare("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'");
  while (rows.step()) tables[std::string(rows.text(0))] = std::string(rows.text(1));
  return tables;
}

/// What can be chosen only before the first table, and outside a transaction.
void prepare_empty_file(Connection& connection) {
  connection.execute("PRAGMA page_size = 4096; PRAGMA auto_vacuum = INCREMENTAL");
}

/// SQLite does not wait for the lock that this takes, when another process is at the same; so this does.
void enter_wal(Connection& connection) {
  const auto start = std::chrono::steady_clock::now();
  while (true) {
    try {
      connection.execute("PRAGMA journal_mode = WAL");
      return;
    } catch (const core::StatusError& error) {
      const bool over = std::chrono::steady_clock::now() - start >= connection.busy_timeout();
      if (error.status().code() != StatusCode::kBusy || over) throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace

void prepare_schema(Connection& connection) {
  Header header = read_header(connection);
  // A foreign database is refused before its journal mode is touched.
  header.fresh() ? prepare_empty_file(connection) : refuse_foreign(header);
  enter_wal(connection);
  if (!header.empty && header.format == kFormat) return;

  connection.execute("BEGIN IMMEDIATE");
  try {
    header = read_header(connection);  // another process may have been here first
    if (!header.fresh()) refuse_foreign(header);
    for (std::int64_t format = header.format; format < kFormat; ++format) {
      connection.execute(kSteps[static_cast<std::size_t>(format)]);
    }
    connection.execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId, kFormat).c_str());
    connection.execute("COMMIT");
  } catch (...) {
    connection.roll_back();
    throw;
  }
}

void check_format(Connection& connection) {
  if (connection.query_integer("PRAGMA user_version") == kFormat) return;
  const Header header = read_header(connection);
  if (header.empty) fail(StatusCode::kFailedPrecondition, "the file is empty: open it once for writing");
  refuse_foreign(header);
  fail(StatusCode::kFailedPrecondition, "the file has format {}: open it once for writing to bring it to {}", header.format,
       kFormat);
}

std::vector<std::string> schema_differences(Connection& connection) {
  Connection fresh(":memory:", Connection::Mode::kReadWrite, std::chrono::milliseconds(0));
  for (const char* step : kSteps) fresh.execute(step);
  const auto expected = schema_of(fresh);
  const auto found = schema_of(connection);
  std::vector<std::string> differences;
  for (const auto& [name, sql] : expected) {
    const auto other = found.find(name);
    if (other == found.end()) {
      differences.push_back(name + " is missing");
    } else if (other->second != sql) {
      differences.push_back(name + " differs");
    }
  }
  for (const auto& [name, sql] : found) {
    if (!expected.contains(name)) differences.push_back(name + " is not ours");
  }
  return differences;
}

}  // namespace mnemic::storage
