// SPDX-License-Identifier: Apache-2.0
// Snapshots: the copy is the store, in one file, in nobody's place; a failed one leaves nothing.
#include "core/error.hpp"
#include "storage/new_file.hpp"
#include "support/sqlite_raw.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "open_store.hpp"

using namespace mnemic;
using namespace mnemic::test;
namespace fs = std::filesystem;

namespace {

/// Every layer, a session, links, ended versions, a grant, a second namespace.
void fill(const OpenStore& s) {
  const MemoryId note = s.scope.put({.key = "seat", .text = "Prefers window seats", .tags = {"travel"}}).value();
  REQUIRE_OK(s.scope.update(note, {.text = "Prefers aisle seats"}));
  (void)s.scope.forget(s.put("soon forgotten")).value();
  const MemoryId turn = s.scope.session("s1").append(Turn{.author = "user", .text = "I moved to Lisbon"}).value();
  REQUIRE_OK(s.scope.session("s1").append(Turn{.author = "assistant", .text = "Noted."}));
  s.clock->advance(std::chrono::hours(1));
  REQUIRE_OK(s.scope.facts().assert_fact({.subject = "Ada", .attribute = "lives in", .value = "Porto"}));
  s.clock->advance(std::chrono::hours(1));
  REQUIRE_OK(s.scope.facts().assert_fact({.subject = "Ada", .attribute = "lives in", .value = "Lisbon", .sources = {turn}}));
  REQUIRE_OK(s.scope.episodes().record({.text = "The move", .who = {"Ada"}, .sources = {turn}}));
  REQUIRE_OK(s.scope.skills().record_run({.goal = "book a flight", .steps = {{.tool = "search"}}, .outcome = Outcome::kSuccess}));
  REQUIRE_OK(s.scope.relate(note, "about", turn, Json::object({{"n", 1}})));
  REQUIRE_OK(s.store.scope({"other"})->put({.text = "of somebody else", .vectors = {{"v", {3, 4}}}}));
  REQUIRE_OK(s.store.admin().grant({"acme", "ada"}, {"other"}));
}

/// What a store says of itself, in one text.
std::string picture(const Store& store) {
  std::string all;
  const auto add = [&](const Json& json) { all += json.dump() + "\n"; };
  const auto stats = store.stats().value();
  add(Json(static_cast<std::int64_t>(stats.seq)));
  add(Json(static_cast<std::int64_t>(stats.versions)));
  for (const Namespace& name : store.admin().namespaces().value()) {
    const Scope scope = store.scope(name).value();
    const auto page = scope.list({.order = Order::kCreated, .limit = 1000}).value();
    for (const Memory& memory : page) {
      for (const Memory& version : store.admin().history(memory.id).value()) add(to_json(version));
      for (const Related& related : scope.related(memory.id).value()) add(to_json(related));
    }
    for (const Fact& fact : scope.facts().list({.all = true}).value()) add(to_json(fact));
    for (const Episode& episode : scope.episodes().timeline().value()) add(to_json(episode));
    for (const Skill& skill : scope.skills().list().value()) all += skill.name + " " + std::to_string(skill.successes) + "\n";
    for (const Memory& turn : scope.session("s1").window().value()) add(to_json(turn));
    for (const Hit& hit : scope.recall({.text = "Where are the window seats to Lisbon?"}).value().hits) add(to_json(hit));
  }
  for (const Grant& grant : store.admin().grants().value()) all += grant.reader.to_string() + " " + grant.target.to_string() + "\n";
  return all;
}

std::vector<std::string> names_in(const fs::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

/// The rights of nobody while it lives, when this is root.
struct AsNobody {
  AsNobody() : root(geteuid() == 0), done(!root || seteuid(65534) == 0) {}
  ~AsNobody() {
    if (root && seteuid(0) != 0) std::abort();
  }
  bool root, done;
};

}  // namespace

TEST_CASE("snapshot: the copy is the store, all of it, in one file", "[snapshot]") {
  const TempDir dir;
  const std::string source = GENERATE("file", "memory", "read-only", "relaxed", "empty");
  INFO(source);
  Options options = still_options();
  if (source == "relaxed") options.durability = Durability::kRelaxed;
  fs::create_directory(dir / "live");
  fs::create_directory(dir / "copies");
  const OpenStore s(options, source == "memory" ? fs::path(":memory:") : dir / "live" / "store.db");
  if (source != "empty") fill(s);
  std::optional<Store> reader;
  if (source == "read-only") reader = Store::open(dir / "live" / "store.db", {.access = Access::kReadOnly, .clock = s.clock}).value();
  const Store& store = reader ? *reader : s.store;
  const std::string before = picture(store);
  const auto live = names_in(dir / "live");

  const fs::path path = dir / "copies" / "copy.db";
  REQUIRE_OK(store.snapshot(path));
  CHECK(names_in(dir / "copies") == std::vector<std::string>{"copy.db"});
  CHECK(names_in(dir / "live") == live);
  CHECK(picture(store) == before);
  struct stat info {};
  REQUIRE(lstat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0600);
  if (!encrypted_run()) {  // where nothing of the header is to be seen
    const std::string header = slurp(path).substr(0, 100);
    CHECK(header.substr(18, 2) == "\2\2");  // WAL, and no WAL beside it
    CHECK(header.substr(68, 4) == "mnem");
  }

  const OpenStore copy({.clock = s.clock}, path);
  CHECK(picture(copy.store) == before);
  CHECK(copy.store.check()->clean());
  CHECK(copy.store.stats()->file_bytes == slurp(path).size());
}

TEST_CASE("snapshot: any SQLite tool reads the copy while the store goes on", "[snapshot]") {
  const TempDir dir;
  const OpenStore s(still_options(), dir / "store.db");
  fill(s);
  REQUIRE_OK(s.store.snapshot(dir / "copy.db"));
  RawDb raw(dir / "copy.db");
  CHECK(raw.one("PRAGMA integrity_check") == "ok");
  CHECK(raw.one("PRAGMA journal_mode") == "wal");
  CHECK(raw.one("PRAGMA page_size") == "4096");
  CHECK(raw.one("PRAGMA auto_vacuum") == "2");
  CHECK(raw.one("SELECT count(*) FROM versions") == std::to_string(s.store.stats()->versions));
  CHECK(raw.run("DELETE FROM tail") == SQLITE_OK);
  CHECK(s.store.check()->clean());
  REQUIRE_OK(s.scope.put({.text = "after the copy"}));
}

TEST_CASE("snapshot: store and copy go their own ways", "[snapshot]") {
  const TempDir dir;
  const OpenStore s(still_options(), GENERATE(false, true) ? fs::path(":memory:") : dir / "store.db");
  s.put("one");
  REQUIRE_OK(s.store.snapshot(dir / "1.db"));
  s.put("two");
  REQUIRE_OK(s.store.snapshot(dir / "2.db"));
  const OpenStore first({.clock = s.clock}, dir / "1.db"), second({.clock = s.clock}, dir / "2.db");
  CHECK(first.scope.count().value() == 1);
  first.put("three");
  first.put("four");
  CHECK(second.scope.count().value() == 2);
  CHECK(s.scope.count().value() == 2);
  REQUIRE_OK(first.store.snapshot(dir / "3.db"));  // of a copy
  const OpenStore third(still_options(), dir / "3.db");
  CHECK(third.scope.count().value() == 3);
  for (const OpenStore* store : {&s, &first, &second, &third}) CHECK(store->store.check()->clean());
}

TEST_CASE("snapshot: a store with one reader can be copied too", "[snapshot]") {
  const TempDir dir;
  const OpenStore s(still_options({.readers = 1}), dir / "store.db");
  s.put("one");
  REQUIRE_OK(s.store.snapshot(dir / "copy.db"));
  CHECK(s.scope.count().value() == 1);
}

TEST_CASE("snapshot: what is there is left alone", "[snapshot]") {
  const TempDir dir;
  const OpenStore s(still_options(), dir / "store.db");
  fs::create_directory(dir / "out");
  fs::create_directory(dir / "out" / "directory");
  std::ofstream(dir / "out" / "file") << "kept";
  std::ofstream(dir / "out" / "empty").flush();
  fs::create_symlink(dir / "nowhere", dir / "out" / "dangling");
  fs::create_symlink(dir / "out" / "file", dir / "out" / "link");
  for (const char* beside : {"a-wal", "b-shm", "c-journal"}) std::ofstream(dir / "out" / beside) << "left";
  const auto before = names_in(dir / "out");
  for (const char* taken : {"directory", "file", "empty", "dangling", "link", "a", "b", "c", ".", ".."}) {
    INFO(taken);
    const Status refused = s.store.snapshot(dir / "out" / taken);
    REQUIRE_CODE(refused, StatusCode::kAlreadyExists);
    CHECK(contains(refused.message(), "snapshot: path: "));
  }
  REQUIRE_CODE(s.store.snapshot(dir / "store.db"), StatusCode::kAlreadyExists);
  REQUIRE_CODE(s.store.snapshot(dir / "store.db-wal"), StatusCode::kAlreadyExists);
  CHECK(names_in(dir / "out") == before);
  CHECK(slurp(dir / "out" / "file") == "kept");
  CHECK_FALSE(fs::exists(dir / "nowhere"));
}

TEST_CASE("snapshot: what appears during the copying is left alone", "[snapshot]") {
  const TempDir dir;
  for (const char* late : {"x", "x-wal"}) {
    {
      storage::NewFile file(dir / "x");
      CHECK(names_in(dir.path()).size() == 1);
      std::ofstream(dir / late) << "of another";
      try {
        file.publish();
        FAIL("published");
      } catch (const core::StatusError& error) {
        CHECK(error.status().code() == StatusCode::kAlreadyExists);
      }
    }
    CHECK(names_in(dir.path()) == std::vector<std::string>{late});
    CHECK(slurp(dir / late) == "of another");
    fs::remove(dir / late);
  }
}

TEST_CASE("snapshot: paths that cannot be", "[snapshot]") {
  const TempDir dir;
  const OpenStore s(still_options(), dir / "store.db");
  std::ofstream(dir / "file") << "x";
  const auto before = names_in(dir.path());
  REQUIRE_CODE(s.store.snapshot(""), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.store.snapshot(":memory:"), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.store.snapshot(dir / ""), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.store.snapshot(dir / std::string("a\0b", 3)), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.store.snapshot(dir / std::string(300, 'x')), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.store.snapshot(dir / std::string(250, 'x')), StatusCode::kInvalidArgument);  // no room for "-journal"
  REQUIRE_CODE(s.store.snapshot(dir / "missing" / "x"), StatusCode::kNotFound);
  REQUIRE_CODE(s.store.snapshot(dir / "file" / "x"), StatusCode::kNotFound);
  CHECK(names_in(dir.path()) == before);
  REQUIRE_OK(s.store.snapshot(dir / "sp ace?mode=ro&#%.db"));  // a path, no URI
  CHECK(fs::exists(dir / "sp ace?mode=ro&#%.db"));
  fs::create_directory_symlink(dir.path(), dir / "way");
  REQUIRE_OK(s.store.snapshot(dir / "way" / "y.db"));
  CHECK(fs::is_regular_file(dir / "y.db"));
}

TEST_CASE("snapshot: a directory that may not be written, or not be entered", "[snapshot]") {
  const TempDir dir;
  const OpenStore s;
  s.put("one");
  fs::permissions(dir.path(), fs::perms(0755));
  for (const int mode : {0555, 0444, 0333}) {
    const fs::path closed = dir / ("m" + std::to_string(mode));
    fs::create_directory(closed);
    fs::permissions(closed, fs::perms(mode));
  }
  {
    const AsNobody nobody;
    if (nobody.done) {
      for (const auto& entry : fs::directory_iterator(dir.path())) {
        INFO(entry.path());
        REQUIRE_CODE(s.store.snapshot(entry.path() / "x"), StatusCode::kPermissionDenied);
      }
    }
  }
  for (const auto& entry : fs::directory_iterator(dir.path())) {
    fs::permissions(entry.path(), fs::perms(0755));
    CHECK(fs::is_empty(entry.path()));
  }
}

TEST_CASE("snapshot: not of a store that is closed or was moved from", "[snapshot]") {
  const TempDir dir;
  OpenStore s(still_options(), dir / "store.db");
  Store moved = std::move(s.store);
  REQUIRE_CODE(s.store.snapshot(dir / "x"), StatusCode::kFailedPrecondition);
  REQUIRE_OK(moved.close());
  REQUIRE_CODE(moved.snapshot(dir / "x"), StatusCode::kFailedPrecondition);
  CHECK(names_in(dir.path()) == std::vector<std::string>{"store.db"});
}
