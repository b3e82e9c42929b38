// SPDX-License-Identifier: Apache-2.0
// Which kernels this machine can run.
#include "kernels/kernels.hpp"

#include <array>

namespace mnemic::kernels {

extern const Target kGeneric;
#ifdef MNEMIC_AVX2
extern const Target kAvx2;
#endif

std::span<const Target> targets() {
#ifdef MNEMIC_AVX2
  static const std::array all{kGeneric, kAvx2};
  static const std::size_t count = __builtin_cpu_supports("avx2") != 0 ? 2 : 1;
  return std::span(all).first(count);
#else
  return {&kGeneric, 1};
#endif
}

const Target& best() {
  static const Target& target = targets().back();
  return target;
}

}  // namespace mnemic::kernels
