// SPDX-License-Identifier: Apache-2.0
// What a run of the bench found out, for people and as JSON.
#pragma once

#include "cli/bench/benchmark.hpp"
#include "cli/console.hpp"

namespace mnemic::cli::bench {

/// The parts that were not measured are unset.
struct Report {
  Json machine;
  Json text;
  std::optional<ImportFigures> import;
  std::optional<SizeFigures> size;
  std::uint64_t file_bytes = 0;  ///< told with `size`
  std::optional<ArmFigures> vector, lexical, recall;
  std::optional<Timings> open;
  std::optional<AppendFigures> append, append_together;  ///< by one thread; by kThreads
};

/// The names are stable: add, never rename.
Json to_json(const Report& report, const Settings& settings);
void print(Console& console, const Report& report, const Settings& settings);

}  // namespace mnemic::cli::bench
