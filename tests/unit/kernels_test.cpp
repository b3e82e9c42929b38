// SPDX-License-Identifier: Apache-2.0
// Every kernel on every target this machine has: the plain loop's results, and the same bits everywhere.
#include "kernels/kernels.hpp"

#include "support/catch.hpp"
#include "support/random.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;
using kernels::kBlockRows;
using kernels::Target;

namespace {

constexpr std::array<std::size_t, 10> kDimensions{1, 7, 8, 31, 64, 383, 384, 1536, 1537, 4096};

std::int16_t below_unit(Random& random, std::size_t dimension) {
  const auto most = static_cast<std::int64_t>(32767 / std::sqrt(static_cast<double>(dimension)));
  return static_cast<std::int16_t>(random.between(-most, most));
}

std::vector<std::int16_t> some_codes(Random& random, std::size_t dimension) {
  std::vector<std::int16_t> codes(dimension);
  for (auto& code : codes) code = below_unit(random, dimension);
  return codes;
}

/// Unit length, all of it in as few components as possible: signs alternate.
std::vector<std::int16_t> extreme_codes(std::size_t dimension, std::size_t components, int sign) {
  std::vector<std::int16_t> codes(dimension);
  const auto each = static_cast<int>(32767 / std::sqrt(static_cast<double>(components)));
  for (std::size_t i = 0; i < components; ++i) {
    codes[dimension - 1 - i * (dimension / components)] = static_cast<std::int16_t>(i % 2 == 0 ? sign * each : -sign * each);
  }
  return codes;
}

template <typename A>
std::int64_t plain_dot(const A& a, const std::vector<std::int16_t>& b) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < b.size(); ++i) sum += static_cast<std::int64_t>(a[i]) * b[i];
  return sum;
}

float some_float(Random& random) { return static_cast<float>(random.between(-1'000'000, 1'000'000)) / 7919.0F; }

std::vector<std::uint32_t> bits_of(const std::vector<float>& values) {
  std::vector<std::uint32_t> bits;
  for (const float value : values) bits.push_back(std::bit_cast<std::uint32_t>(value));
  return bits;
}

/// What estimate() is given, and what it makes of it.
struct Estimation {
  std::size_t blocks = 0;
  std::size_t bytes = 0;
  std::vector<std::uint8_t> signs;
  std::vector<std::uint8_t> tables;
  std::vector<float> factors;
  float scale = 0;
  float offset = 0;
  float bias = 0;

  static constexpr float kUntouched = -12345.5F;
  static constexpr std::uint32_t kNoBits = 0xA5A5A5A5U;

  Estimation(Random& random, std::size_t block_count, std::size_t dimension) : blocks(block_count), bytes((dimension + 63) / 64 * 8) {
    signs.resize(blocks * bytes * kBlockRows);
    for (auto& sign : signs) sign = static_cast<std::uint8_t>(random.next());
    tables.resize(bytes * 32);
    const std::size_t most = most_of_entry();
    for (auto& entry : tables) entry = static_cast<std::uint8_t>(random.below(most + 1));
    factors.resize(blocks * kBlockRows);
    for (auto& factor : factors) factor = some_float(random);
    scale = some_float(random);
    offset = some_float(random);
    bias = some_float(random);
  }
  /// So that a row's sum fits 16 bits and two entries 8.
  [[nodiscard]] std::size_t most_of_entry() const { return std::min<std::size_t>(127, 65535 / (2 * bytes)); }

  [[nodiscard]] std::vector<float> plain() const {
    std::vector<float> out;
    for (std::size_t row = 0; row < blocks * kBlockRows; ++row) {
      std::uint32_t sum = 0;
      for (std::size_t j = 0; j < bytes; ++j) {
        const std::uint8_t code = signs[(row / kBlockRows * bytes + j) * kBlockRows + row % kBlockRows];
        sum += tables[32 * j + code % 16] + std::uint32_t{tables[32 * j + 16 + code / 16]};
      }
      const float dots = static_cast<float>(sum) * scale + offset;
      out.push_back(dots * factors[row] + bias);
    }
    return out;
  }
  /// Checks that nothing behind the last row is written.
  std::vector<float> by(const Target& target, float threshold, std::vector<std::uint32_t>& above) const {
    std::vector<float> out(blocks * kBlockRows + 8, kUntouched);
    above.assign(blocks + 1, kNoBits);
    target.estimate(signs.data(), blocks, bytes, tables.data(), factors.data(), scale, offset, bias, threshold, out.data(), above.data());
    CHECK(std::all_of(out.end() - 8, out.end(), [](float value) { return value == kUntouched; }));
    CHECK(above.back() == kNoBits);
    out.resize(blocks * kBlockRows);
    above.resize(blocks);
    return out;
  }
};

std::vector<std::uint32_t> reach(const std::vector<float>& values, float threshold) {
  std::vector<std::uint32_t> above(values.size() / kBlockRows);
  for (std::size_t row = 0; row < values.size(); ++row) above[row / kBlockRows] |= std::uint32_t{values[row] >= threshold} << (row % kBlockRows);
  return above;
}

}  // namespace

TEST_CASE("kernels: there is one for every machine, and the best is the last", "[kernels]") {
  const auto targets = kernels::targets();
  REQUIRE_FALSE(targets.empty());
  CHECK(targets.front().name == "generic");
  CHECK(kernels::best().name == targets.back().name);
}

TEST_CASE("kernels: dot products are exact at every dimension and alignment", "[kernels]") {
  Random random(11);
  for (const Target& target : kernels::targets()) {
    for (const std::size_t dimension : kDimensions) {
      INFO(target.name << ", dimension " << dimension);
      for (int n = 0; n < 20; ++n) {
        const auto a = some_codes(random, dimension), b = some_codes(random, dimension);
        REQUIRE(target.dot(a.data(), b.data(), dimension) == plain_dot(a, b));
      }
      auto row = some_codes(random, dimension + 1);  // rows of odd dimensions stand at odd places
      const auto query = some_codes(random, dimension);
      const std::vector<std::int16_t> inner(row.begin() + 1, row.end());
      REQUIRE(target.dot(row.data() + 1, query.data(), dimension) == plain_dot(inner, query));
      const std::vector<std::int16_t> zeros(dimension);
      REQUIRE(target.dot(zeros.data(), query.data(), dimension) == 0);
    }
    CHECK(target.dot(nullptr, nullptr, 0) == 0);
  }
}

TEST_CASE("kernels: dot products of the longest codes fit", "[kernels]") {
  for (const Target& target : kernels::targets()) {
    for (const std::size_t dimension : kDimensions) {
      INFO(target.name << ", dimension " << dimension);
      for (const std::size_t components : {std::size_t{1}, std::min<std::size_t>(2, dimension), (dimension + 1) / 2, dimension}) {
        const auto up = extreme_codes(dimension, components, 1), down = extreme_codes(dimension, components, -1);
        REQUIRE(target.dot(up.data(), up.data(), dimension) == plain_dot(up, up));
        REQUIRE(target.dot(up.data(), down.data(), dimension) == -plain_dot(up, up));
        const auto one = extreme_codes(dimension, 1, 1);
        REQUIRE(target.dot(up.data(), one.data(), dimension) == plain_dot(up, one));
      }
    }
    const auto unit = extreme_codes(4096, 1, 1);
    CHECK(target.dot(unit.data(), unit.data(), 4096) == 32767 * 32767);
  }
}

TEST_CASE("kernels: products with sums of many codes do not overflow", "[kernels]") {
  Random random(12);
  constexpr std::int32_t kMost = 65536 * 32767;
  for (const Target& target : kernels::targets()) {
    for (const std::size_t dimension : kDimensions) {
      INFO(target.name << ", dimension " << dimension);
      for (int n = 0; n < 10; ++n) {
        std::vector<std::int32_t> sums(dimension);
        for (auto& sum : sums) sum = static_cast<std::int32_t>(random.between(-kMost, kMost));
        const auto codes = some_codes(random, dimension);
        REQUIRE(target.dot_of_sums(sums.data(), codes.data(), dimension) == plain_dot(sums, codes));
      }
      const std::vector<std::int32_t> up(dimension, kMost), down(dimension, -kMost);
      const std::vector<std::int16_t> most(dimension, 32767), least(dimension, -32767);
      const std::int64_t whole = static_cast<std::int64_t>(dimension) * kMost * 32767;
      REQUIRE(target.dot_of_sums(up.data(), most.data(), dimension) == whole);
      REQUIRE(target.dot_of_sums(down.data(), most.data(), dimension) == -whole);
      REQUIRE(target.dot_of_sums(down.data(), least.data(), dimension) == whole);
    }
    CHECK(target.dot_of_sums(nullptr, nullptr, 0) == 0);
  }
}

TEST_CASE("kernels: the transform is the product with the Hadamard matrix", "[kernels]") {
  Random random(13);
  for (const Target& target : kernels::targets()) {
    for (std::size_t n = 8; n <= 4096; n *= 2) {
      INFO(target.name << ", size " << n);
      std::vector<float> values(n);
      for (auto& value : values) value = static_cast<float>(random.between(-2000, 2000));  // every sum is exact
      std::vector<float> want(n);
      for (std::size_t row = 0; row < n; ++row) {
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < n; ++i) sum += (std::popcount(row & i) % 2 == 0 ? 1 : -1) * static_cast<std::int64_t>(values[i]);
        want[row] = static_cast<float>(sum);
      }
      std::vector<float> got = values;
      target.hadamard(got.data(), n, 1);
      REQUIRE(got == want);

      std::vector<float> shifted(n + 1, 0.5F);  // not where vectors would like to stand
      std::copy(values.begin(), values.end(), shifted.begin() + 1);
      target.hadamard(shifted.data() + 1, n, 0.25F);
      for (auto& value : want) value *= 0.25F;
      REQUIRE(std::vector<float>(shifted.begin() + 1, shifted.end()) == want);
      REQUIRE(shifted[0] == 0.5F);
    }
  }
}

TEST_CASE("kernels: the transform has the bits of the plain butterfly, and is its own inverse", "[kernels]") {
  Random random(14);
  for (const Target& target : kernels::targets()) {
    for (std::size_t n = 8; n <= 4096; n *= 2) {
      INFO(target.name << ", size " << n);
      const float scale = 1 / std::sqrt(static_cast<float>(n));
      std::vector<float> values(n);
      for (auto& value : values) value = some_float(random);
      std::vector<float> want = values;
      for (std::size_t half = 1; half < n; half *= 2) {
        for (std::size_t i = 0; i < n; ++i) {
          if ((i & half) != 0) continue;
          const float a = want[i];
          const float b = want[i + half];
          want[i] = a + b;
          want[i + half] = a - b;
        }
      }
      for (auto& value : want) value *= scale;
      std::vector<float> got = values;
      target.hadamard(got.data(), n, scale);
      REQUIRE(bits_of(got) == bits_of(want));
      target.hadamard(got.data(), n, scale);
      for (std::size_t i = 0; i < n; ++i) REQUIRE(std::abs(got[i] - values[i]) < 1e-4);  // of values up to 126
    }
  }
}

TEST_CASE("kernels: estimates have the bits of the plain loop", "[kernels]") {
  Random random(15);
  constexpr float kLowest = std::numeric_limits<float>::lowest();
  for (const std::size_t dimension : kDimensions) {
    for (const std::size_t blocks : {0, 1, 2, 5}) {
      const Estimation of(random, blocks, dimension);
      const std::vector<float> want = of.plain();
      for (const Target& target : kernels::targets()) {
        INFO(target.name << ", dimension " << dimension << ", " << blocks << " blocks");
        std::vector<std::uint32_t> above;
        REQUIRE(bits_of(of.by(target, kLowest, above)) == bits_of(want));
        REQUIRE(above == std::vector<std::uint32_t>(blocks, ~std::uint32_t{0}));
      }
    }
  }
}

TEST_CASE("kernels: sums of estimates reach 16 bits without overflow", "[kernels]") {
  Random random(16);
  for (const std::size_t dimension : kDimensions) {
    Estimation of(random, 2, dimension);
    std::fill(of.tables.begin(), of.tables.end(), static_cast<std::uint8_t>(of.most_of_entry()));
    of.scale = 1;
    of.offset = 0;
    of.bias = 0;
    std::fill(of.factors.begin(), of.factors.end(), 1.0F);
    const auto sum = static_cast<float>(of.most_of_entry() * 2 * of.bytes);
    for (const Target& target : kernels::targets()) {
      INFO(target.name << ", dimension " << dimension);
      std::vector<std::uint32_t> above;
      const auto got = of.by(target, sum, above);
      REQUIRE(std::all_of(got.begin(), got.end(), [sum](float value) { return value == sum; }));
      REQUIRE(above == std::vector<std::uint32_t>(2, ~std::uint32_t{0}));
    }
  }
}

TEST_CASE("kernels: each row of a block has its own bit, and reaching the threshold is enough", "[kernels]") {
  Random random(17);
  for (int n = 0; n < 20; ++n) {
    const Estimation of(random, 3, 64);
    const std::vector<float> want = of.plain();
    for (const Target& target : kernels::targets()) {
      INFO(target.name);
      for (const float threshold : {want[0], want[31], want[32], random.pick(want), std::nextafter(random.pick(want), 1e30F)}) {
        std::vector<std::uint32_t> above;
        (void)of.by(target, threshold, above);
        REQUIRE(above == reach(want, threshold));
      }
      std::vector<std::uint32_t> above;
      (void)of.by(target, std::numeric_limits<float>::max(), above);
      REQUIRE(above == std::vector<std::uint32_t>(3, 0));
    }
  }
}
