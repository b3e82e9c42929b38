// SPDX-License-Identifier: Apache-2.0
#include "encoder/tiny_model.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <numbers>

namespace mnemic::encoder {
extern const Kernels kWide;
}

namespace mnemic::test {
namespace {

using Rows = std::vector<std::vector<double>>;

std::uint16_t nearest_half(float value) {
  // The halves of one sign grow with their bits.
  std::uint16_t low = 0;
  std::uint16_t high = 0x7BFF;
  while (low < high) {
    const auto middle = static_cast<std::uint16_t>((low + high + 1) / 2);
    if (half_value(middle) <= std::fabs(value)) {
      low = middle;
    } else {
      high = static_cast<std::uint16_t>(middle - 1);
    }
  }
  return static_cast<std::uint16_t>(low | (std::signbit(value) ? 0x8000U : 0U));
}

std::uint16_t top_half(float value) { return static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16U); }

float as_held(float value, const std::string& type) {
  if (type == "F16") return half_value(nearest_half(value));
  if (type == "BF16" && value != 0) {  // the first eight binary digits
    const int shift = 7 - std::ilogb(value);
    return std::ldexp(std::trunc(std::ldexp(value, shift)), -shift);
  }
  return value;
}

std::string bytes_of(const std::vector<float>& values, const std::string& type) {
  if (type == "F32") return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
  std::string bytes;
  for (const float value : values) {
    const std::uint16_t half = type == "F16" ? nearest_half(value) : top_half(value);
    bytes.append(reinterpret_cast<const char*>(&half), sizeof half);
  }
  return bytes;
}

Rows times(const Rows& x, const TinyTensor& weight, const TinyTensor& bias) {
  const std::size_t out = weight.shape[0];
  const std::size_t in = weight.shape[1];
  Rows y(x.size(), std::vector<double>(out));
  for (std::size_t row = 0; row < x.size(); ++row) {
    for (std::size_t i = 0; i < out; ++i) {
      double sum = bias.values[i];
      for (std::size_t j = 0; j < in; ++j) sum += static_cast<double>(weight.values[i * in + j]) * x[row][j];
      y[row][i] = sum;
    }
  }
  return y;
}

}  // namespace

float half_value(std::uint16_t bits) {
  const int sign = (bits & 0x8000U) != 0 ? -1 : 1;
  const int exponent = (bits >> 10U) & 31;
  const int fraction = bits & 1023;
  if (exponent == 31) {
    return fraction == 0 ? static_cast<float>(sign) * std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
  }
  const double value = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return static_cast<float>(std::copysign(value, sign));
}

std::vector<encoder::Kernels> all_kernels() {
  const auto targets = encoder::targets();
  std::vector<encoder::Kernels> all(targets.begin(), targets.end());
#ifdef MNEMIC_WIDE_KERNELS
  if (all.size() > 1) all.push_back(encoder::kWide);
#endif
  return all;
}

void TinyModel::fill(Random& random) {
  const auto add = [&](const std::string& name, std::vector<std::size_t> shape, double middle, double reach) {
    TinyTensor tensor{.shape = std::move(shape)};
    std::size_t count = 1;
    for (const std::size_t extent : tensor.shape) count *= extent;
    for (std::size_t i = 0; i < count; ++i) {
      const double value = middle + reach * static_cast<double>(random.between(-1000, 1000)) / 1000;
      tensor.values.push_back(as_held(static_cast<float>(value), type));
    }
    tensors[name] = std::move(tensor);
  };
  const auto add_linear = [&](const std::string& name, std::size_t out, std::size_t in) {
    add(name + ".weight", {out, in}, 0, 2 / std::sqrt(static_cast<double>(in)));
    add(name + ".bias", {out}, 0, 0.5);
  };
  const auto add_normalisation = [&](const std::string& name) {
    add(name + ".weight", {hidden}, 1, 0.5);
    add(name + ".bias", {hidden}, 0, 0.5);
  };
  tensors.clear();
  add("embeddings.word_embeddings.weight", {vocabulary.size(), hidden}, 0, 1);
  add("embeddings.position_embeddings.weight", {positions, hidden}, 0, 1);
  add("embeddings.token_type_embeddings.weight", {2, hidden}, 0, 1);
  add_normalisation("embeddings.LayerNorm");
  for (std::size_t layer = 0; layer < layers; ++layer) {
    const std::string name = "encoder.layer." + std::to_string(layer) + ".";
    for (const char* part : {"query", "key", "value"}) add_linear(name + "attention.self." + part, hidden, hidden);
    add_linear(name + "attention.output.dense", hidden, hidden);
    add_normalisation(name + "attention.output.LayerNorm");
    add_linear(name + "intermediate.dense", intermediate, hidden);
    add_linear(name + "output.dense", hidden, intermediate);
    add_normalisation(name + "output.LayerNorm");
  }
}

std::string TinyModel::config() const {
  return fmt::format(
      R"({{"model_type": "bert", "hidden_size": {}, "num_attention_heads": {}, "intermediate_size": {}, "num_hidden_layers": {}, )"
      R"("max_position_embeddings": {}, "vocab_size": {}, "type_vocab_size": 2, "hidden_act": "{}", "layer_norm_eps": {}}})",
      hidden, heads, intermediate, layers, positions, vocabulary.size(), activation, epsilon);
}

std::string TinyModel::vocabulary_text() const { return fmt::format("{}\n", fmt::join(vocabulary, "\n")); }

std::string TinyModel::safetensors() const {
  std::string head = R"({"__metadata__":{"format":"pt"})";
  std::string data;
  for (const auto& [name, tensor] : tensors) {
    const std::string bytes = bytes_of(tensor.values, type);
    head += fmt::format(R"(,"{}{}":{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})", root, name, type, fmt::join(tensor.shape, ","),
                        data.size(), data.size() + bytes.size());
    data += bytes;
  }
  // Published models hold this, too, and nobody needs it.
  head += fmt::format(R"(,"{}embeddings.position_ids":{{"dtype":"I64","shape":[1,2],"data_offsets":[{},{}]}}}})", root, data.size(),
                      data.size() + 16);
  return safetensors_bytes(head, data + std::string(16, '\0'));
}

void TinyModel::write(const std::filesystem::path& directory) const {
  std::filesystem::create_directories(directory);
  write_file(directory / "config.json", config());
  write_file(directory / "vocab.txt", vocabulary_text());
  write_file(directory / "model.safetensors", safetensors());
}

std::vector<double> TinyModel::vector_of(const std::vector<std::size_t>& ids, encoder::Pooling pooling) const {
  const auto normalise = [&](Rows& x, const std::string& name) {
    const std::vector<float>& gain = tensors.at(name + ".weight").values;
    const std::vector<float>& shift = tensors.at(name + ".bias").values;
    for (std::vector<double>& row : x) {
      double mean = 0;
      for (const double value : row) mean += value / static_cast<double>(row.size());
      double variance = 0;
      for (const double value : row) variance += (value - mean) * (value - mean) / static_cast<double>(row.size());
      for (std::size_t j = 0; j < row.size(); ++j) row[j] = (row[j] - mean) / std::sqrt(variance + epsilon) * gain[j] + shift[j];
    }
  };
  const auto linear = [&](const Rows& x, const std::string& name) {
    return times(x, tensors.at(name + ".weight"), tensors.at(name + ".bias"));
  };
  const auto add = [](Rows& x, const Rows& y) {
    for (std::size_t row = 0; row < x.size(); ++row) {
      for (std::size_t j = 0; j < x[row].size(); ++j) x[row][j] += y[row][j];
    }
  };

  Rows x(ids.size(), std::vector<double>(hidden));
  for (std::size_t place = 0; place < ids.size(); ++place) {
    for (std::size_t j = 0; j < hidden; ++j) {
      x[place][j] = static_cast<double>(tensors.at("embeddings.word_embeddings.weight").values[ids[place] * hidden + j]) +
                    static_cast<double>(tensors.at("embeddings.position_embeddings.weight").values[place * hidden + j]) +
                    static_cast<double>(tensors.at("embeddings.token_type_embeddings.weight").values[j]);
    }
  }
  normalise(x, "embeddings.LayerNorm");
  for (std::size_t layer = 0; layer < layers; ++layer) {
    const std::string name = "encoder.layer." + std::to_string(layer) + ".";
    const Rows queries = linear(x, name + "attention.self.query");
    const Rows keys = linear(x, name + "attention.self.key");
    const Rows values = linear(x, name + "attention.self.value");
    const std::size_t width = hidden / heads;
    Rows mixed(x.size(), std::vector<double>(hidden));
    for (std::size_t head = 0; head < heads; ++head) {
      for (std::size_t i = 0; i < x.size(); ++i) {
        std::vector<double> shares(x.size());
        double sum = 0;
        for (std::size_t other = 0; other < x.size(); ++other) {
          double score = 0;
          for (std::size_t j = head * width; j < (head + 1) * width; ++j) score += queries[i][j] * keys[other][j];
          shares[other] = std::exp(score / std::sqrt(static_cast<double>(width)));
          sum += shares[other];
        }
        for (std::size_t other = 0; other < x.size(); ++other) {
          for (std::size_t j = head * width; j < (head + 1) * width; ++j) mixed[i][j] += shares[other] / sum * values[other][j];
        }
      }
    }
    add(x, linear(mixed, name + "attention.output.dense"));
    normalise(x, name + "attention.output.LayerNorm");
    Rows wide = linear(x, name + "intermediate.dense");
    for (std::vector<double>& row : wide) {
      for (double& value : row) {
        const double inner = activation == "gelu" ? std::erf(value / std::numbers::sqrt2)
                                                  : std::tanh(std::sqrt(2 / std::numbers::pi) * (value + 0.044715 * value * value * value));
        value = value / 2 * (1 + inner);
      }
    }
    add(x, linear(wide, name + "output.dense"));
    normalise(x, name + "output.LayerNorm");
  }
  std::vector<double> vector = x[0];
  if (pooling == encoder::Pooling::kMean) {
    for (std::size_t place = 1; place < x.size(); ++place) {
      for (std::size_t j = 0; j < hidden; ++j) vector[j] += x[place][j];
    }
  }
  double squares = 0;
  for (const double value : vector) squares += value * value;
  for (double& value : vector) value /= std::sqrt(squares);
  return vector;
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::string safetensors_bytes(std::string_view head, std::string_view data) {
  const std::uint64_t size = head.size();
  std::string bytes(reinterpret_cast<const char*>(&size), sizeof size);
  return bytes.append(head).append(data);
}

}  // namespace mnemic::test
