// SPDX-License-Identifier: Apache-2.0
// Which kernels this machine can run.
#include "encoder/kernels.hpp"

#include <array>

namespace mnemic::encoder {

extern const Kernels kGeneric;
#ifdef MNEMIC_ENCODER_X86
extern const Kernels kAvx2;
extern const Kernels kAvx512;
#endif

std::span<const Kernels> targets() {
#ifdef MNEMIC_ENCODER_X86
  static const std::array all{kGeneric, kAvx2, kAvx512};
  static const std::size_t count = [] {
    if (__builtin_cpu_supports("avx2") == 0 || __builtin_cpu_supports("fma") == 0) return 1;
    const bool wide = __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
                      __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0;
    return wide ? 3 : 2;
  }();
  return std::span(all).first(count);
#else
  return {&kGeneric, 1};
#endif
}

const Kernels& best() {
  static const Kernels& kernels = targets().back();
  return kernels;
}

}  // namespace mnemic::encoder
