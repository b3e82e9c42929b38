// SPDX-License-Identifier: Apache-2.0
// Every kernel on every target this machine has, against plain loops in double; and rows that do not depend on their neighbours.
#include "encoder/kernels.hpp"
#include "encoder/tiny_model.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;
using encoder::Kernels;
using encoder::padded;

namespace {

std::vector<float> some(Random& random, std::size_t count, double reach = 1) {
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(reach * static_cast<double>(random.between(-1000, 1000)) / 1000);
  return values;
}

}  // namespace

TEST_CASE("encoder kernels: products of all sizes") {
  Random random(1);
  for (const Kernels& kernels : all_kernels()) {
    for (const std::size_t m : {1, 2, 3, 5, 6, 7, 11, 12, 13, 40}) {
      for (const std::size_t k : {1, 2, 31, 64}) {
        for (const std::size_t n : {1, 7, 8, 17, 32, 33, 70}) {
          CAPTURE(kernels.name, m, k, n);
          const std::size_t stride = k + random.below(3);
          const auto a = some(random, m * stride);
          const auto b = some(random, k * n);
          auto bias = some(random, padded(n));
          std::vector<float> panels(k * padded(n), 9);
          std::vector<float> c(m * padded(n));
          kernels.pack(b.data(), n, 1, k, n, panels.data());
          kernels.multiply(a.data(), stride, panels.data(), bias.data(), m, k, n, c.data(), padded(n));
          double worst = 0;
          for (std::size_t i = 0; i < m; ++i) {
            for (std::size_t j = 0; j < n; ++j) {
              double sum = static_cast<double>(bias[j]);
              for (std::size_t l = 0; l < k; ++l) sum += static_cast<double>(a[i * stride + l]) * static_cast<double>(b[l * n + j]);
              worst = std::max(worst, std::fabs(sum - static_cast<double>(c[i * padded(n) + j])));
            }
          }
          CHECK(worst < 1e-5);

          // The same of a matrix that stands the other way round, without a bias; and each row alone, with the same bits.
          std::vector<float> turned(k * n);
          for (std::size_t i = 0; i < k; ++i) {
            for (std::size_t j = 0; j < n; ++j) turned[j * k + i] = b[i * n + j];
          }
          std::vector<float> again(k * padded(n), 7);
          kernels.pack(turned.data(), 1, k, k, n, again.data());
          std::fill(bias.begin(), bias.end(), 0.0F);
          kernels.multiply(a.data(), stride, panels.data(), bias.data(), m, k, n, c.data(), padded(n));
          std::vector<float> row(padded(n));
          bool same = true;
          for (std::size_t i = 0; i < m; ++i) {
            kernels.multiply(a.data() + i * stride, stride, again.data(), nullptr, 1, k, n, row.data(), padded(n));
            same = same && std::equal(row.data(), row.data() + n, c.data() + i * padded(n));
          }
          CHECK(same);
        }
      }
    }
  }
}

TEST_CASE("encoder kernels: softmax") {
  Random random(2);
  for (const Kernels& kernels : all_kernels()) {
    for (const std::size_t n : {1, 2, 15, 16, 17, 31, 33, 100}) {
      for (const double reach : {1.0, 50.0, 1e6}) {
        CAPTURE(kernels.name, n, reach);
        const std::size_t m = 3;
        auto rows = some(random, m * padded(n), reach);
        const auto before = rows;
        kernels.softmax(rows.data(), padded(n), m, n);
        for (std::size_t row = 0; row < m; ++row) {
          const float* x = before.data() + row * padded(n);
          const auto most = static_cast<double>(*std::max_element(x, x + n));
          double sum = 0;
          for (std::size_t j = 0; j < n; ++j) sum += std::exp(static_cast<double>(x[j]) - most);
          for (std::size_t j = 0; j < n; ++j) {
            CHECK(static_cast<double>(rows[row * padded(n) + j]) == Approx(std::exp(static_cast<double>(x[j]) - most) / sum).margin(1e-6));
          }
        }
      }
    }
  }
}

TEST_CASE("encoder kernels: both forms of GELU") {
  std::vector<float> inputs;
  for (int i = -12'000; i < 12'000; ++i) inputs.push_back(static_cast<float>(i) / 1000);
  inputs.resize(padded(inputs.size()), -1e4F);
  for (const Kernels& kernels : all_kernels()) {
    auto exact = inputs;
    auto by_tanh = inputs;
    kernels.gelu(exact.data(), exact.size());
    kernels.gelu_tanh(by_tanh.data(), by_tanh.size());
    double worst = 0;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const auto x = static_cast<double>(inputs[i]);
      const double expected = x / 2 * (1 + std::erf(x / std::numbers::sqrt2));
      const double tanh = x / 2 * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
      const double allowed = std::max(1.0, std::fabs(x));
      worst = std::max({worst, std::fabs(static_cast<double>(exact[i]) - expected) / allowed,
                        std::fabs(static_cast<double>(by_tanh[i]) - tanh) / allowed});
    }
    CAPTURE(kernels.name);
    CHECK(worst < 1e-6);
  }
}

TEST_CASE("encoder kernels: rows are normalised over their own width") {
  Random random(3);
  for (const Kernels& kernels : all_kernels()) {
    for (const std::size_t n : {1, 3, 31, 32, 33, 384}) {
      CAPTURE(kernels.name, n);
      const std::size_t m = 4;
      const auto x = some(random, m * padded(n), 5);
      const auto y = some(random, m * padded(n), 5);
      const auto gain = some(random, padded(n));
      const auto shift = some(random, padded(n));
      std::vector<float> ones(padded(n));
      std::fill_n(ones.begin(), n, 1.0F);
      for (const bool with : {true, false}) {
        // What is beyond the width is zero, as in a model.
        auto clean = x;
        auto added = y;
        for (std::size_t row = 0; row < m; ++row) {
          for (std::size_t j = n; j < padded(n); ++j) clean[row * padded(n) + j] = added[row * padded(n) + j] = 0;
        }
        const auto inputs = clean;
        kernels.normalise(clean.data(), with ? added.data() : nullptr, ones.data(), gain.data(), shift.data(), 1e-5F, m, n);
        for (std::size_t row = 0; row < m; ++row) {
          std::vector<double> sums(n);
          double mean = 0;
          for (std::size_t j = 0; j < n; ++j) {
            sums[j] = static_cast<double>(inputs[row * padded(n) + j]) + (with ? static_cast<double>(added[row * padded(n) + j]) : 0);
            mean += sums[j] / static_cast<double>(n);
          }
          double variance = 0;
          for (const double sum : sums) variance += (sum - mean) * (sum - mean) / static_cast<double>(n);
          for (std::size_t j = 0; j < n; ++j) {
            const double expected =
                (sums[j] - mean) / std::sqrt(variance + 1e-5) * static_cast<double>(gain[j]) + static_cast<double>(shift[j]);
            CHECK(static_cast<double>(clean[row * padded(n) + j]) == Approx(expected).margin(2e-5));
          }
        }
      }
    }
  }
}
