// SPDX-License-Identifier: Apache-2.0
// A file that was cut, changed or never was an export is refused with the line named, and nothing is changed.
#include "two_stores.hpp"

#include "support/random.hpp"
#include "transfer/line_file.hpp"
#include "transfer/manifest.hpp"

#include <algorithm>

using namespace mnemic;
using namespace mnemic::test;
namespace fs = std::filesystem;

namespace {

struct Exported {
  Exported() {
    Place source(1);
    const MemoryId a = source.scope.put({.key = "seat", .text = "Prefers window seats", .tags = {"travel"}}).value();
    source.scope.update(a, {.text = "Prefers aisle seats"}).value();
    const MemoryId b = source.scope.put({.text = "Moved to Lisbon", .metadata = Json::object({{"n", 1}})}).value();
    REQUIRE_OK(source.scope.relate(a, "about", b));
    REQUIRE_OK(source.scope.facts().declare(std::vector<Attribute>{{"likes", Cardinality::kMany}}));
    REQUIRE_OK(source.admin().export_to(path, {.history = true}));
    lines = lines_of(slurp(path));
  }
  TempDir dir;
  fs::path path = dir / "all.jsonl";
  std::vector<std::string> lines;
};

/// A file whose counts and hash hold, whatever its lines are. The last one is made anew.
fs::path sealed(const TempDir& dir, std::vector<std::string> lines) {
  const fs::path path = dir / "sealed.jsonl";
  spill(path, "");
  transfer::LineWriter writer(path.string());
  lines.pop_back();
  for (const std::string& line : lines) writer.add(line);
  writer.add(to_line(transfer::Trailer{writer.lines() - 1, writer.bytes(), writer.hash()}));
  writer.sync_and_close();
  return path;
}

/// Refused by the import and by its dry run alike; nothing was changed. @return what was said
std::string refused(const fs::path& path, StatusCode code, const ImportOptions& given = {}) {
  Place target(2);
  ImportOptions options = given;
  const auto report = target.admin().import_from(path, options);
  REQUIRE_CODE(report, code);
  options.dry_run = true;
  REQUIRE_CODE(target.admin().import_from(path, options), code);
  REQUIRE(newest(target.store) == 0);
  REQUIRE(target.admin().namespaces().value().empty());
  return report.status().message();
}

std::size_t line_with(const std::vector<std::string>& lines, const std::string& part) {
  const auto found = std::find_if(lines.begin(), lines.end(), [&](const std::string& line) { return line.find(part) != std::string::npos; });
  REQUIRE(found != lines.end());
  return static_cast<std::size_t>(found - lines.begin());
}

void check_names(const std::string& message, const std::string& part) {
  INFO(message);
  CHECK(message.find(part) != std::string::npos);
}

}  // namespace

TEST_CASE("an export cut anywhere is refused") {
  const Exported exported;
  const std::string whole = slurp(exported.path);
  Random random(fresh_seed());
  std::vector<std::size_t> sizes;
  for (int n = 0; n < 40; ++n) sizes.push_back(1 + random.below(whole.size() - 1));
  for (std::size_t at = whole.find('\n'); at != std::string::npos && at + 1 < whole.size(); at = whole.find('\n', at + 1)) sizes.push_back(at + 1);
  sizes.push_back(whole.size() - 1);
  for (const std::size_t size : sizes) {
    INFO("cut to " << size << " of " << whole.size());
    spill(exported.dir / "cut.jsonl", whole.substr(0, size));
    check_names(refused(exported.dir / "cut.jsonl", StatusCode::kCorruption, {.format = TransferFormat::kMnemic}), "line ");
  }
}

TEST_CASE("an export with a changed byte is refused") {
  const Exported exported;
  const std::string whole = slurp(exported.path);
  Random random(fresh_seed());
  for (int n = 0; n < 150; ++n) {
    std::string changed = whole;
    const std::size_t at = exported.lines[0].size() + random.below(whole.size() - exported.lines[0].size());
    changed[at] = static_cast<char>(changed[at] ^ (1 + random.below(255)));
    INFO("byte " << at << ": " << whole[at] << " -> " << static_cast<int>(static_cast<unsigned char>(changed[at])));
    spill(exported.dir / "changed.jsonl", changed);
    const auto report = Place(2).admin().import_from(exported.dir / "changed.jsonl");
    REQUIRE_FALSE(report.ok());
    // In the last line, what it says of itself may become something that is not there.
    const bool in_last = at >= whole.size() - exported.lines.back().size() - 1;
    if (!in_last) REQUIRE_CODE(report, StatusCode::kCorruption);
    check_names(report.status().message(), "line ");
  }
}

TEST_CASE("two lines exchanged, one left out, one twice are found") {
  const Exported exported;
  for (int what = 0; what < 3; ++what) {
    std::vector<std::string> lines = exported.lines;
    if (what == 0) std::swap(lines[1], lines[2]);
    if (what == 1) lines.erase(lines.begin() + 2);
    if (what == 2) lines.insert(lines.begin() + 2, lines[2]);
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    spill(exported.dir / "other.jsonl", text);
    check_names(refused(exported.dir / "other.jsonl", StatusCode::kCorruption), "line ");
  }
  spill(exported.dir / "longer.jsonl", slurp(exported.path) + "{}\n");
  check_names(refused(exported.dir / "longer.jsonl", StatusCode::kCorruption), "behind the last line");
}

TEST_CASE("a newer format is unsupported, another one none of ours") {
  const Exported exported;
  std::vector<std::string> lines = exported.lines;
  const std::string version = "\"version\":1";
  lines[0].replace(lines[0].find(version), version.size(), "\"version\":2");
  check_names(refused(sealed(exported.dir, lines), StatusCode::kUnsupported), "line 1");
  lines = exported.lines;
  lines[0] = R"({"kind":"manifest","format":"something-else","version":1})";
  refused(sealed(exported.dir, lines), StatusCode::kInvalidArgument);
  check_names(refused(sealed(exported.dir, lines), StatusCode::kInvalidArgument, {.format = TransferFormat::kMnemic}), "line 1");
}

TEST_CASE("a whole export with a line that cannot be taken names it") {
  const Exported exported;
  const std::size_t memory = line_with(exported.lines, "Moved to Lisbon");
  const auto with = [&](const std::string& from, const std::string& to) {
    std::vector<std::string> lines = exported.lines;
    const std::size_t at = lines[memory].find(from);
    REQUIRE(at != std::string::npos);
    lines[memory].replace(at, from.size(), to);
    return sealed(exported.dir, lines);
  };
  const std::string line = "line " + std::to_string(memory + 1) + ": ";
  const auto bad = [&](const std::string& from, const std::string& to, const std::string& names) {
    INFO(from << " -> " << to);
    check_names(refused(with(from, to), StatusCode::kInvalidArgument), line + names);
  };
  bad("\"kind\":\"memory\"", "\"kind\":\"dream\"", "kind");
  bad("\"layer\":\"semantic\"", "\"layer\":\"psychic\"", "layer");
  bad("\"text\":\"Moved to Lisbon\"", "\"text\":7", "text");
  bad("\"text\":\"Moved to Lisbon\"", "\"text\":\"\"", "text");
  bad("\"importance\":0.5", "\"importance\":1.5", "importance");
  bad("\"importance\":0.5", "\"importants\":0.5", "importants");
  bad("\"metadata\":{\"n\":1}", "\"metadata\":[1]", "metadata");
  bad("\"namespace\":\"acme/ada\"", "\"namespace\":\"acme/..\"", "namespace");
  bad("\"namespace\":\"acme/ada\",", "", "namespace");
  bad("\"event_time\":\"", "\"event_time\":\"x", "event_time");
  bad("\"version\":1", "\"version\":0", "version");
  bad("\"version\":1", "\"version\":-1", "version");
  bad("\"id\":\"", "\"id\":\"z", "id");
  bad("\"version\":1", "\"version\":1,\"vectors\":[{\"space\":9,\"of\":[0,0],\"codes\":[1]}]", "vectors");
  bad("\"version\":1", "\"version\":1,\"vectors\":[{\"space\":0,\"of\":[0,0],\"codes\":[1]}]", "vectors");
  bad("\"version\":1", "\"version\":1,\"vectors\":[{\"space\":0,\"of\":[0,0],\"codes\":[99999]}]", "vectors");

  std::vector<std::string> lines = exported.lines;
  lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(memory), lines[memory]);
  check_names(refused(sealed(exported.dir, lines), StatusCode::kInvalidArgument), "stands in line");
  lines = exported.lines;
  lines[memory] += "\xff";
  refused(sealed(exported.dir, lines), StatusCode::kCorruption);
  lines = exported.lines;
  lines[memory].replace(lines[memory].find("Lisbon"), 6, "Lis\xff\xfe");
  check_names(refused(sealed(exported.dir, lines), StatusCode::kCorruption), line);
  lines = exported.lines;
  lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(line_with(lines, "aisle")));  // its earlier version stays
  refused(sealed(exported.dir, lines), StatusCode::kInvalidArgument);
}

TEST_CASE("a line of 100 MB is refused by its size") {
  const Exported exported;
  std::vector<std::string> lines = exported.lines;
  const std::size_t memory = line_with(lines, "Moved to Lisbon");
  lines[memory].replace(lines[memory].find("Moved"), 5, std::string(100u << 20, 'x'));
  check_names(refused(sealed(exported.dir, lines), StatusCode::kInvalidArgument), "line " + std::to_string(memory + 1) + ": text");
  lines[memory] = std::string(300u << 20, '[');
  refused(sealed(exported.dir, lines), StatusCode::kInvalidArgument);
}

TEST_CASE("what is no file of memories is refused") {
  const TempDir dir;
  const auto text = [&](const std::string& bytes) {
    spill(dir / "x", bytes);
    return dir / "x";
  };
  refused(dir / "missing", StatusCode::kNotFound);
  refused(dir.path(), StatusCode::kInvalidArgument);
  for (const char* bytes : {"", "\n\n", "hello", "{}", "[]", "[1,2]", "{\"a\":", "\xff\xfe", "{\"agents\":7}", "{\"type\":\"entity\"}"}) {
    INFO(bytes);
    refused(text(bytes), StatusCode::kInvalidArgument, {.into = {"x"}});
  }
  refused(text(std::string(100'000, '[')), StatusCode::kInvalidArgument);
}

TEST_CASE("an export never takes the place of a file, and leaves nothing when it fails") {
  const TempDir dir;
  Place source(1);
  (void)source.scope.put({.text = "one"}).value();
  spill(dir / "there", "mine");
  REQUIRE_CODE(source.admin().export_to(dir / "there"), StatusCode::kAlreadyExists);
  CHECK(slurp(dir / "there") == "mine");
  REQUIRE_CODE(source.admin().export_to(dir / "no" / "such"), StatusCode::kNotFound);
  REQUIRE_CODE(source.admin().export_to(dir / "x", {.namespaces = {Namespace{}}}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(source.admin().export_to(dir / "x", {.where = Filter::where("nonsense", Op::kEq, 1)}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(source.admin().export_to(dir / "x", {.since = 1000}), StatusCode::kInvalidArgument);
  std::stop_source stop;
  stop.request_stop();
  REQUIRE_CODE(source.admin().export_to(dir / "x", {.stop = stop.get_token()}), StatusCode::kCancelled);
  REQUIRE_CODE(source.admin().export_to(dir / "x", {.progress = [](auto, auto) { throw std::runtime_error("no"); }}), StatusCode::kInternal);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(dir.path())) ++files;
  CHECK(files == 1);

  REQUIRE_OK(source.admin().export_to(dir / "x"));
  CHECK(fs::status(dir / "x").permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  Place target(2);
  REQUIRE_CODE(target.admin().import_from(dir / "x", {.batch = 0}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(target.admin().import_from(dir / "x", {.format = TransferFormat::kMem0}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(target.admin().import_from(dir / "x", {.from = {"other"}}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(target.admin().import_from(dir / "x", {.stop = stop.get_token()}), StatusCode::kCancelled);
  REQUIRE_OK(target.store.close());
  REQUIRE_CODE(target.admin().import_from(dir / "x"), StatusCode::kFailedPrecondition);
  REQUIRE_CODE(target.admin().export_to(dir / "y"), StatusCode::kFailedPrecondition);
}
