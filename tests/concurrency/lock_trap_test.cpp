// SPDX-License-Identifier: Apache-2.0
// The POSIX lock trap (DESIGN.md section 5): closing any descriptor of a file drops this process's POSIX locks on it. A
// process pokes at the files of its own open store, then another one writes and closes: nothing acknowledged is lost.
#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/encrypted.hpp"
#include "support/ledger.hpp"
#include "support/temp_dir.hpp"
#include "support/test_main.hpp"

#include <mnemic/mnemic.hpp>

#include <sqlite3.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

using namespace mnemic;
using namespace mnemic::test;

namespace {

Namespace home() { return {"acme", "ada"}; }

void poke_plainly(const std::string& path) {
  for (const char* rest : {"", "-wal", "-shm"}) {
    const int fd = ::open((path + rest).c_str(), O_RDONLY | O_CLOEXEC);
    char header[16];
    if (fd >= 0) {
      [[maybe_unused]] const ssize_t n = ::read(fd, header, sizeof header);
      ::close(fd);
    }
  }
}

// A second copy of SQLite in this process, with a lock table of its own, like the one Python brings along.
std::string poke_with_second_copy(const std::string& path, const std::string& library) {
  void* handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  if (handle == nullptr) return std::string("dlopen: ") + ::dlerror();
  const auto open = reinterpret_cast<decltype(&sqlite3_open_v2)>(::dlsym(handle, "sqlite3_open_v2"));
  const auto exec = reinterpret_cast<decltype(&sqlite3_exec)>(::dlsym(handle, "sqlite3_exec"));
  const auto close = reinterpret_cast<decltype(&sqlite3_close)>(::dlsym(handle, "sqlite3_close"));
  if (reinterpret_cast<void*>(open) == ::dlsym(RTLD_DEFAULT, "sqlite3_open_v2")) return "not a second copy";
  sqlite3* db = nullptr;
  if (open(path.c_str(), &db, SQLITE_OPEN_READONLY, nullptr) != SQLITE_OK) return "second copy cannot open";
  const int rc = exec(db, "SELECT count(*) FROM sqlite_schema", nullptr, nullptr, nullptr);
  close(db);
  return rc == SQLITE_OK ? "ok" : "second copy cannot read: " + std::to_string(rc);
}

}  // namespace

// As many writes as `count`, keys with this prefix, while another thread pokes without a pause when it is to.
std::string storm(const Scope& scope, const std::string& path, const std::string& prefix, int count, bool poking) {
  std::atomic<bool> over{false};
  std::thread poker([&] {
    while (poking && !over) poke_plainly(path);
  });
  std::string answer = "ok";
  for (int n = 0; n < count && answer == "ok"; ++n) {
    const auto id = scope.put({.key = prefix + std::to_string(n), .text = "note"}, {.durability = Durability::kRelaxed});
    if (!id) answer = id.status().to_string();
  }
  over = true;
  poker.join();
  return answer;
}

// arguments: path, file of a second SQLite library. Commands: put KEY WORD, storm PREFIX COUNT, calm PREFIX COUNT (without
// poking), poke, poke2, close, quit.
MNEMIC_CHILD(poker) {
  auto store = Store::open(arguments.at(0));
  if (!store) {
    say("! " + store.status().to_string());
    return 1;
  }
  const Scope scope = store->scope(home()).value();
  say("ready");
  while (auto line = hear()) {
    if (line->starts_with("put ")) {
      const auto space = line->rfind(' ');
      MemoryInput input;
      input.key = line->substr(4, space - 4);
      input.text = "The note " + line->substr(space + 1) + " was written.";
      const auto id = scope.put(input);
      say(id ? "ok" : id.status().to_string());
    } else if (line->starts_with("storm ") || line->starts_with("calm ")) {
      const auto first = line->find(' ');
      const auto space = line->rfind(' ');
      say(storm(scope, arguments.at(0), line->substr(first + 1, space - first - 1), std::stoi(line->substr(space + 1)), (*line)[0] == 's'));
    } else if (*line == "poke") {
      poke_plainly(arguments.at(0));
      say("ok");
    } else if (*line == "poke2") {
      say(poke_with_second_copy(arguments.at(0), arguments.at(1)));
    } else if (*line == "close") {
      const Status closed = store->close();
      say(closed.ok() ? "ok" : closed.to_string());
    } else {
      return 0;
    }
  }
  return 0;
}

namespace {

void spring_the_trap(const std::string& poke, bool killed) {
  if (can_encrypt()) MNEMIC_SKIP("SQLCipher is inside the program: there is no library of which a second copy could be loaded");
  const TempDir dir;
  const std::string path = dir / "store.db";
  Dl_info info{};
  REQUIRE(::dladdr(::dlsym(RTLD_DEFAULT, "sqlite3_libversion"), &info) != 0);
  const std::string library = dir / "second-sqlite.so";
  std::filesystem::copy_file(std::filesystem::canonical(info.dli_fname), library);

  std::uint64_t written = 0;
  const auto put = [&](Child& child) {
    const std::string n = std::to_string(written);
    const std::string answer = child.ask("put k" + n + " " + unique_word(written));
    ++written;
    return answer;
  };
  Child a("poker", {path, library});
  REQUIRE(a.line().value_or("") == "ready");
  for (int round = 0; round < 3; ++round) {
    REQUIRE(put(a) == "ok");
    REQUIRE(a.ask(poke) == "ok");
    {
      // Another process comes, writes, and closes. If it took itself for the last one, it would remove the WAL under a.
      Child b("poker", {path, library});
      REQUIRE(b.line().value_or("") == "ready");
      REQUIRE(put(b) == "ok");
      REQUIRE(a.ask(poke) == "ok");
      REQUIRE(put(a) == "ok");
      REQUIRE(put(b) == "ok");
      REQUIRE(b.ask("close") == "ok");
      b.send("quit");
      REQUIRE(b.wait() == 0);
    }
    REQUIRE(put(a) == "ok");
  }
  if (killed) {
    a.kill();
  } else {
    REQUIRE(a.ask("close") == "ok");
    a.send("quit");
    REQUIRE(a.wait() == 0);
  }
  auto store = Store::open(path);
  REQUIRE_OK(store);
  REQUIRE(join(check_problems(*store)) == "");
  const Scope scope = store->scope(home()).value();
  for (std::uint64_t n = 0; n < written; ++n) {
    INFO("write " << n);
    const auto got = scope.get(Layer::kSemantic, "k" + std::to_string(n));
    REQUIRE_OK(got);
    CHECK(got->text == "The note " + unique_word(n) + " was written.");
  }
  CHECK(scope.count().value() == written);
}

}  // namespace

TEST_CASE("poking in the middle of writes, while another process writes, loses no acknowledged write") {
  constexpr int kWrites = 2000;
  const TempDir dir;
  const std::string path = dir / "store.db";
  Child a("poker", {path, ""});
  REQUIRE(a.line().value_or("") == "ready");
  Child b("poker", {path, ""});
  REQUIRE(b.line().value_or("") == "ready");
  a.send("storm a " + std::to_string(kWrites));
  b.send("calm b " + std::to_string(kWrites));
  CHECK(a.line().value_or("") == "ok");
  CHECK(b.line().value_or("") == "ok");
  for (Child* child : {&a, &b}) {
    CHECK(child->ask("close") == "ok");
    child->send("quit");
    CHECK(child->wait() == 0);
  }
  auto store = Store::open(path);
  REQUIRE_OK(store);
  CHECK(join(check_problems(*store)) == "");
  const Scope scope = store->scope(home()).value();
  for (const std::string prefix : {"a", "b"}) {
    for (int n = 0; n < kWrites; ++n) {
      INFO(prefix << n);
      CHECK(scope.get(Layer::kSemantic, prefix + std::to_string(n)).ok());
    }
  }
}

TEST_CASE("opening and closing the files by hand loses no acknowledged write") {
  spring_the_trap("poke", true);
  spring_the_trap("poke", false);
}

TEST_CASE("a second copy of SQLite in the process loses no acknowledged write") {
  if (kSanitized) MNEMIC_SKIP("the sanitizer runtime refuses RTLD_DEEPBIND, which the second copy needs");
#ifndef MNEMIC_STATIC_DEFINE
  MNEMIC_SKIP("a shared mnemic carries SQLite itself; there is no library file to copy");
#endif
  spring_the_trap("poke2", true);
  spring_the_trap("poke2", false);
}
