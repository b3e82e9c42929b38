// SPDX-License-Identifier: Apache-2.0
// sweep_faults: one piece of work on a store, again and again, and each time the disk fails at another of the changes that it makes.
#pragma once

#include "support/fault_vfs.hpp"
#include "support/random.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>

namespace mnemic::test {

struct FaultSweep {
  std::filesystem::path store;  ///< a closed store, which is copied each time; what a path below names is a copy
  std::size_t places = 0;       ///< about how many changes to fail at, spread over all of them by chance
  std::function<void(const std::filesystem::path& copy)> work;  ///< opens and closes the copy; ends where the fault stops it
  std::function<void(const std::filesystem::path& copy, Random& random)> require_whole;  ///< of what is left, on a disk that works again
};

/// Prints its seed. Fails when no fault came about. Skips the test where the fault VFS cannot reach the library's SQLite.
void sweep_faults(Fault fault, const FaultSweep& sweep);

}  // namespace mnemic::test
