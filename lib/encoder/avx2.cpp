// SPDX-License-Identifier: Apache-2.0
// The kernels for x86-64 with AVX2 and FMA; compiled with -mavx2 -mfma.
#include "encoder/kernels.hpp"

#define EIGEN_DONT_PARALLELIZE
#define EIGEN_NO_DEBUG
#define Eigen Eigen_avx2  // its templates as compiled here are nobody else's
#include <Eigen/Core>
#include <unsupported/Eigen/SpecialFunctions>

namespace mnemic::encoder {
namespace {
constexpr std::size_t kLanes = 8;
constexpr int kRows = 6;
#include "encoder/kernel_body.hpp"
}  // namespace

extern const Kernels kAvx2;
const Kernels kAvx2{"avx2", pack, multiply, softmax, gelu, gelu_tanh, normalise};

}  // namespace mnemic::encoder
