// SPDX-License-Identifier: Apache-2.0
// The loops of avx512.cpp for a machine with AVX2: the compiler makes two halves of each register.
#include "encoder/kernels.hpp"

#define EIGEN_DONT_PARALLELIZE
#define EIGEN_NO_DEBUG
#define Eigen Eigen_wide
#include <Eigen/Core>
#include <unsupported/Eigen/SpecialFunctions>

namespace mnemic::encoder {
namespace {
constexpr std::size_t kLanes = 16;
constexpr int kRows = 12;
#include "encoder/kernel_body.hpp"
}  // namespace

extern const Kernels kWide;
const Kernels kWide{"wide", pack, multiply, softmax, gelu, gelu_tanh, normalise};

}  // namespace mnemic::encoder
