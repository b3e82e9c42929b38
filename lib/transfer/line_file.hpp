// SPDX-License-Identifier: Apache-2.0
// Files of lines, with the hash of what was written or read.
#pragma once

#include <mnemic/types.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace mnemic::transfer {

/// XXH3, 128 bits, seed 0. It finds damage; it is no protection against somebody who writes the file.
class Hash {
 public:
  Hash();
  Hash(const Hash&) = delete;
  Hash& operator=(const Hash&) = delete;
  ~Hash();
  void add(std::string_view bytes);
  [[nodiscard]] std::string hex() const;  ///< of what was added so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Writes to a file that is there and empty.
class LineWriter {
 public:
  /// @throws StatusError kIo and others, as all of these
  explicit LineWriter(const std::string& path);
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;
  ~LineWriter();

  void add(std::string_view line);  ///< without its line break
  void sync_and_close();

  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::uint64_t lines() const noexcept { return lines_; }
  [[nodiscard]] std::string hash() const { return hash_.hex(); }

 private:
  void flush();
  int fd_ = -1;
  std::string buffer_;
  std::uint64_t bytes_ = 0;
  std::uint64_t lines_ = 0;
  Hash hash_;
};

/// Reads a regular file, which stays the same one when another gets its name.
class LineReader {
 public:
  /// @param longest  bytes of a line
  /// @throws StatusError kNotFound, kPermissionDenied, kIo; kInvalidArgument: no regular file
  LineReader(const std::filesystem::path& path, std::size_t longest);
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;
  ~LineReader();

  /// The next line without its line break. False at the end.
  /// @throws StatusError kInvalidArgument: a line that is too long, naming it
  bool next(std::string& line);
  void rewind();
  /// Everything from the beginning. @throws StatusError kInvalidArgument: more than `most` bytes
  std::string all(std::size_t most);

  [[nodiscard]] std::size_t line() const noexcept { return line_; }        ///< of the last one given, from 1
  [[nodiscard]] bool ended_open() const noexcept { return ended_open_; }   ///< the last one had no line break
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }    ///< given so far
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] Timestamp changed() const noexcept { return changed_; }    ///< when the file last was

 private:
  bool fill();
  int fd_ = -1;
  std::size_t longest_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::size_t line_ = 0;
  bool ended_open_ = false;
  std::uint64_t bytes_ = 0;
  std::uint64_t size_ = 0;
  Timestamp changed_{};
};

}  // namespace mnemic::transfer
