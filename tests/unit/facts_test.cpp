// SPDX-License-Identifier: Apache-2.0
// Facts: assert_fact, about, history, list, retract, confirm, reject, declare.
#include "open_store.hpp"

#include <map>

using namespace mnemic;
using namespace mnemic::test;
using namespace std::chrono_literals;

namespace {

using Lines = std::vector<std::string>;

Lines values(const std::vector<Fact>& facts) {
  Lines lines;
  for (const Fact& fact : facts) lines.push_back(fact.attribute + " " + fact.value);
  return lines;
}

Asserted lives_in(const OpenStore& s, const std::string& value, std::optional<Timestamp> since = {}, std::optional<Timestamp> until = {}) {
  return s.scope.facts().assert_fact({.subject = "Ada", .attribute = "lives in", .value = value, .since = since, .until = until}).value();
}

Timestamp day(int n) { return kStart + std::chrono::hours(24) * n; }

}  // namespace

TEST_CASE("facts: a new value of a single-valued attribute closes the old one and keeps it", "[facts]") {
  const OpenStore s;
  const MemoryId porto = lives_in(s, "Porto").id;
  s.clock->set(day(10));
  const Asserted lisbon = lives_in(s, "Lisbon");
  CHECK_FALSE(lisbon.known);
  CHECK(lisbon.superseded == std::vector<MemoryId>{porto});
  CHECK(values(s.scope.facts().about("Ada").value()) == Lines{"lives in Lisbon"});
  CHECK(values(s.scope.facts().about("Ada", {.at = day(3)}).value()) == Lines{"lives in Porto"});
  const auto history = s.scope.facts().history("Ada", "lives in").value();
  REQUIRE(values(history) == Lines{"lives in Porto", "lives in Lisbon"});
  CHECK(history[0].memory.state == State::kSuperseded);
  CHECK(history[0].holds.until == day(10));
  CHECK_FALSE(history[1].holds.until.has_value());
  const auto related = s.scope.related(lisbon.id, {.type = "supersedes", .direction = Direction::kOutgoing}).value();
  REQUIRE(related.size() == 1);
  CHECK(related[0].memory.id == porto);
  // Nothing is lost: the old value's first version is in its history.
  CHECK(s.store.admin().history(porto).value().front().event_end == kOpenEnd);
  CHECK(s.store.check().value().clean());
}

TEST_CASE("facts: what no longer holds is not recalled as current", "[facts]") {
  const OpenStore s;
  const MemoryId porto = lives_in(s, "Porto").id;
  s.clock->set(day(10));
  const MemoryId lisbon = lives_in(s, "Lisbon").id;
  const Query query{.text = "where does Ada live"};
  const RecallResult now = s.scope.recall(query).value();
  REQUIRE(ids_of(now) == std::vector<MemoryId>{lisbon});
  REQUIRE(now.hits[0].holds.has_value());
  CHECK(now.hits[0].holds->since == day(10));
  CHECK(contains(now.context(), "since 2026-01-11"));
  CHECK(to_json(now.hits[0])["holds"]["since"].as_string() == "2026-01-11T00:00:00Z");
  CHECK(s.scope.why(query, porto).value().verdict == Explanation::Verdict::kNotHolding);
  const RecallResult then = s.scope.recall(query, {.valid_at = day(5)}).value();
  REQUIRE(ids_of(then) == std::vector<MemoryId>{porto});
  CHECK(then.hits[0].holds->until == day(10));
  CHECK(contains(then.context(), "since 2026-01-01 until 2026-01-11"));
  CHECK(s.scope.recall(query, {.valid_at = day(-5)}).value().hits.empty());
}

TEST_CASE("facts: subjects, attributes and values are compared without case, accents and spaces", "[facts]") {
  const OpenStore s;
  const MemoryId first = s.scope.facts().assert_fact({.subject = "José", .attribute = "Lives in", .value = "Évora"}).value().id;
  const Asserted again = s.scope.facts().assert_fact({.subject = " jose ", .attribute = "lives  IN", .value = "evora"}).value();
  CHECK(again.known);
  CHECK(again.id == first);
  CHECK(s.scope.facts().about("JOSÉ").value().size() == 1);
  CHECK(s.scope.count().value() == 1);
}

TEST_CASE("facts: values of a many-valued attribute stand side by side", "[facts]") {
  const OpenStore s;
  const auto likes = [&](const char* value) {
    return s.scope.facts().assert_fact({.subject = "Ada", .attribute = "likes", .value = value, .kind = FactKind::kPreference}).value();
  };
  const MemoryId tea = likes("tea").id;
  CHECK(likes("coffee").superseded.empty());
  CHECK(likes("tea").id == tea);
  const auto about = s.scope.facts().about("Ada").value();
  CHECK(values(about) == Lines{"likes tea", "likes coffee"});
  CHECK(about[0].kind == FactKind::kPreference);
  CHECK(s.scope.facts().list({.where = Filter::metadata("fact.kind", Op::kEq, "preference")}).value().items.size() == 2);
}

TEST_CASE("facts: cardinality is as stated, or as declared, or as built in, or single", "[facts]") {
  const OpenStore s;
  const Facts facts = s.scope.facts();
  const auto put = [&](const char* attribute, const char* value, std::optional<Cardinality> cardinality = {}) {
    return facts.assert_fact({.subject = "Ada", .attribute = attribute, .value = value, .cardinality = cardinality}).value().superseded.size();
  };
  put("speaks", "English");
  CHECK(put("speaks", "Portuguese") == 0);
  put("car", "red");
  CHECK(put("car", "blue") == 1);
  CHECK(put("car", "green", Cardinality::kMany) == 0);
  const std::vector<Attribute> declared{{"Speaks", Cardinality::kSingle}, {"owns a", Cardinality::kMany}};
  REQUIRE_OK(facts.declare(declared));
  CHECK(put("speaks", "Spanish") == 2);
  put("owns a", "boat");
  CHECK(put("owns a", "house") == 0);
  const auto known = facts.attributes().value();
  REQUIRE(known.size() == 2);
  CHECK(known[0].name == "owns a");
  CHECK(known[1].cardinality == Cardinality::kSingle);
  CHECK(s.store.scope({"acme", "bob"}).value().facts().attributes().value().empty());
  const std::vector<Attribute> anew{{"owns a", Cardinality::kSingle}};
  REQUIRE_OK(facts.declare(anew));
  CHECK(put("owns a", "plane") == 2);
}

TEST_CASE("facts: a value of before takes its place in time", "[facts]") {
  const OpenStore s;
  s.clock->set(day(100));
  lives_in(s, "Lisbon", day(50));
  const Asserted porto = lives_in(s, "Porto", day(10));
  CHECK(porto.superseded.empty());
  CHECK(s.scope.facts().get(porto.id).value().holds.until == day(50));
  CHECK(values(s.scope.facts().about("Ada").value()) == Lines{"lives in Lisbon"});
  lives_in(s, "Berlin", day(60), day(70));
  const auto at = [&](int n) { return values(s.scope.facts().about("Ada", {.at = day(n)}).value()); };
  CHECK(at(20) == Lines{"lives in Porto"});
  CHECK(at(55) == Lines{"lives in Lisbon"});
  CHECK(at(65) == Lines{"lives in Berlin"});
  CHECK(at(75) == Lines{"lives in Lisbon"});
  CHECK(at(100) == Lines{"lives in Lisbon"});
  CHECK(at(5).empty());
  CHECK(s.scope.facts().history("Ada", "lives in").value().size() == 4);  // Lisbon was cut in two
  CHECK(s.store.check().value().clean());
}

TEST_CASE("facts: a value that begins later leaves the present one alone until then", "[facts]") {
  const OpenStore s;
  const MemoryId porto = lives_in(s, "Porto").id;
  lives_in(s, "Lisbon", day(30));
  CHECK(values(s.scope.facts().about("Ada").value()) == Lines{"lives in Porto"});
  CHECK(ids_of(s.scope.recall({.text = "Ada lives"}).value()) == std::vector<MemoryId>{porto});
  CHECK(s.scope.get(porto).value().state == State::kActive);
  s.clock->set(day(30));
  CHECK(values(s.scope.facts().about("Ada").value()) == Lines{"lives in Lisbon"});
}

TEST_CASE("facts: a correction at the same moment replaces the value", "[facts]") {
  const OpenStore s;
  lives_in(s, "Porto");
  lives_in(s, "Lisbon");  // the clock stands still
  CHECK(values(s.scope.facts().about("Ada").value()) == Lines{"lives in Lisbon"});
  const auto history = s.scope.facts().history("Ada").value();
  REQUIRE(history.size() == 2);
  CHECK(history[0].memory.state == State::kSuperseded);
  CHECK_FALSE(history[0].is_true_at(kStart));
}

TEST_CASE("facts: retracting ends a fact without a successor", "[facts]") {
  const OpenStore s;
  const MemoryId porto = lives_in(s, "Porto").id;
  s.clock->set(day(10));
  const Fact retracted = s.scope.facts().retract(porto).value();
  CHECK(retracted.holds.until == day(10));
  CHECK(s.scope.facts().about("Ada").value().empty());
  CHECK(s.scope.recall({.text = "Ada lives in Porto"}).value().hits.empty());
  CHECK(values(s.scope.facts().about("Ada", {.at = day(9)}).value()) == Lines{"lives in Porto"});
  REQUIRE_CODE(s.scope.facts().retract(porto), StatusCode::kFailedPrecondition);
  CHECK(s.scope.facts().retract(porto, day(4)).value().holds.until == day(4));
  CHECK(s.scope.facts().retract(porto, day(-4)).value().holds.until == kStart);  // it never held
  CHECK(s.scope.facts().about("Ada", {.at = kStart}).value().empty());
  CHECK(s.scope.facts().history("Ada").value().size() == 1);
}

TEST_CASE("facts: a proposed value waits beside a firm one until it is confirmed", "[facts]") {
  const OpenStore s;
  const MemoryId porto = lives_in(s, "Porto").id;
  s.clock->set(day(10));
  const Asserted lisbon =
      s.scope.facts().assert_fact({.subject = "Ada", .attribute = "lives in", .value = "Lisbon", .state = State::kProposed}).value();
  CHECK(lisbon.superseded.empty());
  CHECK(lisbon.conflicts == std::vector<MemoryId>{porto});
  CHECK(values(s.scope.facts().about("Ada").value()) == Lines{"lives in Porto", "lives in Lisbon"});
  CHECK(contains(s.scope.recall({.text = "Ada lives"}).value().context(), "; proposed"));
  s.clock->set(day(12));
  const Asserted confirmed = s.scope.facts().confirm(lisbon.id).value();
  CHECK(confirmed.superseded == std::vector<MemoryId>{porto});
  const auto about = s.scope.facts().about("Ada").value();
  REQUIRE(values(about) == Lines{"lives in Lisbon"});
  CHECK(about[0].memory.state == State::kConfirmed);
  CHECK(about[0].holds.since == day(10));  // from when it was said to hold, not from when it was confirmed
  REQUIRE_OK(s.scope.facts().confirm(lisbon.id));
  REQUIRE_CODE(s.scope.facts().confirm(porto), StatusCode::kFailedPrecondition);
}

TEST_CASE("facts: proposals supersede proposals, and a rejected one is never recalled", "[facts]") {
  const OpenStore s;
  const auto propose = [&](const char* value) {
    return s.scope.facts().assert_fact({.subject = "Ada", .attribute = "lives in", .value = value, .state = State::kProposed}).value();
  };
  const MemoryId porto = propose("Porto").id;
  s.clock->set(day(1));
  const Asserted lisbon = propose("Lisbon");
  CHECK(lisbon.superseded == std::vector<MemoryId>{porto});
  CHECK(s.scope.facts().reject(lisbon.id).value().memory.state == State::kRejected);
  CHECK(s.scope.facts().about("Ada").value().empty());
  CHECK(s.scope.recall({.text = "Ada lives in Lisbon"}).value().hits.empty());
  CHECK(s.scope.why({.text = "Ada lives in Lisbon"}, lisbon.id).value().verdict == Explanation::Verdict::kState);
  REQUIRE_CODE(s.scope.facts().confirm(lisbon.id), StatusCode::kFailedPrecondition);
  REQUIRE_CODE(s.scope.facts().retract(lisbon.id), StatusCode::kFailedPrecondition);
  CHECK(s.scope.facts().history("Ada").value().size() == 2);
  CHECK(s.scope.facts().list({.all = true}).value().items.size() == 2);
}

TEST_CASE("facts: sources give their least trust, a provenance and a relation", "[facts]") {
  const OpenStore s;
  const Session session = s.scope.session("s");
  const MemoryId said = session.append(Turn{.author = "ada", .text = "I live in Porto", .trust = Trust::kUser}).value();
  const MemoryId read = session.append(Turn{.author = "web", .text = "Ada of Porto", .trust = Trust::kExternal}).value();
  const auto trust = [&](const char* subject, std::vector<MemoryId> sources, std::optional<Trust> stated) {
    const auto done = s.scope.facts().assert_fact({.subject = subject, .attribute = "lives in", .value = "Porto", .sources = std::move(sources), .trust = stated});
    return s.scope.get(done.value().id).value().trust;
  };
  CHECK(trust("a", {said}, {}) == Trust::kUser);
  CHECK(trust("b", {said, read}, {}) == Trust::kExternal);
  CHECK(trust("c", {said}, Trust::kModel) == Trust::kModel);
  CHECK(trust("d", {said}, Trust::kOperator) == Trust::kUser);
  CHECK(trust("e", {}, Trust::kUser) == Trust::kUser);
  CHECK(trust("f", {}, {}) == Trust::kExternal);
  const auto facts = s.scope.related(said, {.type = "derived_from", .direction = Direction::kIncoming}).value();
  CHECK(facts.size() == 4);
  CHECK(facts[0].memory.provenance.derived_from == std::vector<MemoryId>{said});
  // The same said again adds its source.
  const MemoryId third = session.append(Turn{.author = "ada", .text = "Porto!"}).value();
  const auto again = s.scope.facts().assert_fact({.subject = "a", .attribute = "lives in", .value = "porto", .sources = {third}}).value();
  CHECK(again.known);
  CHECK(s.scope.related(again.id, {.type = "derived_from", .direction = Direction::kOutgoing}).value().size() == 2);
}

TEST_CASE("facts: several are one commit, and see each other", "[facts]") {
  const OpenStore s;
  const std::vector<FactInput> inputs{{.subject = "Ada", .attribute = "lives in", .value = "Porto", .since = day(0)},
                                      {.subject = "Ada", .attribute = "lives in", .value = "Lisbon", .since = day(5)}};
  const auto asserted = s.scope.facts().assert_facts(inputs).value();
  REQUIRE(asserted.size() == 2);
  CHECK(asserted[1].superseded == std::vector<MemoryId>{asserted[0].id});
  const std::vector<FactInput> bad{{.subject = "Ada", .attribute = "age", .value = "36"}, {.subject = "Ada", .attribute = "", .value = "x"}};
  const auto refused = s.scope.facts().assert_facts(bad);
  REQUIRE_CODE(refused, StatusCode::kInvalidArgument);
  CHECK(contains(refused.status().message(), "fact 1: attribute"));
  const std::vector<FactInput> foreign{{.subject = "Ada", .attribute = "age", .value = "36"},
                                       {.subject = "Ada", .attribute = "age", .value = "37", .sources = {MemoryId()}}};
  const auto unknown = s.scope.facts().assert_facts(foreign);
  REQUIRE_CODE(unknown, StatusCode::kNotFound);
  CHECK(contains(unknown.status().message(), "fact 1: sources"));
  CHECK(s.scope.facts().history("Ada", "age").value().empty());
  CHECK(s.scope.facts().assert_facts({}).value().empty());
}

TEST_CASE("facts: pages are of one moment", "[facts]") {
  const OpenStore s;
  for (int n = 0; n < 5; ++n) {
    s.scope.facts().assert_fact({.subject = "s" + std::to_string(n), .attribute = "is", .value = "here", .since = day(n), .until = day(30)}).value();
  }
  s.clock->set(day(20));
  FactListOptions options{.limit = 2};
  Lines subjects;
  do {
    const FactPage page = s.scope.facts().list(options).value();
    for (const Fact& fact : page) subjects.push_back(fact.subject);
    options.cursor = page.next;
    s.clock->advance(24h * 8);  // past the end of all of them
  } while (!options.cursor.empty());
  CHECK(subjects == Lines{"s4", "s3", "s2", "s1", "s0"});
  CHECK(s.scope.facts().list().value().items.empty());
  CHECK(s.scope.facts().list({.at = day(2)}).value().items.size() == 3);
  CHECK(s.scope.facts().list({.all = true}).value().items.size() == 5);
  REQUIRE_CODE(s.scope.facts().list({.at = kOpenEnd}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.scope.facts().about("s0", {.at = kOpenEnd}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.scope.facts().list({.cursor = "12@nonsense"}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(s.scope.facts().list({.cursor = "x@"}), StatusCode::kInvalidArgument);
}

TEST_CASE("facts: what the screen holds back is kept and changes nothing", "[facts]") {
  class Holding final : public Screen {
   public:
    ScreenVerdict check(std::string_view text, std::string_view) override {
      if (text.find("secret") == std::string_view::npos) return {};
      return {.action = ScreenVerdict::Action::kQuarantine, .reason = "a secret"};
    }
  };
  const OpenStore s(still_options({.screen = std::make_shared<Holding>()}));
  lives_in(s, "Porto");
  s.clock->set(day(1));
  CHECK(lives_in(s, "a secret place").superseded.empty());
  CHECK(values(s.scope.facts().about("Ada").value()) == Lines{"lives in Porto"});
  CHECK(s.scope.facts().history("Ada").value().size() == 2);
}

TEST_CASE("facts: one that is merely marked as superseded is not recalled either", "[facts]") {
  const OpenStore s;
  const MemoryId porto = lives_in(s, "Porto").id;
  REQUIRE_OK(s.scope.update(porto, {.pinned = true, .state = State::kSuperseded}));
  CHECK(s.scope.facts().about("Ada").value().empty());
  CHECK(s.scope.facts().list().value().items.empty());
  const RecallResult found = s.scope.recall({.text = "Ada lives in Porto"}).value();
  CHECK(found.hits.empty());
  CHECK(found.pinned.empty());
  CHECK(s.scope.why({.text = "Ada lives"}, porto).value().verdict == Explanation::Verdict::kState);
}

TEST_CASE("facts: other memories are no facts", "[facts]") {
  const OpenStore s;
  const MemoryId note = s.put("a note");
  REQUIRE_CODE(s.scope.facts().get(note), StatusCode::kNotFound);
  REQUIRE_CODE(s.scope.facts().retract(note), StatusCode::kNotFound);
  REQUIRE_CODE(s.scope.facts().confirm(note), StatusCode::kNotFound);
  REQUIRE_CODE(s.scope.facts().reject(note), StatusCode::kNotFound);
  const Scope bob = s.store.scope({"acme", "bob"}).value();
  const MemoryId theirs = bob.facts().assert_fact({.subject = "Bob", .attribute = "is", .value = "x"}).value().id;
  REQUIRE_CODE(s.scope.facts().get(theirs), StatusCode::kNotFound);
  REQUIRE_CODE(s.scope.facts().retract(theirs), StatusCode::kNotFound);
  CHECK(s.scope.facts().about("Bob").value().empty());
}

TEST_CASE("facts: names of enumerations go there and back", "[facts]") {
  for (const auto value : {Cardinality::kSingle, Cardinality::kMany}) CHECK(parse_cardinality(to_string(value)).value() == value);
  for (const auto value : {FactKind::kFact, FactKind::kPreference}) CHECK(parse_fact_kind(to_string(value)).value() == value);
  REQUIRE_CODE(parse_cardinality("several"), StatusCode::kInvalidArgument);
  REQUIRE_CODE(parse_fact_kind(""), StatusCode::kInvalidArgument);
  std::map<std::string, int> seen;
  for (const Attribute& attribute : default_attributes()) CHECK(++seen[attribute.name] == 1);
}
