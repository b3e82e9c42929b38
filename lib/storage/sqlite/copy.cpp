// SPDX-License-Identifier: Apache-2.0
// By SQLite's backup interface, from the snapshot that the source's read transaction sees: it never starts over.
#include "storage/sqlite/copy.hpp"

#include "core/error.hpp"
#include "storage/file_guard.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/sqlite/schema.hpp"

#include <memory>

namespace mnemic::storage {
namespace {

using core::fail;

constexpr int kPagesOfStep = 1024;  // 4 MB: how often it is looked whether to stop
constexpr std::chrono::milliseconds kBusyTimeout{5000};

struct Finish {
  void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};

std::uint64_t copy_pages(Connection& from, Connection& to, const CopyControl& control) {
  std::unique_ptr<sqlite3_backup, Finish> backup(sqlite3_backup_init(to.handle(), "main", from.handle(), "main"));
  if (backup == nullptr) fail_sqlite(sqlite3_extended_errcode(to.handle()), nullptr, "copy");
  std::uint64_t total = 0;
  for (int stepped = SQLITE_OK; stepped == SQLITE_OK;) {
    stepped = sqlite3_backup_step(backup.get(), kPagesOfStep);
    if (stepped != SQLITE_OK && stepped != SQLITE_DONE) fail_sqlite(stepped, from.usable() ? nullptr : from.handle(), "copy");
    total = static_cast<std::uint64_t>(sqlite3_backup_pagecount(backup.get()));
    if (control.progress) control.progress(total - static_cast<std::uint64_t>(sqlite3_backup_remaining(backup.get())), total);
    if (control.stop.stop_requested()) fail(StatusCode::kCancelled, "stopped");
  }
  const int finished = sqlite3_backup_finish(backup.release());
  if (finished != SQLITE_OK) fail_sqlite(finished, nullptr, "copy");
  return total;
}

void sync(Connection& connection) {
  sqlite3_file* file = nullptr;
  int code = sqlite3_file_control(connection.handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (code == SQLITE_OK) code = file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
  if (code != SQLITE_OK) fail_sqlite(code, nullptr, "sync");
}

/// A store that nobody has open is read without making anything beside it.
Connection::Mode mode_for(const std::string& path) {
  if (!is_there(path)) fail(StatusCode::kNotFound, "path: no file at '{}'", path);
  return is_there(path + "-wal") || is_there(path + "-shm") ? Connection::Mode::kReadOnly : Connection::Mode::kImmutable;
}

std::string text_of(Connection& connection, std::string_view sql, std::string_view name) {
  Statement row = connection.prepare(sql);
  row.bind_text(name);
  return row.step() ? std::string(row.text(0)) : std::string();
}

std::string change(Connection& connection, Seq seq) {
  Statement row = connection.prepare("SELECT at || ' ' || op || ' ' || ns || ' ' || coalesce(hex(id), '') FROM changes WHERE seq = ?");
  row.bind(static_cast<std::int64_t>(seq));
  return row.step() ? std::string(row.text(0)) : std::string();
}

}  // namespace

FileFacts FileFacts::read(Connection& connection) {
  FileFacts facts;
  facts.identity = text_of(connection, "SELECT value FROM settings WHERE name = ?", kIdentity);
  facts.language = text_of(connection, "SELECT value FROM settings WHERE name = ?", "language");
  facts.seq = static_cast<Seq>(connection.query_integer("SELECT max(seq) FROM changes"));
  facts.last_change = change(connection, facts.seq);
  return facts;
}

bool Reader::has_past(const FileFacts& older) {
  const std::string identity = setting(kIdentity);
  return !identity.empty() && identity == older.identity && change(connection_, older.seq) == older.last_change;
}

FileFacts facts_of(const std::string& path, const FileKeyPtr& key) {
  Connection connection(path, mode_for(path), kBusyTimeout, key);
  connection.execute("BEGIN");
  check_format(connection);
  return FileFacts::read(connection);
}

Copied copy_pages_to(Connection& source, const std::string& to, const CopyControl& control, bool to_wal) {
  Connection copy(to, Connection::Mode::kReadWrite, kBusyTimeout, source.key());
  // Until it has its name nobody else sees the file: no journal on disk, and one sync.
  copy.execute("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF");
  Copied copied{.pages = copy_pages(source, copy, control), .seq = static_cast<Seq>(source.query_integer("SELECT max(seq) FROM changes"))};
  finish_copy(copy, to_wal);
  return copied;
}

void finish_copy(Connection& copy, bool to_wal) {
  if (to_wal) copy.execute("PRAGMA journal_mode = WAL");
  sync(copy);
  if (const int code = copy.close(); code != SQLITE_OK) fail_sqlite(code, nullptr, "close");
}

Copied copy_file(const std::string& from, const std::string& to, const CopyControl& control, const FileKeyPtr& key) {
  Connection source(from, mode_for(from), kBusyTimeout, key);
  source.execute("BEGIN");
  check_format(source);
  return copy_pages_to(source, to, control, false);
}

Copied Database::copy_to(const std::string& path, const CopyControl& control) {
  Copied copied;
  in_read_transaction([&](Connection& source) { copied = copy_pages_to(source, path, control, in_memory_); });
  return copied;
}

}  // namespace mnemic::storage
