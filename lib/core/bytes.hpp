// SPDX-License-Identifier: Apache-2.0
// Bytes of what is stored as a blob: little-endian values, counts as LEB128 varints.
#pragma once

#include "core/error.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic::core {

class ByteWriter {
 public:
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  template <typename T>
  void value(T value) {
    char raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof(T));
    if constexpr (std::endian::native == std::endian::big) std::reverse(std::begin(raw), std::end(raw));
    bytes_.append(raw, sizeof(T));
  }
  template <typename T>
  void array(std::span<const T> values) {
    if constexpr (std::endian::native == std::endian::little || sizeof(T) == 1) {
      bytes_.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
    } else {
      for (const T value : values) this->value(value);
    }
  }
  void raw(std::string_view bytes) { bytes_ += bytes; }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Every read @throws StatusError kCorruption when the bytes do not hold it.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] bool done() const { return bytes_.empty(); }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<std::uint8_t>(raw(1)[0]);
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    broken();
  }
  /// A varint of at most 32 bits.
  std::uint32_t varint32() {
    const std::uint64_t value = varint();
    if (value > std::numeric_limits<std::uint32_t>::max()) broken();
    return static_cast<std::uint32_t>(value);
  }
  /// A count of things of which each takes at least `bytes`.
  std::size_t count(std::size_t bytes = 1) {
    const std::uint64_t value = varint();
    if (value > bytes_.size() / bytes) broken();
    return value;
  }
  template <typename T>
  T value() {
    char copy[sizeof(T)];
    const std::string_view from = raw(sizeof(T));
    std::copy(from.begin(), from.end(), copy);
    if constexpr (std::endian::native == std::endian::big) std::reverse(std::begin(copy), std::end(copy));
    T value;
    std::memcpy(&value, copy, sizeof(T));
    return value;
  }
  template <typename T>
  std::vector<T> array(std::size_t count) {
    if (count > bytes_.size() / sizeof(T)) broken();
    std::vector<T> values(count);
    if constexpr (std::endian::native == std::endian::little || sizeof(T) == 1) {
      if (count > 0) std::memcpy(values.data(), raw(count * sizeof(T)).data(), count * sizeof(T));
    } else {
      for (T& value : values) value = this->value<T>();
    }
    return values;
  }
  std::string_view raw(std::size_t count) {
    if (count > bytes_.size()) broken();
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  [[noreturn]] static void broken() { fail(StatusCode::kCorruption, "a damaged index row"); }

 private:
  std::string_view bytes_;
};

}  // namespace mnemic::core
