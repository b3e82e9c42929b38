// SPDX-License-Identifier: Apache-2.0
// The kernels for x86-64 with AVX2; compiled with -mavx2.
#include "kernels/kernels.hpp"

#include <immintrin.h>

namespace mnemic::kernels {
namespace {
#include "kernels/body.hpp"
}  // namespace

extern const Target kAvx2;
const Target kAvx2{"avx2", dot, dot_of_sums, hadamard, estimate};

}  // namespace mnemic::kernels
