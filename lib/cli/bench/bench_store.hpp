// SPDX-License-Identifier: Apache-2.0
// The store that is measured: made, or found as an earlier run made it.
#pragma once

#include "cli/bench/settings.hpp"
#include "cli/bench/text.hpp"
#include "cli/bench/timings.hpp"

#include <mnemic/store.hpp>

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mnemic::cli::bench {

Result<std::vector<std::vector<float>>> embed(Embedder& embedder, std::span<const std::string> texts, EmbedKind kind);
/// Words in it for the embedder to make a vector of.
bool has_vector(Embedder& embedder, const std::string& text);

/// Writing the memories, 1,000 with their vectors to a commit.
struct ImportFigures {
  double per_s = 0;  ///< memories per second of the write calls; embedding is not counted
  Timings batch;     ///< of one write call
};

struct BenchStore {
  std::optional<ImportFigures> import;  ///< unset: the store was there
  std::uint64_t file_bytes = 0;         ///< of the file with the memories alone in it, closed
};

/// Makes the store at `path`, or accepts the one there when the same memories were put into it by an earlier run.
/// @errors  kAlreadyExists: the file there is no bench store, or an unfinished one. kFailedPrecondition: it was made
/// with
///          other memories. kCancelled: interrupted. Otherwise as Store::open and Scope::write.
Result<BenchStore> prepare_store(const std::filesystem::path& path, const Text& text, const Settings& settings);

}  // namespace mnemic::cli::bench
