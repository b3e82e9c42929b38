// SPDX-License-Identifier: Apache-2.0
// The kernels for what every machine of the architecture has.
#include "encoder/kernels.hpp"

#define EIGEN_DONT_PARALLELIZE
#define EIGEN_NO_DEBUG
#define Eigen Eigen_generic  // its templates as compiled here are nobody else's
#include <Eigen/Core>
#include <unsupported/Eigen/SpecialFunctions>

namespace mnemic::encoder {
namespace {
constexpr std::size_t kLanes = 4;
constexpr int kRows = 4;
#include "encoder/kernel_body.hpp"
}  // namespace

extern const Kernels kGeneric;
const Kernels kGeneric{"generic", pack, multiply, softmax, gelu, gelu_tanh, normalise};

}  // namespace mnemic::encoder
