// SPDX-License-Identifier: Apache-2.0
// The network: token ids in, a vector for each text out. "BERT" (Devlin et al., 2019) over "Attention is all you need" (Vaswani
// et al., 2017), normalised behind each part.
#pragma once

#include "encoder/buffer.hpp"
#include "encoder/kernels.hpp"
#include "encoder/model_files.hpp"
#include "encoder/safetensors.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace mnemic::encoder {

/// What a pass computes with; one at a time may use it. It grows to the largest batch and keeps that size.
struct Workspace {
  Buffer states, parts, heads, mixed, wide;  // (tokens, …)
  Buffer keys, values, scores;               // of one head of one text
};

/// Never changed once made. @threads Any.
class Transformer {
 public:
  /// Takes the weights, packed for these kernels, which must outlive it.
  /// @throws StatusError as Safetensors::read
  Transformer(const ModelConfig& config, Safetensors& weights, const Kernels& kernels);

  [[nodiscard]] std::size_t dimension() const noexcept { return config_.hidden; }

  /// The texts of a batch stand one behind the other without padding: only attention looks beyond its own row, and it is done
  /// text by text. Ids are below config.vocabulary, texts at most config.positions long and not empty.
  /// @param lengths  tokens of each text
  /// @param out      a row of `dimension()` for each text, not normalised
  void run(std::span<const std::uint32_t> ids, std::span<const std::size_t> lengths, Pooling pooling, Workspace& work,
           std::span<float* const> out) const;

 private:
  /// y = x · weights + bias
  struct Linear {
    std::size_t in = 0;
    std::size_t out = 0;
    Buffer panels = {};
    Buffer bias = {};
  };
  struct Normalisation {
    Buffer gain = {};
    Buffer shift = {};
  };
  struct Layer {
    Linear heads = {};  // queries times 1 / sqrt(head_), keys, values; a head's columns begin at its index · head_width_
    Linear mixed = {};
    Normalisation behind_attention = {};
    Linear wide = {};
    Linear narrow = {};
    Normalisation behind = {};
  };

  /// As stored: (out, in) and (out,). Read before there is room for what becomes of them, so that their file has vouched for it.
  struct Stored {
    std::vector<float> matrix = {};
    std::vector<float> bias = {};
  };
  static Stored read_linear(Safetensors& weights, const std::string& name, std::size_t out, std::size_t in);
  /// `to_row` and `to_column` say where an input and an output stand in the packed one; what nothing comes to is zero.
  template <typename Row, typename Column>
  [[nodiscard]] Linear packed(std::span<const Stored> parts, std::size_t in, std::size_t out, Row to_row, Column to_column) const;
  [[nodiscard]] Normalisation read_normalisation(Safetensors& weights, const std::string& name) const;
  [[nodiscard]] Layer read_layer(Safetensors& weights, const std::string& name) const;

  void embed(std::span<const std::uint32_t> ids, std::span<const std::size_t> lengths, float* states) const;
  void attend(std::span<const std::size_t> lengths, Workspace& work) const;
  void multiply(const float* rows, const Linear& by, std::size_t tokens, float* out) const;
  void normalise(float* states, const float* added, const Normalisation& by, std::size_t tokens) const;

  ModelConfig config_;
  const Kernels& kernels_;
  std::size_t head_ = 0;        // columns of a head
  std::size_t head_width_ = 0;  // padded
  std::size_t hidden_width_ = 0;
  std::size_t attention_width_ = 0;  // heads · head_width_
  std::size_t wide_width_ = 0;
  Buffer ones_;                     // 1 up to hidden, then 0
  std::vector<float> words_;        // (vocabulary, hidden)
  std::vector<float> places_;       // (positions, hidden), the type of a first sentence added
  Normalisation behind_embedding_;
  std::vector<Layer> layers_;
};

}  // namespace mnemic::encoder
