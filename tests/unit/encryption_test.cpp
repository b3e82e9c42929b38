// SPDX-License-Identifier: Apache-2.0
// Encryption at rest: nothing of a store can be read without its key, everything with it, and a build without encryption says so.
#include "storage/file_key.hpp"
#include "storage/page_scan.hpp"
#include "support/encrypted.hpp"
#include "support/sqlite_raw.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "open_store.hpp"

using namespace mnemic;
using namespace mnemic::test;
namespace fs = std::filesystem;

namespace {

const std::string kKey = "x'00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'";
const std::string kOther = "x'ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'";
const std::string kPhrase = "correct horse battery staple";
const std::string kWord = "zqxlighthousekeeper";

Options keyed(const std::string& key) {
  Options options = still_options();
  options.key = key;
  return options;
}

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}
void spit(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes; }

std::set<std::string> texts_in(const fs::path& path, const std::string& key) {
  const auto store = Store::open(path, keyed(key));
  REQUIRE_OK(store);
  CHECK(store->check()->clean());
  std::set<std::string> texts;
  for (const Memory& memory : store->scope({"acme", "ada"})->list({.limit = 1000}).value()) texts.insert(memory.text);
  return texts;
}

/// A closed store with some texts.
void make(const fs::path& path, const std::string& key, std::size_t count = 3) {
  OpenStore s(keyed(key), path);
  for (std::size_t n = 0; n < count; ++n) s.put(kWord + " " + std::to_string(n));
}

/// Refused, and neither the secret is said nor the file changed.
template <typename Call>
void refuses(const fs::path& path, const std::string& secret, StatusCode code, Call&& call) {
  const std::string before = slurp(path);
  const Status status = status_of(call());
  REQUIRE_CODE(status, code);
  if (!secret.empty()) CHECK_FALSE(contains(status.to_string(), secret));
  CHECK(slurp(path) == before);
}

}  // namespace

TEST_CASE("encryption: a build without it refuses a key, and makes nothing") {
  if (can_encrypt()) MNEMIC_SKIP("this build encrypts");
  const TempDir dir;
  const auto store = Store::open(dir / "store.db", keyed(kPhrase));
  REQUIRE_CODE(store, StatusCode::kUnsupported);
  CHECK(store.status().message().starts_with("open: key: "));
  CHECK_FALSE(contains(store.status().message(), kPhrase));
  CHECK(fs::is_empty(dir.path()));
  make(dir / "store.db", "");
  REQUIRE_CODE(rekey_store(dir / "store.db", {.new_key = kPhrase}), StatusCode::kUnsupported);
  REQUIRE_CODE(restore_store(dir / "store.db", dir / "new.db", {.key = kPhrase}), StatusCode::kUnsupported);
  REQUIRE_CODE(salvage_store(dir / "store.db", dir / "new.db", {.key = kPhrase}), StatusCode::kUnsupported);
  CHECK(texts_in(dir / "store.db", "").size() == 3);
}

TEST_CASE("encryption: in any build a file that looks encrypted is said to be so") {
  const TempDir dir;
  std::string noise(3 * 4096, '\0');
  const auto random = seeded_random(7);
  random->fill({reinterpret_cast<std::uint8_t*>(noise.data()), noise.size()});
  spit(dir / "store.db", noise);
  const StatusCode code = can_encrypt() ? StatusCode::kPermissionDenied : StatusCode::kCorruption;
  refuses(dir / "store.db", "", code, [&] { return Store::open(dir / "store.db", still_options()); });
  if (!encrypted_run()) CHECK(contains(Store::open(dir / "store.db", still_options()).status().message(), "encrypted"));
  spit(dir / "store.db", "a text is no store, whatever the key" + std::string(5000, 'x'));
  if (!encrypted_run()) refuses(dir / "store.db", "", StatusCode::kCorruption, [&] { return Store::open(dir / "store.db", still_options()); });
}

TEST_CASE("encryption: a rekey from no key to no key is no rekey") {
  if (encrypted_run()) MNEMIC_SKIP("a store without a key has the key of this run");
  const TempDir dir;
  make(dir / "store.db", "");
  refuses(dir / "store.db", "", StatusCode::kInvalidArgument, [&] { return rekey_store(dir / "store.db", {}); });
}

#if defined(SQLITE_HAS_CODEC)

namespace {

bool anywhere_in(const fs::path& directory, const std::string& word) {
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (contains(slurp(entry.path()), word)) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("encryption: no byte of a text is in the file, its WAL, a backup or a snapshot") {
  const TempDir dir;
  OpenStore s(keyed(kPhrase), dir / "store.db");
  s.put(kWord + " by the sea");
  REQUIRE_OK(s.store.backup(dir / "backup.db"));
  REQUIRE_OK(s.store.snapshot(dir / "snapshot.db"));
  s.put(kWord + " in the WAL");
  REQUIRE(fs::file_size(dir / "store.db-wal") > 0);
  CHECK_FALSE(anywhere_in(dir.path(), kWord));
  CHECK_FALSE(anywhere_in(dir.path(), kPhrase));
  CHECK_FALSE(anywhere_in(dir.path(), "CREATE TABLE"));
  REQUIRE_OK(s.store.admin().export_to(dir / "export.jsonl"));  // which is plain, and so shows that the word is looked for rightly
  CHECK(anywhere_in(dir.path(), kWord));
  REQUIRE_OK(s.store.close());
  CHECK(texts_in(dir / "store.db", kPhrase).size() == 2);
  CHECK(texts_in(dir / "backup.db", kPhrase) == std::set<std::string>{kWord + " by the sea"});
  CHECK(texts_in(dir / "snapshot.db", kPhrase) == std::set<std::string>{kWord + " by the sea"});
}

TEST_CASE("encryption: a wrong key, none, and one too many are told apart and change nothing") {
  const TempDir dir;
  make(dir / "store.db", kKey);
  for (const Access access : {Access::kReadWrite, Access::kReadOnly}) {
    for (const std::string& key : {kOther, kPhrase, std::string()}) {
      Options options = keyed(key);
      options.access = access;
      refuses(dir / "store.db", key, StatusCode::kPermissionDenied, [&] { return Store::open(dir / "store.db", options); });
    }
  }
  CHECK(texts_in(dir / "store.db", kKey).size() == 3);
  if (encrypted_run()) return;  // there are no plain files in that run
  make(dir / "plain.db", "");
  refuses(dir / "plain.db", kKey, StatusCode::kFailedPrecondition, [&] { return Store::open(dir / "plain.db", keyed(kKey)); });
  CHECK(texts_in(dir / "plain.db", "").size() == 3);
}

TEST_CASE("encryption: a key has 8 to 1024 bytes, or is x'…' with 64 digits") {
  const TempDir dir;
  for (const std::string& key : {std::string("zqxzqxz"), std::string(1025, 'k'), std::string("x'0123456789'"), "x'" + std::string(64, 'g') + "'"}) {
    const auto store = Store::open(dir / "store.db", keyed(key));
    REQUIRE_CODE(store, StatusCode::kInvalidArgument);
    CHECK(contains(store.status().message(), "key: "));
    CHECK_FALSE(contains(store.status().message(), key));
  }
  CHECK(fs::is_empty(dir.path()));
  make(dir / "long.db", std::string(1024, 'k'));
  std::string bytes = "any\0byte\xff";
  bytes.resize(9);
  make(dir / "bytes.db", bytes);
  CHECK(texts_in(dir / "bytes.db", bytes).size() == 3);
}

TEST_CASE("encryption: the file is one of SQLCipher 4, with its defaults") {
  const TempDir dir;
  make(dir / "store.db", kPhrase);
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open((dir / "store.db").c_str(), &db) == SQLITE_OK);
  CHECK(sqlite3_exec(db, ("PRAGMA key = '" + kPhrase + "'; SELECT count(*) FROM versions").c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
}

TEST_CASE("encryption: many that make the same store at once make one") {
  for (int round = 0; round < 5; ++round) {
    const TempDir dir;
    std::vector<std::thread> threads;
    std::vector<Status> opened(4);
    for (std::size_t n = 0; n < opened.size(); ++n) {
      threads.emplace_back([&, n] {
        const auto store = Store::open(dir / "store.db", {.key = kKey});
        opened[n] = status_of(store);
        if (store) opened[n] = status_of(store->scope({"acme", "ada"})->put({.text = "by " + std::to_string(n)}));
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const Status& status : opened) REQUIRE_OK(status);
    CHECK(texts_in(dir / "store.db", kKey).size() == opened.size());
  }
}

TEST_CASE("encryption: a store in memory has its key for its copies") {
  const TempDir dir;
  OpenStore s(keyed(kKey));
  s.put(kWord);
  REQUIRE_OK(s.store.backup(dir / "backup.db"));
  CHECK_FALSE(anywhere_in(dir.path(), kWord));
  CHECK(texts_in(dir / "backup.db", kKey).size() == 1);
}

TEST_CASE("encryption: a rekey exchanges the key, and takes and gives the first one") {
  const TempDir dir;
  make(dir / "store.db", kKey, 50);
  const auto texts = texts_in(dir / "store.db", kKey);
  std::uint64_t done = 0;
  std::uint64_t total = 1;
  const auto report = rekey_store(dir / "store.db", {.key = kKey, .new_key = kPhrase, .progress = [&](std::uint64_t d, std::uint64_t t) {
                                                       done = d;
                                                       total = t;
                                                     }});
  REQUIRE_OK(report);
  CHECK(report->encrypted);
  CHECK(report->seq == 50);
  CHECK(report->bytes == fs::file_size(dir / "store.db"));
  CHECK(done == total);
  CHECK(std::distance(fs::directory_iterator(dir.path()), {}) == 1);
  CHECK(texts_in(dir / "store.db", kPhrase) == texts);
  refuses(dir / "store.db", kKey, StatusCode::kPermissionDenied, [&] { return Store::open(dir / "store.db", keyed(kKey)); });
  if (encrypted_run()) return;  // there are no plain files in that run
  const auto plain = rekey_store(dir / "store.db", {.key = kPhrase});
  REQUIRE_OK(plain);
  CHECK_FALSE(plain->encrypted);
  CHECK(anywhere_in(dir.path(), kWord));
  CHECK(texts_in(dir / "store.db", "") == texts);
  REQUIRE_OK(rekey_store(dir / "store.db", {.new_key = kOther}));
  CHECK_FALSE(anywhere_in(dir.path(), kWord));
  CHECK(texts_in(dir / "store.db", kOther) == texts);
}

TEST_CASE("encryption: a rekey keeps every version, and what comes later goes on from there") {
  const TempDir dir;
  MemoryId id;
  std::string history;
  const auto print = [](const std::vector<Memory>& versions) {
    std::string all;
    for (const Memory& version : versions) all += to_json(version).dump() + "\n";
    return all;
  };
  {
    OpenStore s(keyed(kKey), dir / "store.db");
    id = s.put("first");
    REQUIRE_OK(s.scope.update(id, {.text = "second"}));
    REQUIRE_OK(s.store.jobs().enqueue({.kind = "look", .name_space = {"acme", "ada"}}));
    history = print(s.store.admin().history(id).value());
  }
  REQUIRE_OK(rekey_store(dir / "store.db", {.key = kKey, .new_key = kOther}));
  OpenStore s(keyed(kOther), dir / "store.db");
  CHECK(print(s.store.admin().history(id).value()) == history);
  CHECK(s.store.stats()->jobs_waiting == 1);
  REQUIRE_OK(s.scope.update(id, {.text = "third"}));
  CHECK(s.scope.recall({.text = "third"})->hits.size() == 1);
  CHECK(s.store.check()->clean());
}

TEST_CASE("encryption: a rekey that cannot be done changes nothing") {
  const TempDir dir;
  make(dir / "store.db", kKey);
  const fs::path path = dir / "store.db";
  refuses(path, kOther, StatusCode::kPermissionDenied, [&] { return rekey_store(path, {.key = kOther, .new_key = kPhrase}); });
  refuses(path, "", StatusCode::kPermissionDenied, [&] { return rekey_store(path, {.new_key = kPhrase}); });
  refuses(path, "short", StatusCode::kInvalidArgument, [&] { return rekey_store(path, {.key = kKey, .new_key = "short"}); });
  REQUIRE_CODE(rekey_store(dir / "none.db", {.key = kKey, .new_key = kOther}), StatusCode::kNotFound);
  std::stop_source stop;
  stop.request_stop();
  refuses(path, kKey, StatusCode::kCancelled, [&] { return rekey_store(path, {.key = kKey, .new_key = kOther, .stop = stop.get_token()}); });
  {
    OpenStore s(keyed(kKey), path);
    REQUIRE_CODE(rekey_store(path, {.key = kKey, .new_key = kOther}), StatusCode::kBusy);
    s.put("is open still");
  }
  CHECK(std::distance(fs::directory_iterator(dir.path()), {}) == 1);
  CHECK(texts_in(path, kKey).size() == 4);
}

TEST_CASE("encryption: a restore needs the key, and erases again what was erased") {
  const TempDir dir;
  {
    OpenStore s(keyed(kKey), dir / "store.db");
    const MemoryId gone = s.put(kWord);
    s.put("stays");
    REQUIRE_OK(s.store.backup(dir / "backup.db"));
    REQUIRE_OK(s.store.admin().erase({.ids = {gone}}));
  }
  refuses(dir / "store.db", kOther, StatusCode::kPermissionDenied, [&] { return restore_store(dir / "backup.db", dir / "store.db", {.key = kOther}); });
  const auto report = restore_store(dir / "backup.db", dir / "store.db", {.key = kKey});
  REQUIRE_OK(report);
  CHECK(report->erasures_replayed == 1);
  CHECK(texts_in(dir / "store.db", kKey) == std::set<std::string>{"stays"});
  // A backup of before a rekey has the old key, and gets the new one by a rekey of its own.
  REQUIRE_OK(rekey_store(dir / "store.db", {.key = kKey, .new_key = kOther}));
  refuses(dir / "store.db", kKey, StatusCode::kFailedPrecondition, [&] { return restore_store(dir / "backup.db", dir / "store.db", {.key = kKey}); });
  REQUIRE_OK(rekey_store(dir / "backup.db", {.key = kKey, .new_key = kOther}));
  REQUIRE_OK(restore_store(dir / "backup.db", dir / "store.db", {.key = kOther}));
  CHECK(texts_in(dir / "store.db", kOther) == std::set<std::string>{"stays"});
}

TEST_CASE("encryption: no backup takes the place of one with another key") {
  const TempDir dir;
  make(dir / "other.db", kOther);
  OpenStore s(keyed(kKey), dir / "store.db");
  refuses(dir / "other.db", kKey, StatusCode::kPermissionDenied, [&] { return s.store.backup(dir / "other.db"); });
}

TEST_CASE("encryption: a page that was changed is named, does not end the store, and salvage brings out what is beside it") {
  const TempDir dir;
  std::vector<MemoryId> ids;
  {
    OpenStore s(keyed(kKey), dir / "store.db");
    for (int n = 0; n < 400; ++n) ids.push_back(s.put(kWord + " " + std::to_string(n)));
  }
  const std::string whole = slurp(dir / "store.db");
  std::set<std::uint64_t> leaves;
  {
    const storage::PageFile file((dir / "store.db").string(), storage::FileKey::of(kKey));
    for (std::uint64_t page = 2; page <= file.count(); ++page) {
      file.rows_of(page, [&](const storage::PageRow& row) {
        if (row.values.size() > 20) leaves.insert(page);
      }, [](std::uint64_t, std::int64_t, std::string_view) { FAIL("a page of a whole file cannot be read"); });
    }
  }
  REQUIRE(leaves.size() > 3);
  const std::uint64_t page = *std::next(leaves.begin());
  std::string damaged = whole;
  damaged[(page - 1) * 4096 + 2000] = static_cast<char>(damaged[(page - 1) * 4096 + 2000] ^ 1);
  spit(dir / "store.db", damaged);
  {
    OpenStore s(keyed(kKey), dir / "store.db");
    std::size_t read = 0;
    std::size_t refused = 0;
    for (int round = 0; round < 2; ++round) {  // a connection that met the page is made anew
      for (const MemoryId& id : ids) {
        const auto memory = s.store.admin().find(id);
        if (!memory) REQUIRE_CODE(memory, StatusCode::kCorruption);
        ++(memory ? read : refused);
      }
      REQUIRE_OK(s.scope.put({.text = "written beside it"}));
    }
    CHECK(read > 2 * 300);
    CHECK(refused > 0);
    CHECK(read + refused == 2 * ids.size());
    const auto report = s.store.check();
    REQUIRE_OK(report);
    REQUIRE_FALSE(report->clean());
    bool named = false;
    for (const CheckIssue& issue : report->issues) named = named || issue.where == "page " + std::to_string(page);
    CHECK(named);
    REQUIRE_CODE(s.store.backup(dir / "backup.db"), StatusCode::kCorruption);
  }
  spit(dir / "store.db", damaged);
  REQUIRE_CODE(salvage_store(dir / "store.db", dir / "none.db", {.key = kOther}), StatusCode::kPermissionDenied);
  const auto unkeyed = salvage_store(dir / "store.db", dir / "none.db", {});
  if (!encrypted_run()) {
    REQUIRE_CODE(unkeyed, StatusCode::kCorruption);
    CHECK(contains(unkeyed.status().message(), "looks encrypted"));
  }
  CHECK_FALSE(fs::exists(dir / "none.db"));
  const auto report = salvage_store(dir / "store.db", dir / "new.db", {.key = kKey});
  REQUIRE_OK(report);
  CHECK(report->memories > 380);  // sixteen bytes of ciphertext are one block and a bit: a row or two
  CHECK(report->lost_rows > 0);
  CHECK_FALSE(contains(slurp(dir / "new.db"), kWord));
  CHECK(texts_in(dir / "new.db", kKey).size() == report->memories);
}

TEST_CASE("encryption: after a purge an erased text is in no page, decrypted") {
  const TempDir dir;
  const auto in_pages = [&] {
    const storage::PageFile file((dir / "store.db").string(), storage::FileKey::of(kKey));
    std::string bytes;
    for (std::uint64_t page = 1; page <= file.count(); ++page) {
      REQUIRE(file.read(page, bytes));
      if (contains(bytes, kWord)) return true;
    }
    return false;
  };
  {
    OpenStore s(keyed(kKey), dir / "store.db");
    for (int n = 0; n < 300; ++n) s.put((n % 2 == 0 ? kWord : std::string("stays")) + " " + std::to_string(n) + std::string(static_cast<std::size_t>(n), 'e'));
  }
  REQUIRE(in_pages());
  OpenStore s(keyed(kKey), dir / "store.db");
  std::vector<MemoryId> gone;
  for (const Memory& memory : s.scope.list({.limit = 1000}).value()) {
    if (contains(memory.text, kWord)) gone.push_back(memory.id);
  }
  REQUIRE(gone.size() == 150);
  const auto receipt = s.store.admin().erase({.ids = gone});
  REQUIRE_OK(receipt);
  const auto purged = s.store.admin().purge();
  REQUIRE_OK(purged);
  CHECK(*purged >= receipt->erased_seq);
  CHECK(s.store.check()->clean());
  REQUIRE_OK(s.store.close());
  CHECK_FALSE(in_pages());
  CHECK(texts_in(dir / "store.db", kKey).size() == 150);
}

#endif
