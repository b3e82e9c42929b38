// SPDX-License-Identifier: Apache-2.0
// Tensors of a file in the safetensors format: a length, a JSON object of names, types, shapes and places, and the bytes.
#pragma once

#include "encoder/files.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic::encoder {

/// @threads One at a time.
class Safetensors {
 public:
  /// Reads the head and checks it: the tensors must fill the file, one behind the other, as the format demands.
  /// @throws StatusError kNotFound, kIo, kCorruption
  explicit Safetensors(const std::filesystem::path& path);

  [[nodiscard]] bool contains(std::string_view name) const { return tensors_.contains(name); }
  /// A tensor of float32, float16 or bfloat16 values, all of them finite, as float32.
  /// @throws StatusError kCorruption: none of that name, another shape, a value that is not finite. kUnsupported: another type.
  ///         kIo.
  [[nodiscard]] std::vector<float> read(std::string_view name, std::span<const std::size_t> shape);
  /// All bytes of the file, given to `take` piece by piece.
  template <typename Take>
  void each_piece(Take take) {
    std::vector<char> piece(std::size_t{1} << 18U);
    for (std::uint64_t at = 0; at < file_.size(); at += piece.size()) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), file_.size() - at));
      file_.read(at, piece.data(), size);
      take(piece.data(), size);
    }
  }

 private:
  struct Tensor {
    std::string type = {};
    std::vector<std::uint64_t> shape = {};
    std::uint64_t begin = 0;  // in the file
    std::uint64_t end = 0;
  };
  void read_head();
  void check_places(std::uint64_t data) const;

  InputFile file_;
  std::map<std::string, Tensor, std::less<>> tensors_;
};

}  // namespace mnemic::encoder
