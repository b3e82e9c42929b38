// SPDX-License-Identifier: Apache-2.0
// Erasure: what is selected, what goes with it, that nothing gives it again, tombstones, holds and the ledger. That no byte is left is
// tested in tests/crash.
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "open_store.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"

using namespace mnemic;
using namespace mnemic::test;
using Ids = std::vector<MemoryId>;

namespace {

Options keyed(bool quarantine = false) {
  Options options = still_options({.embedder = hashed_embedder()});
  options.erasure_key = "a secret of the caller";
  options.quarantine_erased = quarantine;
  return options;
}

Ids sorted(Ids ids) {
  std::sort(ids.begin(), ids.end());
  return ids;
}

MemoryInput derived(const std::string& text, const Ids& sources) {
  MemoryInput input;
  input.text = text;
  input.provenance.derived_from = sources;
  return input;
}

/// That no call of the store gives the memory, or a text of it, any more.
void check_gone(const Store& store, const Scope& scope, const MemoryId& id, const std::string& text, Seq before) {
  CHECK(scope.get(id).status().code() == StatusCode::kNotFound);
  CHECK(store.admin().find(id).status().code() == StatusCode::kNotFound);
  CHECK(store.admin().history(id).status().code() == StatusCode::kNotFound);
  CHECK(scope.why({.text = text}, id).status().code() == StatusCode::kNotFound);
  const Page page = scope.list().value();
  CHECK(page.items.size() == std::min<std::size_t>(100, scope.count().value()));
  for (const Memory& memory : page) CHECK(memory.id != id);
  for (const bool exact : {false, true}) {
    for (const auto& as_of : {std::optional<Seq>(), std::optional<Seq>(before)}) {
      RecallOptions options{.k = 1000, .as_of = as_of, .exact = exact};
      for (const Depth depth : {Depth::kShallow, Depth::kMulti}) {
        options.depth = depth;
        const auto result = scope.recall({.text = text}, options).value();
        for (const Hit& hit : result.hits) CHECK(hit.memory.id != id);
        CHECK_FALSE(contains(result.context(), text));
      }
    }
  }
}

}  // namespace

TEST_CASE("erase: by any of its fields, every version and forgotten ones too", "[erase]") {
  const OpenStore s;
  const Scope other = s.store.scope({"acme", "ada", "work"}).value();
  const MemoryId plain = s.put("plain");
  const MemoryId hers = s.scope.put({.text = "hers", .user = "ada"}).value();
  const MemoryId forgotten = s.scope.put({.text = "hers and forgotten", .user = "ada"}).value();
  REQUIRE_OK(s.scope.forget(forgotten));
  const MemoryId said = s.scope.put({.text = "said", .session = "s1", .author = "Bob"}).value();
  const MemoryId changed = s.scope.put({.text = "now", .author = "Bob"}).value();
  REQUIRE_OK(s.scope.update(changed, {.author = "Eve"}));
  const MemoryId below = other.put({.text = "below", .tags = {"secret"}}).value();
  const auto selected = [&](const EraseSelection& selection) { return s.store.admin().erase(selection, {.dry_run = true}).value().erased; };
  CHECK(selected({.user = "ada"}) == sorted({hers, forgotten}));
  CHECK(selected({.author = "Bob"}) == sorted({said, changed}));
  CHECK(selected({.session = "s1"}) == Ids{said});
  CHECK(selected({.name_space = Namespace{"acme", "ada"}}) == sorted({plain, hers, forgotten, said, changed}));
  CHECK(selected({.name_space = Namespace{"acme", "ada"}, .subtree = true}) == sorted({plain, hers, forgotten, said, changed, below}));
  CHECK(selected({.name_space = Namespace{"nobody"}}).empty());
  CHECK(selected({.where = Filter::tag("secret")}) == Ids{below});
  CHECK(selected({.name_space = Namespace{"acme", "ada"}, .where = Filter::tag("secret")}).empty());
  CHECK(selected({.ids = {plain, below}}) == sorted({plain, below}));
  CHECK(selected({.ids = {plain, hers}, .user = "ada"}) == Ids{hers});
  CHECK(s.scope.count().value() == 4);
}

TEST_CASE("erase: bad input is refused by name, and changes nothing", "[erase]") {
  const OpenStore s;
  s.put("kept");
  const auto refused = [&](const EraseSelection& selection, const EraseOptions& options, StatusCode code, const std::string& field) {
    INFO(field);
    const auto result = s.store.admin().erase(selection, options);
    REQUIRE_CODE(result, code);
    CHECK(contains(result.status().message(), field));
  };
  refused({}, {}, StatusCode::kInvalidArgument, "selection");
  refused({.subtree = true}, {}, StatusCode::kInvalidArgument, "selection");
  refused({.subtree = true, .user = "ada"}, {}, StatusCode::kInvalidArgument, "subtree");
  refused({.user = std::string("a\0b", 3)}, {}, StatusCode::kInvalidArgument, "user");
  refused({.user = "ada"}, {.reason = std::string(5000, 'x')}, StatusCode::kInvalidArgument, "reason");
  refused({.user = "ada"}, {.by = "\xff"}, StatusCode::kInvalidArgument, "by");
  refused({.where = Filter::where("nonsense", Op::kEq, "x")}, {}, StatusCode::kInvalidArgument, "where");
  refused({.ids = {MemoryId()}}, {}, StatusCode::kNotFound, "ids");
  CHECK(s.scope.count().value() == 1);
  CHECK(s.store.admin().erasures()->empty());
  Options options = still_options();
  options.erasure_key = "short";
  CHECK(Store::open(":memory:", options).status().code() == StatusCode::kInvalidArgument);
  CHECK(s.store.admin().erase({.user = "nobody"}).value().erased.empty());
  CHECK(s.store.admin().erasures()->empty());
}

TEST_CASE("erase: a memory with all that is about it; dry run says the same and changes nothing", "[erase]") {
  const TempDir dir;
  const OpenStore s(still_options({.embedder = hashed_embedder()}), dir / "store.db");
  const Scope second = s.store.scope({"acme", "ada"}).value();
  const std::string text = "Ada's passport number is in the blue folder";
  const MemoryId id = s.scope.put({.key = "passport", .text = "an older text of the passport"}).value();
  REQUIRE_OK(s.scope.update(id, {.text = text}));
  const MemoryId other = s.put("The blue folder is on the shelf");
  REQUIRE_OK(s.scope.relate(id, "kept_in", other));
  REQUIRE_OK(s.scope.relate(other, "keeps", id));
  REQUIRE_OK(s.scope.unrelate(other, "keeps", id));
  const auto enqueue = [&](Json payload) { return s.store.jobs().enqueue({.kind = "extract", .name_space = {"acme", "ada"}, .payload = std::move(payload)}).value(); };
  const JobId naming = enqueue(Json::object({{"of", id.to_string()}}));
  const JobId quoting = enqueue(Json::object({{"deep", Json::array({Json::object({{"said", "she said: " + text}})})}}));
  const JobId neither = enqueue(Json::object({{"of", other.to_string()}}));
  CHECK(ids_of(s.scope.recall({.text = "passport"}).value()).front() == id);
  const Seq before = s.scope.recall({.text = "passport"})->seq;
  (void)s.scope.recall({.text = "passport"}, {.as_of = before - 1}).value();  // the past is loaded

  const auto dry = s.store.admin().erase({.ids = {id}}, {.dry_run = true}).value();
  CHECK(dry.dry_run);
  CHECK(dry.erased == Ids{id});
  CHECK(dry.versions == 2);
  CHECK(dry.jobs == 2);
  CHECK(dry.relations == 2);
  CHECK(dry.erased_seq == 0);
  CHECK(s.scope.get(id)->text == text);

  const auto receipt = s.store.admin().erase({.ids = {id}}, {.reason = "asked", .by = "dpo"}).value();
  CHECK(receipt.erased == Ids{id});
  CHECK(receipt.versions == 2);
  CHECK(receipt.relations == 2);
  CHECK(receipt.jobs == 2);
  CHECK(receipt.hashes.empty());
  CHECK(receipt.erased_seq > before);
  CHECK_FALSE(receipt.not_covered.empty());
  check_gone(s.store, second, id, text, before);
  CHECK(s.scope.related(other)->empty());
  CHECK(s.store.jobs().get(naming).status().code() == StatusCode::kNotFound);
  CHECK(s.store.jobs().get(quoting).status().code() == StatusCode::kNotFound);
  CHECK(s.store.jobs().get(neither).ok());
  CHECK(s.scope.put({.key = "passport", .text = text}).ok());  // without an erasure key nothing is kept to know it by
  const auto ledger = s.store.admin().erasures().value();
  REQUIRE(ledger.size() == 1);
  CHECK(ledger[0].erased_seq == receipt.erased_seq);
  CHECK(ledger[0].by == "dpo");
  CHECK(ledger[0].reason == "asked");
  CHECK(ledger[0].memories == 1);
  CHECK(ledger[0].purged_seq == 0);
  while (s.store.maintain()->done > 0) {
  }
  CHECK(s.store.admin().erasures()->front().purged_seq >= receipt.erased_seq);
  CHECK(s.store.check()->clean());
  CHECK(to_json(receipt)["erased"].dump() == "[\"" + id.to_string() + "\"]");
}

TEST_CASE("erase: what was derived from it alone goes, what has other evidence stays unlinked unless it quotes it", "[erase]") {
  const OpenStore s;
  const MemoryId said = s.put("I moved to Porto in May, number 17 on the hill");
  const MemoryId kept = s.put("Her sister confirmed the move");
  const MemoryId alone = s.scope.put(derived("Ada lives in Porto", {said})).value();
  const MemoryId chain = s.scope.put(derived("Somebody of the family lives by the sea", {alone})).value();
  const MemoryId both = s.scope.put(derived("The family is in Portugal", {said, kept})).value();
  const MemoryId quoting = s.scope.put(derived("Notes: \"I moved to Porto in May, number 17 on the hill\", says Ada", {said, kept})).value();
  const MemoryId fact = s.scope.facts().assert_fact({.subject = "Ada", .attribute = "city", .value = "Porto", .sources = {said}}).value().id;
  const MemoryId apart = s.put("Porto is a city");
  const auto receipt = s.store.admin().erase({.ids = {said}}).value();
  CHECK(receipt.erased == Ids{said});
  CHECK(receipt.derived == sorted({alone, chain, quoting, fact}));
  CHECK(receipt.unlinked == Ids{both});
  CHECK(s.scope.get(both)->provenance.derived_from == Ids{kept});
  CHECK(s.scope.get(apart).ok());
  CHECK(s.scope.facts().about("Ada")->empty());
  CHECK(s.scope.count().value() == 3);
  CHECK(s.store.check()->clean());
}

TEST_CASE("erase: a dry run counts what the real one then takes, to the last relation", "[erase]") {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    const OpenStore s(keyed());
    Ids ids;
    for (int n = 0; n < 30; ++n) {
      MemoryInput input = derived("A text of a length that can be quoted, number " + std::to_string(n), {});
      if (n > 5 && random.chance(40)) input.provenance.derived_from = {random.pick(ids)};
      if (n > 5 && random.chance(40)) input.relations.push_back({"derived_from", random.pick(ids), {}});
      if (random.chance(30)) input.user = "ada";
      ids.push_back(s.scope.put(input).value());
    }
    for (int n = 0; n < 80; ++n) {
      const MemoryId from = random.pick(ids);
      const MemoryId to = random.pick(ids);
      const std::string type = random.chance(50) ? "about" : "with";
      s.scope.relate(from, type, to, Json::object({{"n", n}})).ignore();  // again with other metadata: one that has ended, one that stands
      if (random.chance(30)) s.scope.unrelate(from, type, to).ignore();
      if (random.chance(20)) s.scope.update(from, {.importance = 0.01 * n}).status().ignore();
      if (random.chance(5)) s.scope.forget(to).status().ignore();
    }
    REQUIRE_OK(s.store.jobs().enqueue({.kind = "extract", .name_space = {"acme", "ada"}, .payload = Json::object({{"of", ids[random.below(30)].to_string()}})}));
    const EraseSelection selection{.user = "ada"};
    const auto dry = s.store.admin().erase(selection, {.dry_run = true}).value();
    const auto real = s.store.admin().erase(selection).value();
    CHECK(dry.erased == real.erased);
    CHECK(dry.derived == real.derived);
    CHECK(dry.unlinked == real.unlinked);
    CHECK(dry.versions == real.versions);
    CHECK(dry.relations == real.relations);
    CHECK(real.relations > 0);
    CHECK(dry.jobs == real.jobs);
    CHECK(dry.hashes == real.hashes);
    CHECK(dry.not_covered == real.not_covered);
    CHECK(s.store.check()->clean());
  }
}

TEST_CASE("erase: turns, episodes and skills leave their layers too", "[erase]") {
  const OpenStore s;
  const std::vector<Turn> said{{.author = "Ada", .text = "First of all"}, {.author = "Bob", .text = "My address is Rua 5"}, {.author = "Ada", .text = "Thank you"}};
  const auto turns = s.scope.session("s1").append(said).value();
  const MemoryId trip = s.scope.episodes().record({.text = "A trip to Faro", .start = kStart}).value();
  REQUIRE_OK(s.scope.skills().record_run({.goal = "book a train to Faro", .outcome = Outcome::kSuccess}));
  REQUIRE_OK(s.store.admin().erase({.author = "Bob"}));
  REQUIRE_OK(s.store.admin().erase({.ids = {trip}}));
  const auto window = s.scope.session("s1").window().value();
  REQUIRE(window.size() == 2);
  CHECK(window[0].id == turns[0]);
  CHECK(window[1].id == turns[2]);
  CHECK(s.scope.session("s1").append(Turn{.author = "Ada", .text = "One more"}).ok());
  CHECK(s.scope.episodes().timeline({})->items.empty());
  REQUIRE_OK(s.store.admin().erase({.name_space = Namespace{"acme", "ada"}, .where = Filter::layer(Layer::kProcedural)}));
  CHECK(s.scope.skills().best_for("book a train")->empty());
  CHECK(s.store.check()->clean());
}

TEST_CASE("erase: out of sealed chunks, seen by every handle, and the chunk is made anew", "[erase]") {
  const TempDir dir;
  Random random(4);
  Ids ids;
  std::vector<std::string> texts;
  {
    OpenStore s(still_options({.embedder = hashed_embedder()}), dir / "store.db");
    for (int n = 0; n < 9000; ++n) {
      MemoryInput input;
      input.text = texts.emplace_back("note w" + std::to_string(n) + "w about the garden");
      if (n % 100 == 7) input.user = "ada";
      ids.push_back(s.scope.put(input, {.durability = Durability::kRelaxed}).value());
    }
    while (s.store.maintain({.items = 1000})->done > 0) {
    }
    REQUIRE_OK(s.store.close());
  }
  OpenStore s(still_options({.embedder = hashed_embedder()}), dir / "store.db");
  OpenStore reader(still_options({.embedder = hashed_embedder()}), dir / "store.db");
  const auto found = [&](const OpenStore& store, std::size_t n) {
    const auto hits = store.scope.recall({.text = "w" + std::to_string(n) + "w"}, {.k = 3}).value().hits;
    return !hits.empty() && hits.front().memory.id == ids[n];
  };
  REQUIRE(found(s, 7));
  REQUIRE(found(reader, 107));
  const Seq before = s.scope.recall({.text = "garden"})->seq;
  const auto receipt = s.store.admin().erase({.user = "ada"}).value();
  REQUIRE(receipt.erased.size() == 90);
  for (int round = 0; round < 2; ++round) {
    for (const OpenStore* store : {&s, &reader}) {
      for (std::size_t n = 7; n < 9000; n += 700) CHECK_FALSE(found(*store, n));
      for (std::size_t n = 8; n < 9000; n += 700) CHECK(found(*store, n));
      CHECK(store->scope.recall({.text = "garden"}, {.k = 10})->searched == 8910);
    }
    while (s.store.maintain({.items = 1000})->done > 0) {
    }
  }
  check_gone(s.store, s.scope, ids[107], texts[107], before);
  CHECK(s.store.check()->clean());
  const std::size_t chunks = s.store.stats()->chunks;
  REQUIRE_OK(s.store.admin().erase({.ids = {ids[109]}}));  // once more from a chunk that was made anew
  CHECK(s.store.stats()->chunks == chunks - 1);
  while (s.store.maintain({.items = 1000})->done > 0) {
  }
  CHECK(s.store.stats()->chunks == chunks);
  CHECK_FALSE(found(s, 109));
  REQUIRE_OK(s.store.close());
  OpenStore again(still_options({.embedder = hashed_embedder()}), dir / "store.db");
  CHECK_FALSE(found(again, 107));
  CHECK(found(again, 108));
}

TEST_CASE("erase: with a key the text is refused where it was erased, however it is spelled", "[erase]") {
  const OpenStore s(keyed());
  const Scope other = s.store.scope({"acme", "bob"}).value();
  const MemoryId id = s.put("Ada  has a Crème brûlée\tallergy");
  REQUIRE_OK(s.scope.update(id, {.text = "Ada is allergic to eggs"}));
  const auto receipt = s.store.admin().erase({.ids = {id}}).value();
  REQUIRE(receipt.hashes.size() == 2);
  CHECK(receipt.hashes[0].size() == 64);
  CHECK(receipt.hashes[0] != receipt.hashes[1]);
  for (const std::string text : {"Ada has a Crème brûlée allergy", "ADA HAS A CREME BRULEE ALLERGY ", "ada is allergic\nto eggs"}) {
    const auto refused = s.scope.put({.text = text});
    REQUIRE_CODE(refused, StatusCode::kPermissionDenied);
    CHECK(contains(refused.status().message(), "erased"));
    CHECK_FALSE(contains(refused.status().message(), "allerg"));
    REQUIRE_CODE(s.scope.session("s").append(Turn{.author = "Ada", .text = text}), StatusCode::kPermissionDenied);
    CHECK(other.put({.text = text}).ok());
  }
  const MemoryId new_one = s.put("Something else");
  REQUIRE_CODE(s.scope.update(new_one, {.text = "Ada is allergic to eggs"}), StatusCode::kPermissionDenied);
  CHECK(s.scope.update(new_one, {.importance = 0.7}).ok());
  Batch batch;
  batch.put({.text = "fine"});
  batch.put({.text = "Ada is allergic to eggs"});
  REQUIRE_CODE(s.scope.write(batch), StatusCode::kPermissionDenied);
  CHECK(s.scope.count().value() == 1);
  CHECK(s.store.check()->clean());
}

TEST_CASE("erase: the list of tombstones says what is kept out, and counts", "[erase]") {
  OpenStore s(keyed());
  CHECK(s.store.admin().tombstones()->empty());
  const MemoryId id = s.put("Ada is allergic to eggs");
  const auto receipt = s.store.admin().erase({.ids = {id}}).value();
  const Timestamp erased_at = s.clock->now();
  s.clock->advance(std::chrono::hours(1));
  const Scope other = s.store.scope({"acme", "bob"}).value();
  const MemoryId fact = other.facts().assert_fact({.subject = "Bob", .attribute = "city", .value = "Faro", .state = State::kProposed}).value().id;
  s.clock->advance(std::chrono::hours(1));
  REQUIRE_OK(other.facts().reject(fact));
  const Timestamp rejected_at = s.clock->now();
  s.clock->advance(std::chrono::hours(1));

  auto all = s.store.admin().tombstones().value();
  REQUIRE(all.size() == 2);
  CHECK(all[0].kind == TombstoneKind::kErased);
  CHECK(all[0].name_space == Namespace{"acme", "ada"});
  CHECK(all[0].hash == receipt.hashes[0]);
  CHECK_FALSE(all[0].memory);
  CHECK(all[0].seq == receipt.erased_seq);
  CHECK(all[0].created_at == erased_at);
  CHECK(all[1].kind == TombstoneKind::kRejected);
  CHECK(all[1].name_space == Namespace{"acme", "bob"});
  CHECK(all[1].hash.empty());
  CHECK(all[1].memory == fact);
  CHECK(all[1].seq == other.get(fact)->seq_from);
  CHECK(all[1].created_at == rejected_at);
  for (const Tombstone& one : all) {
    CHECK(one.hits == 0);
    CHECK_FALSE(one.last_hit_at);
  }
  CHECK(to_json(all[0]).dump() == R"({"kind":"erased","namespace":"acme/ada","hash":")" + receipt.hashes[0] + R"(","seq":)" +
                                      std::to_string(receipt.erased_seq) + R"(,"created_at":")" + to_string(erased_at) + R"(","hits":0})");

  REQUIRE_CODE(s.scope.put({.text = "ADA is allergic to eggs"}), StatusCode::kPermissionDenied);
  REQUIRE_CODE(s.scope.session("s").append(Turn{.author = "Ada", .text = "Ada is allergic to eggs"}), StatusCode::kPermissionDenied);
  REQUIRE_OK(other.put({.text = "Ada is allergic to eggs"}));  // not erased there
  REQUIRE_CODE(other.facts().assert_fact({.subject = "Bob", .attribute = "city", .value = "Faro"}), StatusCode::kPermissionDenied);
  all = s.store.admin().tombstones().value();
  REQUIRE(all.size() == 2);
  CHECK(all[0].hits == 2);
  CHECK(all[0].last_hit_at == s.clock->now());
  CHECK(all[1].hits == 1);
  CHECK(all[1].last_hit_at == s.clock->now());
  const std::string rejected = to_json(all[1]).dump();
  CHECK(contains(rejected, R"("kind":"rejected")"));
  CHECK(contains(rejected, R"("memory":")" + fact.to_string()));
  CHECK(contains(rejected, R"("last_hit_at":")" + to_string(s.clock->now())));
  REQUIRE_OK(s.store.close());
  REQUIRE_CODE(s.store.admin().tombstones(), StatusCode::kFailedPrecondition);
}

TEST_CASE("erase: with quarantine it is kept, never recalled, and another key knows nothing of it", "[erase]") {
  const TempDir dir;
  {
    OpenStore s(keyed(), dir / "store.db");
    const MemoryId id = s.put("The code is four three two one");
    REQUIRE_OK(s.store.admin().erase({.ids = {id}}));
    REQUIRE_OK(s.store.close());
  }
  {
    OpenStore s(keyed(true), dir / "store.db");
    const MemoryId id = s.put("the code is FOUR three two one");
    CHECK(s.scope.get(id)->state == State::kQuarantined);
    CHECK(s.scope.recall({.text = "code"})->hits.empty());
    const auto e = s.scope.why({.text = "code"}, id).value();
    CHECK(e.verdict == Explanation::Verdict::kState);
    CHECK(contains(e.reason, "erased"));
    CHECK(s.store.admin().tombstones()->front().hits == 1);
    REQUIRE_OK(s.store.close());
  }
  Options another = keyed();
  another.erasure_key = "quite another secret";
  another.random = seeded_random(2);
  const OpenStore s(another, dir / "store.db");
  REQUIRE_OK(s.scope.put({.text = "The code is four three two one"}));
}

TEST_CASE("erase: a hold refuses it, says why, counts, ends by itself or by hand", "[erase]") {
  const OpenStore s;
  const MemoryId evidence = s.scope.put({.text = "The contract was signed", .user = "ada", .tags = {"case-7"}}).value();
  const MemoryId plain = s.scope.put({.text = "Ada likes tea", .user = "ada"}).value();
  const Policies policies = s.store.policies();
  const PolicyId id = policies
                          .add({.name_space = Namespace{"acme"}, .subtree = true, .where = Filter::tag("case-7"), .owner = "legal", .reason = "case 7",
                                .expires_at = kStart + std::chrono::hours(1)})
                          .value();
  const auto refused = s.store.admin().erase({.user = "ada"});
  REQUIRE_CODE(refused, StatusCode::kFailedPrecondition);
  CHECK(contains(refused.status().message(), "case 7"));
  CHECK(contains(refused.status().message(), "legal"));
  CHECK(s.scope.count().value() == 2);
  REQUIRE_CODE(s.store.admin().erase({.user = "ada"}, {.dry_run = true}), StatusCode::kFailedPrecondition);
  auto holds = policies.list().value();
  REQUIRE(holds.size() == 1);
  CHECK(holds[0].id == id);
  CHECK(holds[0].hits == 1);
  CHECK(holds[0].last_hit_at == s.clock->now());
  CHECK(holds[0].rule.owner == "legal");
  CHECK(holds[0].rule.subtree);
  CHECK(s.store.admin().erase({.ids = {plain}}).ok());  // it covers what it names alone
  CHECK(s.scope.forget(evidence).ok());                 // hiding is not erasing
  REQUIRE_CODE(s.store.admin().erase({.ids = {evidence}}), StatusCode::kFailedPrecondition);
  s.clock->advance(std::chrono::hours(1));
  CHECK(s.store.admin().erase({.ids = {evidence}}).ok());
  CHECK(policies.get(id)->ended);
  REQUIRE_OK(policies.remove(id));
  REQUIRE_CODE(policies.remove(id), StatusCode::kNotFound);
  CHECK(policies.list()->empty());

  const MemoryId last = s.put("Everything is held");
  REQUIRE_OK(policies.add({.owner = "legal", .reason = "all of it"}));
  REQUIRE_CODE(s.store.admin().erase({.ids = {last}}), StatusCode::kFailedPrecondition);
  REQUIRE_CODE(policies.add({.owner = "legal"}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(policies.add({.reason = "why"}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(policies.add({.subtree = true, .owner = "a", .reason = "b"}), StatusCode::kInvalidArgument);
}

TEST_CASE("erase: a job purges after each erasure, not after the first alone", "[erase]") {
  const TempDir dir;
  const OpenStore s(keyed(), dir / "store.db");
  for (int i = 0; i < 3; ++i) {
    const MemoryId id = s.put("number " + std::to_string(i));
    const EraseReceipt receipt = s.store.admin().erase({.ids = {id}}).value();
    CHECK(s.store.admin().erasures()->back().purged_seq == 0);
    REQUIRE_OK(s.store.maintain());
    CHECK(s.store.admin().erasures()->back().purged_seq >= receipt.erased_seq);
  }
  CHECK(s.store.stats()->jobs_waiting == 0);
}

TEST_CASE("erase: nothing of it on a read-only or closed store", "[erase]") {
  const TempDir dir;
  {
    OpenStore s(still_options(), dir / "store.db");
    s.put("kept");
    REQUIRE_OK(s.store.close());
    REQUIRE_CODE(s.store.admin().erase({.user = "x"}), StatusCode::kFailedPrecondition);
    REQUIRE_CODE(s.store.admin().purge(), StatusCode::kFailedPrecondition);
  }
  Options options = still_options();
  options.access = Access::kReadOnly;
  const OpenStore s(options, dir / "store.db");
  REQUIRE_CODE(s.store.admin().erase({.name_space = Namespace{"acme"}, .subtree = true}), StatusCode::kFailedPrecondition);
  REQUIRE_CODE(s.store.admin().purge(), StatusCode::kFailedPrecondition);
  CHECK(s.store.admin().erasures()->empty());
}

TEST_CASE("erase: restoring an older state erases again what was erased since, and keeps it from coming back", "[erase]") {
  const TempDir dir;
  MemoryId gone;
  MemoryId kept;
  {
    OpenStore s(keyed(), dir / "store.db");
    gone = s.put("A secret of Ada that has to go");
    kept = s.put("Something that stays");
    REQUIRE_OK(s.store.backup(dir / "backup.db"));
    REQUIRE_OK(s.store.admin().erase({.ids = {gone}}));
    REQUIRE_OK(s.store.close());
  }
  const auto report = restore_store(dir / "backup.db", dir / "store.db").value();
  CHECK(report.erasures_replayed == 1);
  const OpenStore s(keyed(), dir / "store.db");
  CHECK(s.scope.get(gone).status().code() == StatusCode::kNotFound);
  CHECK(s.scope.get(kept).ok());
  REQUIRE_CODE(s.scope.put({.text = "a secret of ada that has to go"}), StatusCode::kPermissionDenied);
  const auto ledger = s.store.admin().erasures().value();
  REQUIRE(ledger.size() == 1);
  CHECK(ledger[0].purged_seq >= ledger[0].erased_seq);
  const auto tombstones = s.store.admin().tombstones().value();
  REQUIRE(tombstones.size() == 1);
  CHECK(tombstones[0].hits == 1);
  CHECK(tombstones[0].seq == ledger[0].erased_seq);
  CHECK(s.store.check()->clean());
}
