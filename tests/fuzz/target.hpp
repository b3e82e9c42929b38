// SPDX-License-Identifier: Apache-2.0
// Fuzz targets: readers of bytes that nobody vouches for. One per file, named by MNEMIC_FUZZ_TARGET. Built by clang with libFuzzer, each is a
// program of its own (libfuzzer.cpp, scripts/fuzz.sh); built by any compiler, all are one test program that replays their seeds and
// mutations of them (replay_test.cpp).
#pragma once

#include "core/error.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic::fuzz {

struct Target {
  std::string_view name;
  void (*run)(std::string_view bytes);  ///< any bytes: what is wrong with them is said by a StatusError, and nothing else happens
  std::vector<std::string> (*seeds)();  ///< some that are right, to begin from
};

/// The targets of this program.
std::vector<Target>& targets();

struct RegisterTarget {
  explicit RegisterTarget(const Target& target) { targets().push_back(target); }
};

/// Says what went wrong and aborts, so that a fuzzer keeps the bytes.
[[noreturn]] void wrong(std::string_view what);
inline void require(bool holds, std::string_view what) {
  if (!holds) wrong(what);
}

/// Runs `body`, which may throw a StatusError. kInternal is for our own bugs: it is wrong, as is every other exception.
template <typename Body>
void attempt(Body body) {
  const Status status = core::guarded("", [&] { body(); });
  if (status.code() == StatusCode::kInternal) wrong(status.message());
  if (!status.ok()) require(!status.message().empty(), "an error without a message");
}

/// A file of these bytes; the same file, of other bytes, at the next call for that name.
std::filesystem::path file_of(std::string_view name, std::string_view bytes);

}  // namespace mnemic::fuzz

/// MNEMIC_FUZZ_TARGET(name, seeds) { … bytes … }
#define MNEMIC_FUZZ_TARGET(name, seeds)                                                    \
  static void fuzz_##name(std::string_view bytes);                                         \
  static const ::mnemic::fuzz::RegisterTarget register_##name({#name, fuzz_##name, seeds}); \
  static void fuzz_##name(std::string_view bytes)
