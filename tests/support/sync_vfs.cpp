// SPDX-License-Identifier: Apache-2.0
#include "support/sync_vfs.hpp"

#include <sqlite3.h>

#include <atomic>
#include <mutex>
#include <utility>

namespace mnemic::test {
namespace {

sqlite3_vfs* real = nullptr;
sqlite3_vfs shim{};
const sqlite3_io_methods* real_methods = nullptr;
sqlite3_io_methods our_methods{};
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
  const std::lock_guard lock(mutex);
  if (real_methods == nullptr) {
    real_methods = file->pMethods;
    our_methods = *real_methods;
    our_methods.xSync = sync_file;
  }
  if (file->pMethods == real_methods) file->pMethods = &our_methods;
  return code;
}

}  // namespace

SyncVfs::SyncVfs() {
  syncs = 0;
  real = sqlite3_vfs_find(nullptr);
  shim = *real;
  shim.zName = "mnemic-test-sync";
  shim.pNext = nullptr;
  shim.xOpen = open_file;
  sqlite3_vfs_register(&shim, 1);
}

SyncVfs::~SyncVfs() {
  sqlite3_vfs_register(real, 1);
  sqlite3_vfs_unregister(&shim);
  on_sync(nullptr);
}

void SyncVfs::on_sync(std::function<bool()> next) {
  const std::lock_guard lock(mutex);
  act = std::move(next);
}

std::uint64_t SyncVfs::count() const { return syncs; }

}  // namespace mnemic::test
