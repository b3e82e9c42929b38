// SPDX-License-Identifier: Apache-2.0
#include "support/fault_sweep.hpp"

#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "support/test_main.hpp"

#include <algorithm>

namespace mnemic::test {
namespace {

namespace fs = std::filesystem;

fs::path copied(const fs::path& store, const fs::path& directory) {
  fs::create_directories(directory);
  fs::copy_file(store, directory / "store.db");
  return directory / "store.db";
}

std::uint64_t changes_of(const FaultSweep& sweep) {
  const TempDir dir;
  const fs::path copy = copied(sweep.store, dir / "x");
  FaultVfs vfs(dir / "x");
  sweep.work(copy);
  return vfs.count(kChanges);
}

}  // namespace

void sweep_faults(Fault fault, const FaultSweep& sweep) {
#ifndef MNEMIC_STATIC_DEFINE
  MNEMIC_SKIP("a shared mnemic carries its own SQLite, which the fault VFS cannot reach");
#endif
  const std::uint64_t all = changes_of(sweep);
  const std::uint64_t seed = fresh_seed();
  Random random(seed);
  const std::uint64_t step = std::max<std::uint64_t>(1, all / sweep.places);
  std::size_t failures = 0;
  for (std::uint64_t nth = 1; nth <= all; nth += 1 + random.below(2 * step)) {
    INFO("fault at " << nth << " of " << all << ", seed " << seed);
    const TempDir dir;
    fs::path left = copied(sweep.store, dir / "x");
    {
      FaultVfs vfs(dir / "x");
      if (fault == Fault::kPowerCut) vfs.track();
      vfs.arm({.kinds = kChanges, .nth = nth, .fault = fault});
      sweep.work(left);
      failures += vfs.fired();
      if (fault == Fault::kPowerCut) {
        left = dir / "cut" / "store.db";
        vfs.materialize(dir / "cut", random.pick({Survives::kNone, Survives::kAll, Survives::kRandom}), seed + nth);
      }
      vfs.lift();
    }
    sweep.require_whole(left, random);
  }
  CHECK(failures > 0);
}

}  // namespace mnemic::test
