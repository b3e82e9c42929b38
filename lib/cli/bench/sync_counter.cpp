// SPDX-License-Identifier: Apache-2.0
#include "cli/bench/sync_counter.hpp"

#include <sqlite3.h>

#include <atomic>
#include <mutex>
#include <utility>

namespace mnemic::cli::bench {
namespace {

sqlite3_vfs* real = nullptr;
sqlite3_vfs shim{};
const sqlite3_io_methods* real_methods = nullptr;  // of a WAL: the same for all, because they have no locks
sqlite3_io_methods counting_methods{};
std::atomic<std::uint64_t> syncs{0};
std::mutex mutex;
std::function<bool()> act;

int sync_file(sqlite3_file* file, int flags) {
  ++syncs;
  std::function<bool()> now;
  {
    const std::lock_guard lock(mutex);
    now = act;
  }
  if (now && !now()) return SQLITE_IOERR_FSYNC;
  return real_methods->xSync(file, flags);
}

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  const int code = real->xOpen(real, name, file, flags, out_flags);
  if ((flags & SQLITE_OPEN_WAL) == 0 || file->pMethods == nullptr) return code;
  // The file stays the real one's own; only its table of functions is exchanged for a copy with another xSync.
  static const bool once = [file] {
    real_methods = file->pMethods;
    counting_methods = *real_methods;
    counting_methods.xSync = sync_file;
    return true;
  }();
  if (once && file->pMethods == real_methods) file->pMethods = &counting_methods;
  return code;
}

}  // namespace

SyncCounter::SyncCounter() {
  syncs = 0;
  real = sqlite3_vfs_find(nullptr);
  shim = *real;
  shim.zName = "mnemic-sync-counter";
  shim.pNext = nullptr;
  shim.xOpen = open_file;
  sqlite3_vfs_register(&shim, 1);
}

SyncCounter::~SyncCounter() {
  sqlite3_vfs_register(real, 1);
  sqlite3_vfs_unregister(&shim);
  on_sync(nullptr);
}

void SyncCounter::on_sync(std::function<bool()> next) {
  const std::lock_guard lock(mutex);
  act = std::move(next);
}

std::uint64_t SyncCounter::count() const { return syncs; }

}  // namespace mnemic::cli::bench
