// SPDX-License-Identifier: Apache-2.0
// Floats at the start of a cache line, not initialised unless asked.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>

namespace mnemic::encoder {

class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t size)
      : values_(static_cast<float*>(::operator new(size * sizeof(float), kAlignment))), size_(size) {}

  static Buffer zeros(std::size_t size) {
    Buffer buffer(size);
    std::fill_n(buffer.data(), size, 0.0F);
    return buffer;
  }

  [[nodiscard]] float* data() noexcept { return values_.get(); }
  [[nodiscard]] const float* data() const noexcept { return values_.get(); }
  float& operator[](std::size_t i) noexcept { return values_.get()[i]; }
  const float& operator[](std::size_t i) const noexcept { return values_.get()[i]; }

  /// Makes room for `size` floats; what was in it may be gone.
  float* at_least(std::size_t size) {
    if (size > size_) *this = Buffer(size);
    return data();
  }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Free {
    void operator()(float* values) const noexcept { ::operator delete(values, kAlignment); }
  };
  std::unique_ptr<float, Free> values_;
  std::size_t size_ = 0;
};

}  // namespace mnemic::encoder
