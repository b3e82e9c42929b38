// SPDX-License-Identifier: Apache-2.0
// Counts what a durable write costs most: the syncs of write-ahead logs.
#pragma once

#include <cstdint>
#include <functional>

namespace mnemic::cli::bench {

/// While one lives it is SQLite's default VFS: files opened meanwhile go to the one before, and the syncs of their WALs are
/// counted. Stores opened meanwhile are closed before it goes. One at a time. It sees nothing where the library carries
/// another copy of SQLite than the command: a shared build.
class SyncCounter {
 public:
  SyncCounter();
  SyncCounter(const SyncCounter&) = delete;
  SyncCounter& operator=(const SyncCounter&) = delete;
  ~SyncCounter();

  /// Called in each sync of a WAL from now on, in its place in the order of things; false: the sync fails. For tests.
  void on_sync(std::function<bool()> act);
  /// Since it was made.
  [[nodiscard]] std::uint64_t count() const;
};

}  // namespace mnemic::cli::bench
