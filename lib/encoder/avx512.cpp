// SPDX-License-Identifier: Apache-2.0
// The kernels for x86-64 with AVX-512 (F, BW, DQ, VL); compiled with -mavx512f and the like.
#include "encoder/kernels.hpp"

#define EIGEN_DONT_PARALLELIZE
#define EIGEN_NO_DEBUG
#define Eigen Eigen_avx512  // its templates as compiled here are nobody else's
#include <Eigen/Core>
#include <unsupported/Eigen/SpecialFunctions>

namespace mnemic::encoder {
namespace {
constexpr std::size_t kLanes = 16;
constexpr int kRows = 12;
#include "encoder/kernel_body.hpp"
}  // namespace

extern const Kernels kAvx512;
const Kernels kAvx512{"avx512", pack, multiply, softmax, gelu, gelu_tanh, normalise};

}  // namespace mnemic::encoder
