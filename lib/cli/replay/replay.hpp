// SPDX-License-Identifier: Apache-2.0
// A history of several sessions, line by line from a file, under a clock that the file moves: what is written, changed, forgotten and
// erased, and between them what must be found then and what must not. The format: docs/command-line.md.
#pragma once

#include <mnemic/status.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace mnemic::cli {

struct ReplayOptions {
  std::filesystem::path store;       ///< a new file
  std::string embedder = "builtin";
  std::function<void(std::uint64_t bytes, std::uint64_t total)> on_progress;
};

/// An expectation that was not met.
struct Unmet {
  std::size_t line = 0;
  std::string op;
  std::string what;  ///< with the text that was expected, or not expected
};

struct ReplayReport {
  std::size_t lines = 0;     ///< that were not blank
  std::size_t sessions = 0;  ///< by namespace and id
  std::size_t expectations = 0;  ///< each text of `has` and `has_not`, each `count`, each `fails`
  std::size_t met = 0;
  std::size_t stale = 0;     ///< found what must not be found
  std::size_t missing = 0;   ///< did not find what must be
  std::vector<Unmet> unmet;  ///< the first 100, in order
};

/// Plays the file against a new store. An expectation that is not met is no error.
/// @errors  kInvalidArgument: a bad line, named by file and line, or a time before that of an earlier one. kAlreadyExists: something is at
///          `store`. kCancelled: interrupted. Otherwise what an operation answered, with its line, unless the line says that it fails.
Result<ReplayReport> replay(const std::filesystem::path& history, const ReplayOptions& options);

}  // namespace mnemic::cli
