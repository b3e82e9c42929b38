// SPDX-License-Identifier: Apache-2.0
#include "storage/new_file.hpp"

#include "core/error.hpp"
#include "storage/file_guard.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace mnemic::storage {
namespace {

using core::fail;

constexpr const char* kBeside[]{"-wal", "-shm", "-journal"};

/// Renames, unless something is there. @return errno; EINVAL, ENOSYS or ENOTSUP where it cannot be asked for.
int rename_no_replace(const std::string& from, const std::string& to) {
#if defined(RENAME_NOREPLACE)
  return renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0 ? 0 : errno;
#else
  (void)from, (void)to;
  return ENOSYS;
#endif
}

}  // namespace

NewFile::NewFile(const std::filesystem::path& path, Place place) : path_(resolve_path(path)) {
  if (place == Place::kFree) refuse_taken();
  const std::string directory = std::filesystem::path(path_).parent_path().string();
  std::string name = directory + (directory.ends_with('/') ? "" : "/") + ".mnemic-snapshot-XXXXXX";
  directory_ = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory_ < 0) fail_errno(errno, "cannot open directory", directory);
  const int fd = mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) {
    const int error = errno;
    ::close(directory_);
    fail_errno(error, "cannot make a file in", directory);
  }
  ::close(fd);  // made a moment ago by us: nobody holds a lock on it
  temporary_ = std::move(name);
}

NewFile::~NewFile() {
  if (!temporary_.empty()) {
    ::unlink(temporary_.c_str());
    for (const char* suffix : kBeside) ::unlink((temporary_ + suffix).c_str());
  }
  ::close(directory_);
}

void NewFile::refuse_taken() const {
  struct stat info {};
  for (const char* suffix : {"", kBeside[0], kBeside[1], kBeside[2]}) {
    const std::string name = path_ + suffix;
    if (lstat(name.c_str(), &info) == 0) fail(StatusCode::kAlreadyExists, "path: '{}' is there already", name);
    if (errno != ENOENT) fail_errno(errno, "cannot look at", name);
  }
}

void NewFile::name_it() const {
  const int error = rename_no_replace(temporary_, path_);
  if (error == 0) return;
  if (error != EINVAL && error != ENOSYS && error != ENOTSUP) fail_errno(error, "cannot make", path_);
  if (::link(temporary_.c_str(), path_.c_str()) != 0) fail_errno(errno, "cannot make", path_);
  ::unlink(temporary_.c_str());
}

void NewFile::sync_directory(bool undo) const {
  if (::fsync(directory_) == 0) return;
  const int error = errno;
  if (undo) ::unlink(path_.c_str());
  fail_errno(error, "cannot sync the directory of", path_);
}

void NewFile::publish() {
  refuse_taken();
  name_it();
  temporary_.clear();
  sync_directory(true);
}

/// Both names change at once, so that what is replaced never has two.
bool NewFile::exchange() const {
#if defined(RENAME_EXCHANGE)
  if (renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), RENAME_EXCHANGE) == 0) return true;
  if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP) fail_errno(errno, "cannot replace", path_);
#endif
  return false;
}

void NewFile::publish_over(const std::string& keep_as) {
  if (!keep_as.empty() && exchange()) {
    sync_directory(false);
    const std::string replaced = std::exchange(temporary_, {});  // not ours to remove
    if (const int error = rename_no_replace(replaced, keep_as); error != 0) fail_errno(error, "what was replaced is there: cannot rename", replaced);
    return sync_directory(false);
  }
  if (!keep_as.empty() && ::link(path_.c_str(), keep_as.c_str()) != 0) fail_errno(errno, "cannot make", keep_as);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    const int error = errno;
    if (!keep_as.empty()) ::unlink(keep_as.c_str());
    fail_errno(error, "cannot replace", path_);
  }
  temporary_.clear();
  sync_directory(false);
}

}  // namespace mnemic::storage
