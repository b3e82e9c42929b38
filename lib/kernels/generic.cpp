// SPDX-License-Identifier: Apache-2.0
// The kernels for what every machine of the architecture has.
#include "kernels/kernels.hpp"

namespace mnemic::kernels {
namespace {
#include "kernels/body.hpp"
}  // namespace

extern const Target kGeneric;
const Target kGeneric{"generic", dot, dot_of_sums, hadamard, estimate};

}  // namespace mnemic::kernels
