// SPDX-License-Identifier: Apache-2.0
// The inner loops over vectors, once per instruction set; the best one this machine has is chosen when first asked for.
// Every target gives the same bits: integer sums, and floating-point operations element by element in one order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace mnemic::kernels {

/// Rows of one block of sign codes (lib/index/sign_codes.hpp).
inline constexpr std::size_t kBlockRows = 32;

struct Target {
  std::string_view name;  // "generic", "avx2"

  /// Dot product of fixed-point codes. Fits 32 bits in every partial sum when both have length ≤ 1 (storage/tail.hpp).
  std::int32_t (*dot)(const std::int16_t* a, const std::int16_t* b, std::size_t dimension);

  /// Sum of a · b, where a holds sums of up to 65,536 codes.
  std::int64_t (*dot_of_sums)(const std::int32_t* a, const std::int16_t* b, std::size_t dimension);

  /// The Walsh-Hadamard transform of n values (a power of two, 8 or more), in place, times `scale`.
  void (*hadamard)(float* values, std::size_t n, float scale);

  /// Estimated dot products of `blocks` × 32 rows: for row r, out[r] = factors[r] · (scale · sum + offset) + bias, where sum
  /// adds for each byte j of its signs tables[32 j + low nibble] and tables[32 j + 16 + high nibble]. Bit r of above[block]
  /// says whether row r of the block reaches the threshold.
  /// @param signs  shape (blocks, bytes, 32): byte j of 32 rows stands together.
  /// The sum of every row fits 16 bits, and that of two entries of a byte fits 8.
  void (*estimate)(const std::uint8_t* signs, std::size_t blocks, std::size_t bytes, const std::uint8_t* tables, const float* factors,
                   float scale, float offset, float bias, float threshold, float* out, std::uint32_t* above);
};

/// Those this machine can run, the best last.
std::span<const Target> targets();
const Target& best();

}  // namespace mnemic::kernels
