// SPDX-License-Identifier: Apache-2.0
// What the first page of a file says of the whole.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace mnemic::storage {

enum class FileHead : std::uint8_t {
  kEmpty,
  kPlain,      ///< SQLite's, without encryption
  kEncrypted,  ///< as good as random: encrypted, or nothing that anybody could read
  kOther,
};

/// @param page  the first 4,096 bytes, or all there is
inline FileHead head_of(std::string_view page) {
  constexpr std::string_view kMagic{"SQLite format 3\0", 16};
  constexpr std::size_t kEnough = 4096;
  if (page.empty()) return FileHead::kEmpty;
  if (page.starts_with(kMagic)) return FileHead::kPlain;
  if (page.size() < kEnough) return FileHead::kOther;
  std::array<double, 256> counts{};
  for (const char byte : page.substr(0, kEnough)) counts[static_cast<std::uint8_t>(byte)] += 1;
  // Pearson's chi-square against equal shares, 255 degrees of freedom: random bytes exceed 400 once in ten million files; text, rows
  // and code are in the thousands.
  constexpr double kExpected = kEnough / 256.0;
  double distance = 0;
  for (const double count : counts) distance += (count - kExpected) * (count - kExpected) / kExpected;
  return distance < 400 ? FileHead::kEncrypted : FileHead::kOther;
}

}  // namespace mnemic::storage
