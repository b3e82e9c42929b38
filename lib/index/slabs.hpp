// SPDX-License-Identifier: Apache-2.0
// Memory for tables that are read from end to end by every query.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

namespace mnemic::index {

/// Hands out pieces of large slabs on huge pages, one after the other. A slab lives until the last of its pieces is let go.
/// @threads One at a time.
class Slabs {
 public:
  /// Room for `count` values that are not set yet, on a boundary of 64 bytes.
  template <typename T>
  std::shared_ptr<T[]> take(std::size_t count) {
    static_assert(std::is_arithmetic_v<T>);
    const auto bytes = take_bytes(count * sizeof(T));
    return {bytes, reinterpret_cast<T*>(bytes.get())};
  }

 private:
  std::shared_ptr<std::uint8_t[]> take_bytes(std::size_t bytes);

  std::shared_ptr<std::uint8_t[]> slab_;
  std::size_t size_ = 0;
  std::size_t used_ = 0;
};

}  // namespace mnemic::index
