// SPDX-License-Identifier: Apache-2.0
// Salvage: pages of a store are overwritten with noise; every row on the others comes out as it was, nothing comes out wrong, the rest is listed.
#include "storage/page_scan.hpp"
#include "support/encrypted.hpp"
#include "support/random.hpp"
#include "support/sqlite_raw.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "open_store.hpp"

using namespace mnemic;
using namespace mnemic::test;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kPage = storage::PageFile::kPage;

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}
void spit(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes; }

/// A version as it is printed, by its number. Its end is apart: what came after it may be lost.
struct Written {
  std::string printed;
  std::optional<Seq> end;
  std::string name_space;
};
using Versions = std::map<Seq, Written>;
using Pages = std::set<std::uint64_t>;

Versions versions_of(const Store& store, const std::set<MemoryId>& ids) {
  Versions all;
  for (const MemoryId& id : ids) {
    const auto history = store.admin().history(id);
    if (!history) continue;
    for (Memory memory : *history) {
      const auto end = std::exchange(memory.seq_to, std::nullopt);
      const std::string name = std::exchange(memory.name_space, {}).to_string();
      all[memory.seq_from] = {to_json(memory).dump(), end, name};
    }
  }
  return all;
}

struct Sample {
  std::string bytes;
  std::set<MemoryId> ids;
  Versions versions;
  std::map<Seq, Pages> pages;            // of each version, those that its row is on
  std::map<Seq, std::uint64_t> changes;  // of each line of the change log, the page that it is on
};

bool spares(const Pages& spoilt, const Pages& all) {
  return std::none_of(all.begin(), all.end(), [&](std::uint64_t page) { return spoilt.contains(page); });
}

Store open_salvaged(const fs::path& path) {
  Options options = still_options();
  options.embedder = nullptr;
  return Store::open(path, options).value();
}

/// Some thousand memories of three namespaces with updates, forgets, links, facts and sessions, a few of them large.
Sample make_sample(const TempDir& dir, Random& random, std::size_t count) {
  Sample sample;
  const fs::path path = dir / "whole.db";
  {
    Options options = still_options();
    options.embedder = hashed_embedder();
    options.durability = Durability::kRelaxed;
    OpenStore s(options, path);
    std::vector<std::pair<Scope, MemoryId>> known;
    while (sample.ids.size() < count) {
      const Scope scope = s.store.scope({"acme", "u" + std::to_string(random.below(3))}).value();
      Batch batch;
      for (int n = 0; n < 100; ++n) {
        std::string text = "note";
        for (std::size_t words = random.below(random.chance(2) ? 2000 : 30); words > 0; --words) text += " w" + std::to_string(random.below(500));
        batch.put({.layer = random.chance(50) ? Layer::kSemantic : Layer::kEpisodic, .text = text, .tags = {"t"}, .metadata = Json::object({{"n", n}})});
      }
      for (const auto& written : scope.write(batch).value()) {
        sample.ids.insert(written.id);
        known.emplace_back(scope, written.id);
      }
      for (int n = 0; n < 20; ++n) {
        const auto [owner, id] = known[random.below(known.size())];
        if (!owner.get(id).ok()) continue;
        if (random.chance(30)) REQUIRE_OK(owner.forget(id));
        else REQUIRE_OK(owner.update(id, {.text = "changed to w" + std::to_string(random.below(500))}));
      }
      const auto [owner, from] = known[known.size() - 1];
      if (owner.get(from).ok() && owner.get(known[known.size() - 2].second).ok()) REQUIRE_OK(owner.relate(from, "about", known[known.size() - 2].second));
      sample.ids.insert(scope.session("s").append(Turn{.author = "user", .text = "a turn"}).value());
      sample.ids.insert(scope.facts().assert_fact({.subject = "Ada", .attribute = "likes", .value = std::to_string(known.size())})->id);
    }
    sample.versions = versions_of(s.store, sample.ids);
    REQUIRE_OK(s.store.close());
  }
  sample.bytes = slurp(path);
  const storage::PageFile file(path.string(), storage::FileKey::of(""));
  for (std::uint64_t page = 1; page <= file.count(); ++page) {
    file.rows_of(
        page,
        [&](const storage::PageRow& row) {
          const bool change = row.values.size() == 9 && row.values[7].kind == storage::PageValue::Kind::kText;  // a chunk has its body there
          if (change) sample.changes[static_cast<Seq>(row.rowid)] = page;
          if (row.values.size() != 29) return;
          auto& pages = sample.pages[static_cast<Seq>(row.rowid)];
          pages.insert(page);
          if (row.payload.size() > kPage - 100) pages.insert(0);  // goes on elsewhere: nothing is said about it
        },
        [](std::uint64_t number, std::int64_t, std::string_view why) { FAIL("page " << number << " " << why); });
  }
  REQUIRE(sample.pages.size() == sample.versions.size());
  return sample;
}

/// What came out is what was written, and ended when it did. An end has no checksum: it stands in the version, in the change that made it,
/// and in the next version if there is one, and only when noise hit all of these nothing is left that says it.
void check_right(const Sample& sample, const Versions& got, const Pages& spoilt = {}) {
  for (const auto& [seq, version] : got) {
    INFO("version " << seq);
    const auto want = sample.versions.find(seq);
    REQUIRE(want != sample.versions.end());
    REQUIRE(version.printed == want->second.printed);
    REQUIRE((version.name_space == want->second.name_space || version.name_space.starts_with("salvaged/")));
    const std::optional<Seq> end = want->second.end;
    const bool said = !end || spares(spoilt, sample.pages.at(seq)) || spares(spoilt, {sample.changes.at(*end)}) || got.contains(*end);
    if (said) REQUIRE(version.end.value_or(0) == end.value_or(0));
  }
}

/// Every version that is gone is named, if the change log still has it; and none goes without a word.
void check_named(const Sample& sample, const Versions& got, const SalvageReport& report, const Pages& spoilt) {
  std::set<std::string> named;
  for (const LostRow& lost : report.lost) named.insert(lost.where);
  for (const auto& [seq, version] : sample.versions) {
    if (got.contains(seq)) continue;
    INFO("version " << seq);
    REQUIRE(report.lost_rows > 0);
    if (spares(spoilt, {sample.changes.at(seq)})) REQUIRE(named.contains("versions row " + std::to_string(seq)));
  }
}

}  // namespace

TEST_CASE("what an undamaged file holds comes out whole") {
  const TempDir dir;
  Random random(fresh_seed());
  const Sample sample = make_sample(dir, random, 500);
  const auto report = salvage_store(dir / "whole.db", dir / "out.db");
  REQUIRE_OK(report);
  for (const LostRow& lost : report->lost) UNSCOPED_INFO(lost.where << ": " << lost.why);
  CHECK(report->lost_rows == 0);
  CHECK(report->words_remade == 0);
  CHECK(report->namespaces_renamed == 0);
  CHECK(report->versions == sample.versions.size());
  CHECK(slurp(dir / "whole.db") == sample.bytes);
  const Store out = Store::open(dir / "out.db", [] { Options o; o.embedder = hashed_embedder(); return o; }()).value();
  CHECK(versions_of(out, sample.ids).size() == sample.versions.size());
  check_right(sample, versions_of(out, sample.ids));
  CHECK(out.check()->clean());
  CHECK(out.stats()->without_vector == 0);
  CHECK(out.stats()->relations == report->relations);
}

namespace {

void spoil_and_salvage(std::uint64_t seed) {
  const TempDir dir;
  Random random(seed);
  const Sample sample = make_sample(dir, random, 2000);
  const std::size_t pages = sample.bytes.size() / kPage;
  for (std::size_t round = 0; round < 8; ++round) {
    Pages spoilt;
    std::string bytes = sample.bytes;
    for (std::size_t n = 1 + random.below(pages / (round < 4 ? 50 : 5)); n > 0; --n) spoilt.insert(1 + random.below(pages));
    if (round == 0) spoilt.insert(1);  // the header and the roots
    for (const std::uint64_t page : spoilt) {
      const bool whole = random.chance(60);
      const std::size_t from = whole ? 0 : random.below(kPage);
      for (std::size_t at = from; at < (whole ? kPage : std::min(kPage, from + 1 + random.below(600))); ++at) {
        bytes[(page - 1) * kPage + at] = static_cast<char>(random.below(256));
      }
    }
    spit(dir / "spoilt.db", bytes);
    fs::remove(dir / "out.db");
    INFO("round " << round << ", " << spoilt.size() << " of " << pages << " pages, seed " << seed);
    const auto report = salvage_store(dir / "spoilt.db", dir / "out.db");
    REQUIRE_OK(report);
    CHECK(slurp(dir / "spoilt.db") == bytes);
    const Store out = open_salvaged(dir / "out.db");
    const Versions got = versions_of(out, sample.ids);
    check_right(sample, got, spoilt);
    check_named(sample, got, *report, spoilt);
    CHECK(got.size() == report->versions);
    std::size_t expected = 0;
    for (const auto& [seq, on] : sample.pages) {
      if (on.contains(0) || !spares(spoilt, on)) continue;
      ++expected;
      INFO("version " << seq << " on page " << *on.begin());
      CHECK(got.contains(seq));
    }
    CHECK(expected > 0);
    const auto check = out.check().value();
    for (const CheckIssue& issue : check.issues) UNSCOPED_INFO(issue.where << ": " << issue.what);
    CHECK(check.clean());
  }
}

}  // namespace

TEST_CASE("rows on pages that noise spares come out as they were, and nothing comes out wrong") { spoil_and_salvage(fresh_seed()); }

TEST_CASE("noise in the end of a version, or in the change that says so, ends nothing else") {
  for (const std::uint64_t seed : {2672359757827205436U, 15611310518816711273U, 16313374057314480505U}) spoil_and_salvage(seed);
}

namespace {

/// Gives a line of the change log another number, both of two bytes. @return  false when it stands at an end of its page.
bool renumber(std::string& bytes, std::uint64_t page, Seq from, Seq to) {
  const auto two_bytes = [](Seq number) { return std::string{static_cast<char>(0x80 | (number >> 7)), static_cast<char>(number & 0x7F)}; };
  const std::size_t start = (page - 1) * kPage;
  const auto two_at = [&](std::size_t at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(bytes[start + at]) << 8 | static_cast<unsigned char>(bytes[start + at + 1]));
  };
  for (std::size_t cell = 1; cell + 1 < two_at(3); ++cell) {
    const std::size_t number = start + two_at(8 + 2 * cell) + 1;  // after the size of the row, one byte
    if (bytes.compare(number, 2, two_bytes(from)) == 0) return bytes.replace(number, 2, two_bytes(to)), true;
  }
  return false;
}

}  // namespace

TEST_CASE("a change whose number is damaged ends nothing, and takes no other one's place") {
  MNEMIC_SKIP_ENCRYPTED("the bytes of a page say nothing there");
  const TempDir dir;
  Random random(7);
  const Sample sample = make_sample(dir, random, 500);
  std::size_t tried = 0;
  for (const auto& [seq, version] : sample.versions) {
    if (tried == 6) break;
    if (!version.end || *version.end < 128 || sample.versions.contains(*version.end)) continue;  // forgotten: the change alone says it again
    const Seq last = sample.changes.rbegin()->first;
    for (const Seq to : {*version.end + 1, *version.end + 20, last + 50}) {
      std::string bytes = sample.bytes;
      if (!renumber(bytes, sample.changes.at(*version.end), *version.end, to)) continue;
      ++tried;
      INFO("version " << seq << ", change " << *version.end << " as " << to);
      spit(dir / "spoilt.db", bytes);
      fs::remove(dir / "out.db");
      REQUIRE_OK(salvage_store(dir / "spoilt.db", dir / "out.db"));
      const Store out = open_salvaged(dir / "out.db");
      const Versions got = versions_of(out, sample.ids);
      check_right(sample, got);
      CHECK(got.size() == sample.versions.size());
      CHECK(out.check()->clean());
    }
  }
  CHECK(tried == 6);
}

TEST_CASE("the change log says of a relation again what the relation says") {
  const TempDir dir;
  {
    OpenStore s(still_options(), dir / "whole.db");
    const MemoryId from = s.put("a lighthouse");
    REQUIRE_OK(s.scope.relate(from, "near", s.put("a harbour")));
    REQUIRE_OK(s.scope.relate(from, "near", s.put("a beach")));
    REQUIRE_OK(s.store.close());
  }
  for (const char* damage : {"ns = 73", "op = 5", "op = 3, ended = 1", "op = 7, ended = 2", "layer = 2, id = x'00'", "ended = 99"}) {
    INFO(damage);
    fs::copy_file(dir / "whole.db", dir / "spoilt.db", fs::copy_options::overwrite_existing);
    {
      RawDb db(dir / "spoilt.db");
      REQUIRE(db.run(std::string("UPDATE changes SET ") + damage + " WHERE seq = (SELECT min(seq_from) FROM relations)") == SQLITE_OK);
      REQUIRE(sqlite3_changes(db.handle()) == 1);
    }
    fs::remove(dir / "out.db");
    const auto report = salvage_store(dir / "spoilt.db", dir / "out.db");
    REQUIRE_OK(report);
    const Store out = open_salvaged(dir / "out.db");
    CHECK(out.stats()->relations == 2);
    const auto check = out.check().value();
    for (const CheckIssue& issue : check.issues) UNSCOPED_INFO(issue.where << ": " << issue.what);
    CHECK(check.clean());
  }
}

TEST_CASE("half a file gives what is on it") {
  const TempDir dir;
  Random random(fresh_seed());
  const Sample sample = make_sample(dir, random, 1000);
  const std::size_t size = sample.bytes.size() / 2 + 100;
  spit(dir / "cut.db", sample.bytes.substr(0, size));
  const auto report = salvage_store(dir / "cut.db", dir / "out.db");
  REQUIRE_OK(report);
  CHECK(report->lost_rows > 0);
  const Store out = open_salvaged(dir / "out.db");
  const Versions got = versions_of(out, sample.ids);
  check_right(sample, got);
  for (const auto& [seq, on] : sample.pages) {
    if (!on.contains(0) && *on.rbegin() * kPage <= size) CHECK(got.contains(seq));
  }
  CHECK(got.size() > 100);
  CHECK(out.check()->clean());
}

TEST_CASE("what only the WAL has comes out too, and salvage refuses what it must") {
  const TempDir dir;
  OpenStore s(still_options(), dir / "store.db");
  const MemoryId id = s.put("only in the WAL");
  fs::copy_file(dir / "store.db", dir / "copy.db");
  fs::copy_file(dir / "store.db-wal", dir / "copy.db-wal");
  const auto report = salvage_store(dir / "copy.db", dir / "out.db");
  REQUIRE_OK(report);
  CHECK(report->memories == 1);
  CHECK(open_salvaged(dir / "out.db").scope({"acme", "ada"})->get(id)->text == "only in the WAL");
  REQUIRE_CODE(salvage_store(dir / "copy.db", dir / "out.db"), StatusCode::kAlreadyExists);
  REQUIRE_CODE(salvage_store(dir / "missing.db", dir / "new.db"), StatusCode::kNotFound);
  spit(dir / "text", std::string(10'000, 'x'));
  REQUIRE_CODE(salvage_store(dir / "text", dir / "new.db"), StatusCode::kCorruption);
  REQUIRE_CODE(salvage_store(dir / "copy.db", dir / "new.db", {.language = "klingon"}), StatusCode::kInvalidArgument);
  std::stop_source stop;
  stop.request_stop();
  REQUIRE_CODE(salvage_store(dir / "copy.db", dir / "new.db", {.stop = stop.get_token()}), StatusCode::kCancelled);
  CHECK_FALSE(fs::exists(dir / "new.db"));
}
