// SPDX-License-Identifier: Apache-2.0
#include "transfer/line_file.hpp"

#include "core/error.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace mnemic::transfer {
namespace {

using core::fail;
constexpr std::size_t kBuffer = 1u << 20;

StatusCode code_of(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR: return StatusCode::kNotFound;
    case EACCES:
    case EPERM: return StatusCode::kPermissionDenied;
    case ENOSPC:
    case EDQUOT:
    case ENOMEM: return StatusCode::kResourceExhausted;
    default: return StatusCode::kIo;
  }
}

[[noreturn]] void fail_errno(int error, std::string_view what) {
  fail(code_of(error), "path: cannot {}: {}", what, std::generic_category().message(error));
}

}  // namespace

struct Hash::State {
  XXH3_state_t xxh;
};

Hash::Hash() : state_(std::make_unique<State>()) { XXH3_128bits_reset(&state_->xxh); }
Hash::~Hash() = default;
void Hash::add(std::string_view bytes) { XXH3_128bits_update(&state_->xxh, bytes.data(), bytes.size()); }
std::string Hash::hex() const {
  const XXH128_hash_t digest = XXH3_128bits_digest(&state_->xxh);
  return fmt::format("{:016x}{:016x}", digest.high64, digest.low64);
}

LineWriter::LineWriter(const std::string& path) : fd_(::open(path.c_str(), O_WRONLY | O_CLOEXEC)) {
  if (fd_ < 0) fail_errno(errno, "open the new file");
}

LineWriter::~LineWriter() {
  if (fd_ >= 0) ::close(fd_);
}

void LineWriter::add(std::string_view line) {
  const std::size_t before = buffer_.size();
  buffer_ += line;
  buffer_ += '\n';
  hash_.add(std::string_view(buffer_).substr(before));
  bytes_ += line.size() + 1;
  ++lines_;
  if (buffer_.size() >= kBuffer) flush();
}

void LineWriter::flush() {
  for (std::string_view rest = buffer_; !rest.empty();) {
    const ssize_t written = ::write(fd_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_errno(errno, "write");
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  buffer_.clear();
}

void LineWriter::sync_and_close() {
  flush();
  if (::fsync(fd_) != 0) fail_errno(errno, "sync");
  const int fd = fd_;
  fd_ = -1;
  if (::close(fd) != 0) fail_errno(errno, "close");
}

LineReader::LineReader(const std::filesystem::path& path, std::size_t longest) : longest_(longest) {
  if (path.native().find('\0') != std::string::npos) fail(StatusCode::kInvalidArgument, "path: holds a NUL");
  fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a pipe must not make us wait
  if (fd_ < 0) fail_errno(errno, "open");
  struct stat info {};
  const bool seen = ::fstat(fd_, &info) == 0;
  if (!seen || !S_ISREG(info.st_mode)) {
    ::close(fd_);
    fail(StatusCode::kInvalidArgument, "path: not a regular file");
  }
  size_ = static_cast<std::uint64_t>(info.st_size);
  changed_ = Timestamp(std::chrono::seconds(info.st_mtime));
}

LineReader::~LineReader() { ::close(fd_); }

bool LineReader::fill() {
  buffer_.erase(0, at_);
  at_ = 0;
  const std::size_t before = buffer_.size();
  buffer_.resize(before + kBuffer);
  ssize_t got = 0;
  do {
    got = ::read(fd_, buffer_.data() + before, kBuffer);
  } while (got < 0 && errno == EINTR);
  buffer_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (got < 0) fail_errno(errno, "read");
  return got > 0;
}

bool LineReader::next(std::string& line) {
  std::size_t searched = at_;
  for (;;) {
    const std::size_t end = buffer_.find('\n', searched);
    if (end != std::string::npos || searched - at_ > longest_) {
      const std::size_t size = end == std::string::npos ? longest_ + 1 : end - at_;
      ++line_;
      if (size > longest_) fail(StatusCode::kInvalidArgument, "line {}: longer than {} bytes", line_, longest_);
      line.assign(buffer_, at_, size);
      at_ += size + 1;
      bytes_ += size + 1;
      return true;
    }
    searched = buffer_.size() - at_;
    const bool more = fill();  // what is left begins at 0 now
    if (more) continue;
    if (buffer_.empty()) return false;
    ++line_;
    if (buffer_.size() > longest_) fail(StatusCode::kInvalidArgument, "line {}: longer than {} bytes", line_, longest_);
    line = std::move(buffer_);
    buffer_.clear();
    bytes_ += line.size();
    ended_open_ = true;
    return true;
  }
}

void LineReader::rewind() {
  if (::lseek(fd_, 0, SEEK_SET) != 0) fail_errno(errno, "seek");
  buffer_.clear();
  at_ = 0;
  line_ = 0;
  bytes_ = 0;
  ended_open_ = false;
}

std::string LineReader::all(std::size_t most) {
  if (size_ > most) fail(StatusCode::kInvalidArgument, "path: {} bytes, the limit is {}", size_, most);
  rewind();
  while (buffer_.size() <= most && fill()) continue;
  if (buffer_.size() > most) fail(StatusCode::kInvalidArgument, "path: more than {} bytes", most);
  bytes_ = buffer_.size();
  return std::move(buffer_);
}

}  // namespace mnemic::transfer
