// SPDX-License-Identifier: Apache-2.0
// Notices when something else in this process opens the file of a live store, which drops the POSIX locks that SQLite
// holds on it (docs/python.md): Python's own sqlite3, or a plain open().
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>

namespace mnemic::python {

/// As long as it lives, opening its file by other means warns.
class Watch {
 public:
  Watch(dev_t device, ino_t inode);
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch();

 private:
  dev_t device_;
  ino_t inode_;
};

/// Watches a file from now on. Null when it is not there any more.
std::unique_ptr<const Watch> watch(const std::filesystem::path& file);

/// Warns when this process has the file open already and no store of ours does. The GIL is held.
void warn_of_other_copy(const std::filesystem::path& file);

}  // namespace mnemic::python
