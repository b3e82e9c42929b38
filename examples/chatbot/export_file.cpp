// SPDX-License-Identifier: Apache-2.0
#include "export_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace chatbot {
namespace {

[[noreturn]] void fail(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

// A file beside the one that is wanted; gone again unless it was put in place.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::filesystem::path& wanted) : wanted_(wanted), name_(wanted.string() + ".XXXXXX") {
    file_ = ::mkostemp(name_.data(), O_CLOEXEC);  // mode 0600
    if (file_ < 0) fail(errno, "making a file beside " + wanted_.string());
  }
  ~TemporaryFile() {
    ::close(file_);
    if (!name_.empty()) ::unlink(name_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void write(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t count = ::write(file_, text.data(), text.size());
      if (count < 0 && errno != EINTR) fail(errno, "writing " + name_);
      if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  // On the disk first, then under its name.
  void put_in_place() {
    if (::fsync(file_) != 0) fail(errno, "writing " + name_);
    if (::renameat2(AT_FDCWD, name_.c_str(), AT_FDCWD, wanted_.c_str(), RENAME_NOREPLACE) == 0) {
      name_.clear();
    } else if (errno == EINVAL || errno == ENOSYS) {  // a file system that cannot: a link replaces nothing either
      if (::link(name_.c_str(), wanted_.c_str()) != 0) fail(errno, wanted_.string());
    } else {
      fail(errno, wanted_.string());
    }
    const std::filesystem::path folder = wanted_.has_parent_path() ? wanted_.parent_path() : ".";
    const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0 || ::fsync(directory) != 0) {
      const int error = errno;
      if (directory >= 0) ::close(directory);
      fail(error, "writing " + folder.string());
    }
    ::close(directory);
  }

 private:
  std::filesystem::path wanted_;
  std::string name_;
  int file_ = -1;
};

}  // namespace

std::size_t export_memories(const mnemic::Scope& scope, const std::filesystem::path& path) {
  if (std::filesystem::exists(std::filesystem::symlink_status(path))) fail(EEXIST, path.string());
  TemporaryFile file(path);
  std::size_t count = 0;
  std::string cursor;
  do {
    const mnemic::Page page = scope.list({.order = mnemic::Order::kOldest, .limit = 1000, .cursor = cursor}).value();
    for (const mnemic::Memory& memory : page.items) file.write(mnemic::to_json(memory).dump() + '\n');
    count += page.items.size();
    cursor = page.next;
  } while (!cursor.empty());
  file.put_in_place();
  return count;
}

}  // namespace chatbot
