// SPDX-License-Identifier: Apache-2.0
// A file that was truncated, or in which a byte was flipped: the library may refuse, or `check` must say so; it never
// crashes and never gives back a wrong text as if it were the right one.
#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/ledger.hpp"
#include "support/naive_store.hpp"
#include "support/random.hpp"
#include "support/sqlite_raw.hpp"
#include "support/temp_dir.hpp"

#include <mnemic/mnemic.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
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
  MemoryId linked;                                        // a memory with relations
  std::map<std::string, std::multiset<std::string>> views;  // what each call of the layers answered, item by item
};

/// Calls of the layers, each as a list of texts. `changes` has no checksum, so when a relation was made is left out.
struct View {
  const char* name;
  std::function<Result<std::multiset<std::string>>(const Scope&, const Sample&)> read;
};

/// Without `seq_to`, which the checksum leaves out; `check` compares it with the change log.
std::string text_of(const Json& json) {
  std::string text = json.dump();
  const auto at = text.find(",\"seq_to\":");
  if (at != std::string::npos) text.erase(at, text.find_first_of(",}", at + 1) - at);
  return text;
}

template <typename Items>
std::multiset<std::string> texts(const Items& items) {
  std::multiset<std::string> all;
  for (const auto& item : items) all.insert(text_of(to_json(item)));
  return all;
}

Result<std::multiset<std::string>> links_of(const Scope& scope, const MemoryId& id, Direction direction) {
  const auto found = scope.related(id, {.direction = direction});
  if (!found) return found.status();
  std::multiset<std::string> all;
  for (const auto& one : *found) {
    const Relation& r = one.relation;
    all.insert(r.from.to_string() + " " + r.type + " " + r.to.to_string() + " " + r.metadata.dump() + " " + text_of(to_json(one.memory)));
  }
  return all;
}

const std::vector<View>& views() {
  using Texts = Result<std::multiset<std::string>>;
  static const std::vector<View> all{
      {"about", [](const Scope& scope, const Sample&) { const auto r = scope.facts().about("ada"); return r ? Texts(texts(*r)) : Texts(r.status()); }},
      {"history", [](const Scope& scope, const Sample&) { const auto r = scope.facts().history("Ada"); return r ? Texts(texts(*r)) : Texts(r.status()); }},
      {"facts", [](const Scope& scope, const Sample&) { const auto r = scope.facts().list({.all = true}); return r ? Texts(texts(r->items)) : Texts(r.status()); }},
      {"timeline", [](const Scope& scope, const Sample&) { const auto r = scope.episodes().timeline(); return r ? Texts(texts(r->items)) : Texts(r.status()); }},
      {"skills", [](const Scope& scope, const Sample&) { const auto r = scope.skills().list(); return r ? Texts(texts(r->items)) : Texts(r.status()); }},
      {"links out", [](const Scope& scope, const Sample& sample) { return links_of(scope, sample.linked, Direction::kOutgoing); }},
      {"links in", [](const Scope& scope, const Sample& sample) { return links_of(scope, sample.linked, Direction::kIncoming); }},
      {"attributes",
       [](const Scope& scope, const Sample&) {
         const auto r = scope.facts().attributes();
         if (!r) return Texts(r.status());
         std::multiset<std::string> found;
         for (const auto& one : *r) found.insert(one.name + " " + std::string(to_string(one.cardinality)));
         return Texts(found);
       }},
  };
  return all;
}

/// Facts that close each other, a skill with runs, an episode with sources, links with metadata, declared attributes.
void fill_layers(const Scope& scope, Sample& sample, const MemoryId& some, const MemoryId& other) {
  std::vector<Attribute> attributes;
  for (const char* name : {"visits", "plays with", "is at", "works for", "collects"}) {
    attributes.push_back({name, attributes.size() % 2 == 0 ? Cardinality::kMany : Cardinality::kSingle});
  }
  REQUIRE_OK(scope.facts().declare(attributes));
  for (const char* place : {"Lisbon", "Porto", "Faro", "Braga", "Sintra"}) {
    for (const char* attribute : {"is at", "visits"}) {
      FactInput fact{.subject = "Ada", .attribute = attribute, .value = place};
      fact.since = Timestamp(std::chrono::hours(24 * 18'000 + static_cast<int>(sample.memories.size())));
      fact.sources = {some};
      sample.words[scope.facts().assert_fact(fact).value().id] = "";
    }
  }
  for (int n = 0; n < 4; ++n) {
    const auto run = scope.skills().record_run({.goal = "find the lighthouse", .steps = {{.tool = "map"}}, .outcome = Outcome::kSuccess, .sources = {some}});
    REQUIRE_OK(run);
    sample.words[run->run] = "";
    sample.words[run->skill] = "";
    EpisodeInput episode{.text = "A walk by the sea"};
    episode.sources = {some, other};
    sample.words[scope.episodes().record(episode).value()] = "";
  }
  for (const auto& [id, word] : sample.words) {
    if (id != some && word.empty()) REQUIRE_OK(scope.relate(some, "seen_with", id, Json::object({{"n", static_cast<std::int64_t>(sample.words.size())}})));
  }
  sample.linked = some;
}

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
  fill_layers(scope, sample, first, std::prev(sample.words.end())->first);
  // Until the file ends with rows that have a checksum: what is cut off must not be something nobody would miss.
  for (std::uint64_t n = 36; n < 100; ++n) {
    REQUIRE_OK(store->flush());
    RawDb db(path, SQLITE_OPEN_READONLY);
    if (db.one("SELECT name IN ('versions', 'tail') AND pagetype = 'leaf' FROM dbstat ORDER BY pageno DESC LIMIT 1") == "1") break;
    MemoryInput input;
    input.text = "One more note, " + unique_word(n) + ", " + std::string(300, 'z');
    sample.words[scope.put(input).value()] = unique_word(n);
  }
  for (const auto& [id, word] : sample.words) sample.memories[id] = scope.get(id).value();
  sample.sessions = scope.sessions().value().size();
  for (const auto& view : views()) {
    sample.views[view.name] = view.read(scope, sample).value();
    REQUIRE_FALSE(sample.views[view.name].empty());
  }
  REQUIRE_OK(store->close());
  sample.bytes = slurp(path);
  return sample;
}

bool honest_refusal(StatusCode code) {
  // Damage in the first page of an encrypted file, and another key than its own, cannot be told apart.
  return code == StatusCode::kCorruption || code == StatusCode::kFailedPrecondition || (encrypted_run() && code == StatusCode::kPermissionDenied);
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
    if (word.empty() || asked++ % 5 != 0) continue;
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
  for (const auto& view : views()) {
    const auto got = view.read(*scope, sample);
    if (!got) {
      judge(out, view.name, got.status());
      continue;
    }
    const auto& want = sample.views.at(view.name);
    // Declared attributes have no checksum; `check` compares them with the change log.
    const bool bare = std::string(view.name) == "attributes";
    for (const auto& item : *got) {
      if (!want.contains(item)) (bare ? out.missing : out.wrong) += std::string(view.name) + ": " + item + "\n";
    }
    if (got->size() != want.size()) out.missing += std::string(view.name) + ": " + std::to_string(got->size()) + " of " + std::to_string(want.size()) + "\n";
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

TEST_CASE("a flipped byte in a row of any table is refused, reported, or without effect") {
  const std::uint64_t seed = fresh_seed();
  Random random(seed);
  const TempDir dir;
  const Sample sample = make_sample(dir / "store.db");
  // Where the cells of each table and index stand: from the end of a page down.
  std::map<std::string, std::vector<std::size_t>> cells;
  {
    RawDb db(dir / "store.db");
    const int pages = std::stoi(db.one("PRAGMA page_count"));
    for (int page = 1; page <= pages; ++page) {
      const std::string which = " FROM dbstat WHERE pageno = " + std::to_string(page);
      const std::string name = db.one("SELECT name" + which);
      if (name.empty()) continue;
      const auto number = [&](const char* column) { return static_cast<std::size_t>(std::stoul(db.one(std::string("SELECT ") + column + which))); };
      const std::size_t start = number("pgoffset");
      const std::size_t size = number("pgsize");
      const std::size_t used = std::min(size - 100, size - number("unused"));
      for (std::size_t at = start + size - used; at < start + size; ++at) cells[name].push_back(at);
    }
  }
  for (const char* name : {"facts", "facts_subject", "relations", "relations_from", "relations_to", "attributes", "versions", "tail", "changes"}) {
    INFO(name);
    REQUIRE(cells.contains(name));
    std::size_t noticed = 0;
    for (std::size_t n = scaled(14, 400); n > 0; --n) {
      std::string bytes = sample.bytes;
      const std::size_t at = random.pick(cells[name]);
      const auto mask = static_cast<unsigned char>(random.chance(50) ? 0xff : 1U << random.below(8));
      bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ mask);
      spit(dir / "spoilt.db", bytes);
      INFO("byte " << at << " xor " << int{mask} << ", seed " << seed);
      const Reading out = examine(dir / "spoilt.db", sample, random.chance(30) ? Access::kReadOnly : Access::kReadWrite);
      check_honest(out);
      noticed += out.reported;
      for (const char* rest : {"spoilt.db-wal", "spoilt.db-shm"}) std::filesystem::remove(dir / rest);
    }
    CHECK(noticed > 0);
  }
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
  MNEMIC_SKIP_ENCRYPTED("no text stands in the file; what a damaged page does is in encryption_test");
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

namespace {

/// A closed store with one fact and one declared attribute, then changed behind the library's back.
std::filesystem::path spoil(const TempDir& dir, const std::string& sql) {
  const auto path = dir / "store.db";
  {
    auto store = Store::open(path);
    REQUIRE_OK(store);
    const Scope scope = store->scope(home()).value();
    REQUIRE_OK(scope.facts().assert_fact({.subject = "Ada", .attribute = "is at", .value = "Porto"}));
    REQUIRE_OK(scope.facts().declare(std::vector<Attribute>{{"visits", Cardinality::kMany}}));
  }
  RawDb db(path);
  REQUIRE(db.run(sql) == SQLITE_OK);
  return path;
}

}  // namespace

TEST_CASE("metadata that is JSON no more is damage to a filter, and does not stop check") {
  const TempDir dir;
  auto store = Store::open(spoil(dir, "UPDATE versions SET metadata = '{\"fact\": {'"));
  REQUIRE_OK(store);
  const Scope scope = store->scope(home()).value();
  REQUIRE_CODE(scope.facts().list(), StatusCode::kCorruption);
  REQUIRE_CODE(scope.list({.where = Filter::metadata("n", Op::kEq, 1)}), StatusCode::kCorruption);
  const auto report = store->check();
  REQUIRE_OK(report);
  CHECK_FALSE(report->clean());
}

TEST_CASE("a declared attribute that is neither single nor many is damage, and one of another name is found by check") {
  for (const char* sql : {"UPDATE attributes SET cardinality = 7", "UPDATE attributes SET name = 'visitz'", "DELETE FROM attributes"}) {
    INFO(sql);
    const TempDir dir;
    auto store = Store::open(spoil(dir, sql));
    REQUIRE_OK(store);
    const auto report = store->check();
    REQUIRE_OK(report);
    CHECK_FALSE(report->clean());
    if (std::string(sql).find("cardinality") == std::string::npos) continue;
    const Facts facts = store->scope(home()).value().facts();
    REQUIRE_CODE(facts.attributes(), StatusCode::kCorruption);
    REQUIRE_CODE(facts.assert_fact({.subject = "Ada", .attribute = "visits", .value = "Faro"}), StatusCode::kCorruption);
  }
}

TEST_CASE("a namespace whose name is damaged is damage, not bad input") {
  const TempDir dir;
  auto store = Store::open(spoil(dir, "UPDATE namespaces SET path = CAST(x'ff' || substr(path, 2) AS TEXT)"));
  REQUIRE_OK(store);
  REQUIRE_CODE(store->admin().namespaces(), StatusCode::kCorruption);
  const auto report = store->check();
  REQUIRE_OK(report);
  CHECK_FALSE(report->clean());
}
