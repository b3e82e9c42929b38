// SPDX-License-Identifier: Apache-2.0
#include "support/fault_vfs.hpp"

#include "support/random.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mnemic::test {
namespace {

struct Pending {
  enum class Kind : std::uint8_t { kCreate, kWrite, kTruncate, kDelete };
  Kind kind = Kind::kWrite;
  std::size_t offset = 0;  // for kTruncate: the new size
  std::string bytes;
};

struct Tracked {
  bool exists = false;  // on the disk
  std::string content;  // on the disk
  std::vector<Pending> pending;
};

void apply_write(std::string& content, std::size_t offset, std::string_view bytes) {
  if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size(), '\0');
  content.replace(offset, bytes.size(), bytes);
}

void apply(Tracked& file, const Pending& change) {
  switch (change.kind) {
    case Pending::Kind::kCreate:
      file.exists = true;
      break;
    case Pending::Kind::kWrite:
      file.exists = true;
      apply_write(file.content, change.offset, change.bytes);
      break;
    case Pending::Kind::kTruncate:
      file.content.resize(change.offset, '\0');
      break;
    case Pending::Kind::kDelete:
      file.exists = false;
      file.content.clear();
      break;
  }
}

struct State {
  std::mutex mutex;
  sqlite3_vfs shim{};
  sqlite3_vfs* real = nullptr;
  std::string directory;
  std::array<std::uint64_t, 6> counts{};
  std::optional<FaultPlan> plan;
  std::uint64_t seen = 0;  // operations of the plan's kinds since it was armed
  bool fired = false;
  bool cut = false;
  bool tracking = false;
  int open_files = 0;
  std::map<std::string, Tracked> files;
};

// Never destroyed: a leaked connection may still call in.
State& state() {
  static State* instance = new State;
  return *instance;
}

bool ours(const State& s, const char* path) {
  return path != nullptr && !s.directory.empty() && std::string_view(path).starts_with(s.directory);
}

enum class Verdict : std::uint8_t { kPass, kFail, kFull, kShort };

// Counts one operation and says what becomes of it. The mutex is held.
Verdict judge(State& s, Io kind) {
  ++s.counts[static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(kind)))];
  if (s.cut) return Verdict::kFail;
  if (!s.plan || (s.plan->kinds & kind) == 0) return Verdict::kPass;
  ++s.seen;
  if (s.seen < s.plan->nth || (s.seen > s.plan->nth && !s.plan->for_good)) return Verdict::kPass;
  s.fired = true;
  switch (s.plan->fault) {
    case Fault::kPowerCut:
      s.cut = true;
      return Verdict::kFail;
    case Fault::kDiskFull:
      return kind == kWriteFile ? Verdict::kFull : Verdict::kFail;
    case Fault::kShortWrite:
      return kind == kWriteFile ? Verdict::kShort : Verdict::kFail;
    case Fault::kIoError:
      break;
  }
  return Verdict::kFail;
}

struct File {
  sqlite3_file base;
  char* path;  // null: not ours
  sqlite3_file* real() noexcept { return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(this) + sizeof(File)); }
};

File* self(sqlite3_file* file) { return reinterpret_cast<File*>(file); }

void note(State& s, const char* path, Pending change) {
  if (!s.tracking) return;
  const auto found = s.files.find(path);
  if (found != s.files.end()) found->second.pending.push_back(std::move(change));
}

int vfs_close(sqlite3_file* file) {
  File* f = self(file);
  const int rc = f->real()->pMethods != nullptr ? f->real()->pMethods->xClose(f->real()) : SQLITE_OK;
  if (f->path != nullptr) {
    std::free(f->path);
    const std::lock_guard lock(state().mutex);
    --state().open_files;
  }
  return rc;
}

int vfs_read(sqlite3_file* file, void* out, int amount, sqlite3_int64 offset) {
  File* f = self(file);
  if (f->path != nullptr) {
    const std::lock_guard lock(state().mutex);
    if (judge(state(), kReadFile) != Verdict::kPass) return SQLITE_IOERR_READ;
  }
  return f->real()->pMethods->xRead(f->real(), out, amount, offset);
}

int vfs_write(sqlite3_file* file, const void* bytes, int amount, sqlite3_int64 offset) {
  File* f = self(file);
  if (f->path == nullptr) return f->real()->pMethods->xWrite(f->real(), bytes, amount, offset);
  State& s = state();
  const std::lock_guard lock(s.mutex);
  const bool was_cut = s.cut;
  const Verdict verdict = judge(s, kWriteFile);
  std::size_t length = static_cast<std::size_t>(amount);
  if (verdict == Verdict::kShort) length /= 2;
  // The write during which the power went may have reached the disk in part.
  if (verdict == Verdict::kPass || verdict == Verdict::kShort || (s.cut && !was_cut)) {
    note(s, f->path, {Pending::Kind::kWrite, static_cast<std::size_t>(offset),
                      std::string(static_cast<const char*>(bytes), length)});
  }
  if (verdict == Verdict::kFail) return SQLITE_IOERR_WRITE;
  if (verdict == Verdict::kFull) return SQLITE_FULL;
  if (length == 0) return SQLITE_IOERR_WRITE;
  const int rc = f->real()->pMethods->xWrite(f->real(), bytes, static_cast<int>(length), offset);
  return verdict == Verdict::kShort ? SQLITE_IOERR_WRITE : rc;
}

int vfs_truncate(sqlite3_file* file, sqlite3_int64 size) {
  File* f = self(file);
  if (f->path == nullptr) return f->real()->pMethods->xTruncate(f->real(), size);
  State& s = state();
  const std::lock_guard lock(s.mutex);
  const bool was_cut = s.cut;
  const Verdict verdict = judge(s, kTruncateFile);
  if (verdict == Verdict::kPass || (s.cut && !was_cut)) {
    note(s, f->path, {Pending::Kind::kTruncate, static_cast<std::size_t>(size), {}});
  }
  if (verdict != Verdict::kPass) return SQLITE_IOERR_TRUNCATE;
  return f->real()->pMethods->xTruncate(f->real(), size);
}

int vfs_sync(sqlite3_file* file, int flags) {
  File* f = self(file);
  if (f->path == nullptr) return f->real()->pMethods->xSync(f->real(), flags);
  State& s = state();
  {
    const std::lock_guard lock(s.mutex);
    if (judge(s, kSyncFile) != Verdict::kPass) return SQLITE_IOERR_FSYNC;
    if (s.tracking) {
      for (auto& [path, tracked] : s.files) {
        if (path == f->path) {
          for (const auto& change : tracked.pending) apply(tracked, change);
          tracked.pending.clear();
        } else {
          // SQLite syncs the directory together with a new file: names become durable, contents do not.
          auto last = std::find_if(tracked.pending.rbegin(), tracked.pending.rend(), [](const Pending& p) {
            return p.kind == Pending::Kind::kCreate || p.kind == Pending::Kind::kDelete;
          });
          if (last == tracked.pending.rend()) continue;
          tracked.exists = last->kind == Pending::Kind::kCreate;
          const bool deleted = std::any_of(tracked.pending.begin(), last.base(),
                                           [](const Pending& p) { return p.kind == Pending::Kind::kDelete; });
          if (deleted) {
            tracked.content.clear();
            tracked.pending.erase(tracked.pending.begin(), last.base());
          } else {
            std::erase_if(tracked.pending, [](const Pending& p) { return p.kind == Pending::Kind::kCreate; });
          }
        }
      }
      return SQLITE_OK;
    }
  }
  return f->real()->pMethods->xSync(f->real(), flags);
}

int vfs_file_size(sqlite3_file* file, sqlite3_int64* size) {
  File* f = self(file);
  if (f->path != nullptr) {
    const std::lock_guard lock(state().mutex);
    if (state().cut) return SQLITE_IOERR_FSTAT;
  }
  return f->real()->pMethods->xFileSize(f->real(), size);
}

int vfs_lock(sqlite3_file* file, int level) { return self(file)->real()->pMethods->xLock(self(file)->real(), level); }
int vfs_unlock(sqlite3_file* file, int level) {
  return self(file)->real()->pMethods->xUnlock(self(file)->real(), level);
}
int vfs_check_reserved(sqlite3_file* file, int* out) {
  return self(file)->real()->pMethods->xCheckReservedLock(self(file)->real(), out);
}
int vfs_file_control(sqlite3_file* file, int op, void* argument) {
  return self(file)->real()->pMethods->xFileControl(self(file)->real(), op, argument);
}
int vfs_sector_size(sqlite3_file* file) { return self(file)->real()->pMethods->xSectorSize(self(file)->real()); }
int vfs_device(sqlite3_file* file) { return self(file)->real()->pMethods->xDeviceCharacteristics(self(file)->real()); }
int vfs_shm_map(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
  return self(file)->real()->pMethods->xShmMap(self(file)->real(), region, size, extend, out);
}
int vfs_shm_lock(sqlite3_file* file, int offset, int n, int flags) {
  return self(file)->real()->pMethods->xShmLock(self(file)->real(), offset, n, flags);
}
void vfs_shm_barrier(sqlite3_file* file) { self(file)->real()->pMethods->xShmBarrier(self(file)->real()); }
int vfs_shm_unmap(sqlite3_file* file, int remove) {
  return self(file)->real()->pMethods->xShmUnmap(self(file)->real(), remove);
}

// Version 2: without xFetch SQLite maps no file, so that every read is seen here.
const sqlite3_io_methods kMethods = {
    2,          vfs_close,        vfs_read,        vfs_write,    vfs_truncate, vfs_sync,        vfs_file_size, vfs_lock,
    vfs_unlock, vfs_check_reserved, vfs_file_control, vfs_sector_size, vfs_device, vfs_shm_map, vfs_shm_lock,
    vfs_shm_barrier, vfs_shm_unmap, nullptr, nullptr};

int vfs_open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  State& s = state();
  File* f = self(file);
  std::memset(f, 0, sizeof(File));
  const bool counted = (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
  const std::lock_guard lock(s.mutex);
  if (counted && ours(s, name)) {
    if (judge(s, kOpenFile) != Verdict::kPass) return SQLITE_IOERR;
    if (s.tracking) {
      std::error_code ignored;
      const bool exists = std::filesystem::exists(name, ignored);
      auto [entry, fresh] = s.files.try_emplace(name);
      if (fresh && exists) {
        // The first open of the file: no lock of SQLite is held yet that closing this stream could drop.
        std::ifstream in(name, std::ios::binary);
        entry->second.exists = true;
        entry->second.content.assign(std::istreambuf_iterator<char>(in), {});
      } else if (!exists && (flags & SQLITE_OPEN_CREATE) != 0) {
        entry->second.pending.push_back({Pending::Kind::kCreate, 0, {}});
      }
    }
    f->path = ::strdup(name);
    ++s.open_files;
  }
  const int rc = s.real->xOpen(s.real, name, f->real(), flags, out_flags);
  if (f->real()->pMethods != nullptr) {
    f->base.pMethods = &kMethods;  // SQLite will call xClose, after a failure too
  } else if (f->path != nullptr) {
    std::free(f->path);
    f->path = nullptr;
    --s.open_files;
  }
  return rc;
}

int vfs_delete(sqlite3_vfs*, const char* name, int sync_directory) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  if (ours(s, name)) {
    const bool was_cut = s.cut;
    const Verdict verdict = judge(s, kDeleteFile);
    if (s.tracking && (verdict == Verdict::kPass || (s.cut && !was_cut))) {
      const auto found = s.files.find(name);
      if (found != s.files.end()) {
        found->second.pending.push_back({Pending::Kind::kDelete, 0, {}});
        if (sync_directory != 0 && verdict == Verdict::kPass) {
          found->second.exists = false;
          found->second.content.clear();
          found->second.pending.clear();
        }
      }
    }
    if (verdict != Verdict::kPass) return SQLITE_IOERR_DELETE;
  }
  return s.real->xDelete(s.real, name, sync_directory);
}

int vfs_access(sqlite3_vfs*, const char* name, int flags, int* out) {
  State& s = state();
  {
    const std::lock_guard lock(s.mutex);
    if (s.cut && ours(s, name)) return SQLITE_IOERR_ACCESS;
  }
  return s.real->xAccess(s.real, name, flags, out);
}

int vfs_full_pathname(sqlite3_vfs*, const char* name, int size, char* out) {
  return state().real->xFullPathname(state().real, name, size, out);
}
void* vfs_dl_open(sqlite3_vfs*, const char* name) { return state().real->xDlOpen(state().real, name); }
void vfs_dl_error(sqlite3_vfs*, int size, char* out) { state().real->xDlError(state().real, size, out); }
void (*vfs_dl_sym(sqlite3_vfs*, void* handle, const char* symbol))(void) {
  return state().real->xDlSym(state().real, handle, symbol);
}
void vfs_dl_close(sqlite3_vfs*, void* handle) { state().real->xDlClose(state().real, handle); }
int vfs_randomness(sqlite3_vfs*, int size, char* out) { return state().real->xRandomness(state().real, size, out); }
int vfs_sleep(sqlite3_vfs*, int us) { return state().real->xSleep(state().real, us); }
int vfs_current_time(sqlite3_vfs*, double* out) { return state().real->xCurrentTime(state().real, out); }
int vfs_last_error(sqlite3_vfs*, int size, char* out) { return state().real->xGetLastError(state().real, size, out); }
int vfs_current_time64(sqlite3_vfs*, sqlite3_int64* out) { return state().real->xCurrentTimeInt64(state().real, out); }

}  // namespace

FaultVfs::FaultVfs(const std::filesystem::path& directory) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  if (s.real == nullptr) {
    sqlite3_initialize();
    s.real = sqlite3_vfs_find(nullptr);
    s.shim = *s.real;
    s.shim.iVersion = std::min(s.real->iVersion, 2);
    s.shim.szOsFile = static_cast<int>(sizeof(File)) + s.real->szOsFile;
    s.shim.pNext = nullptr;
    s.shim.zName = "mnemic-fault";
    s.shim.xOpen = vfs_open;
    s.shim.xDelete = vfs_delete;
    s.shim.xAccess = vfs_access;
    s.shim.xFullPathname = vfs_full_pathname;
    s.shim.xDlOpen = vfs_dl_open;
    s.shim.xDlError = vfs_dl_error;
    s.shim.xDlSym = vfs_dl_sym;
    s.shim.xDlClose = vfs_dl_close;
    s.shim.xRandomness = vfs_randomness;
    s.shim.xSleep = vfs_sleep;
    s.shim.xCurrentTime = vfs_current_time;
    s.shim.xGetLastError = vfs_last_error;
    s.shim.xCurrentTimeInt64 = vfs_current_time64;
  }
  s.directory = directory.string() + "/";
  s.counts = {};
  s.plan.reset();
  s.seen = 0;
  s.fired = s.cut = s.tracking = false;
  s.files.clear();
  sqlite3_vfs_register(&s.shim, 1);
}

FaultVfs::~FaultVfs() {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  sqlite3_vfs_unregister(&s.shim);
  sqlite3_vfs_register(s.real, 1);
  s.directory.clear();
  s.plan.reset();
  s.cut = s.tracking = false;
  s.files.clear();
  if (s.open_files != 0) std::fprintf(stderr, "FaultVfs: %d files still open at its end\n", s.open_files);
}

void FaultVfs::arm(const FaultPlan& plan) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  s.plan = plan;
  s.seen = 0;
  s.fired = false;
}

void FaultVfs::lift() {
  const std::lock_guard lock(state().mutex);
  state().plan.reset();
}

bool FaultVfs::fired() const {
  const std::lock_guard lock(state().mutex);
  return state().fired;
}

std::uint64_t FaultVfs::count(unsigned kinds) const {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  std::uint64_t sum = 0;
  for (std::size_t bit = 0; bit < s.counts.size(); ++bit) {
    if ((kinds >> bit & 1U) != 0) sum += s.counts[bit];
  }
  return sum;
}

void FaultVfs::reset_counts() {
  const std::lock_guard lock(state().mutex);
  state().counts = {};
}

void FaultVfs::track() {
  const std::lock_guard lock(state().mutex);
  state().tracking = true;
}

void FaultVfs::materialize(const std::filesystem::path& directory, Survives survives, std::uint64_t seed) const {
  constexpr std::size_t kSector = 512;
  State& s = state();
  const std::lock_guard lock(s.mutex);
  std::filesystem::create_directories(directory);
  Random random(seed);
  for (const auto& [path, tracked] : s.files) {
    Tracked file = tracked;
    file.pending.clear();
    for (const auto& change : tracked.pending) {
      if (survives == Survives::kNone) break;
      if (survives == Survives::kAll) {
        apply(file, change);
        continue;
      }
      if (change.kind == Pending::Kind::kWrite) {
        for (std::size_t at = 0; at < change.bytes.size();) {
          const std::size_t end = std::min(change.bytes.size(), at + kSector - (change.offset + at) % kSector);
          if (random.chance(50)) apply_write(file.content, change.offset + at, std::string_view(change.bytes).substr(at, end - at));
          at = end;
        }
      } else if (random.chance(50)) {
        apply(file, change);
      } else if (change.kind != Pending::Kind::kTruncate) {
        break;  // the name was never made, or never removed: what came after went to an inode that is not this one
      }
    }
    if (!file.exists) continue;
    std::ofstream out(directory / std::filesystem::path(path).filename(), std::ios::binary | std::ios::trunc);
    out.write(file.content.data(), static_cast<std::streamsize>(file.content.size()));
  }
}

}  // namespace mnemic::test
