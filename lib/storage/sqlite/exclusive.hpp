// SPDX-License-Identifier: Apache-2.0
// Being alone with a store file, to put another in its place.
#pragma once

#include "storage/file_guard.hpp"

#include <memory>
#include <string>

namespace mnemic::storage {

/// While it lives nobody else can open the file. What its WAL held is in the file, and nothing is beside it, unless SQLite cannot read it.
class Exclusive {
 public:
  /// @throws StatusError kBusy: somebody has it open. kPermissionDenied, kIo, kResourceExhausted
  explicit Exclusive(const std::string& path);

  /// The WAL of a file that SQLite cannot read; "": there is none.
  [[nodiscard]] const std::string& left_wal() const { return left_wal_; }

 private:
  std::string left_wal_;
  std::unique_ptr<ForeignLock> lock_;
};

}  // namespace mnemic::storage
