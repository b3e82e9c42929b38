// SPDX-License-Identifier: Apache-2.0
// Random: seeded chance for tests, the same on every machine; and the rules for where a seed comes from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <string>
#include <vector>

namespace mnemic::test {

/// SplitMix64. No std distribution: their results differ between standard libraries.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  /// In [0, n); n > 0.
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }
  /// In [low, high], both included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool chance(unsigned percent) { return next() % 100 < percent; }
  template <typename C>
  const auto& pick(const C& items) {
    return *std::next(std::begin(items), static_cast<std::ptrdiff_t>(below(std::size(items))));
  }
  template <typename T>
  T pick(std::initializer_list<T> items) {
    return *std::next(items.begin(), static_cast<std::ptrdiff_t>(below(items.size())));
  }

 private:
  std::uint64_t state_;
};

/// MNEMIC_TEST_LONG=1: the long forms.
bool long_form();
/// `short_form` or, with MNEMIC_TEST_LONG=1, `long_form`.
std::size_t scaled(std::size_t short_form, std::size_t long_form);
/// MNEMIC_TEST_SEED when set, else {42, a fresh one}. Printed, so that a failure can be repeated.
std::vector<std::uint64_t> seeds();
/// One seed: MNEMIC_TEST_SEED when set, else a fresh one. Printed.
std::uint64_t fresh_seed();

}  // namespace mnemic::test
