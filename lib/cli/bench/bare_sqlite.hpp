// SPDX-License-Identifier: Apache-2.0
// What an append is compared with: the least that SQLite can do for as durable a row.
#pragma once

#include <mnemic/status.hpp>

#include <filesystem>
#include <string>

struct sqlite3;
struct sqlite3_stmt;

namespace mnemic::cli::bench {

/// A table of one text and one blob in a file of its own, with the pragmas of a store. Gone with everything when this goes.
class BareSqlite {
 public:
  /// @param path  a file that is not there yet, on the file system of the store.
  static Result<BareSqlite> make(const std::filesystem::path& path);
  BareSqlite(BareSqlite&& other) noexcept;
  BareSqlite& operator=(BareSqlite&&) = delete;
  ~BareSqlite();

  /// One row in one commit, synced: the text, and as many bytes as a memory has besides.
  Status append(const std::string& text);

 private:
  BareSqlite() = default;
  Status failure(const char* what) const;
  std::filesystem::path path_;
  sqlite3* handle_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
};

}  // namespace mnemic::cli::bench
