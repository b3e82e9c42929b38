// SPDX-License-Identifier: Apache-2.0
// ln and 2^x from additions, multiplications and divisions in a fixed order. The C library's own differ in the last bit
// between CPUs with and without fused multiply-add; rankings must not.
#pragma once

#include <cmath>

namespace mnemic::core {

/// Natural logarithm of a positive, finite x; within 1e-15 relative. Artanh series, Abramowitz and Stegun 4.1.27.
inline double exact_log(double x) {
  constexpr double kLn2 = 0.693147180559945309417;
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);  // [0.5, 1)
  if (mantissa < 0.707106781186547524) {
    mantissa *= 2;
    --exponent;
  }
  const double t = (mantissa - 1) / (mantissa + 1);  // |t| < 0.1716
  const double square = t * t;
  double sum = 0;
  for (int k = 23; k >= 1; k -= 2) sum = sum * square + 1.0 / k;
  return exponent * kLn2 + 2 * t * sum;
}

/// 2^x for x in [-1000, 0]; 0 below. Taylor series of e^(f ln 2) for the fraction f.
inline double exact_exp2(double x) {
  if (x < -1000) return 0;
  constexpr double kLn2 = 0.693147180559945309417;
  const double whole = std::floor(x);
  const double y = (x - whole) * kLn2;
  double sum = 1;
  for (int k = 18; k >= 1; --k) sum = 1 + sum * y / k;
  return std::ldexp(sum, static_cast<int>(whole));
}

}  // namespace mnemic::core
