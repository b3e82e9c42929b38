// SPDX-License-Identifier: Apache-2.0
// Asking for huge pages.
#include "index/huge_pages.hpp"

#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace mnemic::index {
namespace {

constexpr std::align_val_t kBoundary{kHugePage};

}  // namespace

void* allocate_huge(std::size_t bytes) {
  void* memory = ::operator new(bytes, kBoundary);
#ifdef __linux__
  (void)::madvise(memory, bytes, MADV_HUGEPAGE);  // advice: without it everything works, slower
#endif
  return memory;
}

void free_huge(void* memory) noexcept { ::operator delete(memory, kBoundary); }

}  // namespace mnemic::index
