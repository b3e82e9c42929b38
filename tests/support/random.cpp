// SPDX-License-Identifier: Apache-2.0
#include "support/random.hpp"

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>
#include <string_view>

namespace mnemic::test {
namespace {

std::optional<std::uint64_t> seed_from_environment() {
  const char* text = std::getenv("MNEMIC_TEST_SEED");
  if (text == nullptr || *text == '\0') return std::nullopt;
  return std::strtoull(text, nullptr, 0);
}

std::uint64_t announce(std::uint64_t seed) {
  std::printf("seed %llu (repeat with MNEMIC_TEST_SEED=%llu)\n", static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  return seed;
}

std::uint64_t from_device() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}

}  // namespace

std::uint64_t Random::next() {
  state_ += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

bool long_form() {
  const char* text = std::getenv("MNEMIC_TEST_LONG");
  return text != nullptr && std::string_view(text) == "1";
}

std::size_t scaled(std::size_t short_form, std::size_t long_) { return long_form() ? long_ : short_form; }

std::vector<std::uint64_t> seeds() {
  if (auto given = seed_from_environment()) return {announce(*given)};
  return {42, announce(from_device())};
}

std::uint64_t fresh_seed() {
  if (auto given = seed_from_environment()) return announce(*given);
  return announce(from_device());
}

}  // namespace mnemic::test
