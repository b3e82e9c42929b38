// SPDX-License-Identifier: Apache-2.0
// Reads a file line by line, knowing where it stands.
#pragma once

#include <mnemic/status.hpp>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

namespace mnemic::cli {

struct FileCloser {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, FileCloser>;

/// Opens a file for reading; "-" is standard input.
/// @errors  kNotFound, kPermissionDenied, kIo: it cannot be opened. kInvalidArgument: it is a directory.
Result<File> open_file(const std::filesystem::path& path);

/// Lines of a text file. Blank lines are passed over; a byte order mark and carriage returns at line ends are dropped.
class LineReader {
 public:
  static constexpr std::size_t kMaxLine = 64u << 20;  // bytes; a longer one is an error, not memory

  /// @errors  As open_file.
  static Result<LineReader> open(const std::filesystem::path& path);

  /// The next line into `line`; false at the end.
  /// @errors  kIo: reading failed. kInvalidArgument: the line is too long; the next call goes on after it.
  Result<bool> next(std::string& line);

  /// "corpus.jsonl:17", the line `next` gave or failed at.
  [[nodiscard]] std::string where() const { return where(number_); }
  [[nodiscard]] std::string where(std::size_t line) const { return name_ + ":" + std::to_string(line); }
  [[nodiscard]] std::size_t number() const noexcept { return number_; }
  [[nodiscard]] std::uint64_t bytes_read() const noexcept { return bytes_read_; }
  [[nodiscard]] std::uint64_t bytes_total() const noexcept { return bytes_total_; }

 private:
  File file_;
  std::string name_;
  std::size_t number_ = 0;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t bytes_total_ = 0;
};

/// `status` with where it happened in front of its message.
Status at(const std::string& where, const Status& status);

}  // namespace mnemic::cli
