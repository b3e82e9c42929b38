// SPDX-License-Identifier: Apache-2.0
// The measures, one function each. Every one opens the store for itself, so that none finds what another has loaded.
#pragma once

#include "cli/bench/bench_store.hpp"

namespace mnemic::cli::bench {

/// One way to ask.
struct ArmFigures {
  Timings warm;         ///< of one call
  double first_ms = 0;  ///< the first call after opening, which loads the namespace; the files are in the page cache
  std::optional<double> recall;  ///< of the vector arm: tie_aware_recall at k, the mean over the first queries
};

struct SizeFigures {
  std::optional<std::uint64_t> resident_bytes;  ///< what opening and the first recall added to the process
  std::uint64_t cache_bytes = 0;                ///< StoreStats::cache_bytes
};

struct AppendFigures {
  double per_s = 0;  ///< of all threads together
  Timings each;
  double bare_per_s = 0;  ///< of BareSqlite, in turns with the appends; of one thread alone
  double ratio_p50 = 0;   ///< p50 over that of BareSqlite; of one thread alone
  std::optional<double> per_sync;  ///< appends / syncs of the WAL; of several threads, where the syncs can be counted
};

inline constexpr std::size_t kThreads = 8;
inline constexpr std::size_t kTokenBudget = 800;

/// Queries by a given vector, without text; recall at k against the bench's own scan of the vectors as stored.
Result<ArmFigures> measure_vector(const std::filesystem::path& path, const Text& text, const Settings& settings);
/// Queries by text in a store opened without an embedder: words alone.
Result<ArmFigures> measure_lexical(const std::filesystem::path& path, const Text& text, const Settings& settings);
/// Text in, packed context of kTokenBudget out.
Result<ArmFigures> measure_recall(const std::filesystem::path& path, const Text& text, const Settings& settings);
Result<SizeFigures> measure_size(const std::filesystem::path& path, const Text& text, const Settings& settings);
/// Store::open and one recall in the small scope, several times.
Result<Timings> measure_open(const std::filesystem::path& path, const Text& text, const Settings& settings);
/// Durable puts by one thread, in turns with what a bare SQLite does for one row.
Result<AppendFigures> measure_append(const std::filesystem::path& path, const Text& text, const Settings& settings);
/// Durable puts by kThreads threads at once.
Result<AppendFigures> measure_append_together(const std::filesystem::path& path, const Text& text, const Settings& settings);

}  // namespace mnemic::cli::bench
