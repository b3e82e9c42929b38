// SPDX-License-Identifier: Apache-2.0
// Large tables that every query reads: on huge pages, where the system has them.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace mnemic::index {

inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

/// Memory on a boundary of a huge page. The system is asked for huge pages under it, as far as they fill: looking up addresses is half
/// of the time of reading 50 MB otherwise. @throws std::bad_alloc
void* allocate_huge(std::size_t bytes);
void free_huge(void* memory) noexcept;

/// An allocator whose memory is huge from one such page on.
template <typename T>
struct HugePages {
  using value_type = T;

  HugePages() = default;
  template <typename U>
  HugePages(const HugePages<U>&) noexcept {}

  T* allocate(std::size_t count) {
    return is_huge(count) ? static_cast<T*>(allocate_huge(count * sizeof(T))) : std::allocator<T>().allocate(count);
  }
  void deallocate(T* memory, std::size_t count) noexcept {
    if (is_huge(count)) return free_huge(memory);
    std::allocator<T>().deallocate(memory, count);
  }
  friend bool operator==(const HugePages&, const HugePages&) { return true; }

 private:
  static bool is_huge(std::size_t count) { return count >= kHugePage / sizeof(T); }
};

template <typename T>
using HugeVector = std::vector<T, HugePages<T>>;

}  // namespace mnemic::index
