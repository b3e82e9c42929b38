// SPDX-License-Identifier: Apache-2.0
// Brings a file of memories into a store, in batches.
#pragma once

#include <mnemic/store.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace mnemic::cli {

struct ImportOptions {
  Namespace base;                             ///< a line's `scope` becomes a segment below it
  std::string session;                        ///< for chat messages that name none
  std::size_t batch = 500;                    ///< lines per commit; a commit also ends where the namespace changes
  bool skip_bad = false;                      ///< go on after a bad line
  std::function<void(const Status&)> on_bad;  ///< told of each line skipped
  std::function<void(std::uint64_t bytes, std::uint64_t total)> on_progress;
};

struct ImportReport {
  std::size_t lines = 0;      ///< that were not blank
  std::size_t written = 0;    ///< new memories and changed ones
  std::size_t unchanged = 0;  ///< already there, not written again
  std::size_t skipped = 0;    ///< bad ones
  std::size_t namespaces = 0;
  double seconds = 0;
};

/// `corpus.jsonl` in a directory, or the file itself.
/// @errors  kNotFound: neither is there. kUnsupported: a compressed file.
Result<std::filesystem::path> corpus_file(const std::filesystem::path& path);

/// Imports one file. Lines without a key get one from their content, so that doing it twice changes nothing.
/// @errors  kInvalidArgument: a bad line, named by file and line; nothing of its batch is written, the batches before
/// it
///          are. kCancelled: interrupted, likewise. Otherwise as Scope::write.
Result<ImportReport> import_file(const Store& store, const std::filesystem::path& path, const ImportOptions& options);

}  // namespace mnemic::cli
