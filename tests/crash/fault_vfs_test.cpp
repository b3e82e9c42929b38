// SPDX-License-Identifier: Apache-2.0
// The power-cut simulator itself, tried on plain SQLite: a test of promises needs a disk that really forgets.
#include "support/catch.hpp"
#include "support/fault_vfs.hpp"
#include "support/random.hpp"
#include "support/sqlite_raw.hpp"
#include "support/temp_dir.hpp"

#include <string>

using namespace mnemic::test;

namespace {

// Rows that a plain WAL database acknowledged before the power went; -1: not even the table.
int write_until_it_fails(const std::filesystem::path& path, const char* synchronous) {
  RawDb db(path);
  db.run("PRAGMA journal_mode=WAL");
  db.run(std::string("PRAGMA synchronous=") + synchronous);
  db.run("PRAGMA wal_autocheckpoint=4");
  if (db.run("CREATE TABLE t(n INTEGER PRIMARY KEY, body TEXT)") != SQLITE_OK) return -1;
  int acknowledged = 0;
  for (int n = 1; n <= 12; ++n) {
    if (db.run("INSERT INTO t VALUES(" + std::to_string(n) + ", hex(randomblob(1500)))") != SQLITE_OK) break;
    acknowledged = n;
  }
  return acknowledged;
}

}  // namespace

TEST_CASE("fault vfs counts, fails once, and lets go") {
  const TempDir dir;
  FaultVfs vfs(dir.path());
  {
    RawDb db(dir / "x.db");
    REQUIRE(db.run("PRAGMA journal_mode=WAL") == SQLITE_OK);
    REQUIRE(db.run("PRAGMA synchronous=FULL") == SQLITE_OK);
    REQUIRE(db.run("CREATE TABLE t(a)") == SQLITE_OK);
    vfs.reset_counts();
    REQUIRE(db.run("INSERT INTO t VALUES(1)") == SQLITE_OK);
    CHECK(vfs.count(kSyncFile) == 1);
    CHECK(vfs.count(kWriteFile) >= 2);

    vfs.arm({.kinds = kWriteFile, .nth = 1, .fault = Fault::kDiskFull});
    CHECK((db.run("INSERT INTO t VALUES(2)") & 0xff) == SQLITE_FULL);
    CHECK(vfs.fired());
    CHECK(db.run("INSERT INTO t VALUES(3)") == SQLITE_OK);

    vfs.arm({.kinds = kSyncFile, .nth = 1, .fault = Fault::kIoError, .for_good = true});
    CHECK((db.run("INSERT INTO t VALUES(4)") & 0xff) == SQLITE_IOERR);
    CHECK((db.run("INSERT INTO t VALUES(5)") & 0xff) == SQLITE_IOERR);
    vfs.lift();
    CHECK(db.run("INSERT INTO t VALUES(6)") == SQLITE_OK);

    vfs.arm({.kinds = kWriteFile, .nth = 2, .fault = Fault::kShortWrite});
    CHECK((db.run("INSERT INTO t VALUES(7)") & 0xff) == SQLITE_IOERR);
    vfs.lift();
    CHECK(db.one("SELECT group_concat(a) FROM t") == "1,3,6");
    CHECK(db.one("PRAGMA integrity_check") == "ok");
  }
  vfs.arm({.kinds = kOpenFile, .nth = 1});
  CHECK_THROWS(RawDb(dir / "y.db"));
}

TEST_CASE("after a simulated power cut full synchronous keeps every row, off loses some") {
  const TempDir dir;
  std::uint64_t operations = 0;
  {
    FaultVfs vfs(dir.path());
    vfs.track();
    REQUIRE(write_until_it_fails(dir / "count.db", "FULL") == 12);
    operations = vfs.count(kChanges);
  }
  REQUIRE(operations > 40);
  int lost_when_off = 0;
  for (const bool full : {true, false}) {
    for (std::uint64_t nth = 1; nth <= operations; nth += long_form() ? 1 : full ? 3 : 7) {
      const auto home = dir.path() / ((full ? "full" : "off") + std::to_string(nth));
      std::filesystem::create_directories(home);
      FaultVfs vfs(home);
      vfs.track();
      vfs.arm({.kinds = kChanges, .nth = nth, .fault = Fault::kPowerCut});
      const int acknowledged = write_until_it_fails(home / "x.db", full ? "FULL" : "OFF");
      for (const Survives survives : {Survives::kNone, Survives::kAll, Survives::kRandom}) {
        const auto after = dir.path() / "after";
        std::filesystem::remove_all(after);
        vfs.materialize(after, survives, nth);
        RawDb db(after / "x.db");
        INFO("cut at " << nth << ", variant " << static_cast<int>(survives));
        const bool sound = db.one("PRAGMA integrity_check") == "ok";
        const std::string rows = db.one("SELECT count(*) FROM t");
        const int present = rows.empty() ? -1 : std::stoi(rows);
        if (full) {
          REQUIRE(sound);
          REQUIRE(present >= acknowledged);
          REQUIRE(present <= acknowledged + 1);
        } else if (!sound || present < acknowledged) {
          ++lost_when_off;
        }
      }
      std::filesystem::remove_all(home);
    }
  }
  CHECK(lost_when_off > 0);  // otherwise the simulation forgets nothing and proves nothing
}
