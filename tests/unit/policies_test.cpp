// SPDX-License-Identifier: Apache-2.0
// Policies: lives given and prolonged, refusals, retention, the time in which what was forgotten can be recovered; their ends, dry runs
// and counts; and that `why` names them. Holds are in erase_test.cpp.
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "open_store.hpp"
#include "support/temp_dir.hpp"

using namespace mnemic;
using namespace mnemic::test;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;
using Ids = std::vector<MemoryId>;

namespace {

PolicyInput rule(PolicyKind kind, seconds after = seconds(0)) {
  PolicyInput input;
  input.kind = kind;
  input.after = after;
  input.owner = "ops";
  input.reason = "as agreed";
  return input;
}

Options keyless() { return still_options({.embedder = hashed_embedder()}); }

/// Maintains until nothing is due.
void maintain(const Store& store) {
  while (store.maintain().value().done > 0) {
  }
}

Policy get(const Store& store, PolicyId id) { return store.policies().get(id).value(); }

bool is_erased(const Store& store, const MemoryId& id) { return store.admin().history(id).status().code() == StatusCode::kNotFound; }

}  // namespace

TEST_CASE("policies: a life for what is put without one, by namespace, layer and filter", "[policies]") {
  const OpenStore s(keyless());
  const MemoryId before = s.put("was there before the rule");
  PolicyInput of_layer = rule(PolicyKind::kExpiry, hours(2));
  of_layer.name_space = Namespace{"acme"};
  of_layer.subtree = true;
  of_layer.where = Filter::layer(Layer::kEpisodic);
  const PolicyId layered = s.store.policies().add(of_layer).value();
  const PolicyId tagged = [&] {
    PolicyInput input = rule(PolicyKind::kExpiry, hours(1));
    input.where = Filter::tag("brief");
    return s.store.policies().add(input).value();
  }();

  const MemoryId semantic = s.put("no rule is about this");
  const MemoryId episodic = s.scope.put({.layer = Layer::kEpisodic, .text = "of the layer"}).value();
  const MemoryId both = s.scope.put({.layer = Layer::kEpisodic, .text = "both: the shorter one", .tags = {"brief"}}).value();
  const MemoryId stated = s.scope.put({.layer = Layer::kEpisodic, .text = "stated", .expires_at = kStart + hours(9)}).value();
  const Scope other = s.store.scope({"umbrella", "eve"}).value();
  const MemoryId elsewhere = other.put({.layer = Layer::kEpisodic, .text = "another namespace"}).value();
  const Scope sibling = s.store.scope({"acme2"}).value();
  const MemoryId alike = sibling.put({.layer = Layer::kEpisodic, .text = "a name that begins the same"}).value();

  for (const MemoryId& id : {before, semantic}) CHECK_FALSE(s.scope.get(id)->expires_at);
  CHECK_FALSE(other.get(elsewhere)->expires_at);
  CHECK_FALSE(sibling.get(alike)->expires_at);
  CHECK(s.scope.get(episodic)->expires_at == kStart + hours(2));
  CHECK(s.scope.get(episodic)->provenance.expires_by == layered);
  CHECK(s.scope.get(both)->expires_at == kStart + hours(1));
  CHECK(s.scope.get(both)->provenance.expires_by == tagged);
  CHECK(s.scope.get(stated)->expires_at == kStart + hours(9));
  CHECK(s.scope.get(stated)->provenance.expires_by == 0);
  CHECK(get(s.store, layered).hits == 1);
  CHECK(get(s.store, tagged).hits == 1);

  s.clock->advance(hours(1));
  CHECK_FALSE(s.scope.get(both).ok());
  CHECK(s.scope.get(episodic).ok());
  s.clock->advance(hours(1));
  CHECK_FALSE(s.scope.get(episodic).ok());
  const Explanation why = s.scope.why({.text = "layer"}, episodic).value();
  CHECK(why.verdict == Explanation::Verdict::kExpired);
  CHECK(contains(why.reason, "policy " + std::to_string(layered)));
  CHECK(contains(why.reason, "as agreed"));
  REQUIRE_OK(s.store.policies().remove(layered));
  CHECK(contains(s.scope.why({.text = "layer"}, episodic)->reason, "no more"));
  CHECK_FALSE(s.scope.get(episodic).ok());  // what a rule let expire stays so
}

TEST_CASE("policies: a stated end replaces that of a rule, and what callers say of the rule is not believed", "[policies]") {
  const OpenStore s(keyless());
  const PolicyId id = s.store.policies().add(rule(PolicyKind::kExpiry, hours(1))).value();
  MemoryInput input{.text = "one"};
  input.provenance.expires_by = 77;
  const MemoryId memory = s.scope.put(input).value();
  CHECK(s.scope.get(memory)->provenance.expires_by == id);
  REQUIRE_OK(s.scope.update(memory, {.importance = 0.9}));
  CHECK(s.scope.get(memory)->provenance.expires_by == id);
  REQUIRE_OK(s.scope.update(memory, {.provenance = Provenance{.source = "chat"}}));
  CHECK(s.scope.get(memory)->provenance.expires_by == id);
  CHECK(s.scope.get(memory)->expires_at == kStart + hours(1));
  REQUIRE_OK(s.scope.update(memory, {.expires_at = std::optional<Timestamp>()}));
  CHECK(s.scope.get(memory)->provenance.expires_by == 0);
  CHECK_FALSE(s.scope.get(memory)->expires_at);
  input.expires_at = kStart + hours(5);
  CHECK(s.scope.get(s.scope.put(input).value())->provenance.expires_by == 0);
}

TEST_CASE("policies: use prolongs a life, once a tenth of it has gone by", "[policies]") {
  const TempDir dir;
  const OpenStore s(keyless(), dir / "store.db");
  PolicyInput input = rule(PolicyKind::kExpiry, hours(10));
  input.refresh_on_use = true;
  const PolicyId id = s.store.policies().add(input).value();
  const MemoryId used = s.put("the harbour is busy in summer");
  const MemoryId unused = s.put("nobody asks for this");
  const MemoryId stated = s.scope.put({.text = "the harbour has its own end", .expires_at = kStart + hours(10)}).value();
  CHECK(s.scope.recall({.text = "harbour"})->hits.size() == 2);
  CHECK(s.scope.get(used)->version == 1);  // not worth a version yet
  s.clock->advance(hours(1));
  CHECK(s.scope.recall({.text = "harbour"})->hits.size() == 2);
  CHECK(s.scope.get(used)->version == 2);
  CHECK(s.scope.get(used)->expires_at == kStart + hours(11));
  CHECK(s.scope.get(stated)->expires_at == kStart + hours(10));
  CHECK(s.scope.get(stated)->version == 1);
  const Seq then = s.store.stats()->seq;
  s.clock->advance(hours(2));
  CHECK(s.scope.recall({.text = "harbour"}, {.as_of = then})->hits.size() == 2);
  CHECK(s.store.stats()->seq == then);  // a look back is no use
  {
    Options reading = keyless();
    reading.clock = s.clock;
    reading.access = Access::kReadOnly;
    const Store reader = Store::open(dir / "store.db", reading).value();
    CHECK(reader.scope({"acme", "ada"})->get(used)->expires_at == kStart + hours(11));
  }
  CHECK(s.store.stats()->seq == then);
  CHECK(s.scope.get(used).ok());
  CHECK(s.store.admin().find(used)->expires_at == kStart + hours(13));
  CHECK(s.store.admin().find(unused)->expires_at == kStart + hours(10));
  CHECK(get(s.store, id).hits == 2 + 2);  // two lives given, one prolonged twice
  s.clock->advance(hours(9));
  CHECK(s.scope.get(used).ok());
  CHECK_FALSE(s.scope.get(unused).ok());
  CHECK(s.store.admin().find(unused)->version == 1);
  REQUIRE_OK(s.store.policies().remove(id));
  const Seq last = s.store.stats()->seq;
  s.clock->advance(hours(8));
  CHECK(s.scope.get(used).ok());
  CHECK(s.store.stats()->seq == last);
  CHECK(s.store.check()->clean());
}

TEST_CASE("policies: a refusal keeps a write out, or in quarantine, and says why", "[policies]") {
  const OpenStore s(keyless());
  PolicyInput out = rule(PolicyKind::kRefusal);
  out.where = Filter::tag("secret");
  const PolicyId refusing = s.store.policies().add(out).value();
  PolicyInput aside = rule(PolicyKind::kRefusal);
  aside.where = Filter::metadata("from", Op::kEq, "web");
  aside.quarantine = true;
  const PolicyId quarantining = s.store.policies().add(aside).value();

  const Seq before = s.store.stats()->seq;
  const auto refused = s.scope.put({.text = "the vault opens at nine", .tags = {"secret"}});
  REQUIRE_CODE(refused, StatusCode::kPermissionDenied);
  CHECK(contains(refused.status().message(), "policy " + std::to_string(refusing) + " of ops: as agreed"));
  CHECK(s.store.stats()->seq == before);
  CHECK(get(s.store, refusing).hits == 1);
  CHECK(get(s.store, refusing).last_hit_at == kStart);

  const MemoryId plain = s.put("the vault is in the cellar");
  REQUIRE_CODE(s.scope.update(plain, {.tags = std::vector<std::string>{"secret"}}), StatusCode::kPermissionDenied);
  CHECK(s.scope.get(plain)->version == 1);
  CHECK(get(s.store, refusing).hits == 2);
  Batch batch;
  batch.put({.text = "fine"});
  batch.put({.text = "not fine", .tags = {"secret"}});
  REQUIRE_CODE(s.scope.write(batch), StatusCode::kPermissionDenied);
  CHECK(s.scope.count().value() == 1);

  const MemoryId held = s.scope.put({.text = "the vault is on fire", .metadata = Json::object({{"from", "web"}})}).value();
  CHECK(s.scope.get(held)->state == State::kQuarantined);
  CHECK(ids_of(s.scope.recall({.text = "vault"}).value()) == Ids{plain});
  const Explanation why = s.scope.why({.text = "vault"}, held).value();
  CHECK(why.verdict == Explanation::Verdict::kState);
  CHECK(contains(why.reason, "policy " + std::to_string(quarantining)));
  CHECK(get(s.store, quarantining).hits == 1);

  REQUIRE_OK(s.store.policies().remove(refusing));
  REQUIRE_OK(s.scope.put({.text = "the vault opens at nine", .tags = {"secret"}}));
}

TEST_CASE("policies: an import is refused as other writes are", "[policies]") {
  const TempDir dir;
  {
    const OpenStore from(keyless());
    REQUIRE_OK(from.scope.put({.text = "a secret of Ada", .tags = {"secret"}}));
    from.put("nothing special");
    REQUIRE_OK(from.store.admin().export_to(dir / "all.jsonl"));
  }
  const OpenStore s(keyless());
  PolicyInput out = rule(PolicyKind::kRefusal);
  out.where = Filter::tag("secret");
  const PolicyId id = s.store.policies().add(out).value();
  const ImportReport dry = s.store.admin().import_from(dir / "all.jsonl", {.dry_run = true}).value();
  CHECK(get(s.store, id).hits == 0);
  const ImportReport report = s.store.admin().import_from(dir / "all.jsonl").value();
  CHECK(dry.refused == 1);
  CHECK(report.refused == 1);
  CHECK(report.written == 1);
  REQUIRE(report.problems.size() == 1);
  CHECK(contains(report.problems[0].what, "policy"));
  CHECK(get(s.store, id).hits == 1);
}

TEST_CASE("policies: what was forgotten can be recovered for a while, then a job erases it", "[policies]") {
  Options options = keyless();
  options.recover_within = days(7);
  const OpenStore s(options);
  const MemoryId gone = s.put("forgotten for good");
  const MemoryId back = s.put("forgotten and recovered");
  const MemoryId again = s.put("forgotten, recovered, forgotten");
  const MemoryId kept = s.put("never forgotten");
  const MemoryId expired = s.scope.put({.text = "has an end", .expires_at = kStart + days(1)}).value();
  for (const MemoryId& id : {gone, back, again}) REQUIRE_OK(s.scope.forget(id));
  s.clock->advance(days(7) - seconds(1));
  maintain(s.store);
  CHECK_FALSE(is_erased(s.store, gone));
  REQUIRE_OK(s.scope.recover(back));
  REQUIRE_OK(s.scope.recover(again));
  REQUIRE_OK(s.scope.forget(again));
  s.clock->advance(seconds(1));
  maintain(s.store);
  CHECK(is_erased(s.store, gone));
  CHECK_FALSE(is_erased(s.store, again));
  CHECK_FALSE(is_erased(s.store, expired));
  CHECK(s.scope.get(back).ok());
  REQUIRE_CODE(s.scope.recover(gone), StatusCode::kNotFound);
  const auto why = s.scope.why({.text = "good"}, gone);
  REQUIRE_CODE(why, StatusCode::kNotFound);
  CHECK(contains(why.status().message(), "not recovered within 7 days"));
  CHECK(s.store.scope({"acme", "eve"})->why({.text = "good"}, gone).status().message() == "why: id: no such memory in this scope");
  s.clock->advance(days(7));
  maintain(s.store);
  CHECK(is_erased(s.store, again));
  CHECK(is_erased(s.store, expired));
  CHECK(s.scope.get(kept).ok());
  CHECK(s.scope.get(back).ok());
  const auto ledger = s.store.admin().erasures().value();
  CHECK(ledger.size() == 3);
  CHECK(contains(ledger.back().reason, "expired"));
  CHECK(s.store.check()->clean());
  CHECK(s.store.stats()->jobs_waiting == 0);
}

TEST_CASE("policies: nothing is erased by itself when that was said", "[policies]") {
  Options options = keyless();
  options.recover_within = seconds::max();
  const OpenStore s(options);
  const MemoryId id = s.put("forgotten");
  REQUIRE_OK(s.scope.forget(id));
  s.clock->advance(days(20000));
  maintain(s.store);
  REQUIRE_OK(s.scope.recover(id));
  options.recover_within = seconds(-1);
  REQUIRE_CODE(Store::open(":memory:", options), StatusCode::kInvalidArgument);
}

TEST_CASE("policies: retention erases what has not been written for long, but not what is held", "[policies]") {
  Options options = keyless();
  options.recover_within = seconds::max();
  const OpenStore s(options);
  const Scope logs = s.store.scope({"acme", "ada", "logs"}).value();
  const MemoryId old = logs.put({.text = "an old line"}).value();
  const MemoryId forgotten = logs.put({.text = "an old line, forgotten"}).value();
  REQUIRE_OK(logs.forget(forgotten));
  const MemoryId held = logs.put({.text = "an old line, evidence", .tags = {"case"}}).value();
  const MemoryId from_held = logs.put({.text = "what evidence is made from", .tags = {"source"}}).value();
  REQUIRE_OK(logs.relate(held, "derived_from", from_held));
  const MemoryId updated = logs.put({.text = "an old line, written again"}).value();
  const MemoryId elsewhere = s.put("not of the logs");
  PolicyInput keep = rule(PolicyKind::kHold);
  keep.where = Filter::tag("case");
  REQUIRE_OK(s.store.policies().add(keep));
  PolicyInput input = rule(PolicyKind::kRetention, days(90));
  input.name_space = Namespace{"acme"};
  input.subtree = true;
  input.where = Filter::metadata("keep", Op::kExists, false) && !Filter::where("text", Op::kEq, "x");
  REQUIRE_CODE(s.store.policies().add(input), StatusCode::kInvalidArgument);  // `text` is no field of filters
  input.name_space = logs.name();
  input.where = Filter::metadata("keep", Op::kExists, false);
  s.clock->advance(days(60));
  REQUIRE_OK(logs.update(updated, {.importance = 0.9}));
  s.clock->advance(days(30) - seconds(1));
  CHECK(s.store.policies().preview(input)->empty());
  s.clock->advance(seconds(1));
  const Ids due = s.store.policies().preview(input).value();
  CHECK(due == Ids{old, forgotten, held, from_held});
  CHECK(s.scope.get(elsewhere).ok());

  PolicyInput dry = input;
  dry.dry_run = true;
  const PolicyId counting = s.store.policies().add(dry).value();
  maintain(s.store);
  CHECK_FALSE(is_erased(s.store, old));
  CHECK(get(s.store, counting).hits == 3);  // the held one is not due
  maintain(s.store);
  CHECK(get(s.store, counting).hits == 3);  // looked at once an hour
  const PolicyId erasing = s.store.policies().add(input).value();
  maintain(s.store);
  CHECK(is_erased(s.store, old));
  CHECK(is_erased(s.store, forgotten));
  CHECK_FALSE(is_erased(s.store, held));
  CHECK_FALSE(is_erased(s.store, from_held));  // the held one would go with it
  CHECK(logs.get(updated).ok());
  CHECK(s.scope.get(elsewhere).ok());
  CHECK(get(s.store, erasing).hits == 2);
  const auto ledger = s.store.admin().erasures().value();
  REQUIRE_FALSE(ledger.empty());
  CHECK(ledger.back().by == "ops");
  CHECK(contains(ledger.back().reason, "policy " + std::to_string(erasing)));
  s.clock->advance(days(60));
  maintain(s.store);
  CHECK(is_erased(s.store, updated));
  CHECK(s.store.check()->clean());
}

TEST_CASE("policies: more than one job can take is taken by several", "[policies]") {
  Options options = still_options({.embedder = nullptr});
  options.recover_within = seconds(0);
  const OpenStore s(options);
  Batch batch;
  for (int i = 0; i < 2500; ++i) batch.put({.text = "line " + std::to_string(i)});
  REQUIRE_OK(s.scope.write(batch));
  CHECK(s.scope.forget(Filter())->ids.size() == 2500);
  maintain(s.store);
  CHECK(s.store.stats()->versions == 0);
  CHECK(s.store.admin().erasures()->size() == 3);
}

TEST_CASE("policies: an ended rule stops and is listed as ended; a dry run only counts", "[policies]") {
  const OpenStore s(keyless());
  PolicyInput life = rule(PolicyKind::kExpiry, hours(1));
  life.expires_at = kStart + hours(1);
  const PolicyId ending = s.store.policies().add(life).value();
  PolicyInput dry = rule(PolicyKind::kRefusal);
  dry.dry_run = true;
  const PolicyId counting = s.store.policies().add(dry).value();
  PolicyInput dry_life = rule(PolicyKind::kExpiry, seconds(1));
  dry_life.dry_run = true;
  const PolicyId counting_lives = s.store.policies().add(dry_life).value();
  PolicyInput dry_hold = rule(PolicyKind::kHold);
  dry_hold.dry_run = true;
  const PolicyId counting_holds = s.store.policies().add(dry_hold).value();
  const MemoryId first = s.put("while it is in force");
  CHECK(s.scope.get(first)->expires_at == kStart + hours(1));
  s.clock->advance(hours(1));
  const MemoryId second = s.put("after it has ended");
  CHECK_FALSE(s.scope.get(second)->expires_at);
  CHECK(get(s.store, ending).ended);
  CHECK_FALSE(get(s.store, counting).ended);
  CHECK(get(s.store, counting).hits == 2);
  CHECK(get(s.store, counting_lives).hits == 2);
  REQUIRE_OK(s.store.admin().erase({.ids = {second}}));
  CHECK(get(s.store, counting_holds).hits == 1);
  const auto all = s.store.policies().list().value();
  REQUIRE(all.size() == 4);
  CHECK(all[0].id == ending);
  CHECK(to_json(all[0])["ended"].as_bool());
  CHECK(to_json(all[0])["after"].as_integer() == 3600);
}

TEST_CASE("policies: bad input names the field and changes nothing", "[policies]") {
  const OpenStore s(keyless());
  const auto refused = [&s](PolicyInput input, const std::string& field) {
    const auto added = s.store.policies().add(input);
    REQUIRE_CODE(added, StatusCode::kInvalidArgument);
    CHECK(contains(added.status().message(), field));
    REQUIRE_CODE(s.store.policies().preview(input), StatusCode::kInvalidArgument);
  };
  const auto with = [](auto change) {
    PolicyInput input = rule(PolicyKind::kExpiry, hours(1));
    change(input);
    return input;
  };
  refused(with([](PolicyInput& p) { p.owner = ""; }), "owner");
  refused(with([](PolicyInput& p) { p.reason = ""; }), "reason");
  refused(with([](PolicyInput& p) { p.reason = std::string(2000, 'x'); }), "reason");
  refused(with([](PolicyInput& p) { p.after = seconds(0); }), "after");
  refused(with([](PolicyInput& p) { p.after = seconds::max(); }), "after");
  refused(with([](PolicyInput& p) { p.after = seconds(-5); }), "after");
  refused(with([](PolicyInput& p) { p.quarantine = true; }), "quarantine");
  refused(with([](PolicyInput& p) { p.subtree = true; }), "subtree");
  refused(with([](PolicyInput& p) { p.name_space = Namespace{""}; }), "name");
  refused(with([](PolicyInput& p) { p.where = Filter::where("colour", Op::kEq, 1); }), "where");
  refused(with([](PolicyInput& p) { p.expires_at = kOpenEnd; }), "expires_at");
  refused(with([](PolicyInput& p) { p.kind = PolicyKind::kHold; }), "after");
  refused(with([](PolicyInput& p) { p.kind = PolicyKind::kRetention, p.refresh_on_use = true; }), "refresh_on_use");
  refused(with([](PolicyInput& p) { p.kind = static_cast<PolicyKind>(9); }), "kind");
  CHECK(s.store.policies().list()->empty());
  REQUIRE_CODE(s.store.policies().get(1), StatusCode::kNotFound);
  REQUIRE_CODE(s.store.policies().remove(1), StatusCode::kNotFound);
}

TEST_CASE("policies: a rejected value is not learned again, unless it is confirmed", "[policies]") {
  for (const bool quarantine : {false, true}) {
    Options options = keyless();
    options.quarantine_erased = quarantine;
    const OpenStore s(options);
    const Facts facts = s.scope.facts();
    const MemoryId wrong = facts.assert_fact({.subject = "Ada", .attribute = "lives_in", .value = "Lisbon"})->id;
    REQUIRE_OK(facts.reject(wrong));
    const auto again = facts.assert_fact({.subject = "ada", .attribute = "lives_in", .value = "lisbon "});
    if (quarantine) {
      REQUIRE_OK(again);
      CHECK(s.scope.get(again->id)->state == State::kQuarantined);
      CHECK(facts.about("Ada")->empty());
      CHECK(contains(s.scope.why({.text = "Lisbon"}, again->id)->reason, wrong.to_string()));
    } else {
      REQUIRE_CODE(again, StatusCode::kPermissionDenied);
      CHECK(contains(again.status().message(), wrong.to_string()));
      CHECK(s.scope.count().value() == 1);
    }
    REQUIRE_OK(facts.assert_fact({.subject = "Ada", .attribute = "lives_in", .value = "Porto"}));
    CHECK(facts.about("Ada")->front().value == "Porto");
    REQUIRE_OK(facts.assert_fact({.subject = "Ada", .attribute = "lives_in", .value = "Lisbon", .state = State::kConfirmed}));
    REQUIRE(facts.about("Ada")->size() == 1);
    CHECK(facts.about("Ada")->front().value == "Lisbon");
  }
}
