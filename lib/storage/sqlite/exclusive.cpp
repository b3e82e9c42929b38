// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/exclusive.hpp"

#include "core/error.hpp"
#include "storage/sqlite/sqlite.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace mnemic::storage {
namespace {

using core::fail;

constexpr std::chrono::milliseconds kBusyTimeout{200};  // another process may just be closing it

/// The last connection to close moves the WAL into the file and removes it. False: SQLite cannot read the file.
bool take_wal_in(const std::string& path, const FileKeyPtr& key) {
  try {
    Connection connection(path, Connection::Mode::kReadWrite, kBusyTimeout, key);
    connection.query_integer("PRAGMA wal_checkpoint(TRUNCATE)");
    return connection.close() == SQLITE_OK;
  } catch (const core::StatusError& error) {
    if (error.status().code() == StatusCode::kBusy) fail(StatusCode::kBusy, "path: '{}' is open", path);
    if (error.status().code() != StatusCode::kCorruption && !says_locked(error.status())) throw;
    return false;
  }
}

}  // namespace

Exclusive::Exclusive(const std::string& path, const FileKeyPtr& key) {
  if (FileGuard::holds(path)) fail(StatusCode::kBusy, "path: '{}' is open", path);
  const bool readable = take_wal_in(path, key);
  lock_ = std::make_unique<ForeignLock>(path);
  if (size_of(path + "-wal") == 0) {  // what is beside it says nothing
    for (const char* suffix : {"-wal", "-shm"}) ::unlink((path + suffix).c_str());
    return;
  }
  if (readable) fail(StatusCode::kBusy, "path: '{}' was written to meanwhile", path);
  left_wal_ = path + "-wal";
}

FileStamp FileStamp::of(const std::string& path) {
  struct stat file {};
  struct stat wal {};
  ::stat(path.c_str(), &file);
  ::stat((path + "-wal").c_str(), &wal);
  return {file.st_ino, file.st_size, wal.st_size, file.st_mtim.tv_sec, file.st_mtim.tv_nsec};
}

}  // namespace mnemic::storage
