// SPDX-License-Identifier: Apache-2.0
#include "cli/bench/bare_sqlite.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <system_error>
#include <utility>

namespace mnemic::cli::bench {
namespace {

constexpr int kBesideText = 1024;  // bytes: a vector of 384 dimensions has 768, the rest is words, id, times, checksums

constexpr const char* kSetUp =
    "PRAGMA page_size = 4096; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
    "PRAGMA secure_delete = ON; PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON;"
    "CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT, more BLOB) STRICT";

}  // namespace

Result<BareSqlite> BareSqlite::make(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(path, error))) {
    return Status(StatusCode::kAlreadyExists, fmt::format("{}: in the place of the bench's file", path.string()));
  }
  BareSqlite bare;
  bare.path_ = path;
  if (sqlite3_open(path.c_str(), &bare.handle_) != SQLITE_OK) return bare.failure("open");
  if (sqlite3_exec(bare.handle_, kSetUp, nullptr, nullptr, nullptr) != SQLITE_OK) return bare.failure("set up");
  if (sqlite3_prepare_v3(bare.handle_, "INSERT INTO rows (text, more) VALUES (?, ?)", -1, SQLITE_PREPARE_PERSISTENT,
                         &bare.insert_, nullptr) != SQLITE_OK) {
    return bare.failure("prepare");
  }
  return bare;
}

BareSqlite::BareSqlite(BareSqlite&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      handle_(std::exchange(other.handle_, nullptr)),
      insert_(std::exchange(other.insert_, nullptr)) {}

BareSqlite::~BareSqlite() {
  sqlite3_finalize(insert_);
  sqlite3_close(handle_);
  if (path_.empty()) return;
  std::error_code ignored;
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_.string() + suffix, ignored);
}

Status BareSqlite::append(const std::string& text) {
  static const std::string more(kBesideText, '\x5a');
  sqlite3_bind_text(insert_, 1, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
  sqlite3_bind_blob(insert_, 2, more.data(), kBesideText, SQLITE_STATIC);
  const int code = sqlite3_step(insert_);
  sqlite3_reset(insert_);
  sqlite3_clear_bindings(insert_);
  return code == SQLITE_DONE ? Status() : failure("insert");
}

Status BareSqlite::failure(const char* what) const {
  return {StatusCode::kIo, fmt::format("{}: {}: {}", path_.string(), what, sqlite3_errmsg(handle_))};
}

}  // namespace mnemic::cli::bench
