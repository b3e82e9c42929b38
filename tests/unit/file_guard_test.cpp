// SPDX-License-Identifier: Apache-2.0
// The store file: its mode, what may stand in its place, where it is.
#include "storage/file_guard.hpp"

#include "core/error.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "open_store.hpp"

using namespace mnemic;
using namespace mnemic::test;
using namespace mnemic::storage;
namespace fs = std::filesystem;

namespace {

StatusCode resolve_code(const fs::path& path) {
  try {
    (void)resolve_store_path(path);
    return StatusCode::kOk;
  } catch (const core::StatusError& error) {
    CHECK(contains(error.status().message(), "path"));
    return error.status().code();
  }
}

mode_t mode_of(const fs::path& path) {
  struct stat info {};
  REQUIRE(lstat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

/// Sets the umask for as long as it lives.
struct Umask {
  explicit Umask(mode_t mask) : before(umask(mask)) {}
  ~Umask() { umask(before); }
  mode_t before;
};

}  // namespace

TEST_CASE("file guard: a path is made absolute, its directory resolved", "[file]") {
  const TempDir dir;
  fs::create_directory(dir / "real");
  fs::create_directory_symlink(dir / "real", dir / "link");
  CHECK(resolve_store_path(dir / "link" / "store.db") == (dir / "real" / "store.db").string());
  CHECK(resolve_store_path(dir / "real" / ".." / "real" / "store.db") == (dir / "real" / "store.db").string());
  CHECK(resolve_store_path("store.db") == (fs::canonical(".") / "store.db").string());
  CHECK(resolve_store_path(dir / "sp ace?&#%.db") == (dir / "sp ace?&#%.db").string());
}

TEST_CASE("file guard: what may not stand in its place", "[file]") {
  const TempDir dir;
  fs::create_directory(dir / "sub");
  std::ofstream(dir / "plain") << "x";
  fs::create_symlink(dir / "plain", dir / "link.db");
  fs::create_symlink(dir / "nowhere", dir / "dangling.db");
  REQUIRE(mkfifo((dir / "pipe.db").c_str(), 0600) == 0);
  CHECK(resolve_code(dir / "link.db") == StatusCode::kPermissionDenied);
  CHECK(resolve_code(dir / "dangling.db") == StatusCode::kPermissionDenied);
  CHECK(resolve_code(dir / "sub") == StatusCode::kInvalidArgument);
  CHECK(resolve_code(dir / "pipe.db") == StatusCode::kInvalidArgument);
  CHECK(resolve_code("") == StatusCode::kInvalidArgument);
  CHECK(resolve_code(dir / "") == StatusCode::kInvalidArgument);
  CHECK(resolve_code(dir / "missing" / "store.db") == StatusCode::kNotFound);
  REQUIRE_CODE(Store::open(dir / "plain" / "store.db"), StatusCode::kNotFound);  // no such directory
  for (const char* suffix : {"-wal", "-shm"}) {
    fs::create_symlink(dir / "plain", dir / (std::string("side.db") + suffix));
    CHECK(resolve_code(dir / "side.db") == StatusCode::kPermissionDenied);
    fs::remove(dir / (std::string("side.db") + suffix));
  }
  CHECK(resolve_code(dir / "side.db") == StatusCode::kOk);
  CHECK(resolve_code(dir / "plain") == StatusCode::kOk);
}

TEST_CASE("file guard: a new file is its owner's alone, whatever the umask", "[file]") {
  const TempDir dir;
  for (const mode_t mask : {0000, 0022, 0077}) {
    const Umask umask(mask);
    const std::string path = (dir / ("new" + std::to_string(mask))).string();
    CHECK(ensure_file(path, false) == Presence::kMissing);
    CHECK_FALSE(fs::exists(path));
    CHECK(ensure_file(path, true) == Presence::kCreated);
    CHECK(mode_of(path) == 0600);
    CHECK(ensure_file(path, true) == Presence::kExists);
  }
}

TEST_CASE("file guard: a file that exists keeps its bytes and its mode", "[file]") {
  const TempDir dir;
  std::ofstream(dir / "old") << "kept";
  fs::permissions(dir / "old", fs::perms(0644));
  CHECK(ensure_file((dir / "old").string(), true) == Presence::kExists);
  CHECK(mode_of(dir / "old") == 0644);
  CHECK(fs::file_size(dir / "old") == 4);
}

TEST_CASE("file guard: no file can be made where nobody may write", "[file]") {
  if (geteuid() == 0) return;  // root may write anywhere: nothing to see
  const TempDir dir;
  fs::create_directory(dir / "closed");
  fs::permissions(dir / "closed", fs::perms(0500));
  try {
    (void)ensure_file((dir / "closed" / "store.db").string(), true);
    FAIL("made a file");
  } catch (const core::StatusError& error) {
    CHECK(error.status().code() == StatusCode::kPermissionDenied);
  }
  fs::permissions(dir / "closed", fs::perms(0700));
}

TEST_CASE("file guard: one per file, however often and by whatever name", "[file]") {
  const TempDir dir;
  const std::string path = (dir / "store.db").string();
  REQUIRE(ensure_file(path, true) == Presence::kCreated);
  fs::create_hard_link(path, dir / "other.db");
  auto first = FileGuard::acquire(path);
  auto second = FileGuard::acquire(path);
  auto third = FileGuard::acquire((dir / "other.db").string());
  CHECK(first == second);
  CHECK(first == third);
  FileGuard::release_locks(first);
  FileGuard::release_locks(second);
  FileGuard::release_locks(third);
  first.reset();
  second.reset();
  third.reset();
  const auto fresh = FileGuard::acquire(path);
  CHECK(fresh != nullptr);
  FileGuard::release_locks(fresh);
  FileGuard::release_locks(nullptr);
}

TEST_CASE("file guard: the files beside the store are private too, and gone after the last close", "[file]") {
  const TempDir dir;
  const Umask umask(0);
  {
    const OpenStore s(still_options(), dir / "store.db");
    s.put("something");
    for (const char* name : {"store.db", "store.db-wal", "store.db-shm"}) CHECK(mode_of(dir / name) == 0600);
  }
  CHECK_FALSE(fs::exists(dir / "store.db-wal"));
  CHECK_FALSE(fs::exists(dir / "store.db-shm"));
}

TEST_CASE("file guard: a path is never a URI", "[file]") {
  const TempDir dir;
  const auto here = fs::current_path();
  fs::current_path(dir.path());
  { const OpenStore s(still_options(), "file:odd.db?mode=memory"); }
  fs::current_path(here);
  CHECK(fs::exists(dir / "file:odd.db?mode=memory"));
}
