// SPDX-License-Identifier: Apache-2.0
// From whole sums to a vector of length 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace mnemic::embed {

/// `sum` / `length` in multiples of 1/32767, which are exact in an int16. The operations and their order decide about every vector.
inline void write_on_grid(std::span<const std::int64_t> sum, double length, std::span<float> out) {
  constexpr double kGrid = 32767.0;
  for (std::size_t i = 0; i < sum.size(); ++i) {
    const double scaled = kGrid * static_cast<double>(sum[i]) / length;
    const auto rounded = static_cast<std::int32_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    out[i] = static_cast<float>(rounded) / static_cast<float>(kGrid);
  }
}

}  // namespace mnemic::embed
