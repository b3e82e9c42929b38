// SPDX-License-Identifier: Apache-2.0
// Pages of SQLite's b-trees: sqlite.org/fileformat2.html, section 1.6. Numbers are big-endian.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mnemic::storage {

inline constexpr std::size_t kFileHeader = 100;  // bytes in front of page 1's own header
inline constexpr std::uint8_t kTableLeaf = 0x0D, kTableInterior = 0x05, kIndexLeaf = 0x0A, kIndexInterior = 0x02;

/// Where the header of a page begins, which begins with its kind.
inline std::size_t start_of_page(std::uint64_t number) { return number == 1 ? kFileHeader : 0; }

inline std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<std::uint8_t>(byte);
  return value;
}
inline std::uint32_t u32(std::string_view bytes, std::size_t at) { return static_cast<std::uint32_t>(big_endian(bytes.substr(at, 4))); }
inline std::uint16_t u16(std::string_view bytes, std::size_t at) { return static_cast<std::uint16_t>(big_endian(bytes.substr(at, 2))); }

}  // namespace mnemic::storage
