// SPDX-License-Identifier: Apache-2.0
// Bad paths, files that are something else, closed and read-only stores, options out of bounds.
#include "fixture.hpp"

#include "support/sqlite_raw.hpp"

#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

using namespace mnemic;
using namespace mnemic::test;
using enum mnemic::StatusCode;

namespace {

void spit(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::string slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

void make_store(const std::filesystem::path& path) {
  auto store = Store::open(path);
  REQUIRE_OK(store);
  REQUIRE_OK(store->scope({"acme"}).value().put({.key = "a", .text = "one memory"}));
  REQUIRE_OK(store->close());
}

}  // namespace

TEST_CASE("a closed store answers kFailedPrecondition to everything, twice closed is fine") {
  Fixture f;
  const Session session = f.scope.session("s1");
  const Admin admin = f.store.admin();
  REQUIRE_OK(f.store.close());
  REQUIRE_OK(f.store.close());
  REQUIRE_CODE(f.store.scope({"acme"}), kFailedPrecondition);
  REQUIRE_CODE(f.store.flush(), kFailedPrecondition);
  REQUIRE_CODE(f.store.stats(), kFailedPrecondition);
  REQUIRE_CODE(f.store.check(), kFailedPrecondition);
  REQUIRE_CODE(f.store.snapshot("never.db"), kFailedPrecondition);
  REQUIRE_CODE(f.scope.put({.text = "late"}), kFailedPrecondition);
  REQUIRE_CODE(f.scope.get(f.id), kFailedPrecondition);
  REQUIRE_CODE(f.scope.get(Layer::kSemantic, "seat"), kFailedPrecondition);
  REQUIRE_CODE(f.scope.update(f.id, {.text = "late"}), kFailedPrecondition);
  REQUIRE_CODE(f.scope.forget(f.id), kFailedPrecondition);
  REQUIRE_CODE(f.scope.forget(Filter()), kFailedPrecondition);
  REQUIRE_CODE(f.scope.write([](Batch& batch) { batch.put({.text = "late"}); }), kFailedPrecondition);
  REQUIRE_CODE(f.scope.list(), kFailedPrecondition);
  REQUIRE_CODE(f.scope.count(), kFailedPrecondition);
  REQUIRE_CODE(f.scope.recall({.text = "seat"}), kFailedPrecondition);
  REQUIRE_CODE(f.scope.why({.text = "seat"}, f.id), kFailedPrecondition);
  REQUIRE_CODE(f.scope.sessions(), kFailedPrecondition);
  REQUIRE_CODE(session.append(Turn{.author = "user", .text = "late"}), kFailedPrecondition);
  REQUIRE_CODE(session.window(), kFailedPrecondition);
  REQUIRE_CODE(session.pop(), kFailedPrecondition);
  REQUIRE_CODE(session.size(), kFailedPrecondition);
  REQUIRE_CODE(admin.namespaces(), kFailedPrecondition);
  REQUIRE_CODE(admin.find(f.id), kFailedPrecondition);
  REQUIRE_CODE(admin.history(f.id), kFailedPrecondition);
  REQUIRE_CODE(admin.grant({"a"}, {"b"}), kFailedPrecondition);
  REQUIRE_CODE(admin.revoke({"a"}, {"b"}), kFailedPrecondition);
  REQUIRE_CODE(admin.grants(), kFailedPrecondition);
}

TEST_CASE("an empty batch is refused by a closed store too") {
  Fixture f;
  REQUIRE_OK(f.store.close());
  REQUIRE_CODE(f.scope.write(Batch()), kFailedPrecondition);
}

TEST_CASE("a path with a NUL inside is refused, not cut off") {
  const TempDir dir;
  const auto nul = Store::open(std::filesystem::path(dir.path().string() + "/a" + std::string(1, '\0') + "b"));
  REQUIRE_CODE(nul, kInvalidArgument);
  CHECK_FALSE(std::filesystem::exists(dir / "a"));
}

TEST_CASE("an empty batch changes nothing") {
  const Fixture f;
  const auto written = f.scope.write(Batch());
  if (written) CHECK(written->empty());
  else REQUIRE_CODE(written, kInvalidArgument);
  f.require_unchanged();
}

TEST_CASE("read-only: an existing store is read, a missing one is not made, writes are refused") {
  const TempDir dir;
  REQUIRE_CODE(Store::open(dir / "none.db", {.access = Access::kReadOnly}), kNotFound);
  CHECK_FALSE(std::filesystem::exists(dir / "none.db"));
  REQUIRE_CODE(Store::open(dir / "none.db", {.create = false}), kNotFound);
  CHECK_FALSE(std::filesystem::exists(dir / "none.db"));

  make_store(dir / "store.db");
  auto store = Store::open(dir / "store.db", {.access = Access::kReadOnly});
  REQUIRE_OK(store);
  const Scope scope = store->scope({"acme"}).value();
  const auto memory = scope.get(Layer::kSemantic, "a");
  REQUIRE_OK(memory);
  CHECK(memory->text == "one memory");
  CHECK(scope.recall({.text = "memory"}).value().hits.size() == 1);
  REQUIRE_CODE(scope.put({.text = "no"}), kFailedPrecondition);
  REQUIRE_CODE(scope.update(memory->id, {.text = "no"}), kFailedPrecondition);
  REQUIRE_CODE(scope.forget(memory->id), kFailedPrecondition);
  REQUIRE_CODE(scope.forget(Filter()), kFailedPrecondition);
  REQUIRE_CODE(scope.write([](Batch& batch) { batch.put({.text = "no"}); }), kFailedPrecondition);
  REQUIRE_CODE(scope.session("s").append(Turn{.author = "user", .text = "no"}), kFailedPrecondition);
  REQUIRE_CODE(scope.session("s").pop(), kFailedPrecondition);
  REQUIRE_CODE(store->admin().grant({"a"}, {"b"}), kFailedPrecondition);
  REQUIRE_CODE(store->flush(), kFailedPrecondition);
  REQUIRE(join(check_problems(*store)) == "");
  REQUIRE_OK(store->close());

  // A reader beside a writer sees what is written.
  auto writer = Store::open(dir / "store.db");
  REQUIRE_OK(writer);
  auto reader = Store::open(dir / "store.db", {.access = Access::kReadOnly});
  REQUIRE_OK(reader);
  REQUIRE_OK(writer->scope({"acme"}).value().put({.text = "freshly written"}));
  CHECK(reader->scope({"acme"}).value().recall({.text = "freshly"}).value().hits.size() == 1);
}

TEST_CASE("a read-only scope of a writable store") {
  const Fixture f;
  const Scope scope = f.scope.narrow({.access = Access::kReadOnly}).value();
  REQUIRE_OK(scope.get(f.id));
  REQUIRE_REFUSED(f, scope.put({.text = "no"}), kPermissionDenied, "");
  REQUIRE_REFUSED(f, scope.update(f.id, {.text = "no"}), kPermissionDenied, "");
  REQUIRE_REFUSED(f, scope.forget(f.id), kPermissionDenied, "");
  REQUIRE_REFUSED(f, scope.forget(Filter()), kPermissionDenied, "");
  REQUIRE_REFUSED(f, scope.write([](Batch& batch) { batch.put({.text = "no"}); }), kPermissionDenied, "");
  REQUIRE_REFUSED(f, scope.session("s1").append(Turn{.author = "user", .text = "no"}), kPermissionDenied, "");
  REQUIRE_REFUSED(f, scope.session("s1").pop(), kPermissionDenied, "");
  // Every ScopeOptions says kReadWrite unless told otherwise, so asking for it may be refused or mean "as before".
  if (const auto same = scope.narrow({.access = Access::kReadWrite})) {
    CHECK(same->options().access == Access::kReadOnly);
    REQUIRE_REFUSED(f, same->put({.text = "no"}), kPermissionDenied, "");
  } else {
    REQUIRE_CODE(same, kPermissionDenied);
  }
  REQUIRE_REFUSED(f, f.scope.narrow({.user = "bob"}), kPermissionDenied, "");
  REQUIRE_REFUSED(f, f.scope.narrow({.reach = Reach::kSubtree}), kPermissionDenied, "");
}

TEST_CASE("files that are something else are refused and left as they are") {
  const TempDir dir;
  const auto refuse = [&](const std::string& name, std::initializer_list<StatusCode> codes) {
    INFO(name);
    const std::string before = slurp(dir / name);
    for (const Access access : {Access::kReadWrite, Access::kReadOnly}) {
      const auto store = Store::open(dir / name, {.access = access});
      INFO(store.status().to_string());
      REQUIRE(std::find(codes.begin(), codes.end(), store.status().code()) != codes.end());
    }
    CHECK(slurp(dir / name) == before);
  };
  spit(dir / "text.db", "Dear diary, this is not a database at all. " + std::string(5000, 'x'));
  refuse("text.db", {kCorruption});
  spit(dir / "short.db", "xy");
  refuse("short.db", {kCorruption});
  spit(dir / "header.db", std::string("SQLite format 3\0", 16) + std::string(4080, '\xee'));
  refuse("header.db", {encrypted_run() ? kFailedPrecondition : kCorruption});  // the one says that it is not encrypted
  spit(dir / "zeros.db", std::string(8192, '\0'));
  refuse("zeros.db", {kCorruption});

  {
    RawDb db(dir / "foreign.db");
    REQUIRE(db.run("CREATE TABLE customers(name TEXT); INSERT INTO customers VALUES('Ada')") == SQLITE_OK);
  }
  refuse("foreign.db", {kFailedPrecondition});
  {
    RawDb db(dir / "foreign2.db");
    REQUIRE(db.run("PRAGMA application_id=252006673; CREATE TABLE t(a)") == SQLITE_OK);
  }
  refuse("foreign2.db", {kFailedPrecondition});
  {
    RawDb db(dir / "foreign.db");
    CHECK(db.one("SELECT name FROM customers") == "Ada");
  }

  make_store(dir / "newer.db");
  {
    RawDb db(dir / "newer.db");
    const int version = std::stoi(db.one("PRAGMA user_version"));
    REQUIRE(db.run("PRAGMA user_version=" + std::to_string(version + 1)) == SQLITE_OK);
  }
  {
    for (const Access access : {Access::kReadWrite, Access::kReadOnly}) REQUIRE_CODE(Store::open(dir / "newer.db", {.access = access}), kFailedPrecondition);
  }

  // Somebody else's hand in the schema.
  for (const char* change : {"CREATE TABLE extra(a)", "CREATE TRIGGER evil AFTER INSERT ON extra BEGIN SELECT 1; END"}) {
    make_store(dir / "changed.db");
    {
      RawDb db(dir / "changed.db");
      if (std::string(change).find("TRIGGER") != std::string::npos) REQUIRE(db.run("CREATE TABLE extra(a)") == SQLITE_OK);
      REQUIRE(db.run(change) == SQLITE_OK);
    }
    REQUIRE_CODE(Store::open(dir / "changed.db"), kFailedPrecondition);
    std::filesystem::remove(dir / "changed.db");
  }
}

TEST_CASE("an empty file is what a crash while making a store may leave: it becomes one") {
  const TempDir dir;
  spit(dir / "empty.db", "");
  {
    auto store = Store::open(dir / "empty.db");
    REQUIRE_OK(store);
    REQUIRE_OK(store->scope({"acme"}).value().put({.text = "now it is a store"}));
  }
  auto store = Store::open(dir / "empty.db");
  REQUIRE_OK(store);
  CHECK(store->scope({"acme"}).value().count().value() == 1);
  spit(dir / "empty2.db", "");
  const auto reader = Store::open(dir / "empty2.db", {.access = Access::kReadOnly});
  INFO(reader.status().to_string());
  CHECK_FALSE(reader.ok());  // there is nothing to read, and it may not be made
  CHECK(std::filesystem::file_size(dir / "empty2.db") == 0);
}

TEST_CASE("symbolic links in the way are not followed") {
  const TempDir dir;
  make_store(dir / "real.db");
  std::filesystem::create_symlink(dir / "real.db", dir / "link.db");
  for (const Access access : {Access::kReadWrite, Access::kReadOnly}) REQUIRE_CODE(Store::open(dir / "link.db", {.access = access}), kPermissionDenied);
  std::filesystem::create_symlink(dir / "nowhere.db", dir / "dangling.db");
  REQUIRE_CODE(Store::open(dir / "dangling.db"), kPermissionDenied);
  CHECK_FALSE(std::filesystem::exists(dir / "nowhere.db"));

  for (const char* rest : {"-wal", "-shm"}) {
    INFO(rest);
    const std::string victim = dir / "victim.txt";
    spit(victim, "precious");
    const std::string name = std::string("trap") + rest + ".db";
    std::filesystem::create_symlink(victim, dir / (name + rest));
    const auto store = Store::open(dir / name);
    REQUIRE_CODE(store, kPermissionDenied);
    CHECK(slurp(victim) == "precious");
  }
  // A directory on the way may be a link.
  std::filesystem::create_directory(dir / "deep");
  make_store(dir / "deep/store.db");
  std::filesystem::create_directory_symlink(dir / "deep", dir / "short");
  auto store = Store::open(dir / "short/store.db");
  REQUIRE_OK(store);
  CHECK(store->scope({"acme"}).value().count().value() == 1);
}

TEST_CASE("paths that cannot be") {
  const TempDir dir;
  REQUIRE_CODE(Store::open(dir / "missing/store.db"), kNotFound);
  CHECK_FALSE(std::filesystem::exists(dir / "missing"));
  spit(dir / "file", "x");
  CHECK_FALSE(Store::open(dir / "file/store.db").ok());
  const auto directory = Store::open(dir.path());
  INFO(directory.status().to_string());
  REQUIRE_FALSE(directory.ok());
  CHECK(directory.status().code() != kInternal);
  const auto empty = Store::open("");
  INFO(empty.status().to_string());
  REQUIRE_FALSE(empty.ok());
  CHECK(empty.status().code() != kInternal);
  CHECK_FALSE(Store::open(dir / std::string(300, 'x')).ok());

  // A path is a path, never a URI.
  const auto here = std::filesystem::current_path();
  std::filesystem::current_path(dir.path());
  for (const char* odd : {"file:uri.db?mode=memory", "file:uri.db", "a?b.db", "a%20b.db", "a#b.db", ":memory:x", " "}) {
    INFO(odd);
    auto store = Store::open(odd);
    REQUIRE_OK(store);
    REQUIRE_OK(store->scope({"acme"}).value().put({.text = "kept"}));
    REQUIRE_OK(store->close());
    CHECK(std::filesystem::is_regular_file(dir / odd));
    CHECK(Store::open(odd).value().scope({"acme"}).value().count().value() == 1);
  }
  std::filesystem::current_path(here);
  CHECK_FALSE(std::filesystem::exists(dir / ":memory:"));
}

TEST_CASE("the files of a store are for its owner only") {
  const TempDir dir;
  const mode_t before = ::umask(0);
  auto store = Store::open(dir / "store.db");
  REQUIRE_OK(store);
  REQUIRE_OK(store->scope({"acme"}).value().put({.text = "private"}));
  ::umask(before);
  for (const char* rest : {"store.db", "store.db-wal", "store.db-shm"}) {
    struct stat info {};
    INFO(rest);
    REQUIRE(::stat((dir / rest).c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
  }
}

TEST_CASE("options out of bounds are refused before a file is made") {
  const TempDir dir;
  const auto refuse = [&](const char* word, const std::function<void(Options&)>& set) {
    Options options;
    set(options);
    const auto store = Store::open(dir / "store.db", options);
    INFO(word << ": " << store.status().to_string());
    REQUIRE_CODE(store, kInvalidArgument);
    CHECK(mentions(store.status(), word));
    CHECK_FALSE(std::filesystem::exists(dir / "store.db"));
  };
  refuse("time_zone", [](Options& o) { o.time_zone = "Mars/Olympus"; });
  refuse("time_zone", [](Options& o) { o.time_zone = ""; });
  refuse("language", [](Options& o) { o.language = "klingon"; });
  refuse("clock", [](Options& o) { o.clock = nullptr; });
  refuse("random", [](Options& o) { o.random = nullptr; });
  refuse("token_counter", [](Options& o) { o.token_counter = nullptr; });
  refuse("readers", [](Options& o) { o.readers = 0; });
  refuse("readers", [](Options& o) { o.readers = 65; });
  refuse("busy_timeout", [](Options& o) { o.busy_timeout = std::chrono::milliseconds(-1); });

  make_store(dir / "english.db");
  Options german;
  german.language = "german";
  REQUIRE_CODE(Store::open(dir / "english.db", german), kFailedPrecondition);

  class Wide final : public Embedder {
   public:
    explicit Wide(std::size_t dimension) : space_{.name = "wide", .version = "1", .dimension = dimension} {}
    const EmbeddingSpace& space() const noexcept override { return space_; }
    Status embed(std::span<const std::string_view>, EmbedKind, std::span<float> out) override {
      std::fill(out.begin(), out.end(), 1.0F);
      return {};
    }

   private:
    EmbeddingSpace space_;
  };
  Options wide;
  wide.embedder = std::make_shared<Wide>(8);
  {
    auto store = Store::open(dir / "wide.db", wide);
    REQUIRE_OK(store);
    REQUIRE_OK(store->scope({"acme"}).value().put({.text = "eight wide"}));
  }
  wide.embedder = std::make_shared<Wide>(16);
  REQUIRE_CODE(Store::open(dir / "wide.db", wide), kFailedPrecondition);
  wide.embedder = std::make_shared<Wide>(0);
  REQUIRE_CODE(Store::open(dir / "zero.db", wide), kInvalidArgument);
  wide.embedder = std::make_shared<Wide>(5000);
  REQUIRE_CODE(Store::open(dir / "zero.db", wide), kInvalidArgument);
  CHECK_FALSE(std::filesystem::exists(dir / "zero.db"));
}

TEST_CASE("a file held by somebody else answers kBusy in bounded time") {
  const TempDir dir;
  make_store(dir / "store.db");
  auto store = Store::open(dir / "store.db", {.busy_timeout = std::chrono::milliseconds(50)});
  REQUIRE_OK(store);
  const Scope scope = store->scope({"acme"}).value();
  {
    RawDb other(dir / "store.db");
    REQUIRE(other.run("BEGIN IMMEDIATE") == SQLITE_OK);
    REQUIRE_CODE(scope.put({.text = "waits in vain"}), kBusy);
    REQUIRE_OK(scope.get(Layer::kSemantic, "a"));  // readers do not wait for a writer
    REQUIRE(other.run("ROLLBACK") == SQLITE_OK);
  }
  REQUIRE_OK(scope.put({.text = "now it goes"}));
  CHECK(scope.count().value() == 2);
}

TEST_CASE("a migration by a newer process stops the writes of an older one") {
  const TempDir dir;
  make_store(dir / "store.db");
  auto store = Store::open(dir / "store.db");
  REQUIRE_OK(store);
  const Scope scope = store->scope({"acme"}).value();
  REQUIRE_OK(scope.put({.text = "before"}));
  {
    RawDb other(dir / "store.db");
    const int version = std::stoi(other.one("PRAGMA user_version"));
    REQUIRE(other.run("PRAGMA user_version=" + std::to_string(version + 1)) == SQLITE_OK);
  }
  REQUIRE_CODE(scope.put({.text = "after"}), kFailedPrecondition);
}
