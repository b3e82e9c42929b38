// SPDX-License-Identifier: Apache-2.0
// Logarithm and power without the C library: as near to it as promised.
#include "core/exact_math.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"
#include "support/random.hpp"

using namespace mnemic::core;

TEST_CASE("exact math: logarithm", "[math]") {
  CHECK(exact_log(1.0) == 0.0);
  mnemic::test::Random random(61);
  for (int i = 0; i < 20'000; ++i) {
    const double x = std::ldexp(1.0 + static_cast<double>(random.below(1'000'000)) / 1e6, static_cast<int>(random.between(-60, 60)));
    const double want = std::log(x);
    if (std::abs(exact_log(x) - want) > 1e-15 * std::max(1.0, std::abs(want))) FAIL(x);
  }
  for (const double x : {1.0 + 1e-15, 1.0 - 1e-16, 1.0 + 1e-9, 0.5, 2.0, 1e-300, 1e300, std::numeric_limits<double>::min(),
                         std::numeric_limits<double>::denorm_min(), std::numeric_limits<double>::max()}) {
    CAPTURE(x);
    CHECK(exact_log(x) == Approx(std::log(x)).epsilon(2e-15));
  }
}

TEST_CASE("exact math: power of two", "[math]") {
  CHECK(exact_exp2(0.0) == 1.0);
  CHECK(exact_exp2(-1.0) == 0.5);
  CHECK(exact_exp2(-10.0) == 1.0 / 1024);
  CHECK(exact_exp2(-1001.0) == 0.0);
  CHECK(exact_exp2(-std::numeric_limits<double>::infinity()) == 0.0);
  for (double x = 0; x >= -900; x -= 0.37) {
    if (std::abs(exact_exp2(x) / std::exp2(x) - 1) > 4e-15) FAIL(x);
  }
}
