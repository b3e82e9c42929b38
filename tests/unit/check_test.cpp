// SPDX-License-Identifier: Apache-2.0
// check: one kind of damage at a time, made behind the library's back, is found under its name; what can be made anew is.
#include "core/bytes.hpp"
#include "storage/sqlite/record_codec.hpp"
#include "storage/tail.hpp"
#include "support/sqlite_raw.hpp"

#include <filesystem>
#include <functional>
#include <string>

#include "open_store.hpp"

using namespace mnemic;
using namespace mnemic::test;

namespace {

/// A closed store with a bit of everything.
std::filesystem::path make(const TempDir& dir) {
  const auto path = dir / "store.db";
  OpenStore s(still_options(), path);
  const MemoryId note = s.scope.put({.text = "Prefers window seats", .vectors = {{"mine", {3, 4}}}}).value();
  REQUIRE_OK(s.scope.update(note, {.text = "Prefers aisle seats"}));
  REQUIRE_OK(s.scope.update(note, {.text = "Prefers the front row"}));
  const MemoryId other = s.put("Another note");
  REQUIRE_OK(s.scope.relate(note, "about", other));
  for (const char* text : {"one", "two", "three"}) REQUIRE_OK(s.scope.session("s").append(Turn{.author = "user", .text = text}));
  REQUIRE_OK(s.scope.update(s.scope.session("s").window()->at(1).id, {.importance = 0.9}));
  REQUIRE_OK(s.scope.facts().assert_fact({.subject = "Ada", .attribute = "lives in", .value = "Porto"}));
  REQUIRE_OK(s.store.jobs().enqueue({.kind = "x", .name_space = {"acme", "ada"}}));
  REQUIRE_OK(s.store.close());
  return path;
}

/// Rewrites the tail row of the newest version with a checksum that holds.
void rewrite_tail(RawDb& db, const std::function<void(storage::Tail&)>& change) {
  const auto seq = std::stoull(db.one("SELECT max(seq_from) FROM versions WHERE text = 'Prefers the front row'"));
  sqlite3_stmt* row = nullptr;
  sqlite3_prepare_v2(db.handle(), ("SELECT terms, vectors FROM tail WHERE seq_from = " + std::to_string(seq)).c_str(), -1, &row, nullptr);
  REQUIRE(sqlite3_step(row) == SQLITE_ROW);
  const auto blob = [row](int column) {
    return std::string(static_cast<const char*>(sqlite3_column_blob(row, column)), static_cast<std::size_t>(sqlite3_column_bytes(row, column)));
  };
  storage::Tail tail;
  storage::decode_terms(blob(0), tail);
  storage::decode_vectors(blob(1), tail);
  sqlite3_finalize(row);
  change(tail);
  const std::string terms = storage::encode_terms(tail);
  const std::string vectors = storage::encode_vectors(tail);
  sqlite3_prepare_v2(db.handle(), "UPDATE tail SET terms = ?, vectors = ?, checksum = ? WHERE seq_from = ?", -1, &row, nullptr);
  sqlite3_bind_blob64(row, 1, terms.data(), terms.size(), SQLITE_TRANSIENT);
  sqlite3_bind_blob64(row, 2, vectors.data(), vectors.size(), SQLITE_TRANSIENT);
  sqlite3_bind_int64(row, 3, storage::tail_checksum(seq, terms, vectors));
  sqlite3_bind_int64(row, 4, static_cast<std::int64_t>(seq));
  REQUIRE(sqlite3_step(row) == SQLITE_DONE);
  sqlite3_finalize(row);
}

bool found(const CheckReport& report, const std::string& where, const std::string& what) {
  for (const CheckIssue& issue : report.issues) {
    if (contains(issue.where, where) && contains(issue.what, what)) return true;
  }
  return false;
}

std::string told(const CheckReport& report) {
  std::string all;
  for (const CheckIssue& issue : report.issues) all += issue.where + ": " + issue.what + (issue.repaired ? " (repaired)\n" : "\n");
  return all;
}

struct Damage {
  const char* sql;
  const char* where;
  const char* what;
};

}  // namespace

TEST_CASE("check finds each kind of disagreement between rows, and leaves what cannot be mended") {
  const Damage damages[]{
      {"UPDATE versions SET version = 7 WHERE version = 3", "versions row", "checksum"},
      {"DELETE FROM tail WHERE seq_from IN (SELECT seq_from FROM versions WHERE version = 2);"
       "DELETE FROM versions WHERE version = 2", "versions row", "follows a version that is missing"},
      {"UPDATE versions SET seq_to = seq_to + 1 WHERE version = 1 AND seq_to < 9223372036854775807", "versions row", "does not end where the next version"},
      {"UPDATE versions SET ns = (SELECT id FROM namespaces WHERE path = 'x') WHERE version = 3", "versions row", "another namespace"},
      {"UPDATE versions SET turn = -1 WHERE turn = 1", "versions row", "a turn that is none"},
      {"UPDATE versions SET turn = 0 WHERE turn = 1 AND version = 2", "versions row", "turn of another memory"},
      {"UPDATE relations SET to_id = zeroblob(16), seq_to = seq_from + 1", "relations row", "an end that never was"},
      {"UPDATE relations SET to_id = zeroblob(16)", "relations row", "forgotten or never was"},
      {"UPDATE jobs SET ns = 99", "jobs row", "refers to a row that is missing"},
      {"UPDATE changes SET ended = NULL WHERE op = 2", "versions row", "does not say so"},
  };
  for (const Damage& damage : damages) {
    INFO(damage.sql);
    const TempDir dir;
    const auto path = make(dir);
    {
      RawDb db(path);
      REQUIRE(db.run("INSERT INTO namespaces (path) VALUES ('x')") == SQLITE_OK);
      REQUIRE(db.run(damage.sql) == SQLITE_OK);
    }
    const Store store = Store::open(path).value();
    const auto report = store.check().value();
    INFO(told(report));
    CHECK(found(report, damage.where, damage.what));
    const auto repaired = store.check(true).value();
    CHECK(found(repaired, damage.where, damage.what));
    CHECK_FALSE(store.check()->clean());
  }
}

TEST_CASE("check finds words, vectors and keys of facts that are not those of the text, and repair makes them anew") {
  struct Case {
    std::function<void(RawDb&)> damage;
    const char* where;
    const char* what;
    bool mended;
  };
  const Case cases[]{
      {[](RawDb& db) { rewrite_tail(db, [](auto& tail) { tail.terms.pop_back(); }); }, "tail row", "other words", true},
      {[](RawDb& db) { rewrite_tail(db, [](auto& tail) { ++tail.length; }); }, "tail row", "other words", true},
      {[](RawDb& db) { db.run("DELETE FROM tail WHERE seq_from = (SELECT max(seq_from) FROM tail)"); }, "tail row", "missing", true},
      {[](RawDb& db) { db.run("UPDATE tail SET terms = x'0000' WHERE seq_from = 2"); }, "tail row 2", "checksum", true},
      {[](RawDb& db) { db.run("DELETE FROM facts"); }, "facts row", "missing", true},
      {[](RawDb& db) { db.run("UPDATE facts SET subject = 'eve'"); }, "facts row", "not what its metadata says", true},
      {[](RawDb& db) { rewrite_tail(db, [](auto& tail) { tail.vectors.front().codes.push_back(0); }); }, "tail row", "another dimension", false},
      {[](RawDb& db) { rewrite_tail(db, [](auto& tail) { tail.vectors.front().codes.front() /= 2; }); }, "tail row", "not of length 1", false},
      {[](RawDb& db) { rewrite_tail(db, [](auto& tail) { tail.vectors.front().space = 77; }); }, "tail row", "a space that is missing", false},
      {[](RawDb& db) { rewrite_tail(db, [](auto& tail) { tail.vectors.front().end = 1000; }); }, "tail row", "a passage that is not in its text", false},
  };
  for (const Case& one : cases) {
    INFO(one.where << ": " << one.what);
    const TempDir dir;
    const auto path = make(dir);
    {
      RawDb db(path);
      one.damage(db);
    }
    const Store store = Store::open(path).value();
    const auto report = store.check().value();
    INFO(told(report));
    CHECK(found(report, one.where, one.what));
    const auto repaired = store.check(true).value();
    INFO(told(repaired));
    CHECK(store.check()->clean() == one.mended);
    for (const CheckIssue& issue : repaired.issues) CHECK(issue.repaired == one.mended);
    if (one.mended) CHECK_FALSE(store.scope({"acme", "ada"})->recall({.text = "front row"})->hits.empty());
  }
}

TEST_CASE("an index that lacks a row is found, and made anew") {
  const TempDir dir;
  const auto path = make(dir);
  {
    RawDb db(path);
    REQUIRE(db.run("PRAGMA writable_schema = ON; CREATE TABLE kept (sql TEXT); INSERT INTO kept SELECT sql FROM sqlite_schema WHERE name = 'versions_user';"
                   "UPDATE sqlite_schema SET sql = replace(sql, 'user <> ''''', 'user = ''nobody''') WHERE name = 'versions_time'") == SQLITE_OK);
  }
  {
    RawDb db(path);  // the index of current versions by time, as one of none: a row leaves it
    REQUIRE(db.run("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE INDEX versions_time ON versions (ns, event_time) WHERE seq_to = 1' "
                   "WHERE name = 'versions_time'") == SQLITE_OK);
  }
  {
    RawDb db(path);
    REQUIRE(db.run("REINDEX versions_time") == SQLITE_OK);
    REQUIRE(db.run("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE INDEX versions_time ON versions (ns, event_time) WHERE seq_to = "
                   "9223372036854775807' WHERE name = 'versions_time'; DROP TABLE kept") == SQLITE_OK);
  }
  const Store store = Store::open(path).value();
  const auto report = store.check().value();
  INFO(told(report));
  REQUIRE(found(report, "file", "index versions_time"));
  CHECK(store.scope({"acme", "ada"})->list()->items.empty());
  const auto repaired = store.check(true).value();
  INFO(told(repaired));
  CHECK(store.check()->clean());
  CHECK_FALSE(store.scope({"acme", "ada"})->list()->items.empty());
}
