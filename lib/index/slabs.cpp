// SPDX-License-Identifier: Apache-2.0
// Slabs of huge pages, where the system has them.
#include "index/slabs.hpp"

#include "index/huge_pages.hpp"

#include <algorithm>

namespace mnemic::index {
namespace {

constexpr std::size_t kSlab = 2 * kHugePage;
constexpr std::size_t kLine = 64;

constexpr std::size_t rounded_up(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

std::shared_ptr<std::uint8_t[]> new_slab(std::size_t bytes) {
  return {static_cast<std::uint8_t*>(allocate_huge(bytes)), [](std::uint8_t* slab) { free_huge(slab); }};
}

}  // namespace

std::shared_ptr<std::uint8_t[]> Slabs::take_bytes(std::size_t bytes) {
  bytes = rounded_up(bytes, kLine);
  if (size_ - used_ < bytes) {
    const std::size_t size = std::max(kSlab, rounded_up(bytes, kHugePage));
    slab_ = new_slab(size);
    size_ = size;
    used_ = 0;
  }
  std::shared_ptr<std::uint8_t[]> piece(slab_, slab_.get() + used_);
  used_ += bytes;
  return piece;
}

}  // namespace mnemic::index
