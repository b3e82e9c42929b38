// SPDX-License-Identifier: Apache-2.0
#include "encoder/transformer.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace mnemic::encoder {
namespace {

/// Rows of queries whose scores are held at a time, so that a long text needs no table of all pairs.
constexpr std::size_t kQueryRows = 96;

}  // namespace

Transformer::Transformer(const ModelConfig& config, Safetensors& weights, const Kernels& kernels)
    : config_(config),
      kernels_(kernels),
      head_(config.hidden / config.heads),
      head_width_(padded(head_)),
      hidden_width_(padded(config.hidden)),
      attention_width_(config.heads * head_width_),
      wide_width_(padded(config.intermediate)),
      ones_(Buffer::zeros(hidden_width_)) {
  std::fill_n(ones_.data(), config.hidden, 1.0F);
  const std::string root = weights.contains("bert.embeddings.word_embeddings.weight") ? "bert." : "";
  const std::string embeddings = root + "embeddings.";
  words_ = weights.read(embeddings + "word_embeddings.weight", std::array{config.vocabulary, config.hidden});
  places_ = weights.read(embeddings + "position_embeddings.weight", std::array{config.positions, config.hidden});
  const auto types = weights.read(embeddings + "token_type_embeddings.weight", std::array{config.types, config.hidden});
  for (std::size_t i = 0; i < places_.size(); ++i) places_[i] += types[i % config.hidden];
  behind_embedding_ = read_normalisation(weights, embeddings + "LayerNorm");
  for (std::size_t i = 0; i < config.layers; ++i) {
    layers_.push_back(read_layer(weights, root + "encoder.layer." + std::to_string(i) + "."));
  }
}

Transformer::Stored Transformer::read_linear(Safetensors& weights, const std::string& name, std::size_t out, std::size_t in) {
  return {.matrix = weights.read(name + ".weight", std::array{out, in}), .bias = weights.read(name + ".bias", std::array{out})};
}

template <typename Row, typename Column>
Transformer::Linear Transformer::packed(std::span<const Stored> parts, std::size_t in, std::size_t out, Row to_row,
                                        Column to_column) const {
  Buffer dense = Buffer::zeros(in * out);
  Linear linear{.in = in, .out = out, .panels = Buffer(in * out), .bias = Buffer::zeros(out)};
  for (std::size_t part = 0; part < parts.size(); ++part) {
    const Stored& stored = parts[part];
    const std::size_t inputs = stored.matrix.size() / stored.bias.size();
    for (std::size_t i = 0; i < stored.bias.size(); ++i) {
      const std::size_t column = part * (out / parts.size()) + to_column(i);
      linear.bias[column] = stored.bias[i];
      for (std::size_t j = 0; j < inputs; ++j) dense[to_row(j) * out + column] = stored.matrix[i * inputs + j];
    }
  }
  kernels_.pack(dense.data(), out, 1, in, out, linear.panels.data());
  return linear;
}

Transformer::Normalisation Transformer::read_normalisation(Safetensors& weights, const std::string& name) const {
  const auto read = [&](const char* which) {
    const auto values = weights.read(name + which, std::array{config_.hidden});
    Buffer buffer = Buffer::zeros(hidden_width_);
    std::copy(values.begin(), values.end(), buffer.data());
    return buffer;
  };
  return {.gain = read(".weight"), .shift = read(".bias")};
}

Transformer::Layer Transformer::read_layer(Safetensors& weights, const std::string& name) const {
  const auto as_is = [](std::size_t i) { return i; };
  const auto of_head = [this](std::size_t i) { return i / head_ * head_width_ + i % head_; };
  const std::size_t hidden = config_.hidden;
  const std::string self = name + "attention.self.";
  std::array heads{read_linear(weights, self + "query", hidden, hidden), read_linear(weights, self + "key", hidden, hidden),
                   read_linear(weights, self + "value", hidden, hidden)};
  const float scale = 1.0F / std::sqrt(static_cast<float>(head_));
  for (float& value : heads[0].matrix) value *= scale;
  for (float& value : heads[0].bias) value *= scale;
  const auto alone = [&](const std::string& of, std::size_t out, std::size_t in) {
    return std::array{read_linear(weights, name + of, out, in)};
  };
  Layer layer;
  layer.heads = packed(heads, hidden_width_, 3 * attention_width_, as_is, of_head);
  layer.mixed = packed(alone("attention.output.dense", hidden, hidden), attention_width_, hidden_width_, of_head, as_is);
  layer.behind_attention = read_normalisation(weights, name + "attention.output.LayerNorm");
  layer.wide = packed(alone("intermediate.dense", config_.intermediate, hidden), hidden_width_, wide_width_, as_is, as_is);
  layer.narrow = packed(alone("output.dense", hidden, config_.intermediate), wide_width_, hidden_width_, as_is, as_is);
  layer.behind = read_normalisation(weights, name + "output.LayerNorm");
  return layer;
}

void Transformer::multiply(const float* rows, const Linear& by, std::size_t tokens, float* out) const {
  kernels_.multiply(rows, by.in, by.panels.data(), by.bias.data(), tokens, by.in, by.out, out, by.out);
}

void Transformer::normalise(float* states, const float* added, const Normalisation& by, std::size_t tokens) const {
  kernels_.normalise(states, added, ones_.data(), by.gain.data(), by.shift.data(), config_.epsilon, tokens, config_.hidden);
}

void Transformer::embed(std::span<const std::uint32_t> ids, std::span<const std::size_t> lengths, float* states) const {
  const std::size_t hidden = config_.hidden;
  const std::uint32_t* id = ids.data();
  for (const std::size_t length : lengths) {
    for (std::size_t place = 0; place < length; ++place, ++id, states += hidden_width_) {
      const float* word = words_.data() + *id * hidden;
      const float* at = places_.data() + place * hidden;
      for (std::size_t j = 0; j < hidden; ++j) states[j] = word[j] + at[j];
      std::fill(states + hidden, states + hidden_width_, 0.0F);
    }
  }
}

/// softmax(queries · keysᵀ) · values, head by head (Vaswani et al., 2017, eq. 1).
void Transformer::attend(std::span<const std::size_t> lengths, Workspace& work) const {
  const std::size_t longest = *std::max_element(lengths.begin(), lengths.end());
  const std::size_t stride = 3 * attention_width_;
  float* keys = work.keys.at_least(head_width_ * padded(longest));
  float* values = work.values.at_least(head_width_ * longest);
  float* scores = work.scores.at_least(std::min(longest, kQueryRows) * padded(longest));
  const float* rows = work.heads.data();
  float* mixed = work.mixed.data();
  for (const std::size_t length : lengths) {
    for (std::size_t head = 0; head < config_.heads; ++head) {
      const float* query = rows + head * head_width_;
      kernels_.pack(query + attention_width_, 1, stride, head_, length, keys);
      kernels_.pack(query + 2 * attention_width_, stride, 1, length, head_width_, values);
      for (std::size_t start = 0; start < length; start += kQueryRows) {
        const std::size_t count = std::min(kQueryRows, length - start);
        kernels_.multiply(query + start * stride, stride, keys, nullptr, count, head_, length, scores, padded(length));
        kernels_.softmax(scores, padded(length), count, length);
        kernels_.multiply(scores, padded(length), values, nullptr, count, length, head_width_,
                          mixed + start * attention_width_ + head * head_width_, attention_width_);
      }
    }
    rows += length * stride;
    mixed += length * attention_width_;
  }
}

void Transformer::run(std::span<const std::uint32_t> ids, std::span<const std::size_t> lengths, Pooling pooling, Workspace& work,
                      std::span<float* const> out) const {
  const std::size_t tokens = ids.size();
  float* states = work.states.at_least(tokens * hidden_width_);
  float* parts = work.parts.at_least(tokens * hidden_width_);
  float* heads = work.heads.at_least(tokens * 3 * attention_width_);
  float* mixed = work.mixed.at_least(tokens * attention_width_);
  float* wide = work.wide.at_least(tokens * wide_width_);
  const auto activate = config_.activation == Activation::kGelu ? kernels_.gelu : kernels_.gelu_tanh;

  embed(ids, lengths, states);
  normalise(states, nullptr, behind_embedding_, tokens);
  for (const Layer& layer : layers_) {
    multiply(states, layer.heads, tokens, heads);
    attend(lengths, work);
    multiply(mixed, layer.mixed, tokens, parts);
    normalise(states, parts, layer.behind_attention, tokens);
    multiply(states, layer.wide, tokens, wide);
    activate(wide, tokens * wide_width_);
    multiply(wide, layer.narrow, tokens, parts);
    normalise(states, parts, layer.behind, tokens);
  }

  for (std::size_t text = 0; text < lengths.size(); ++text) {
    float* row = out[text];
    std::copy_n(states, config_.hidden, row);
    if (pooling == Pooling::kMean) {
      for (std::size_t place = 1; place < lengths[text]; ++place) {
        for (std::size_t j = 0; j < config_.hidden; ++j) row[j] += states[place * hidden_width_ + j];
      }
      for (std::size_t j = 0; j < config_.hidden; ++j) row[j] /= static_cast<float>(lengths[text]);
    }
    states += lengths[text] * hidden_width_;
  }
}

}  // namespace mnemic::encoder
