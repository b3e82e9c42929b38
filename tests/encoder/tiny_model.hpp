// SPDX-License-Identifier: Apache-2.0
// Small random models: their files, and a slow and obvious encoder to compare with.
#pragma once

#include "encoder/kernels.hpp"
#include "support/random.hpp"

#include <mnemic/encoder/transformer.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic::test {

/// Every set of kernels this machine can run.
std::vector<encoder::Kernels> all_kernels();

struct TinyTensor {
  std::vector<std::size_t> shape = {};
  std::vector<float> values = {};
};

struct TinyModel {
  std::size_t hidden = 8;
  std::size_t heads = 2;
  std::size_t intermediate = 12;
  std::size_t layers = 1;
  std::size_t positions = 16;
  std::string activation = "gelu";
  double epsilon = 1e-12;
  std::string type = "F32";  ///< of the weights: F32, F16 or BF16
  std::string root = {};     ///< "" or "bert."
  std::vector<std::string> vocabulary = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "red", "green", "blue", "##s", "query", ":", "passage"};
  std::map<std::string, TinyTensor> tensors = {};  ///< without the root

  /// Random weights, which `type` can hold exactly.
  void fill(Random& random);
  [[nodiscard]] std::string config() const;
  [[nodiscard]] std::string vocabulary_text() const;
  [[nodiscard]] std::string safetensors() const;
  void write(const std::filesystem::path& directory) const;

  /// Vector of token ids, [CLS] and [SEP] among them: plain loops in double, as the papers have it.
  [[nodiscard]] std::vector<double> vector_of(const std::vector<std::size_t>& ids, encoder::Pooling pooling) const;
};

void write_file(const std::filesystem::path& path, std::string_view bytes);
/// The length of the head, the head and the data.
std::string safetensors_bytes(std::string_view head, std::string_view data);
/// What an IEEE 754 binary16 stands for, by the definition.
float half_value(std::uint16_t bits);

}  // namespace mnemic::test
