// SPDX-License-Identifier: Apache-2.0
// Bundles of what changed since: a target that takes them one after another stays equal to the source, deletions included.
#include "two_stores.hpp"

#include "support/random.hpp"

using namespace mnemic;
using namespace mnemic::test;

namespace {

/// Exports what changed since `since` and takes it in. @return the change the bundle ends at
Seq carry(const Place& source, const Place& target, const std::filesystem::path& path, Seq since, ExportOptions options = {}) {
  std::filesystem::remove(path);
  options.since = since;
  const ExportReport report = source.admin().export_to(path, options).value();
  const auto imported = target.admin().import_from(path);
  REQUIRE_OK(imported);
  INFO(to_json(*imported).dump());
  CHECK(imported->kept == 0);
  return report.seq;
}

}  // namespace

TEST_CASE("a target that takes bundle after bundle equals its source") {
  for (const std::uint64_t seed : seeds()) {
    INFO("seed " << seed);
    Random random(seed);
    const TempDir dir;
    const Place source(seed);
    const Place target(seed + 1);
    const std::vector<Namespace> names{{"a"}, {"a", "b"}, {"c"}};
    std::vector<std::pair<Scope, MemoryId>> known;
    Seq since = 0;
    for (int round = 0; round < 12; ++round) {
      for (std::size_t n = random.below(25); n > 0; --n) {
        source.clock->advance(std::chrono::seconds(1));
        const Scope scope = source.store.scope(random.pick(names)).value();
        const std::size_t dice = random.below(10);
        if (known.empty() || dice < 4) {
          known.emplace_back(scope, scope.put({.key = random.chance(30) ? "k" + std::to_string(random.below(4)) : "",
                                               .text = "text " + std::to_string(random.below(1000))}).value());
          continue;
        }
        const auto& [home, id] = random.pick(known);
        const MemoryId other = random.pick(known).second;
        if (dice < 6) home.update(id, {.text = "changed " + std::to_string(random.below(1000))}).status().ignore();
        if (dice == 6) home.forget(id).status().ignore();
        if (dice == 7) home.relate(id, "about", other, Json::object({{"n", static_cast<std::int64_t>(random.below(3))}})).ignore();
        if (dice == 8) home.unrelate(id, "about", other).ignore();
        if (dice == 9 && random.chance(30)) source.admin().erase({.ids = {id}}).status().ignore();
        if (dice == 9 && random.chance(50)) source.admin().grant(names[0], names[2]).ignore();
        if (dice == 9 && random.chance(50)) source.admin().revoke(names[0], names[2]).ignore();
      }
      target.clock->set(source.clock->now());
      // Now and then from further back than need be: what is known is no change.
      const Seq from = since > 10 && random.chance(30) ? since - 10 : since;
      since = carry(source, target, dir / "bundle.jsonl", from);
      CHECK(picture(target.store) == picture(source.store));
      const CheckReport check = target.store.check().value();
      for (const CheckIssue& issue : check.issues) UNSCOPED_INFO(issue.where << ": " << issue.what);
      REQUIRE(check.clean());
    }
  }
}

TEST_CASE("what leaves the filter leaves the target") {
  const TempDir dir;
  const Place source(1);
  const Place target(2);
  const MemoryId stays = source.scope.put({.text = "public one", .tags = {"public"}}).value();
  const MemoryId leaves = source.scope.put({.text = "public two", .tags = {"public"}}).value();
  const MemoryId secret = source.scope.put({.text = "a secret", .tags = {"secret"}}).value();
  const ExportOptions filtered{.where = Filter::tag("public")};
  Seq since = carry(source, target, dir / "b", 0, filtered);
  CHECK(target.scope.count().value() == 2);

  source.clock->advance(std::chrono::hours(1));
  source.scope.update(leaves, {.tags = std::vector<std::string>{"secret"}}).value();
  (void)source.scope.forget(secret).value();
  source.scope.update(stays, {.text = "public one, changed"}).value();
  since = carry(source, target, dir / "b", since, filtered);
  CHECK(target.scope.count().value() == 1);
  CHECK(target.scope.get(stays)->text == "public one, changed");
  // Of what never matched not even the id is told.
  CHECK(slurp(dir / "b").find(secret.to_string()) == std::string::npos);
  CHECK(slurp(dir / "b").find("a secret") == std::string::npos);

  source.clock->advance(std::chrono::hours(1));
  source.scope.update(leaves, {.tags = std::vector<std::string>{"public"}}).value();
  carry(source, target, dir / "b", since, filtered);
  CHECK(target.scope.count().value() == 2);
}

TEST_CASE("a deletion that is older than a change here does not travel") {
  const TempDir dir;
  const Place source(1);
  const Place target(2);
  const MemoryId id = source.scope.put({.text = "one"}).value();
  const Seq since = carry(source, target, dir / "b", 0);
  source.clock->advance(std::chrono::hours(1));
  (void)source.scope.forget(id).value();
  target.clock->set(source.clock->now() + std::chrono::hours(1));
  target.scope.update(id, {.text = "one, of later"}).value();
  std::filesystem::remove(dir / "b");
  REQUIRE_OK(source.admin().export_to(dir / "b", {.since = since}));
  const ImportReport report = target.admin().import_from(dir / "b").value();
  CHECK(report.forgotten == 0);
  REQUIRE(report.problems.size() == 1);
  CHECK(report.problems[0].id == id.to_string());
  CHECK(target.scope.get(id)->text == "one, of later");
  REQUIRE_CODE(target.admin().import_from(dir / "b", {.conflict = OnConflict::kRefuse}), StatusCode::kAlreadyExists);
}

TEST_CASE("vectors made here do not hold a deletion up") {
  const TempDir dir;
  const Place source(1, ":memory:", {.embedder = nullptr});
  const Place target(2, dir / "t.db", {.embedder = nullptr});
  const MemoryId id = source.scope.put({.text = "window seats"}).value();
  const Seq since = carry(source, target, dir / "b", 0);
  source.clock->advance(std::chrono::hours(1));
  (void)source.scope.forget(id).value();
  // Later, the target is given an embedder: a next version, which differs in its vector alone.
  target.clock->set(source.clock->now() + std::chrono::hours(1));
  REQUIRE_OK(target.store.reembed(hashed_embedder()));
  for (int n = 0; n < 10; ++n) REQUIRE_OK(target.store.maintain());
  REQUIRE(target.scope.get(id)->version == 2);
  carry(source, target, dir / "b", since);
  REQUIRE_CODE(target.scope.get(id), StatusCode::kNotFound);
}
