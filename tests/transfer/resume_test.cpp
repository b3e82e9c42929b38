// SPDX-License-Identifier: Apache-2.0
// An import that is killed at any moment goes on when it is called again, and ends where an undisturbed one does.
#include "two_stores.hpp"

#include "support/child.hpp"
#include "support/random.hpp"

using namespace mnemic;
using namespace mnemic::test;

namespace {

constexpr std::size_t kMemories = 300;

std::filesystem::path make_export(const TempDir& dir) {
  const Place source(1);
  std::vector<MemoryId> ids;
  for (std::size_t n = 0; n < kMemories; ++n) {
    source.clock->advance(std::chrono::seconds(1));
    ids.push_back(source.scope.put({.text = "memory number " + std::to_string(n), .tags = {"t" + std::to_string(n % 7)}}).value());
    if (n % 3 == 2) REQUIRE_OK(source.scope.relate(ids[n], "after", ids[n - 1]));
  }
  for (std::size_t n = 0; n < kMemories; n += 5) source.scope.update(ids[n], {.text = "changed " + std::to_string(n)}).value();
  REQUIRE_OK(source.admin().export_to(dir / "all.jsonl", {.history = true}));
  return dir / "all.jsonl";
}

}  // namespace

// arguments: store, export. Says "." at each sign of progress.
MNEMIC_CHILD(importer) {
  const Place target(2, arguments.at(0));
  say("ready");
  const auto report = target.admin().import_from(arguments.at(1), {.batch = 7, .progress = [](auto, auto) { say("."); }});
  say(report ? "done" : "! " + report.status().to_string());
  return report ? 0 : 1;
}

TEST_CASE("an import killed at random points goes on where it was") {
  const TempDir dir;
  const auto file = make_export(dir);
  const Place undisturbed(2, dir / "whole.db");
  const ImportReport whole = undisturbed.admin().import_from(file, {.batch = 7}).value();
  Random random(fresh_seed());
  std::size_t resumed = 0;
  for (std::size_t round = 0; round < scaled(6, 60); ++round) {
    const auto path = dir / ("killed" + std::to_string(round) + ".db");
    for (int kill = 0; kill < 3; ++kill) {
      Child child("importer", {path.string(), file.string()});
      REQUIRE(child.line() == "ready");
      for (std::size_t n = random.below(20); n > 0; --n) {
        if (!child.line()) break;
      }
      child.line(std::chrono::microseconds(random.below(3000)));
      child.kill();
    }
    const Place target(2, path);
    const ImportReport report = target.admin().import_from(file, {.batch = 7}).value();
    resumed += report.resumed;
    INFO("round " << round << ": " << to_json(report).dump());
    CHECK(report.memories == whole.memories);
    CHECK(report.relations + report.unchanged >= whole.relations);
    CHECK(picture(target.store, {.history = true}) == picture(undisturbed.store, {.history = true}));
    CHECK(newest(target.store) == newest(undisturbed.store));
    CHECK(target.store.check()->clean());
  }
  CHECK(resumed > 0);
}

TEST_CASE("an import that was stopped goes on, and says so") {
  const TempDir dir;
  const auto file = make_export(dir);
  const Place target(2, dir / "t.db");
  std::stop_source stop;
  int signs = 0;
  const auto first = target.admin().import_from(file, {.batch = 10, .progress = [&](std::uint64_t done, std::uint64_t total) {
                                                  CHECK(done <= total);
                                                  if (++signs == 5) stop.request_stop();
                                                }, .stop = stop.get_token()});
  REQUIRE_CODE(first, StatusCode::kCancelled);
  const std::size_t there = target.scope.count().value();
  CHECK(there > 0);
  CHECK(there < kMemories);
  const ImportReport dry = target.admin().import_from(file, {.dry_run = true}).value();
  CHECK(dry.unchanged == there);
  CHECK(dry.written == kMemories - there);
  const ImportReport second = target.admin().import_from(file, {.batch = 10}).value();
  CHECK(second.resumed);
  CHECK(second.written == kMemories);  // of both calls
  CHECK(target.scope.count().value() == kMemories);
  const ImportReport third = target.admin().import_from(file).value();
  CHECK_FALSE(third.resumed);
  CHECK(third.unchanged == kMemories);
}
