// SPDX-License-Identifier: Apache-2.0
// Being alone with a store file, to put another in its place.
#pragma once

#include "storage/file_guard.hpp"
#include "storage/file_key.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace mnemic::storage {

/// While it lives nobody else can open the file. What its WAL held is in the file, and nothing is beside it, unless SQLite cannot read it.
class Exclusive {
 public:
  /// @throws StatusError kBusy: somebody has it open. kPermissionDenied, kIo, kResourceExhausted
  explicit Exclusive(const std::string& path, const FileKeyPtr& key = nullptr);

  /// The WAL of a file that SQLite cannot read; "": there is none.
  [[nodiscard]] const std::string& left_wal() const { return left_wal_; }

 private:
  std::string left_wal_;
  std::unique_ptr<ForeignLock> lock_;
};

/// Tells a file that was written to, or another one in its place, from what was there before.
struct FileStamp {
  std::uint64_t inode = 0;
  std::int64_t size = 0, wal_size = 0, second = 0, nanosecond = 0;
  bool operator==(const FileStamp&) const = default;

  static FileStamp of(const std::string& path);
};

}  // namespace mnemic::storage
