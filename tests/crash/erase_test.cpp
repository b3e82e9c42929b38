// SPDX-License-Identifier: Apache-2.0
// What was erased and purged stands in no byte of the file, the WAL or beside them; a reader elsewhere delays that, and a kill at
// any moment leaves an erasure done or not done, never half.
#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/clock.hpp"
#include "support/encrypted.hpp"
#include "support/ledger.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"
#include "support/test_main.hpp"

#include <mnemic/mnemic.hpp>

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;

namespace {

namespace fs = std::filesystem;

Options options_of() {
  Options options;
  options.embedder = nullptr;
  options.durability = Durability::kRelaxed;
  options.random = seeded_random(11);
  return options;
}

/// How often any of the words stands in any file of the directory. Run in a child: a process that opens the store's files by other means
/// than SQLite loses its locks.
MNEMIC_CHILD(grep) {
  std::set<std::string> words;
  std::ifstream list(arguments[1]);
  for (std::string word; list >> word;) words.insert(word);
  std::size_t found = 0;
  for (const auto& entry : fs::directory_iterator(arguments[0])) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    // The words are of one length and begin alike.
    for (std::size_t at = bytes.find(arguments[2]); at != std::string::npos; at = bytes.find(arguments[2], at + 1)) {
      found += words.contains(bytes.substr(at, words.begin()->size())) ? 1 : 0;
    }
  }
  say(std::to_string(found));
  return 0;
}

/// A word of 16 letters that stands nowhere else.
std::string token(std::size_t number) {
  std::string word = "zqx";
  std::uint64_t mixed = number * 0x9E3779B97F4A7C15ULL;
  for (int i = 0; i < 13; ++i, mixed /= 20) word += "bcdfghjklmnprstvwyza"[mixed % 20];
  return word;
}

std::size_t grep(const fs::path& directory, const fs::path& words) {
  Child child("grep", {directory.string(), words.string(), "zqx"});
  const std::string line = child.line().value_or("-");
  REQUIRE(child.wait() == 0);
  return std::stoul(line);
}

void write_words(const fs::path& path, const std::vector<std::string>& words) {
  std::ofstream out(path);
  for (const std::string& word : words) out << word << '\n';
}

/// Reads through a raw connection until told to stop.
MNEMIC_CHILD(pin) {
  sqlite3* handle = nullptr;
  if (sqlite3_open_v2(arguments[0].c_str(), &handle, SQLITE_OPEN_READONLY, nullptr) != SQLITE_OK) return 1;
  give_test_key(handle);
  if (sqlite3_exec(handle, "BEGIN; SELECT count(*) FROM versions", nullptr, nullptr, nullptr) != SQLITE_OK) return 2;
  say("ready");
  (void)hear();
  sqlite3_exec(handle, "COMMIT", nullptr, nullptr, nullptr);
  sqlite3_close(handle);
  return 0;
}

}  // namespace

TEST_CASE("erased and purged: after mixed writes no byte of it is left in any file") {
  const TempDir dir;
  const TempDir beside;
  Random random(5);
  auto store = Store::open(dir / "store.db", options_of()).value();
  const Scope ada = store.scope({"acme", "ada"}).value();
  const Scope bob = store.scope({"acme", "bob"}).value();
  std::vector<std::string> gone;
  std::vector<std::string> kept;
  std::vector<std::pair<MemoryId, bool>> alive;  // and whether of Ada
  std::size_t number = 0;
  for (std::size_t n = 0; n < scaled(10'000, 40'000); ++n) {
    const bool of_ada = random.chance(50);
    const Scope& scope = of_ada ? ada : bob;
    const auto next = [&] {
      std::string word = token(++number);
      (of_ada ? gone : kept).push_back(word);
      return word;
    };
    const std::string text = next() + std::string(random.below(300), 'e');
    switch (random.below(10)) {
      case 0:
        if (!alive.empty()) {
          const auto& [id, hers] = random.pick(alive);
          (void)(hers ? ada : bob).forget(id);
        }
        break;
      case 1:
      case 2:
        if (!alive.empty()) {
          const auto& [id, hers] = random.pick(alive);
          if (hers == of_ada) (void)scope.update(id, {.text = text, .metadata = Json::object({{"note", next()}})});
        }
        break;
      case 3: (void)scope.session(next()).append(Turn{.author = next(), .text = text}).value(); break;
      case 4: (void)store.jobs().enqueue({.kind = "extract", .name_space = scope.name(), .payload = Json::object({{"text", text}})}).value(); break;
      default: {
        MemoryInput input{.key = next(), .text = text, .content = Json::object({{"raw", next()}}), .tags = {next()}};
        input.provenance.source = next();
        alive.emplace_back(scope.put(input).value(), of_ada);
        if (alive.size() > 1 && random.chance(30)) {
          const auto& [to, hers] = random.pick(alive);
          if (hers == of_ada) (void)scope.relate(alive.back().first, "rel", to, Json::object({{"why", next()}}));
        }
      }
    }
    if (n % 2000 == 0) REQUIRE_OK(store.maintain({.items = 10'000}, {}));
  }
  REQUIRE_OK(store.maintain({.time = std::chrono::minutes(1), .items = 10'000}, {}));
  write_words(beside / "gone", gone);
  write_words(beside / "kept", kept);
  REQUIRE((encrypted_run() || grep(dir.path(), beside / "gone") > 0));  // decrypted pages are looked into by encryption_test

  const auto receipt = store.admin().erase({.name_space = Namespace{"acme", "ada"}}, {.reason = "asked for", .by = "operator"}).value();
  CHECK(receipt.erased.size() > 1000);
  CHECK(receipt.purged_seq == 0);
  CHECK(ada.count().value() == 0);
  // Jobs of hers that name a text of hers which was never stored as a memory are hers to remove.
  for (const Job& job : store.jobs().list({.name_space = Namespace{"acme", "ada"}, .limit = 1000}).value()) {
    if (job.kind == "extract") REQUIRE_OK(store.jobs().cancel(job.id));
  }
  const Seq purged = store.admin().purge().value();
  CHECK(purged >= receipt.erased_seq);
  CHECK(store.admin().erasures()->front().purged_seq >= receipt.erased_seq);
  CHECK(grep(dir.path(), beside / "gone") == 0);
  CHECK((encrypted_run() || grep(dir.path(), beside / "kept") > 0));
  const auto check = store.check().value();
  for (const CheckIssue& issue : check.issues) UNSCOPED_INFO(issue.where << ": " << issue.what);
  CHECK(check.clean());

  // What others do afterwards does not bring any of it back.
  for (int n = 0; n < 2000; ++n) (void)bob.put({.text = token(++number)}).value();
  REQUIRE_OK(store.maintain({.time = std::chrono::minutes(1), .items = 10'000}, {}));
  CHECK(grep(dir.path(), beside / "gone") == 0);
  REQUIRE_OK(store.close());
  CHECK(grep(dir.path(), beside / "gone") == 0);
}

TEST_CASE("erased: while another process reads an older state the purge waits, and a job completes it later") {
  const TempDir dir;
  const TempDir beside;
  auto options = options_of();
  auto clock = std::make_shared<ManualClock>();
  options.clock = clock;
  auto store = Store::open(dir / "store.db", options).value();
  const Scope scope = store.scope({"acme", "ada"}).value();
  std::vector<std::string> words;
  for (std::size_t n = 1; n <= 200; ++n) (void)scope.put({.text = words.emplace_back(token(n))}).value();
  write_words(beside / "words", words);
  Child reader("pin", {(dir / "store.db").string()});
  REQUIRE(reader.line().value_or("") == "ready");
  const auto receipt = store.admin().erase({.name_space = Namespace{"acme", "ada"}}).value();
  CHECK(receipt.erased.size() == 200);
  REQUIRE_CODE(store.admin().purge(), StatusCode::kBusy);
  REQUIRE(store.maintain()->failed == 1);
  CHECK(store.admin().erasures()->front().purged_seq == 0);
  CHECK((encrypted_run() || grep(dir.path(), beside / "words") > 0));
  reader.send("go");
  REQUIRE(reader.wait() == 0);
  clock->advance(std::chrono::minutes(20));
  CHECK(store.maintain()->done == 1);
  CHECK(store.admin().erasures()->front().purged_seq >= receipt.erased_seq);
  CHECK(grep(dir.path(), beside / "words") == 0);
}

namespace {

/// Erases one user after the other, and purges.
MNEMIC_CHILD(eraser) {
  auto options = options_of();
  options.durability = Durability::kFull;
  auto store = Store::open(arguments[0], options).value();
  for (int user = 0; user < 50; ++user) {
    if (!store.admin().erase({.user = "u" + std::to_string(user)}).ok()) return 1;
    say("erased " + std::to_string(user));
    if (!store.admin().purge().ok()) return 2;
    say("purged " + std::to_string(user));
  }
  return 0;
}

}  // namespace

TEST_CASE("erased: killed at any moment, a user is there whole or not at all, and what was said to be purged is") {
  Random random(9);
  for (std::size_t round = 0; round < scaled(12, 200); ++round) {
    const TempDir dir;
    const TempDir beside;
    std::vector<std::string> words;
    {
      auto store = Store::open(dir / "store.db", options_of()).value();
      Batch batch;
      for (int n = 0; n < 500; ++n) {
        MemoryInput input;
        input.text = words.emplace_back(token(static_cast<std::size_t>(n) + 1));
        input.user = "u" + std::to_string(n / 10);
        batch.put(input);
      }
      (void)store.scope({"acme", "ada"})->write(batch).value();
      REQUIRE_OK(store.close());
    }
    Child child("eraser", {(dir / "store.db").string()});
    int erased = 0;
    int purged = 0;
    const auto note = [&](const std::string& line) { (line.starts_with("erased") ? erased : purged) = std::stoi(line.substr(7)) + 1; };
    for (std::size_t lines = random.below(40); lines > 0; --lines) note(child.line().value_or("erased 0"));
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(3000)));
    child.kill();
    for (const std::string& line : child.rest()) note(line);
    // What was purged is gone before anybody opens the file again.
    write_words(beside / "purged", std::vector<std::string>(words.begin(), words.begin() + 10 * std::max(purged, 0)));
    if (purged > 0) CHECK(grep(dir.path(), beside / "purged") == 0);
    auto store = Store::open(dir / "store.db", options_of()).value();
    const Scope scope = store.scope({"acme", "ada"}).value();
    for (int user = 0; user < 50; ++user) {
      const std::size_t left = scope.count(Filter::user("u" + std::to_string(user))).value();
      INFO("user " << user << ", erased " << erased << ", left " << left);
      CHECK((left == 0 || left == 10));
      if (user < erased) CHECK(left == 0);
      if (user > erased) CHECK(left == 10);
    }
    CHECK(store.check()->clean());
    CHECK(store.admin().purge().ok());
    REQUIRE_OK(store.close());
  }
}
