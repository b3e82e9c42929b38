// SPDX-License-Identifier: Apache-2.0
// Slabs of huge pages, where the system has them.
#include "index/slabs.hpp"

#include <algorithm>
#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace mnemic::index {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kSlab = 2 * kHugePage;
constexpr std::size_t kLine = 64;

constexpr std::size_t rounded_up(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

std::shared_ptr<std::uint8_t[]> new_slab(std::size_t bytes) {
  constexpr std::align_val_t kBoundary{kHugePage};
  auto* memory = static_cast<std::uint8_t*>(::operator new(bytes, kBoundary));
#ifdef __linux__
  (void)::madvise(memory, bytes, MADV_HUGEPAGE);  // advice: without it everything works, slower
#endif
  return {memory, [](std::uint8_t* slab) { ::operator delete(slab, kBoundary); }};
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
