// SPDX-License-Identifier: Apache-2.0
// The file format: what a fresh file says of itself, and whose files are refused.
#include "storage/sqlite/schema.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "open_store.hpp"
#include "support/sqlite_raw.hpp"

using namespace mnemic;
using namespace mnemic::test;
namespace fs = std::filesystem;

namespace {

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void make_store(const fs::path& path) {
  const OpenStore s(still_options(), path);
  s.put("something kept");
}

/// Refused for reading and for writing, and no byte of it changed.
void check_refused(const fs::path& path, StatusCode code) {
  const std::string before = slurp(path);
  for (const Access access : {Access::kReadOnly, Access::kReadWrite}) {
    const auto store = Store::open(path, {.access = access});
    INFO(store.status().to_string());
    REQUIRE_CODE(store, code);
    CHECK(contains(store.status().message(), path.filename().string()));
  }
  CHECK(slurp(path) == before);
}

}  // namespace

TEST_CASE("schema: a fresh file has exactly the documented pragmas", "[schema]") {
  const TempDir dir;
  make_store(dir / "store.db");
  RawDb db(dir / "store.db", SQLITE_OPEN_READONLY);
  CHECK(db.one("PRAGMA application_id") == std::to_string(0x6d6e656d));
  CHECK(db.one("PRAGMA user_version") == "1");
  CHECK(db.one("PRAGMA page_size") == "4096");
  CHECK(db.one("PRAGMA auto_vacuum") == "2");  // incremental
  CHECK(db.one("PRAGMA journal_mode") == "wal");
  CHECK(db.one("PRAGMA encoding") == "UTF-8");
  CHECK(db.one("PRAGMA integrity_check") == "ok");
  if (encrypted_run()) return;  // of the header nothing is to be seen
  const std::string head = slurp(dir / "store.db").substr(0, 72);
  CHECK(head.substr(0, 16) == std::string("SQLite format 3\0", 16));
  CHECK(head.substr(68, 4) == "mnem");
}

TEST_CASE("schema: every table is strict, and there are no others", "[schema]") {
  const TempDir dir;
  make_store(dir / "store.db");
  RawDb db(dir / "store.db", SQLITE_OPEN_READONLY);
  CHECK(db.one("SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE "
               "'sqlite_%' ORDER BY name)") ==
        "attributes,changes,chunks,erased,erasures,facts,grants,job_turns,jobs,namespaces,policies,relations,settings,spaces,tail,tombstones,versions");
  CHECK(db.one("SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%' AND NOT strict") ==
        "0");
  CHECK(db.one("SELECT count(*) FROM sqlite_schema WHERE type IN ('trigger', 'view')") == "0");
  storage::Connection connection((dir / "store.db").string(), storage::Connection::Mode::kReadOnly,
                                 std::chrono::milliseconds(0), storage::FileKey::of(""));
  CHECK(storage::schema_differences(connection).empty());
}

TEST_CASE("schema: a connection is defensive", "[schema]") {
  const TempDir dir;
  make_store(dir / "store.db");
  storage::Connection connection((dir / "store.db").string(), storage::Connection::Mode::kReadWrite,
                                 std::chrono::milliseconds(0), storage::FileKey::of(""));
  CHECK(connection.query_integer("PRAGMA foreign_keys") == 1);
  CHECK(connection.query_integer("PRAGMA secure_delete") == 1);
  CHECK(connection.query_integer("PRAGMA mmap_size") == 0);
  CHECK(connection.query_integer("PRAGMA trusted_schema") == 0);
  const auto refused = [&](const char* sql) {
    try {
      connection.execute(sql);
      return false;
    } catch (const core::StatusError&) {
      return true;
    }
  };
  CHECK(refused("PRAGMA writable_schema = ON; DELETE FROM sqlite_schema"));
  CHECK(refused("SELECT load_extension('x')"));
  CHECK(refused("SELECT \"no such column\""));
  CHECK(refused("INSERT INTO versions (seq_from) VALUES ('x')"));
}

TEST_CASE("schema: a database of another program is refused and stays as it is", "[schema]") {
  const TempDir dir;
  const std::string sql =
      GENERATE("CREATE TABLE customers (name TEXT); INSERT INTO customers VALUES ('Ada')",
               "PRAGMA journal_mode = WAL; CREATE TABLE t (a)", "PRAGMA application_id = 252006673; CREATE TABLE t (a)",
               "PRAGMA user_version = 1; CREATE TABLE settings (name, value)",
               "PRAGMA application_id = 252006673; VACUUM", "PRAGMA user_version = 7; VACUUM",
               "PRAGMA user_version = -5; VACUUM", "PRAGMA user_version = 1; VACUUM",
               "CREATE VIEW v AS SELECT 1");
  CAPTURE(sql);
  REQUIRE(RawDb(dir / "foreign.db").run(sql) == SQLITE_OK);
  check_refused(dir / "foreign.db", StatusCode::kFailedPrecondition);
}

TEST_CASE("schema: a newer format is refused and stays as it is", "[schema]") {
  const TempDir dir;
  make_store(dir / "store.db");
  REQUIRE(RawDb(dir / "store.db").run("PRAGMA journal_mode = DELETE; PRAGMA user_version = 2") == SQLITE_OK);
  check_refused(dir / "store.db", StatusCode::kFailedPrecondition);
}

TEST_CASE("schema: a format that never was is refused, not run", "[schema]") {
  const TempDir dir;
  const std::string format = GENERATE("-1", "-5", "-2147483648", "0");
  CAPTURE(format);
  make_store(dir / "store.db");
  REQUIRE(RawDb(dir / "store.db").run("PRAGMA user_version = " + format) == SQLITE_OK);
  for (const Access access : {Access::kReadOnly, Access::kReadWrite}) {
    const auto store = Store::open(dir / "store.db", {.access = access});
    INFO(store.status().to_string());
    CHECK((store.status().code() == StatusCode::kFailedPrecondition || store.status().code() == StatusCode::kCorruption));
  }
}

TEST_CASE("schema: changed tables are refused, and named", "[schema]") {
  struct Case {
    const char* sql;
    const char* named;
  };
  const auto [sql, named] = GENERATE(values<Case>({
      {"ALTER TABLE versions ADD COLUMN extra TEXT", "versions"},
      {"DROP TABLE tail", "tail"},
      {"DROP INDEX versions_key", "versions_key"},
      {"CREATE TABLE extra (a)", "extra"},
      {"CREATE TRIGGER t AFTER INSERT ON versions BEGIN DELETE FROM tail; END", "t is"},
      {"CREATE VIEW v AS SELECT 1", "v is"},
      {"CREATE INDEX more ON versions (text)", "more"},
  }));
  CAPTURE(sql);
  const TempDir dir;
  make_store(dir / "store.db");
  REQUIRE(RawDb(dir / "store.db").run(sql) == SQLITE_OK);
  for (const Access access : {Access::kReadOnly, Access::kReadWrite}) {
    const auto store = Store::open(dir / "store.db", {.access = access});
    REQUIRE_CODE(store, StatusCode::kFailedPrecondition);
    CHECK(contains(store.status().message(), named));
  }
}

TEST_CASE("schema: opening twice changes nothing", "[schema]") {
  const TempDir dir;
  make_store(dir / "store.db");
  const std::string before = slurp(dir / "store.db");
  { const OpenStore again(still_options(), dir / "store.db"); }
  CHECK(slurp(dir / "store.db") == before);
}

TEST_CASE("schema: an empty file becomes a store, for reading it is not one", "[schema]") {
  const TempDir dir;
  { std::ofstream touch(dir / "empty.db"); }
  REQUIRE_CODE(Store::open(dir / "empty.db", {.access = Access::kReadOnly}), StatusCode::kFailedPrecondition);
  CHECK(fs::file_size(dir / "empty.db") == 0);
  REQUIRE_OK(Store::open(dir / "empty.db"));
  RawDb db(dir / "empty.db", SQLITE_OPEN_READONLY);
  CHECK(db.one("PRAGMA auto_vacuum") == "2");
}
