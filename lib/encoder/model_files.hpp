// SPDX-License-Identifier: Apache-2.0
// What the small files of a model say about it.
#pragma once

#include <mnemic/encoder/transformer.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace mnemic::encoder {

enum class Activation : std::uint8_t { kGelu, kGeluTanh };

/// `config.json`, checked: all sizes are within limits that let products of them be computed without care.
struct ModelConfig {
  std::size_t hidden = 0;        // 1 to 4,096, a multiple of heads
  std::size_t layers = 0;        // 1 to 64
  std::size_t heads = 0;         // 1 to 128
  std::size_t intermediate = 0;  // 1 to 65,536
  std::size_t vocabulary = 0;    // 1 to 1,048,576
  std::size_t positions = 0;     // 3 to 65,536
  std::size_t types = 0;         // 1 to 16
  float epsilon = 0;             // of the layer normalisations, in (0, 1]
  Activation activation = Activation::kGelu;
};

struct ModelFiles {
  ModelConfig config = {};
  Pooling pooling = Pooling::kMean;
  std::size_t max_tokens = 0;  // 3 to config.positions
  std::vector<std::string> vocabulary = {};
};

/// Reads all files but the weights.
/// @throws StatusError kNotFound, kIo, kUnsupported, kCorruption (transformer.hpp)
ModelFiles read_model_files(const std::filesystem::path& directory);

}  // namespace mnemic::encoder
