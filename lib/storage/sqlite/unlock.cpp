// SPDX-License-Identifier: Apache-2.0
// Connection and the key of its file: the key is given before anything is read, and what does not fit is told apart.
#include "core/error.hpp"
#include "storage/file_head.hpp"
#include "storage/sqlite/sqlite.hpp"

#include <algorithm>
#include <string_view>

namespace mnemic::storage {
namespace {

using core::fail;

/// Through SQLite's own descriptor: another one, once closed, would end the locks that this process has on the file.
std::string first_page(sqlite3* handle) {
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || file == nullptr || file->pMethods == nullptr) return {};
  sqlite3_int64 size = 0;
  if (const int code = file->pMethods->xFileSize(file, &size); code != SQLITE_OK) fail_sqlite(code, nullptr, "open");
  std::string page(static_cast<std::size_t>(std::clamp<sqlite3_int64>(size, 0, FileKey::kPage)), '\0');
  if (page.empty()) return page;
  const int code = file->pMethods->xRead(file, page.data(), static_cast<int>(page.size()), 0);
  if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) fail_sqlite(code, nullptr, "open");
  return page;
}

#if defined(SQLITE_HAS_CODEC)
void give_key(sqlite3* handle, const FileKey& key, const Salt& salt) {
  // A library of the system's may be made to log to standard error.
  static const int quiet = sqlite3_exec(handle, "PRAGMA cipher_log_level = NONE", nullptr, nullptr, nullptr);
  (void)quiet;
  std::string spec = key.spec(salt);
  const int code = sqlite3_key(handle, spec.data(), static_cast<int>(spec.size()));
  wipe(spec);
  if (code != SQLITE_OK) fail_sqlite(code, nullptr, "key");
}
bool is_dead(sqlite3* handle) { return sqlite3_exec(handle, "SELECT count(*) FROM sqlite_schema", nullptr, nullptr, nullptr) != SQLITE_OK; }

[[noreturn]] void fail_unkeyed() { fail_locked("the file is encrypted: it needs its key (or it is no SQLite file)"); }
#else
bool is_dead(sqlite3*) { return false; }

[[noreturn]] void fail_unkeyed() {
  throw core::StatusError(Status(StatusCode::kCorruption, "no SQLite file, or an encrypted one, and this build has no encryption", SQLITE_NOTADB));
}
void give_key(sqlite3*, const FileKey&, const Salt&) { fail(StatusCode::kInternal, "key: this build has no encryption"); }
#endif

}  // namespace

void fail_locked(const char* why) { throw core::StatusError(Status(StatusCode::kPermissionDenied, why, SQLITE_NOTADB)); }
bool says_locked(const Status& status) { return status.code() == StatusCode::kPermissionDenied && status.extended_code() == SQLITE_NOTADB; }

void Connection::unlock() {
  const std::string page = first_page(handle_);
  const FileHead head = head_of(page);
  if (key_ == nullptr) {
    if (head == FileHead::kEncrypted) fail_unkeyed();
    return;
  }
  if (head == FileHead::kPlain) fail(StatusCode::kFailedPrecondition, "the file is not encrypted: open it without a key, or rekey it");
  if (head == FileHead::kEmpty) {
    made_salt_ = true;
    return give_key(handle_, *key_, key_->salt_for_copy());
  }
  Salt salt{};
  if (page.size() < salt.size()) fail(StatusCode::kCorruption, "not a SQLite file, or a damaged one");
  std::copy_n(page.begin(), salt.size(), reinterpret_cast<char*>(salt.data()));
  give_key(handle_, *key_, salt);
  try {
    query_integer("SELECT count(*) FROM sqlite_schema");
  } catch (const core::StatusError& error) {
    if (error.status().extended_code() == SQLITE_NOTADB && head == FileHead::kEncrypted) fail_locked("the key is not the file's (or its first page is damaged)");
    throw;
  }
}

void Connection::attach(const std::string& path, std::string_view name, const FileKeyPtr& key) {
  std::string spec = key != nullptr ? key->spec(key->salt_for_copy()) : std::string();
  try {
    prepare("ATTACH ? AS ? KEY ?").bind_text(path).bind_text(name).bind_text(spec).run();
  } catch (...) {
    wipe(spec);
    throw;
  }
  wipe(spec);
}

bool Connection::usable() { return key_ == nullptr || !is_dead(handle_); }

/// SQLITE_ERROR without a word more for the page itself; for whatever the connection is asked afterwards SQLITE_NOMEM, also when there is memory.
bool met_locked_page(int code, sqlite3* handle) {
  if (handle == nullptr) return false;
  if (code == SQLITE_ERROR) return std::string_view(sqlite3_errmsg(handle)) == sqlite3_errstr(SQLITE_ERROR) && is_dead(handle);
  if ((code & 0xff) != SQLITE_NOMEM) return false;
  void* const memory = sqlite3_malloc(1 << 16);
  const bool there_is_memory = memory != nullptr;
  sqlite3_free(memory);
  return there_is_memory && is_dead(handle);
}

}  // namespace mnemic::storage
