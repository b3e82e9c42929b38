// SPDX-License-Identifier: Apache-2.0
// Backup takes the place of an older one of the same store and of nothing else; restore puts one in the place of a store that nobody has open.
#include "storage/sqlite/exclusive.hpp"
#include "support/sqlite_raw.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "open_store.hpp"

using namespace mnemic;
using namespace mnemic::test;
namespace fs = std::filesystem;

namespace {

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

void spit(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes; }

std::set<std::string> names_in(const fs::path& directory) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory)) names.insert(entry.path().filename().string());
  return names;
}

std::set<std::string> texts_in(const fs::path& path) {
  const Store store = Store::open(path, still_options()).value();
  std::set<std::string> texts;
  for (const Memory& memory : store.scope({"acme", "ada"})->list().value()) texts.insert(memory.text);
  CHECK(store.check()->clean());
  return texts;
}

using Texts = std::set<std::string>;

}  // namespace

TEST_CASE("a backup takes the place of an older one of the same store") {
  const TempDir dir;
  OpenStore s(still_options(), dir / "store.db");
  s.put("first");
  std::vector<std::uint64_t> done;
  const auto one = s.store.backup(dir / "b.db", {.progress = [&](std::uint64_t pages, std::uint64_t) { done.push_back(pages); }});
  REQUIRE_OK(one);
  CHECK_FALSE(one->replaced);
  CHECK(one->bytes == fs::file_size(dir / "b.db"));
  CHECK(one->pages * 4096 == one->bytes);
  CHECK(one->seq == s.store.stats()->seq);
  REQUIRE_FALSE(done.empty());
  CHECK(done.back() == one->pages);
  s.put("second");
  const auto two = s.store.backup(dir / "b.db");
  REQUIRE_OK(two);
  CHECK(two->replaced);
  CHECK(names_in(dir.path()) == Texts{"b.db", "store.db", "store.db-shm", "store.db-wal"});
  struct stat info {};
  REQUIRE(stat((dir / "b.db").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK(texts_in(dir / "b.db") == Texts{"first", "second"});
  REQUIRE_OK(s.store.backup(dir / "b.db"));  // of which it was opened meanwhile
}

TEST_CASE("a backup replaces nothing that is no backup of this store") {
  const TempDir dir;
  OpenStore s(still_options(), dir / "store.db");
  s.put("first");
  spit(dir / "text", "not a database");
  OpenStore other({.clock = std::make_shared<ManualClock>()}, dir / "other.db");
  other.put("of somebody else");
  REQUIRE_OK(other.store.backup(dir / "other-backup.db"));
  { RawDb db(dir / "foreign.db"); db.run("CREATE TABLE t (a)"); }
  REQUIRE_OK(s.store.backup(dir / "ahead.db"));
  { OpenStore ahead(still_options(), dir / "ahead.db"); ahead.put("a life of its own"); REQUIRE_OK(ahead.store.close()); }
  for (const char* name : {"text", "other-backup.db", "foreign.db", "ahead.db"}) {
    INFO(name);
    const std::string before = slurp(dir / name);
    REQUIRE_CODE(s.store.backup(dir / name), StatusCode::kFailedPrecondition);
    CHECK(slurp(dir / name) == before);
  }
  REQUIRE_CODE(s.store.backup(dir / "store.db"), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.store.backup(":memory:"), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.store.backup(dir / "nowhere" / "b.db"), StatusCode::kNotFound);
  fs::create_symlink(dir / "text", dir / "link");
  REQUIRE_CODE(s.store.backup(dir / "link"), StatusCode::kPermissionDenied);
}

TEST_CASE("a backup that is open is not replaced") {
  const TempDir dir;
  OpenStore s(still_options(), dir / "store.db");
  s.put("first");
  REQUIRE_OK(s.store.backup(dir / "b.db"));
  const Store reader = Store::open(dir / "b.db", [] { Options o = still_options(); o.access = Access::kReadOnly; return o; }()).value();
  s.put("second");
  REQUIRE_CODE(s.store.backup(dir / "b.db"), StatusCode::kBusy);
}

TEST_CASE("a backup that is stopped, or of a damaged store, leaves the older one") {
  const TempDir dir;
  OpenStore s(still_options(), dir / "store.db");
  s.put("a text that is easy to find");
  REQUIRE_OK(s.store.backup(dir / "b.db"));
  const std::string before = slurp(dir / "b.db");
  s.put("second");
  std::stop_source stop;
  stop.request_stop();
  REQUIRE_CODE(s.store.backup(dir / "b.db", {.stop = stop.get_token()}), StatusCode::kCancelled);
  { RawDb db(dir / "store.db"); REQUIRE(db.run("UPDATE versions SET text = 'another' WHERE version = 1") == SQLITE_OK); }
  REQUIRE_CODE(s.store.backup(dir / "b.db"), StatusCode::kCorruption);
  CHECK(slurp(dir / "b.db") == before);
  REQUIRE_OK(s.store.backup(dir / "b.db", {.verify = false}));
  CHECK(names_in(dir.path()) == Texts{"b.db", "store.db", "store.db-shm", "store.db-wal"});
}

TEST_CASE("a store in memory is backed up") {
  const TempDir dir;
  OpenStore s;
  s.put("first");
  REQUIRE_OK(s.store.backup(dir / "b.db"));
  s.put("second");
  REQUIRE_OK(s.store.backup(dir / "b.db"));
  CHECK(texts_in(dir / "b.db") == Texts{"first", "second"});
}

TEST_CASE("restore puts a backup in the place of the store") {
  const TempDir dir;
  {
    OpenStore s(still_options(), dir / "store.db");
    s.put("first");
    REQUIRE_OK(s.store.backup(dir / "b.db"));
    s.put("second");
    REQUIRE_CODE(restore_store(dir / "b.db", dir / "store.db"), StatusCode::kBusy);
  }
  const std::string backup = slurp(dir / "b.db");
  const auto dry = restore_store(dir / "b.db", dir / "store.db", {.dry_run = true});
  REQUIRE_OK(dry);
  CHECK(dry->changes_undone == 1);
  CHECK(dry->memories == 1);
  CHECK(dry->kept.empty());
  CHECK(texts_in(dir / "store.db") == Texts{"first", "second"});
  const auto report = restore_store(dir / "b.db", dir / "store.db");
  REQUIRE_OK(report);
  CHECK(report->replaced);
  CHECK(report->kept == dir / "store.db.replaced-1");
  CHECK(slurp(dir / "b.db") == backup);
  CHECK(names_in(dir.path()) == Texts{"b.db", "store.db", "store.db.replaced-1"});
  CHECK(texts_in(dir / "store.db") == Texts{"first"});
  CHECK(texts_in(dir / "store.db.replaced-1") == Texts{"first", "second"});
  REQUIRE_OK(restore_store(dir / "b.db", dir / "store.db", {.keep_replaced = false}));
  CHECK(names_in(dir.path()) == Texts{"b.db", "store.db", "store.db.replaced-1"});
  // Where nothing is.
  const auto elsewhere = restore_store(dir / "b.db", dir / "new.db");
  REQUIRE_OK(elsewhere);
  CHECK_FALSE(elsewhere->replaced);
  CHECK(texts_in(dir / "new.db") == Texts{"first"});
}

TEST_CASE("restore refuses a damaged backup, another store, and what it cannot read") {
  const TempDir dir;
  {
    OpenStore s(still_options(), dir / "store.db");
    s.put("a text that is easy to find");
    REQUIRE_OK(s.store.backup(dir / "b.db"));
  }
  const std::string whole = slurp(dir / "b.db");
  const std::string store = slurp(dir / "store.db");
  std::string spoilt = whole;
  spoilt[encrypted_run() ? spoilt.size() - 2000 : spoilt.find("easy to find")] ^= 1;
  spit(dir / "spoilt.db", spoilt);
  REQUIRE_CODE(restore_store(dir / "spoilt.db", dir / "store.db"), StatusCode::kCorruption);
  spit(dir / "cut.db", whole.substr(0, whole.size() / 2));
  CHECK_FALSE(restore_store(dir / "cut.db", dir / "store.db").ok());
  REQUIRE_CODE(restore_store(dir / "missing.db", dir / "store.db"), StatusCode::kNotFound);
  REQUIRE_CODE(restore_store(dir / "store.db", dir / "store.db"), StatusCode::kInvalidArgument);
  spit(dir / "text", "this is no store at all");
  CHECK_FALSE(restore_store(dir / "text", dir / "store.db").ok());
  CHECK(slurp(dir / "store.db") == store);

  { OpenStore other({.clock = std::make_shared<ManualClock>()}, dir / "other.db"); other.put("mine"); }
  REQUIRE_CODE(restore_store(dir / "b.db", dir / "other.db"), StatusCode::kFailedPrecondition);
  CHECK(texts_in(dir / "other.db") == Texts{"mine"});
  REQUIRE_CODE(restore_store(dir / "b.db", dir / "text"), StatusCode::kFailedPrecondition);
  CHECK(slurp(dir / "text") == "this is no store at all");
  // One whose tables cannot be read, under a header that can.
  std::string headless = store;
  for (std::size_t at = 4096; at < headless.size(); ++at) headless[at] = 'x';
  spit(dir / "store.db", headless);
  REQUIRE_CODE(restore_store(dir / "b.db", dir / "store.db"), StatusCode::kFailedPrecondition);
  CHECK(slurp(dir / "store.db") == headless);
  REQUIRE_OK(restore_store(dir / "b.db", dir / "store.db", {.keep_replaced = false, .force = true}));
  CHECK(texts_in(dir / "store.db") == Texts{"a text that is easy to find"});
  // A store that is damaged beyond reading, with a WAL of its own, which must not be taken for one of what takes its place.
  const std::string beyond_reading(8192, 'x');
  spit(dir / "store.db", beyond_reading);
  spit(dir / "store.db-wal", std::string(5000, 'w'));
  REQUIRE_CODE(restore_store(dir / "b.db", dir / "store.db"), StatusCode::kFailedPrecondition);
  const auto forced = restore_store(dir / "b.db", dir / "store.db", {.force = true});
  REQUIRE_OK(forced);
  CHECK(texts_in(dir / "store.db") == Texts{"a text that is easy to find"});
  CHECK((slurp(dir / "store.db.replaced-1") == beyond_reading));
  CHECK_FALSE(fs::exists(dir / "store.db-wal"));
}

TEST_CASE("whoever is alone with a file keeps others out") {
  const TempDir dir;
  { OpenStore s(still_options(), dir / "store.db"); s.put("first"); }
  Options options = still_options();
  options.busy_timeout = std::chrono::milliseconds(0);
  {
    const storage::Exclusive alone((dir / "store.db").string(), storage::FileKey::of(""));
    REQUIRE_CODE(Store::open(dir / "store.db", options), StatusCode::kBusy);
  }
  REQUIRE_OK(Store::open(dir / "store.db", options));
}
