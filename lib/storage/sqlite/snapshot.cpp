// SPDX-License-Identifier: Apache-2.0
// A copy of the store in a new file, page by page, by SQLite's backup interface.
#include "core/error.hpp"
#include "storage/new_file.hpp"
#include "storage/sqlite/database.hpp"

namespace mnemic::storage {
namespace {

using core::fail;

constexpr int kAllPages = -1;

/// All pages in one step, of the snapshot that the source's read transaction sees: it never starts over.
void copy_pages(Connection& from, Connection& to) {
  sqlite3_backup* const backup = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
  if (backup == nullptr) fail_sqlite(sqlite3_extended_errcode(to.handle()), nullptr, "copy");
  const int stepped = sqlite3_backup_step(backup, kAllPages);
  const int finished = sqlite3_backup_finish(backup);
  if (stepped != SQLITE_DONE) fail_sqlite(stepped, nullptr, "copy");
  if (finished != SQLITE_OK) fail_sqlite(finished, nullptr, "copy");
}

void sync(Connection& connection) {
  sqlite3_file* file = nullptr;
  int code = sqlite3_file_control(connection.handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (code == SQLITE_OK) code = file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
  if (code != SQLITE_OK) fail_sqlite(code, nullptr, "sync");
}

}  // namespace

void Database::snapshot(const std::filesystem::path& path) {
  require_open();
  if (path == ":memory:") fail(StatusCode::kInvalidArgument, "path: a snapshot is a file");
  NewFile file(path);
  Connection copy(file.temporary(), Connection::Mode::kReadWrite, options_.busy_timeout);
  // Until it has its name nobody else sees the file: no journal on disk, and one sync, after the read transaction.
  copy.execute("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF");
  in_read_transaction([&](Connection& source) { copy_pages(source, copy); });
  if (in_memory_) copy.execute("PRAGMA journal_mode = WAL");  // what the header of a file says already
  sync(copy);
  if (const int code = copy.close(); code != SQLITE_OK) fail_sqlite(code, nullptr, "close");
  file.publish();
}

}  // namespace mnemic::storage
