// SPDX-License-Identifier: Apache-2.0
// FaultVfs: a SQLite VFS over the system's own. While it lives it is the default, so a store opened meanwhile goes
// through it. It counts the operations on the files below one directory, fails or shortens the n-th, and can cut the
// power: it knows what each file held at its last sync and what was written since, and writes what a disk could hold
// into another directory. The wal-index (-shm) is memory and is passed through. Works only where the library uses the
// same copy of SQLite as the test: the static build.
#pragma once

#include <cstdint>
#include <filesystem>

namespace mnemic::test {

/// Kinds of operation, as bits.
enum Io : unsigned {
  kOpenFile = 1,
  kReadFile = 2,
  kWriteFile = 4,
  kSyncFile = 8,
  kTruncateFile = 16,
  kDeleteFile = 32,
  kChanges = kWriteFile | kSyncFile | kTruncateFile | kDeleteFile,
  kEverything = kOpenFile | kReadFile | kChanges,
};

enum class Fault : std::uint8_t {
  kIoError,     ///< SQLITE_IOERR_…
  kDiskFull,    ///< SQLITE_FULL for writes, SQLITE_IOERR_… for others
  kShortWrite,  ///< half of a write reaches the file, then SQLITE_IOERR_WRITE; others as kIoError
  kPowerCut,    ///< this operation and every later one fails; needs `track()`
};

struct FaultPlan {
  unsigned kinds = kChanges;
  std::uint64_t nth = 1;  ///< 1 = the next operation of these kinds
  Fault fault = Fault::kIoError;
  bool for_good = false;  ///< every later operation of these kinds fails too, until `lift()`
};

/// Which of the writes since the last sync the disk took.
enum class Survives : std::uint8_t { kNone, kAll, kRandom };

class FaultVfs {
 public:
  /// @param directory  absolute; files elsewhere are passed through untouched and uncounted.
  explicit FaultVfs(const std::filesystem::path& directory);
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  /// Counts from now on; the plan before is dropped.
  void arm(const FaultPlan& plan);
  void lift();                              ///< the disk works again (not after a power cut)
  [[nodiscard]] bool fired() const;         ///< the armed fault has happened
  [[nodiscard]] std::uint64_t count(unsigned kinds) const;  ///< operations since construction or `reset_counts`
  void reset_counts();

  /// Remembers unsynced writes from now on; call it before the files are opened. Real syncs are left out meanwhile.
  void track();
  /// Writes the files as they may stand after the cut into `directory` (made when missing). With kRandom each 512-byte
  /// sector of each unsynced write is there or not on its own.
  void materialize(const std::filesystem::path& directory, Survives survives, std::uint64_t seed = 0) const;
};

}  // namespace mnemic::test
