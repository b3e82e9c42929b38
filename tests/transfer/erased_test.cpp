// SPDX-License-Identifier: Apache-2.0
// Erasures travel with bundles: what was erased in the source is erased in the target, ledger, purge and all.
#include "two_stores.hpp"

#include <algorithm>
#include <stdexcept>

using namespace mnemic;
using namespace mnemic::test;

namespace {

using Ids = std::vector<MemoryId>;

struct Pair {
  TempDir dir;
  Place source{1};
  Place target{2, dir / "target.db"};
  Seq since = 0;

  /// Brings the target up to the source.
  ImportReport carry(ImportOptions options = {}, ExportOptions exported = {}) {
    exported.since = since;
    since = write(exported).seq;
    return target.admin().import_from(path(), options).value();
  }
  [[nodiscard]] ExportReport write(const ExportOptions& options) const {
    std::filesystem::remove(path());
    return source.admin().export_to(path(), options).value();
  }
  [[nodiscard]] std::filesystem::path path() const { return dir / "bundle"; }
  void later() const {
    source.clock->advance(std::chrono::hours(1));
    target.clock->set(source.clock->now());
  }
  [[nodiscard]] bool is_erased(const MemoryId& id) const { return target.admin().history(id).status().code() == StatusCode::kNotFound; }
};

}  // namespace

TEST_CASE("an erasure travels: history, ledger, purge job, and no way back by an older file") {
  Pair p;
  const MemoryId id = p.source.scope.put({.text = "A secret of Ada's"}).value();
  const MemoryId stays = p.source.scope.put({.text = "It stays"}).value();
  p.carry();
  const auto all = p.dir / "all";
  REQUIRE_OK(p.source.admin().export_to(all));
  p.later();
  p.target.scope.update(stays, {.importance = 0.6}).value();
  REQUIRE_OK(p.source.admin().erase({.ids = {id}}));
  const Seq since = p.since;
  const ExportReport written = p.write({.since = since});
  CHECK(written.erased == 1);
  CHECK(written.forgotten == 0);
  CHECK(to_json(written)["erased"].as_integer() == 1);
  CHECK(slurp(p.path()).find("\"kind\":\"erased\",\"id\":\"" + id.to_string()) != std::string::npos);

  const ImportReport dry = p.target.admin().import_from(p.path(), {.dry_run = true}).value();
  CHECK(dry.erased == 1);
  CHECK(p.target.scope.get(id).ok());
  CHECK(p.target.admin().erasures()->empty());

  const ImportReport report = p.carry();
  CHECK(report.erased == 1);
  CHECK(report.forgotten == 0);
  CHECK(report.problems.empty());
  CHECK(to_json(report)["erased"].as_integer() == 1);
  CHECK(p.is_erased(id));
  CHECK(p.target.scope.get(stays).ok());
  const auto ledger = p.target.admin().erasures().value();
  REQUIRE(ledger.size() == 1);
  CHECK(ledger[0].memories == 1);
  CHECK(ledger[0].by == "import");
  CHECK(ledger[0].reason.find("import") != std::string::npos);
  CHECK(ledger[0].purged_seq == 0);
  CHECK(p.target.store.jobs().list({.kind = "purge"})->size() == 1);
  while (p.target.store.maintain()->done > 0) {
  }
  CHECK(p.target.admin().erasures()->front().purged_seq >= ledger[0].erased_seq);

  // Again, and from further back: nothing more.
  const Seq before = newest(p.target.store);
  CHECK(p.target.admin().import_from(p.path())->erased == 0);
  const ImportReport old = p.target.admin().import_from(all).value();
  CHECK(old.refused == 1);
  REQUIRE(old.problems.size() >= 1);
  CHECK(old.problems[0].what.find("erased") != std::string::npos);
  CHECK(p.is_erased(id));
  CHECK(newest(p.target.store) == before);
  CHECK(p.target.admin().erasures()->size() == 1);
  CHECK(p.target.store.check()->clean());
}

TEST_CASE("what was erased in the source takes what was derived from it in the target") {
  Pair p;
  const MemoryId a = p.source.scope.put({.text = "I moved to Porto"}).value();
  const MemoryId b = p.source.scope.put({.text = "Her sister says so"}).value();
  const MemoryId c = p.source.scope.put({.text = "A third thing"}).value();
  p.carry();
  const auto derived = [&](const std::string& text, const Ids& sources) { return p.target.scope.put({.text = text, .provenance = {.derived_from = sources}}).value(); };
  const MemoryId alone = derived("Ada is in Porto", {a});
  const MemoryId both = derived("The family is in Portugal", {a, b});
  const MemoryId other = derived("Of another", {a, c});
  p.later();
  REQUIRE_OK(p.source.admin().erase({.ids = {a, b}}));
  const ImportReport dry = p.target.admin().import_from((p.write({.since = p.since}), p.path()), {.dry_run = true}).value();
  const ImportReport report = p.carry({.batch = 1000});
  CHECK(report.erased == 4);
  CHECK(dry.erased == report.erased);
  for (const MemoryId& id : {a, b, alone, both}) CHECK(p.is_erased(id));
  CHECK(p.target.scope.get(other)->provenance.derived_from == Ids{c});
  CHECK(p.target.scope.count().value() == 2);
  CHECK(p.target.store.check()->clean());
}

TEST_CASE("an erasure takes also what was changed or forgotten here since") {
  Pair p;
  const MemoryId changed = p.source.scope.put({.text = "one"}).value();
  const MemoryId forgotten = p.source.scope.put({.text = "two"}).value();
  p.carry();
  p.later();
  REQUIRE_OK(p.source.admin().erase({.ids = {changed, forgotten}}));
  p.later();
  p.target.scope.update(changed, {.text = "one, of later"}).value();
  REQUIRE_OK(p.target.scope.forget(forgotten));
  CHECK(p.carry({.conflict = OnConflict::kRefuse}).erased == 2);
  CHECK(p.is_erased(changed));
  CHECK(p.is_erased(forgotten));
}

TEST_CASE("a hold here keeps what was erased there, is told and counted, and the rest is erased") {
  Pair p;
  const MemoryId held = p.source.scope.put({.text = "evidence", .tags = {"case"}}).value();
  const MemoryId source_of_held = p.source.scope.put({.text = "what the note was made from"}).value();
  const MemoryId free = p.source.scope.put({.text = "gossip"}).value();
  p.carry();
  const MemoryId note = p.target.scope.put({.text = "note", .tags = {"case"}, .provenance = {.derived_from = {source_of_held}}}).value();
  const auto hold = p.target.store.policies().add({.where = Filter::tag("case"), .owner = "legal", .reason = "case 7"}).value();
  p.later();
  REQUIRE_OK(p.source.admin().erase({.ids = {held, source_of_held, free}}));
  const ImportReport dry = p.target.admin().import_from((p.write({.since = p.since}), p.path()), {.dry_run = true}).value();
  CHECK(p.target.store.policies().list()->front().hits == 0);
  const ImportReport report = p.carry();
  CHECK(report.erased == 1);
  CHECK(dry.erased == 1);
  REQUIRE(report.problems.size() == 2);
  CHECK(dry.problems.size() == 2);
  for (const ImportProblem& problem : report.problems) {
    CHECK((problem.id == held.to_string() || problem.id == source_of_held.to_string()));
    CHECK(problem.line > 0);
    CHECK(problem.what.find("case 7") != std::string::npos);
    CHECK(problem.what.find("legal") != std::string::npos);
  }
  CHECK(p.is_erased(free));
  CHECK(p.target.scope.get(held).ok());
  CHECK(p.target.scope.get(source_of_held).ok());
  CHECK(p.target.scope.get(note).ok());
  CHECK(p.target.store.policies().list()->front().hits > 0);
  // Once it is released, the same file does the rest.
  REQUIRE_OK(p.target.store.policies().remove(hold));
  CHECK(p.target.admin().import_from(p.path())->erased == 3);
  CHECK(p.target.scope.count().value() == 0);
  CHECK(p.target.store.check()->clean());
}

TEST_CASE("an erased line of another namespace, and one of what was never here") {
  Pair p;
  const MemoryId id = p.source.scope.put({.text = "one"}).value();
  const auto before = p.dir / "before";
  REQUIRE_OK(p.source.admin().export_to(before));
  p.since = newest(p.source.store);
  REQUIRE_OK(p.source.admin().erase({.ids = {id}}));
  SECTION("of another namespace: nothing of ours goes") {
    REQUIRE_OK(p.target.admin().import_from(before, {.into = {"copy"}}));
    const ImportReport report = p.carry();
    CHECK(report.erased == 0);
    REQUIRE(report.problems.size() == 1);
    CHECK(report.problems[0].what.find("another namespace") != std::string::npos);
    CHECK(p.target.admin().find(id).ok());
    REQUIRE_CODE(p.target.admin().import_from(p.path(), {.conflict = OnConflict::kRefuse}), StatusCode::kAlreadyExists);
    CHECK(p.target.admin().import_from(p.path(), {.into = {"copy"}})->erased == 1);
    CHECK(p.is_erased(id));
  }
  SECTION("of what was never here: it does not come by an older file") {
    CHECK(p.carry().erased == 0);
    CHECK(p.target.admin().erasures()->empty());
    CHECK(p.target.admin().import_from(before)->refused == 1);
    CHECK(p.target.scope.count().value() == 0);
    CHECK(p.target.store.check()->clean());
  }
}

TEST_CASE("erased lines go by namespace and layer of a bundle, whatever its filter") {
  Pair p;
  const MemoryId tagged = p.source.scope.put({.text = "one", .tags = {"public"}}).value();
  const MemoryId turn = p.source.scope.session("s").append(Turn{.author = "Ada", .text = "two"}).value();
  const MemoryId other = p.source.store.scope({"elsewhere"})->put({.text = "three"}).value();
  const Seq since = newest(p.source.store);
  REQUIRE_OK(p.source.admin().erase({.ids = {tagged, turn, other}}));
  const auto told = [&](ExportOptions options) {
    options.since = since;
    (void)p.write(options);
    const std::string file = slurp(p.path());
    Ids ids;
    for (const MemoryId& id : {tagged, turn, other}) {
      if (file.find(id.to_string()) != std::string::npos) ids.push_back(id);
    }
    return ids;
  };
  CHECK(told({}) == Ids{tagged, turn, other});
  CHECK(told({.where = Filter::tag("public")}) == Ids{tagged, turn, other});
  CHECK(told({.namespaces = {Namespace{"acme"}}}) == Ids{tagged, turn});
  CHECK(told({.layers = {Layer::kSemantic}}) == Ids{tagged, other});
  CHECK(p.write({}).erased == 0);  // a whole export is no bundle
}

TEST_CASE("an import of erasures that was stopped goes on, and its counts are those of both") {
  Pair p;
  Ids ids;
  for (int n = 0; n < 40; ++n) ids.push_back(p.source.scope.put({.text = "memory number " + std::to_string(n)}).value());
  p.carry();
  p.later();
  REQUIRE_OK(p.source.admin().erase({.ids = ids}));
  (void)p.write({.since = p.since});
  ImportOptions stopping{.batch = 10};
  int calls = 0;
  stopping.progress = [&](std::uint64_t, std::uint64_t) {
    if (++calls == 2) throw std::runtime_error("enough");
  };
  REQUIRE_CODE(p.target.admin().import_from(p.path(), stopping), StatusCode::kInternal);
  const std::size_t left = p.target.scope.count().value();
  CHECK(left > 0);
  CHECK(left < 40);
  const ImportReport report = p.target.admin().import_from(p.path(), {.batch = 10}).value();
  CHECK(report.resumed);
  CHECK(report.erased == 40);
  CHECK(p.target.scope.count().value() == 0);
  CHECK(p.target.store.check()->clean());
}
