// SPDX-License-Identifier: Apache-2.0
// A file that was truncated, or in which a byte was flipped: the library may refuse, or `check` must say so; it never
// crashes and never gives back a wrong text as if it were the right one.
#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/ledger.hpp"
#include "support/naive_store.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"

#include <mnemic/mnemic.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;

namespace {

Namespace home() { return {"acme", "ada"}; }

std::string slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

void spit(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// A closed store of some forty memories of every kind, and what it held.
struct Sample {
  std::string bytes;
  std::map<MemoryId, Memory> memories;
  std::map<MemoryId, std::string> words;
  std::size_t sessions = 0;
};

Sample make_sample(const std::filesystem::path& path) {
  Sample sample;
  auto store = Store::open(path);
  REQUIRE_OK(store);
  const Scope scope = store->scope(home(), {.user = "ada", .agent = "helper"}).value();
  MemoryId first;
  for (std::uint64_t n = 0; n < 24; ++n) {
    MemoryInput input;
    input.text = "The note " + unique_word(n) + " speaks of the garden and the sea.";
    if (n % 2 == 0) input.key = "key" + std::to_string(n);
    if (n % 3 == 0) input.metadata = Json::object({{"n", static_cast<std::int64_t>(n)}, {"place", "Lisbon"}});
    if (n % 4 == 0) input.tags = {"garden", "sea"};
    if (n == 7) input.text += std::string(20'000, 'y');
    const auto id = scope.put(input);
    REQUIRE_OK(id);
    sample.words[*id] = unique_word(n);
    if (n == 0) first = *id;
  }
  for (std::uint64_t n = 24; n < 36; ++n) {
    Turn turn;
    turn.author = "user";
    turn.text = "We spoke of " + unique_word(n) + " in the evening.";
    turn.content = Json::object({{"role", "user"}, {"n", static_cast<std::int64_t>(n)}});
    const auto id = scope.session(n % 2 == 0 ? "even" : "odd").append(turn);
    REQUIRE_OK(id);
    sample.words[*id] = unique_word(n);
  }
  MemoryChange change;
  change.text = "The note " + unique_word(0) + " was changed.";
  REQUIRE_OK(scope.update(first, change));
  REQUIRE_OK(store->admin().grant({"other"}, home()));
  for (const auto& [id, word] : sample.words) sample.memories[id] = scope.get(id).value();
  sample.sessions = scope.sessions().value().size();
  REQUIRE_OK(store->close());
  sample.bytes = slurp(path);
  return sample;
}

bool honest_refusal(StatusCode code) {
  return code == StatusCode::kCorruption || code == StatusCode::kFailedPrecondition;
}

// What the spoilt store answered, in total: was anything refused, was anything missing without a word?
struct Reading {
  std::string wrong;    // a wrong answer given as if right; or an error that blames something else
  std::string missing;  // something left out silently; allowed only when `check` reports
  bool reported = false;
};

void judge(Reading& out, const std::string& what, const Status& status) {
  if (honest_refusal(status.code())) return;
  (status.code() == StatusCode::kNotFound ? out.missing : out.wrong) += what + ": " + status.to_string() + "\n";
}

void compare_one(Reading& out, const std::string& what, const Sample& sample, const Memory& got) {
  const auto want = sample.memories.find(got.id);
  if (want == sample.memories.end()) {
    out.wrong += what + ": an id that was never stored\n";
  } else if (const auto different = difference(want->second, got); !different.empty()) {
    out.wrong += what + ": " + different.substr(0, 300) + "\n";
  }
}

Reading examine(const std::filesystem::path& path, const Sample& sample, Access access) {
  Reading out;
  auto store = Store::open(path, {.access = access});
  if (!store) {
    judge(out, "open", store.status());
    if (out.missing.empty()) out.reported = true;
    return out;
  }
  const auto scope = store->scope(home(), {.user = "ada", .agent = "helper"});
  if (!scope) {
    judge(out, "scope", scope.status());
    return out;
  }
  for (const auto& [id, want] : sample.memories) {
    if (const auto got = scope->get(id)) {
      compare_one(out, "get", sample, *got);
    } else {
      judge(out, "get", got.status());
    }
  }
  if (const auto page = scope->list({.limit = 1000})) {
    for (const auto& memory : *page) compare_one(out, "list", sample, memory);
    if (page->items.size() != sample.memories.size()) out.missing += "list: " + std::to_string(page->items.size()) + "\n";
  } else {
    judge(out, "list", page.status());
  }
  std::size_t asked = 0;
  for (const auto& [id, word] : sample.words) {
    if (asked++ % 5 != 0) continue;
    if (const auto answer = scope->recall({.text = word})) {
      bool found = false;
      for (const auto& hit : answer->hits) {
        compare_one(out, "recall", sample, hit.memory);
        found = found || hit.memory.id == id;
      }
      if (!found) out.missing += "recall " + word + "\n";
    } else {
      judge(out, "recall", answer.status());
    }
  }
  if (const auto sessions = scope->sessions()) {
    if (sessions->size() != sample.sessions) out.missing += "sessions\n";
  } else {
    judge(out, "sessions", sessions.status());
  }
  if (const auto report = store->check()) {
    out.reported = !report->clean();
  } else {
    judge(out, "check", report.status());
    out.reported = true;
  }
  store->close().ignore();
  return out;
}

// Not REQUIRE: one run shows every place where the library is not honest.
void check_honest(const Reading& out) {
  CHECK(out.wrong == "");
  if (!out.reported) CHECK(out.missing == "");
}

}  // namespace

TEST_CASE("a flipped byte is refused, reported, or without effect") {
  const std::uint64_t seed = fresh_seed();
  Random random(seed);
  const TempDir dir;
  const Sample sample = make_sample(dir / "store.db");
  std::vector<std::size_t> offsets;
  for (std::size_t at = 0; at < 100; at += long_form() ? 1 : 4) offsets.push_back(at);  // SQLite's header
  for (std::size_t n = scaled(160, 4000); n > 0; --n) offsets.push_back(random.below(sample.bytes.size()));
  std::size_t noticed = 0;
  for (const auto at : offsets) {
    std::string bytes = sample.bytes;
    const auto mask = static_cast<unsigned char>(random.chance(50) ? 0xff : 1U << random.below(8));
    bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ mask);
    spit(dir / "spoilt.db", bytes);
    INFO("byte " << at << " of " << bytes.size() << " xor " << int{mask} << ", seed " << seed);
    const Reading out = examine(dir / "spoilt.db", sample, random.chance(30) ? Access::kReadOnly : Access::kReadWrite);
    check_honest(out);
    noticed += out.reported;
    for (const char* rest : {"spoilt.db-wal", "spoilt.db-shm"}) std::filesystem::remove(dir / rest);
  }
  CHECK(noticed > 0);
}

TEST_CASE("a truncated file is refused or reported") {
  const std::uint64_t seed = fresh_seed();
  Random random(seed);
  const TempDir dir;
  const Sample sample = make_sample(dir / "store.db");
  // Not 0 and 1: SQLite takes a file of one byte for an empty one, and an empty one is a store not yet made.
  std::vector<std::size_t> sizes{2, 15, 16, 99, 100, 511, 512, 4095, 4096, 8192, sample.bytes.size() - 1,
                                 sample.bytes.size() - 512, sample.bytes.size() - 4096};
  for (std::size_t n = scaled(25, 400); n > 0; --n) sizes.push_back(2 + random.below(sample.bytes.size() - 2));
  for (const auto size : sizes) {
    spit(dir / "spoilt.db", sample.bytes.substr(0, size));
    INFO("cut to " << size << " of " << sample.bytes.size() << " bytes, seed " << seed);
    const Reading out = examine(dir / "spoilt.db", sample, random.chance(30) ? Access::kReadOnly : Access::kReadWrite);
    check_honest(out);
    CHECK(out.reported);
    for (const char* rest : {"spoilt.db-wal", "spoilt.db-shm"}) std::filesystem::remove(dir / rest);
  }
}

TEST_CASE("a byte flipped inside a memory's text is kCorruption, and check names the row") {
  const TempDir dir;
  const Sample sample = make_sample(dir / "store.db");
  const auto id = std::find_if(sample.words.begin(), sample.words.end(), [](const auto& w) { return w.second == unique_word(5); })->first;
  std::string bytes = sample.bytes;
  const auto at = bytes.find(sample.memories.at(id).text);
  REQUIRE(at != std::string::npos);
  bytes[at + sample.memories.at(id).text.size() - 2] ^= 1;
  spit(dir / "spoilt.db", bytes);

  auto store = Store::open(dir / "spoilt.db");
  REQUIRE_OK(store);
  const Scope scope = store->scope(home()).value();
  REQUIRE_CODE(scope.get(id), StatusCode::kCorruption);
  const auto report = store->check();
  REQUIRE_OK(report);
  REQUIRE_FALSE(report->clean());
  for (const auto& issue : report->issues) {
    INFO(issue.where << ": " << issue.what);
    CHECK(issue.code == StatusCode::kCorruption);
    CHECK_FALSE(issue.where.empty());
    CHECK((issue.where + issue.what).find(unique_word(5)) == std::string::npos);  // no memory text in messages
  }
  // The others are not harmed.
  for (const auto& [other, want] : sample.memories) {
    if (other == id) continue;
    const auto got = scope.get(other);
    REQUIRE_OK(got);
    CHECK(difference(want, *got) == "");
  }
}

// arguments: path. Writes, says what is acknowledged, and waits to be killed, so that a WAL stays behind.
MNEMIC_CHILD(leave_wal) {
  auto store = Store::open(arguments.at(0));
  if (!store) return 1;
  const Scope scope = store->scope(home()).value();
  Workload workload("k", 3, {Operation::Kind::kPut, Operation::Kind::kAppend, Operation::Kind::kBatch});
  for (int n = 0; n < 12; ++n) {
    if (!perform(scope, workload.next()).ok()) return 1;
  }
  say("done");
  hear();
  return 0;
}

TEST_CASE("a damaged WAL gives a prefix of what was written, or an error") {
  const std::uint64_t seed = fresh_seed();
  Random random(seed);
  const TempDir dir;
  const auto path = dir / "store.db";
  {
    Child child("leave_wal", {path.string()});
    REQUIRE(child.line().value_or("") == "done");
    child.kill();
  }
  const std::string db = slurp(path);
  const std::string wal = slurp(dir / "store.db-wal");
  REQUIRE(wal.size() > 4096);
  std::vector<Ledger::Entries> prefixes{{}};
  Workload workload("k", 3, {Operation::Kind::kPut, Operation::Kind::kAppend, Operation::Kind::kBatch});
  for (int n = 0; n < 12; ++n) {
    prefixes.push_back(prefixes.back());
    Ledger::apply(prefixes.back(), workload.next());
  }
  for (std::size_t round = 0; round < scaled(40, 500); ++round) {
    std::string bytes = wal;
    const std::size_t at = round < 8 ? round * 4 : random.below(wal.size());
    if (round % 3 == 2) {
      bytes.resize(at);
    } else {
      bytes[at] ^= static_cast<char>(1 + random.below(255));
    }
    spit(dir / "spoilt.db", db);
    spit(dir / "spoilt.db-wal", bytes);
    INFO("round " << round << ", byte " << at << " of " << wal.size() << ", seed " << seed);
    {
      auto store = Store::open(dir / "spoilt.db");
      if (!store) {
        INFO(store.status().to_string());
        REQUIRE(honest_refusal(store.status().code()));
      } else {
        const Scope scope = store->scope(home()).value();
        std::vector<std::string> problems;
        const auto got = Ledger::read(scope, "", problems);
        const bool prefix = std::any_of(prefixes.begin(), prefixes.end(),
                                        [&](const auto& p) { return first_difference(p, got).empty(); });
        const auto report = check_problems(*store);
        INFO(join(problems) << join(report));
        REQUIRE((prefix || !report.empty()));
        if (prefix) REQUIRE(join(report) == "");
      }
    }
    for (const char* rest : {"spoilt.db", "spoilt.db-wal", "spoilt.db-shm"}) std::filesystem::remove(dir / rest);
  }
}
