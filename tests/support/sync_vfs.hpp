// SPDX-License-Identifier: Apache-2.0
// A VFS that counts the syncs of write-ahead logs, and lets a test decide how each goes. Works only where the library uses
// the same copy of SQLite as the test: the static build.
#pragma once

#include <cstdint>
#include <functional>

namespace mnemic::test {

/// SQLite's default VFS while it lives: files opened meanwhile. One at a time; they are closed before it goes.
class SyncVfs {
 public:
  SyncVfs();
  SyncVfs(const SyncVfs&) = delete;
  SyncVfs& operator=(const SyncVfs&) = delete;
  ~SyncVfs();

  /// Called in each sync of a WAL from now on, in its place in the order of things; false: the sync fails.
  void on_sync(std::function<bool()> act);
  /// Since it was made.
  [[nodiscard]] std::uint64_t count() const;
};

}  // namespace mnemic::test
