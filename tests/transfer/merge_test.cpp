// SPDX-License-Identifier: Apache-2.0
// Imports into a store that is not empty: where things go, what becomes of conflicts, what a Screen refuses, vectors.
#include "two_stores.hpp"

#include "support/made_up.hpp"

using namespace mnemic;
using namespace mnemic::test;

namespace {

class NoSwearing final : public Screen {
 public:
  ScreenVerdict check(std::string_view text, std::string_view) override {
    if (text.find("damn") != std::string_view::npos) return {ScreenVerdict::Action::kRefuse, {}, "swearing"};
    if (text.find("hush") != std::string_view::npos) return {ScreenVerdict::Action::kQuarantine, {}, "hush"};
    if (text.find("4711") != std::string_view::npos) return {ScreenVerdict::Action::kReplace, "[number]", "number"};
    return {};
  }
};

std::filesystem::path exported(const Place& source, const TempDir& dir, const ExportOptions& options = {}) {
  static int number = 0;
  const auto path = dir / ("e" + std::to_string(++number));
  REQUIRE_OK(source.admin().export_to(path, options));
  return path;
}

}  // namespace

TEST_CASE("an export is filtered as a listing is") {
  const TempDir dir;
  const Place source(1);
  const Scope notes = source.store.scope({"acme", "ada", "notes"}).value();
  const Scope bob = source.store.scope({"bob"}).value();
  const MemoryId a = source.scope.put({.text = "fact", .tags = {"x"}}).value();
  const MemoryId b = notes.put({.layer = Layer::kEpisodic, .text = "event", .tags = {"x"}}).value();
  const MemoryId c = bob.put({.text = "of bob", .tags = {"y"}}).value();
  REQUIRE_OK(source.admin().grant({"acme", "ada"}, {"bob"}));
  REQUIRE_OK(source.admin().grant({"acme", "ada"}, {"acme", "ada", "notes"}));
  const auto ids = [&](const ExportOptions& options) {
    const Place target(2);
    const auto path = exported(source, dir, options);
    const ImportReport report = target.admin().import_from(path).value();
    std::string found;
    for (const auto& [id, name] : {std::pair{a, "a"}, {b, "b"}, {c, "c"}}) {
      if (target.admin().find(id).ok()) found += name;
    }
    return found + std::to_string(report.facts_about);
  };
  CHECK(ids({}) == "abc2");
  CHECK(ids({.namespaces = {{"acme"}}}) == "ab1");
  CHECK(ids({.namespaces = {{"acme", "ada", "notes"}, {"bob"}}}) == "bc0");
  CHECK(ids({.layers = {Layer::kSemantic}}) == "ac2");
  CHECK(ids({.where = Filter::tag("x")}) == "ab2");
  CHECK(ids({.namespaces = {{"nobody"}}}) == "0");
}

TEST_CASE("namespaces are mapped") {
  const TempDir dir;
  const Place source(1);
  const MemoryId id = source.scope.put({.text = "one"}).value();
  REQUIRE_OK(source.admin().grant({"acme", "ada"}, {"acme", "bob"}));
  const auto path = exported(source, dir);
  const auto home = [&](const ImportOptions& options) {
    const Place target(2);
    REQUIRE_OK(target.admin().import_from(path, options));
    return target.admin().find(id)->name_space.to_string() + " " + target.admin().grants()->at(0).target.to_string();
  };
  CHECK(home({}) == "acme/ada acme/bob");
  CHECK(home({.into = {"old", "house"}}) == "old/house/acme/ada old/house/acme/bob");
  CHECK(home({.into = {"new"}, .from = {"acme"}}) == "new/ada new/bob");
  const Place target(2);
  REQUIRE_CODE(target.admin().import_from(path, {.into = {"new"}, .from = {"acme", "ada"}}), StatusCode::kInvalidArgument);  // of acme/bob
  REQUIRE_OK(target.admin().import_from(path, {.grants = false}));
  CHECK(target.admin().grants()->empty());
}

TEST_CASE("the newer of two versions stands, and what was forgotten later stays so") {
  const TempDir dir;
  const Place source(1);
  const Place target(2);
  const MemoryId a = source.scope.put({.text = "a"}).value();
  const MemoryId b = source.scope.put({.text = "b"}).value();
  const MemoryId c = source.scope.put({.text = "c"}).value();
  REQUIRE_OK(target.admin().import_from(exported(source, dir)));
  target.clock->advance(std::chrono::hours(1));
  target.scope.update(a, {.text = "a of here"}).value();
  (void)target.scope.forget(c).value();
  source.clock->advance(std::chrono::hours(2));
  source.scope.update(b, {.text = "b of there"}).value();
  const auto path = exported(source, dir);
  REQUIRE_CODE(target.admin().import_from(path, {.conflict = OnConflict::kRefuse}), StatusCode::kAlreadyExists);
  const ImportReport report = target.admin().import_from(path).value();
  CHECK(report.kept == 2);
  CHECK(report.replaced == 1);
  CHECK(report.problems.size() == 2);
  CHECK(target.scope.get(a)->text == "a of here");
  CHECK(target.scope.get(b)->text == "b of there");
  CHECK(target.scope.get(b)->version == 2);
  REQUIRE_CODE(target.scope.get(c), StatusCode::kNotFound);
  const Seq before = newest(target.store);
  REQUIRE_OK(target.admin().import_from(path));
  CHECK(newest(target.store) == before);

  source.clock->advance(std::chrono::hours(2));
  source.scope.update(c, {.text = "c again"}).value();
  REQUIRE_OK(target.admin().import_from(exported(source, dir)));
  CHECK(target.scope.get(c)->text == "c again");
  CHECK(target.store.check()->clean());
}

TEST_CASE("a key that another memory has goes to the newer one; a place in a session to nobody twice") {
  const TempDir dir;
  const Place source(1);
  const Place target(2);
  const MemoryId old = target.scope.put({.key = "seat", .text = "window"}).value();
  REQUIRE_OK(target.scope.session("s").append(Turn{.author = "user", .text = "of here"}));
  source.clock->advance(std::chrono::hours(1));
  const MemoryId young = source.scope.put({.key = "seat", .text = "aisle"}).value();
  const MemoryId turn = source.scope.session("s").append(Turn{.author = "user", .text = "of there"}).value();
  const auto path = exported(source, dir);
  REQUIRE_OK(target.admin().import_from(path));
  CHECK(target.scope.get(Layer::kSemantic, "seat")->id == young);
  REQUIRE_CODE(target.scope.get(old), StatusCode::kNotFound);
  CHECK(target.scope.get(turn)->turn == 1);
  const Seq before = newest(target.store);
  CHECK(target.admin().import_from(path)->unchanged == 2);
  CHECK(newest(target.store) == before);
  CHECK(target.store.check()->clean());
}

TEST_CASE("an id that is taken in another namespace is left alone") {
  const TempDir dir;
  const Place source(1);
  const MemoryId id = source.scope.put({.text = "one"}).value();
  const auto path = exported(source, dir);
  const ImportReport report = source.admin().import_from(path, {.into = {"copy"}}).value();
  CHECK(report.kept == 1);
  CHECK(source.admin().find(id)->name_space == Namespace{"acme", "ada"});
}

TEST_CASE("what the Screen refuses is reported, and the rest goes in") {
  const TempDir dir;
  const Place source(1);
  (void)source.scope.put({.text = "fine"}).value();
  const MemoryId bad = source.scope.put({.text = "damn it"}).value();
  const MemoryId held = source.scope.put({.text = "hush now"}).value();
  const MemoryId number = source.scope.put({.text = "call 4711"}).value();
  REQUIRE_OK(source.scope.relate(bad, "about", held));
  const auto path = exported(source, dir, {.vectors = true});
  const Place target(2, ":memory:", {.screen = std::make_shared<NoSwearing>()});
  const ImportReport report = target.admin().import_from(path).value();
  CHECK(report.refused == 1);
  CHECK(report.written == 3);
  REQUIRE(report.problems.size() == 2);  // and the link, an end of which is not there
  CHECK(report.problems[0].id == bad.to_string());
  CHECK(target.admin().find(held)->state == State::kQuarantined);
  CHECK(target.admin().find(number)->text == "[number]");
  // The vector is of the text as it is here.
  const Place plain(3);
  const MemoryId same = plain.scope.put({.text = "[number]"}).value();
  const auto made = plain.admin().find(same, {.vectors = true}).value();
  CHECK(target.admin().find(number, {.vectors = true})->vectors.at(0).values == made.vectors.at(0).values);
  CHECK(target.admin().find(held, {.vectors = true})->vectors.empty());
}

TEST_CASE("vectors are taken over where they mean the same, and made anew where they do not") {
  const TempDir dir;
  const auto first = std::make_shared<MadeUpEmbedder>(16);
  const Place source(1, ":memory:", {.embedder = first});
  const MemoryId id = source.scope.put({.text = "window seats"}).value();
  const MemoryId bare = source.scope.put({.vectors = {{"mine", {1, 2, 3}}}}).value();
  const auto path = exported(source, dir, {.vectors = true});
  const auto without = exported(source, dir);

  class Never final : public Embedder {
   public:
    explicit Never(EmbeddingSpace space) : space_(std::move(space)) {}
    const EmbeddingSpace& space() const noexcept override { return space_; }
    Status embed(std::span<const std::string_view>, EmbedKind, std::span<float>) override { return Status(StatusCode::kInternal, "asked"); }
    EmbeddingSpace space_;
  };
  const Place same(2, ":memory:", {.embedder = std::make_shared<Never>(first->space())});
  REQUIRE_OK(same.admin().import_from(path));
  CHECK(same.admin().find(id, {.vectors = true})->vectors.at(0).values == source.admin().find(id, {.vectors = true})->vectors.at(0).values);
  REQUIRE_CODE(same.admin().import_from(path, {.into = {"x"}}), StatusCode::kOk);

  const Place other(3, ":memory:", {.embedder = hashed_embedder()});
  REQUIRE_OK(other.admin().import_from(path));
  CHECK(other.admin().find(id, {.vectors = true})->vectors.at(0).space == "mnemic-hash");
  CHECK(other.admin().find(bare, {.vectors = true})->vectors.size() == 1);
  const Place third(4, ":memory:", {.embedder = hashed_embedder()});
  REQUIRE_OK(third.admin().import_from(without));
  CHECK(third.admin().find(bare, {.vectors = true})->vectors.size() == 1);  // it has nothing else

  const Place clash(5, ":memory:", {.embedder = nullptr});
  REQUIRE_OK(clash.scope.put({.text = "x", .vectors = {{"mine", {1, 2}}}}));
  const Seq before = newest(clash.store);
  REQUIRE_CODE(clash.admin().import_from(path), StatusCode::kInvalidArgument);
  CHECK(newest(clash.store) == before);
}

TEST_CASE("a text that was erased here does not come back by an import") {
  const TempDir dir;
  for (const bool quarantine : {false, true}) {
    Options options;
    options.embedder = hashed_embedder();
    options.erasure_key = "a secret of the caller";
    options.quarantine_erased = quarantine;
    const Place s(1, ":memory:", options);
    const MemoryId id = s.scope.put({.text = "A secret of Ada that has to go"}).value();
    REQUIRE_OK(s.scope.put({.text = "Something that stays"}));
    const auto path = dir / (quarantine ? "quarantined" : "refused");
    REQUIRE_OK(s.admin().export_to(path));
    REQUIRE_OK(s.admin().erase({.ids = {id}}));
    const ImportReport dry = s.admin().import_from(path, {.dry_run = true}).value();
    const ImportReport report = s.admin().import_from(path).value();
    CHECK(dry.refused == report.refused);
    CHECK(report.unchanged == 1);
    CHECK(report.refused == (quarantine ? 0 : 1));
    CHECK(report.written == (quarantine ? 1 : 0));
    if (quarantine) {
      CHECK(s.scope.get(id)->state == State::kQuarantined);
    } else {
      CHECK(s.scope.get(id).status().code() == StatusCode::kNotFound);
      REQUIRE(report.problems.size() == 1);
      CHECK(report.problems[0].what.find("erased") != std::string::npos);
    }
    const auto hits = s.scope.recall({.text = "secret"}).value().hits;
    for (const Hit& hit : hits) CHECK(hit.memory.id != id);
    CHECK(s.store.check()->clean());
  }
}
