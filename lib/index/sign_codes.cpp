// SPDX-License-Identifier: Apache-2.0
// Rotating, coding and estimating.
#include "index/sign_codes.hpp"

#include "kernels/kernels.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace mnemic::index {
namespace {

constexpr std::size_t kRounds = 4;
constexpr float kHalfRoot = 0.70710678F;

std::uint64_t mix(std::uint64_t x) {  // SplitMix64 (Steele, Lea and Flood, 2014)
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

}  // namespace

Rotation::Rotation(std::size_t dimension)
    : width_((dimension + 63) / 64 * 64),
      power_(std::bit_floor(width_)),
      scale_(1 / std::sqrt(static_cast<float>(power_))),
      flips_(kRounds * width_) {
  for (std::size_t i = 0; i < flips_.size(); ++i) flips_[i] = (mix(i) & 1) != 0 ? 1.0F : -1.0F;
}

void Rotation::apply(float* values) const {
  const auto hadamard = kernels::best().hadamard;
  const float* flip = flips_.data();
  for (std::size_t round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < width_; ++i) values[i] *= flip[i];
    flip += width_;
    hadamard(round % 2 == 0 ? values : values + (width_ - power_), power_, scale_);
    if (power_ == width_) continue;
    float* low = values;
    float* high = values + width_ / 2;
    for (std::size_t i = 0; i < width_ / 2; ++i) {
      const float a = low[i] * kHalfRoot;
      const float b = high[i] * kHalfRoot;
      low[i] = a + b;
      high[i] = a - b;
    }
  }
}

const Rotation& rotation_for(std::size_t dimension) {
  static std::mutex mutex;
  static std::map<std::size_t, std::unique_ptr<Rotation>> made;
  const std::lock_guard lock(mutex);
  auto& slot = made[dimension];
  if (!slot) slot = std::make_unique<Rotation>(dimension);
  return *slot;
}

SignQuery::SignQuery(std::span<const std::int16_t> query) {
  const Rotation& rotation = rotation_for(query.size());
  std::vector<float> values(rotation.width(), 0.0F);
  std::copy(query.begin(), query.end(), values.begin());
  rotation.apply(values.data());

  const std::size_t nibbles = values.size() / 4;
  float widest = 0;  // range of one nibble
  for (std::size_t n = 0; n < nibbles; ++n) {
    float range = 0;
    for (std::size_t i = 0; i < 4; ++i) range += std::fabs(values[4 * n + i]);
    offset -= range;
    widest = std::max(widest, 2 * range);
  }
  const auto most = static_cast<float>(std::min<std::size_t>(127, 65535 / nibbles));
  const float steps = widest > 0 ? most / widest : 0;
  scale = widest > 0 ? widest / most : 0;
  tables.resize(nibbles * 16);
  for (std::size_t n = 0; n < nibbles; ++n) {
    const float* v = values.data() + 4 * n;
    const float range = std::fabs(v[0]) + std::fabs(v[1]) + std::fabs(v[2]) + std::fabs(v[3]);
    for (std::size_t code = 0; code < 16; ++code) {
      float sum = range;
      for (std::size_t i = 0; i < 4; ++i) sum += (code >> i & 1) != 0 ? v[i] : -v[i];
      tables[16 * n + code] = static_cast<std::uint8_t>(std::min(most, std::floor(sum * steps + 0.5F)));
    }
  }
}

void SignCodes::build(std::span<const std::int16_t> codes, std::span<const std::int32_t> sum) {
  const std::size_t dimension = sum.size();
  const Rotation& rotation = rotation_for(dimension);
  const std::size_t width = rotation.width();
  rows_ = codes.size() / dimension;
  width_bytes_ = width / 8;
  own_signs_.assign(padded_rows() * width_bytes_, 0);
  own_factors_.assign(padded_rows(), 0.0F);

  std::vector<float> mean(dimension);
  for (std::size_t i = 0; i < dimension; ++i) mean[i] = static_cast<float>(sum[i]) / static_cast<float>(rows_);
  std::vector<float> values(width);
  for (std::size_t row = 0; row < rows_; ++row) {
    const std::int16_t* code = codes.data() + row * dimension;
    for (std::size_t i = 0; i < dimension; ++i) values[i] = static_cast<float>(code[i]) - mean[i];
    std::fill(values.begin() + static_cast<std::ptrdiff_t>(dimension), values.end(), 0.0F);
    rotation.apply(values.data());
    double squares = 0;
    double absolutes = 0;
    std::uint8_t* signs = own_signs_.data() + row / kernels::kBlockRows * width_bytes_ * kernels::kBlockRows + row % kernels::kBlockRows;
    for (std::size_t byte = 0; byte < width_bytes_; ++byte) {
      unsigned bits = 0;
      for (std::size_t i = 0; i < 8; ++i) {
        const float value = values[8 * byte + i];
        squares += static_cast<double>(value) * value;
        absolutes += std::fabs(value);
        bits |= static_cast<unsigned>(value > 0) << i;
      }
      signs[byte * kernels::kBlockRows] = static_cast<std::uint8_t>(bits);
    }
    // Equation 12 of the paper: dividing by the code's own dot product with what it codes makes the estimate unbiased.
    own_factors_[row] = absolutes > 0 ? static_cast<float>(squares / absolutes) : 0.0F;
  }
}

std::size_t SignCodes::padded_rows() const { return (rows_ + kernels::kBlockRows - 1) / kernels::kBlockRows * kernels::kBlockRows; }

std::span<const std::uint8_t> SignCodes::signs() const {
  return {moved_signs_ ? moved_signs_.get() : own_signs_.data(), padded_rows() * width_bytes_};
}

std::span<const float> SignCodes::factors() const { return {moved_factors_ ? moved_factors_.get() : own_factors_.data(), padded_rows()}; }

void SignCodes::move_to(Memory& memory) {
  if (moved_signs_ || rows_ == 0) return;
  auto to_signs = memory.signs.take<std::uint8_t>(signs().size());
  auto to_factors = memory.factors.take<float>(factors().size());
  std::copy(own_signs_.begin(), own_signs_.end(), to_signs.get());
  std::copy(own_factors_.begin(), own_factors_.end(), to_factors.get());
  moved_signs_ = std::move(to_signs);
  moved_factors_ = std::move(to_factors);
  std::vector<std::uint8_t>().swap(own_signs_);
  std::vector<float>().swap(own_factors_);
}

void SignCodes::estimate(const SignQuery& query, float mean_dot, float threshold, Estimates& out) const {
  const std::size_t blocks = padded_rows() / kernels::kBlockRows;
  out.dots.resize(padded_rows());
  out.above.resize(blocks);
  kernels::best().estimate(signs().data(), blocks, width_bytes_, query.tables.data(), factors().data(), query.scale, query.offset,
                           mean_dot, threshold, out.dots.data(), out.above.data());
}

}  // namespace mnemic::index
