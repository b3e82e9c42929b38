// SPDX-License-Identifier: Apache-2.0
// The files of a model, read with care: sizes are known before memory is asked for, JSON is neither deep nor ambiguous.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace mnemic::encoder {

/// A regular file that is read in pieces.
class InputFile {
 public:
  /// @throws StatusError kNotFound, kIo
  explicit InputFile(const std::filesystem::path& path);
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// @throws StatusError kIo when those bytes cannot be had
  void read(std::uint64_t at, void* out, std::size_t size);

 private:
  std::string name_;
  std::ifstream stream_;
  std::uint64_t size_ = 0;
};

/// The whole of a file. @throws StatusError kCorruption when it has more than `most` bytes; as InputFile
std::string read_all(const std::filesystem::path& path, std::size_t most);

/// @param name  for the message
/// @throws StatusError kCorruption: not JSON, nested more than 16 deep, or the same name twice in one object
nlohmann::json parse_json(std::string_view text, std::string_view name);
/// @throws StatusError kCorruption: as parse_json, or not an object
nlohmann::json parse_object(std::string_view text, std::string_view name);

}  // namespace mnemic::encoder
