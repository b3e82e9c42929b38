// SPDX-License-Identifier: Apache-2.0
// How soon a deletion is seen elsewhere: by another handle of this process on a thread of its own, and by another process.
#pragma once

#include "cli/bench/timings.hpp"

#include <mnemic/status.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace mnemic::cli::negative {

struct PropagationOptions {
  std::size_t deletions = 50;   ///< of each kind; 1 or more
  std::size_t memories = 2'000;  ///< around them
  std::function<std::string(std::size_t)> text;  ///< of memory n; any n
  std::string embedder = "builtin";
  std::function<void(std::uint64_t done, std::uint64_t total)> on_progress;
};

/// Milliseconds over all deletions of one kind.
struct Spread {
  bench::Timings call;     ///< of the call itself, durable
  bench::Timings handle;   ///< from its return to the end of the first recall of the other handle without the memory; 0 when that came before
  bench::Timings process;  ///< likewise, of the other process
  std::size_t late = 0;    ///< watchers that got it from a recall begun after the return: must be 0
};

struct Propagation {
  std::size_t deletions = 0;
  Spread forget;
  Spread erase;
  bench::Timings purge;            ///< of the purge after each erasure
  bench::Timings erase_and_purge;  ///< both together
};

/// Makes a store in a temporary directory, gone afterwards. Forks, and uses a thread: call it while no store is open.
/// @errors  kCancelled: interrupted. kIo: no temporary directory, no second process. As Store::open, Scope::forget, Admin::erase, purge.
Result<Propagation> measure_propagation(const PropagationOptions& options);

}  // namespace mnemic::cli::negative
