// SPDX-License-Identifier: Apache-2.0
// POSIX file matters. Nothing here opens a store file but the guard, which keeps it open as long as SQLite does.
#include "storage/file_guard.hpp"

#include "core/error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/vfs.h>
#endif

#include <array>
#include <algorithm>
#include <cerrno>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>

namespace mnemic::storage {
namespace {

namespace fs = std::filesystem;
using core::fail;

// Fixed by SQLite's file format and locking protocol (sqlite.org/lockingv3.html, sqlite.org/walformat.html).
constexpr off_t kPending = 0x40000000;
constexpr off_t kSharedFirst = kPending + 2;
constexpr off_t kSharedSize = 510;
constexpr off_t kDeadMansSwitch = 128;
constexpr off_t kWriterTurn = 192;  // ours: SQLite uses 120 to 128

std::string why(int error) { return std::generic_category().message(error); }

void refuse_link(const std::string& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) return;
  if (S_ISLNK(info.st_mode)) fail(StatusCode::kPermissionDenied, "path: '{}' is a symbolic link", path);
  if (S_ISDIR(info.st_mode)) fail(StatusCode::kInvalidArgument, "path: '{}' is a directory", path);
  if (!S_ISREG(info.st_mode)) fail(StatusCode::kInvalidArgument, "path: '{}' is not a regular file", path);
}

void refuse_network(const std::string& directory) {
#if defined(__linux__)
  struct statfs info {};
  if (statfs(directory.c_str(), &info) != 0) return;
  // linux/magic.h and the kernel's file systems: NFS, SMB, CIFS, SMB2, Ceph, AFS, Coda, NCP, 9P
  constexpr std::array<unsigned long, 9> kNetwork{0x6969,     0x517b,     0xff534d42, 0xfe534d42, 0x00c36400,
                                                  0x5346414f, 0x73757245, 0x564c,     0x01021997};
  for (const unsigned long type : kNetwork) {
    if ((static_cast<unsigned long>(info.f_type) & 0xffffffffUL) == type) {
      fail(StatusCode::kUnsupported, "path: '{}' is on a network file system, whose locks cannot be trusted", directory);
    }
  }
#else
  (void)directory;
#endif
}

#if defined(F_OFD_SETLK)
bool set_lock(int fd, short type, off_t start, off_t size) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = start;
  lock.l_len = size;
  return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}
#else
bool set_lock(int, short, off_t, off_t) { return true; }
#endif

std::string key_of(const struct stat& info) { return fmt::format("{}:{}", info.st_dev, info.st_ino); }

/// To be written when it may be: a lock that excludes others needs that.
int open_shm(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  return fd >= 0 ? fd : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

std::mutex& guards_mutex() {
  static std::mutex mutex;
  return mutex;
}
std::map<std::string, std::weak_ptr<FileGuard>>& guards() {
  static std::map<std::string, std::weak_ptr<FileGuard>> map;
  return map;
}

}  // namespace

void fail_errno(int error, const char* what, const std::string& path) {
  fail(code_of_errno(error), "path: {} '{}': {}", what, path, why(error));
}

StatusCode code_of_errno(int error) noexcept {
  switch (error) {
    case EACCES:
    case EPERM:
    case EROFS: return StatusCode::kPermissionDenied;
    case ENOSPC:
    case EDQUOT: return StatusCode::kResourceExhausted;
    case ENOENT:
    case ENOTDIR: return StatusCode::kNotFound;
    case EEXIST: return StatusCode::kAlreadyExists;
    case ENAMETOOLONG: return StatusCode::kInvalidArgument;
    default: return StatusCode::kIo;
  }
}

std::string resolve_path(const fs::path& path) {
  if (path.empty() || path.filename().empty()) fail(StatusCode::kInvalidArgument, "path: names no file");
  if (path.native().find('\0') != std::string::npos) fail(StatusCode::kInvalidArgument, "path: holds a NUL");
  std::error_code error;
  const fs::path given = path.parent_path().empty() ? fs::path(".") : path.parent_path();
  const fs::path directory = fs::canonical(given, error);
  if (error) fail(code_of_errno(error.value()), "path: directory '{}': {}", given.string(), error.message());
  if (!fs::is_directory(directory, error)) fail(StatusCode::kNotFound, "path: '{}' is not a directory", given.string());
  return (directory / path.filename()).string();
}

std::string resolve_store_path(const fs::path& path) {
  std::string resolved = resolve_path(path);
  for (const char* suffix : {"", "-wal", "-shm"}) refuse_link(resolved + suffix);
  refuse_network(fs::path(resolved).parent_path().string());
  return resolved;
}

bool is_there(const std::string& path) {
  struct stat info {};
  return lstat(path.c_str(), &info) == 0;
}

bool same_file(const std::string& a, const std::string& b) {
  struct stat one {};
  struct stat other {};
  return stat(a.c_str(), &one) == 0 && stat(b.c_str(), &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

std::uint64_t size_of(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

Presence ensure_file(const std::string& path, bool create) {
  struct stat info {};
  if (lstat(path.c_str(), &info) == 0) return Presence::kExists;
  if (errno != ENOENT) fail(code_of_errno(errno), "path: '{}': {}", path, why(errno));
  if (!create) return Presence::kMissing;
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) {
    if (errno == EEXIST) return Presence::kExists;  // another process was faster
    fail_errno(errno, "cannot make", path);
  }
  ::close(fd);  // made a moment ago by us: nobody in this process can hold a lock on it
  return Presence::kCreated;
}

bool FileGuard::holds(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return false;
  const std::lock_guard lock(guards_mutex());
  const auto found = guards().find(key_of(info));
  return found != guards().end() && !found->second.expired();
}

std::shared_ptr<FileGuard> FileGuard::acquire(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) fail(StatusCode::kIo, "path: '{}': {}", path, why(errno));
  const std::string key = key_of(info);
  const std::lock_guard lock(guards_mutex());
  std::shared_ptr<FileGuard> guard = guards()[key].lock();
  if (!guard) {
    guard = std::shared_ptr<FileGuard>(new FileGuard());
    guard->key_ = key;
    guard->database_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    guard->shm_ = open_shm(path + "-shm");
    guards()[key] = guard;
  }
  if (guard->users_++ == 0) guard->lock();
  return guard;
}

void FileGuard::release_locks(const std::shared_ptr<FileGuard>& guard) {
  if (!guard) return;
  const std::lock_guard lock(guards_mutex());
  if (--guard->users_ == 0) guard->unlock();
}

// A failed lock is not an error: the guard is a second net, and SQLite's own locks are held in any case.
void FileGuard::lock() {
  if (database_ >= 0) set_lock(database_, F_RDLCK, kSharedFirst, kSharedSize);
  if (shm_ >= 0) set_lock(shm_, F_RDLCK, kDeadMansSwitch, 1);
}
void FileGuard::unlock() {
  if (database_ >= 0) set_lock(database_, F_UNLCK, kSharedFirst, kSharedSize);
  if (shm_ >= 0) set_lock(shm_, F_UNLCK, kDeadMansSwitch, 1);
}

ForeignLock::ForeignLock(const std::string& path) {
  if (FileGuard::holds(path)) fail(StatusCode::kBusy, "path: '{}' is open", path);
  fd_ = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd_ < 0) fail(code_of_errno(errno), "path: '{}': {}", path, why(errno));
  if (set_lock(fd_, F_WRLCK, kPending, kSharedSize + kSharedFirst - kPending)) return;
  const int error = errno;
  ::close(fd_);
  if (error == EAGAIN || error == EACCES) fail(StatusCode::kBusy, "path: '{}' is open", path);
  fail_errno(error, "cannot lock", path);
}

ForeignLock::~ForeignLock() { ::close(fd_); }

WriterTurn::WriterTurn(const std::shared_ptr<FileGuard>& guard, std::chrono::milliseconds timeout) : guard_(guard.get()) {
  if (guard_ == nullptr) return;
  using std::chrono::microseconds;
  constexpr microseconds kShortest{50};
  constexpr microseconds kLongest{2000};
  const auto start = std::chrono::steady_clock::now();
  for (microseconds pause = kShortest;; pause = std::min(pause * 2, kLongest)) {
    if (guard_->turn_.try_lock()) {
      // Another error than "somebody has it" is not one of ours, as with the locks above.
      if (guard_->shm_ < 0 || set_lock(guard_->shm_, F_WRLCK, kWriterTurn, 1) || (errno != EAGAIN && errno != EACCES)) return;
      guard_->turn_.unlock();
    }
    if (std::chrono::steady_clock::now() - start >= timeout) {
      fail(StatusCode::kBusy, "another process was writing for longer than {} ms", timeout.count());
    }
    std::this_thread::sleep_for(pause);
  }
}

WriterTurn::~WriterTurn() {
  if (guard_ == nullptr) return;
  if (guard_->shm_ >= 0) set_lock(guard_->shm_, F_UNLCK, kWriterTurn, 1);
  guard_->turn_.unlock();
}

FileGuard::~FileGuard() {
  const std::lock_guard lock(guards_mutex());
  if (const auto found = guards().find(key_); found != guards().end() && found->second.expired()) guards().erase(found);
  if (database_ >= 0) ::close(database_);
  if (shm_ >= 0) ::close(shm_);
}

}  // namespace mnemic::storage
