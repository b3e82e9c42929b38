// SPDX-License-Identifier: Apache-2.0
// The file itself: where it is, how it is made, and locks that survive the POSIX trap.
#pragma once

#include <mnemic/status.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

namespace mnemic::storage {

/// What an errno means to the caller.
StatusCode code_of_errno(int error) noexcept;
/// @throws StatusError "path: cannot open 'name': why"
[[noreturn]] void fail_errno(int error, const char* what, const std::string& path);

/// The absolute path of a file that need not be there: its directory resolved, its own name untouched.
/// @throws StatusError kInvalidArgument: it names no file, or holds a NUL. kNotFound: no such directory. kPermissionDenied, kIo
std::string resolve_path(const std::filesystem::path& path);

/// The absolute path of the store file: its directory resolved, its own name untouched. Refuses a symbolic link, a
/// directory, a network file system, and links in the place of the -wal or -shm file.
/// @throws StatusError kPermissionDenied, kInvalidArgument, kNotFound, kUnsupported, kIo
std::string resolve_store_path(const std::filesystem::path& path);

/// Whether anything has this name, be it a dangling link.
bool is_there(const std::string& path);
bool same_file(const std::string& a, const std::string& b);
std::uint64_t size_of(const std::string& path);  ///< bytes; 0 when there is no such file

enum class Presence { kExists, kCreated, kMissing };
/// Makes the file with mode 0600 when it is missing and `create` is set. Never opens a file that exists.
Presence ensure_file(const std::string& path, bool create);

/// Holds read locks that belong to an open file description (F_OFD_SETLK) on the shared range of the database and on the
/// "dead man's switch" byte of the -shm file. POSIX drops a process's ordinary locks on a file as soon as *anything* in
/// the process closes any descriptor of it; without these locks another process would then take itself for the only
/// user, and truncate or delete the WAL under us. One guard per file and process, shared by all its stores, because
/// closing a guard's own descriptors would spring the very trap. Does nothing where the system has no such locks.
class FileGuard {
 public:
  static std::shared_ptr<FileGuard> acquire(const std::string& path);
  FileGuard(const FileGuard&) = delete;
  FileGuard& operator=(const FileGuard&) = delete;
  ~FileGuard();
  /// Gives the locks up, so that the last connection to close can move the WAL into the file; the descriptors stay open
  /// until the guard is destroyed, which must be after that. Does nothing while another store of the process holds it.
  static void release_locks(const std::shared_ptr<FileGuard>& guard);
  /// Whether a store of this process has the file open.
  static bool holds(const std::string& path);

 private:
  friend class WriterTurn;
  FileGuard() = default;
  void lock();
  void unlock();
  int database_ = -1;
  int shm_ = -1;
  int users_ = 0;
  std::string key_;
  std::mutex turn_;  // between the stores of this process, which have one descriptor
};

/// One process's turn to write, while it lives: another lock of the open file description, on a byte of -shm that SQLite does
/// not use. SQLite's own write lock is lost when something in the process closes -shm in the middle of a transaction, and
/// two processes would then write the WAL at once.
class WriterTurn {
 public:
  /// Waits for others up to `timeout`. No guard, no turn: a store in memory.
  /// @throws StatusError kBusy
  WriterTurn(const std::shared_ptr<FileGuard>& guard, std::chrono::milliseconds timeout);
  WriterTurn(const WriterTurn&) = delete;
  WriterTurn& operator=(const WriterTurn&) = delete;
  ~WriterTurn();

 private:
  FileGuard* guard_;
};

/// Holds a file that SQLite cannot read by the lock that SQLite takes to be alone with one.
class ForeignLock {
 public:
  /// @throws StatusError kBusy: somebody has it open
  explicit ForeignLock(const std::string& path);
  ForeignLock(const ForeignLock&) = delete;
  ForeignLock& operator=(const ForeignLock&) = delete;
  ~ForeignLock();

 private:
  int fd_ = -1;
};

}  // namespace mnemic::storage
