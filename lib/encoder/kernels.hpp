// SPDX-License-Identifier: Apache-2.0
// The inner loops of the encoder, once per instruction set; the best one this machine has is chosen when first asked for.
// Every row of a matrix gets the same operations in the same order wherever it stands in a batch, so that a text has the same
// vector, bit for bit, whatever it is embedded with. Between targets the last bits differ (fused multiply and add).
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace mnemic::encoder {

/// Widths of matrices are multiples of this; what is beyond the model's own width is zero.
inline constexpr std::size_t kWidth = 32;

constexpr std::size_t padded(std::size_t width) { return (width + kWidth - 1) / kWidth * kWidth; }

struct Kernels {
  std::string_view name;  // "generic", "avx2", "avx512"

  /// Puts b, shape (k, n), into panels of columns, each holding its k rows one after the other: what `multiply` reads in order.
  /// Element (i, j) stands at b[i · down + j · right]. `panels` has room for k · padded(n); the columns beyond n are zero.
  void (*pack)(const float* b, std::size_t down, std::size_t right, std::size_t k, std::size_t n, float* panels);

  /// c = a · b + bias. Shapes (m, k), (k, n), (n,); `bias` may be null.
  /// The columns of c from n to padded(n) may be written to as well: their values are those of the panels and of the bias.
  void (*multiply)(const float* a, std::size_t a_stride, const float* panels, const float* bias, std::size_t m, std::size_t k,
                   std::size_t n, float* c, std::size_t c_stride);

  /// Softmax of the first n values of each of m rows; rows have room for padded(n).
  void (*softmax)(float* rows, std::size_t stride, std::size_t m, std::size_t n);

  /// x = x Φ(x), "Gaussian error linear units" (Hendrycks and Gimpel, 2016): exactly, and by their tanh form. count is a
  /// multiple of kWidth.
  void (*gelu)(float* x, std::size_t count);
  void (*gelu_tanh)(float* x, std::size_t count);

  /// x = (x + y - mean) / sqrt(variance + epsilon) · gain + shift for each of m rows, "Layer normalization" (Ba et al., 2016).
  /// Rows are padded(n) wide, those of x, y, `ones`, `gain` and `shift` alike; `ones` is 1 up to n, then 0. y may be null.
  void (*normalise)(float* x, const float* y, const float* ones, const float* gain, const float* shift, float epsilon,
                    std::size_t m, std::size_t n);
};

/// Those this machine can run, the best last.
std::span<const Kernels> targets();
const Kernels& best();

}  // namespace mnemic::encoder
