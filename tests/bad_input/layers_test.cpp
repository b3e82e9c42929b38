// SPDX-License-Identifier: Apache-2.0
// Episodes, facts, skills, relations and recall by layers, asked for what cannot be: each code that a header lists, the
// field named, nothing changed.
#include "fixture.hpp"
#include "moody.hpp"

#include <array>
#include <chrono>
#include <functional>
#include <limits>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;
using enum mnemic::StatusCode;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kHuge = std::numeric_limits<std::size_t>::max();

/// One of everything, and what the store holds as text.
struct LayerFixture {
  explicit LayerFixture(Options options = {}) : LayerFixture(":memory:", std::move(options)) {}
  LayerFixture(const std::filesystem::path& path, Options options) : store(Store::open(path, with_clock(std::move(options))).value()) {
    note = scope.put({.key = "note", .text = "The boats lay still.", .metadata = Json::object({{"n", 3}})}).value();
    turn = scope.session("s1").append(Turn{.author = "user", .text = "I live in Lisbon.", .trust = Trust::kUser}).value();
    foreign = bob.put({.text = "Of somebody else."}).value();
    foreign_fact = bob.facts().assert_fact({.subject = "Bob", .attribute = "lives in", .value = "Faro"}).value().id;
    foreign_episode = bob.episodes().record({.text = "Bob went home", .open = true}).value();
    fact = facts.assert_fact({.subject = "Ada", .attribute = "lives in", .value = "Lisbon"}).value().id;
    proposal = facts.assert_fact({.subject = "Ada", .attribute = "works at", .value = "the port", .state = State::kProposed}).value().id;
    rejected = facts.assert_fact({.subject = "Ada", .attribute = "is", .value = "tall"}).value().id;
    REQUIRE_OK(facts.reject(rejected));
    open_episode = episodes.record({.text = "A walk", .start = kStart, .open = true}).value();
    episode = episodes.record({.text = "A talk", .start = kStart, .end = kStart + std::chrono::hours(1)}).value();
    const auto recorded = skills.record_run({.goal = "find the order", .steps = {{.tool = "search"}}, .outcome = Outcome::kSuccess}).value();
    run = recorded.run;
    skill = recorded.skill;
    REQUIRE_OK(scope.relate(fact, "seen_in", turn));
    REQUIRE_OK(store.admin().grant({"acme", "ada"}, {"acme", "bob"}));
    seq = store.stats().value().seq;
    before = dump();
  }

  static Options with_clock(Options options) {
    options.clock = std::make_shared<ManualClock>(kStart + std::chrono::hours(10));
    return options;
  }

  [[nodiscard]] std::string dump() const {
    std::string text;
    for (const Scope& one : {scope, bob}) {
      for (const auto& memory : one.list({.order = Order::kCreated, .limit = 1000}).value()) {
        text += to_json(memory).dump() + "\n";
        for (const auto& related : one.related(memory.id, {.limit = 1000}).value()) text += to_json(related.relation).dump() + "\n";
      }
      for (const auto& attribute : one.facts().attributes().value()) text += attribute.name + "\n";
    }
    return text;
  }

  void require_unchanged() const {
    const auto stats = store.stats();
    REQUIRE_OK(stats);
    REQUIRE(stats->seq == seq);
    if (++looks_ % 16 == 0) REQUIRE(dump() == before);
  }
  ~LayerFixture() {
    if (std::uncaught_exceptions() == 0 && store.stats().ok()) CHECK(dump() == before);
  }
  LayerFixture(const LayerFixture&) = delete;
  LayerFixture& operator=(const LayerFixture&) = delete;

  Store store;
  Scope scope = store.scope({"acme", "ada"}).value();
  Scope bob = store.scope({"acme", "bob"}).value();
  Scope granted = store.scope({"acme", "ada"}, {.reach = Reach::kGranted}).value();
  Facts facts = scope.facts();
  Episodes episodes = scope.episodes();
  Skills skills = scope.skills();
  MemoryId note, turn, foreign, foreign_fact, foreign_episode, fact, proposal, rejected, open_episode, episode, run, skill;
  Seq seq = 0;
  std::string before;

 private:
  mutable std::size_t looks_ = 0;
};

MemoryId unknown() { return MemoryId({1, 2, 3, 4, 5, 6, 0x77, 8, 0x89, 10}); }

FactInput fact_of(const std::function<void(FactInput&)>& set = {}) {
  FactInput input{.subject = "Ada", .attribute = "lives in", .value = "Porto"};
  if (set) set(input);
  return input;
}
EpisodeInput episode_of(const std::function<void(EpisodeInput&)>& set = {}) {
  EpisodeInput input{.text = "A meal"};
  if (set) set(input);
  return input;
}
RunInput run_of(const std::function<void(RunInput&)>& set = {}) {
  RunInput input{.goal = "find the order", .steps = {{.tool = "search"}}};
  if (set) set(input);
  return input;
}

Json nested(std::size_t depth) {
  std::string text;
  for (std::size_t n = 0; n < depth; ++n) text += R"({"a":)";
  text += "1";
  for (std::size_t n = 0; n < depth; ++n) text += "}";
  return Json::parse(text, depth + 1).value();
}

const std::vector<const char*>& bad_types() {
  static const std::vector<const char*> all{"", "a b", "a/b", "caf\xc3\xa9", "\xff", "a\n",
                                            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};  // 65
  return all;
}

const std::vector<const char*>& bad_cursors() {
  static const std::vector<const char*> all{"x",  "@", "@x", "1@", "1@@", "-5@x", "99999999999999999999@x", "9223372036854775807@x",
                                            "0000000000000000.0.x", "\xff\xfe", "1767225600000000@0000000000000000.0.x"};
  return all;
}

Filter bad_filter() { return Filter::where("colour", Op::kEq, "red"); }

}  // namespace

TEST_CASE("assert_fact: what it refuses, by field") {
  const LayerFixture f;
  const std::string overlong(1025, 'n');
  struct Field {
    const char* name;
    std::function<void(FactInput&, const std::string&)> set;
  };
  const std::vector<Field> names{{"subject", [](FactInput& in, const std::string& s) { in.subject = s; }},
                                 {"attribute", [](FactInput& in, const std::string& s) { in.attribute = s; }},
                                 {"value", [](FactInput& in, const std::string& s) { in.value = s; }}};
  std::vector<std::string> bad = broken_utf8();
  bad.insert(bad.end(), {"", overlong, std::string("a\0b", 3)});
  for (const auto& field : names) {
    for (const auto& text : bad) {
      INFO(field.name << " of " << text.size() << " bytes");
      REQUIRE_REFUSED(f, f.facts.assert_fact(fact_of([&](FactInput& in) { field.set(in, text); })), kInvalidArgument, field.name);
    }
  }
  for (const char* spaces : {" ", " \t\n "}) {
    REQUIRE_REFUSED(f, f.facts.assert_fact(fact_of([&](FactInput& in) { in.subject = spaces; })), kInvalidArgument, "subject");
    REQUIRE_REFUSED(f, f.facts.assert_fact(fact_of([&](FactInput& in) { in.attribute = spaces; })), kInvalidArgument, "attribute");
  }
  const std::vector<Field> others{{"text", [](FactInput& in, const std::string& s) { in.text = s; }},
                                  {"author", [](FactInput& in, const std::string& s) { in.author = s; }},
                                  {"session", [](FactInput& in, const std::string& s) { in.session = s; }},
                                  {"tags", [](FactInput& in, const std::string& s) { in.tags = {s}; }},
                                  {"metadata", [](FactInput& in, const std::string& s) { in.metadata = Json::object(std::vector<Json::Member>{{"x", Json(s)}}); }}};
  for (const auto& field : others) {
    for (const auto& text : broken_utf8()) {
      REQUIRE_REFUSED(f, f.facts.assert_fact(fact_of([&](FactInput& in) { field.set(in, text); })), kInvalidArgument, field.name);
    }
  }
  const auto refuse = [&](const std::function<void(FactInput&)>& set, const char* named, StatusCode code = kInvalidArgument) {
    INFO(named);
    REQUIRE_REFUSED(f, f.facts.assert_fact(fact_of(set)), code, named);
    const std::vector<FactInput> batch{fact_of(), fact_of(set)};
    REQUIRE_REFUSED(f, f.facts.assert_facts(batch), code, "fact 1: ");
  };
  refuse([](FactInput& in) { in.since = kStart; in.until = kStart; }, "until");
  refuse([](FactInput& in) { in.since = kStart; in.until = kStart - std::chrono::hours(1); }, "until");
  refuse([](FactInput& in) { in.until = kStart; }, "until");  // before the clock's now
  refuse([](FactInput& in) { in.since = kOpenEnd; }, "since");
  for (const State state : {State::kRejected, State::kSuperseded, State::kQuarantined, static_cast<State>(0), static_cast<State>(99)}) {
    refuse([&](FactInput& in) { in.state = state; }, "state");
  }
  refuse([](FactInput& in) { in.kind = static_cast<FactKind>(9); }, "kind");
  refuse([](FactInput& in) { in.cardinality = static_cast<Cardinality>(0); }, "cardinality");
  refuse([](FactInput& in) { in.trust = static_cast<Trust>(1); }, "trust");
  refuse([](FactInput& in) { in.importance = kNan; }, "importance");
  refuse([](FactInput& in) { in.importance = 1.5; }, "importance");
  refuse([](FactInput& in) { in.tags = {"a", "a"}; }, "tags");
  refuse([](FactInput& in) { in.author = std::string(1025, 'a'); }, "author");
  refuse([](FactInput& in) { in.text = std::string((16U << 20) + 1, 'x'); }, "text");
  refuse([](FactInput& in) { in.metadata = Json::object({{"fact", 1}}); }, "metadata");
  refuse([](FactInput& in) { in.metadata = Json::array({1}); }, "metadata");
  refuse([](FactInput& in) { in.metadata = nested(17); }, "metadata");
  refuse([](FactInput& in) { in.metadata = Json::object({{"x", std::string(70'000, 'x')}}); }, "metadata");
  refuse([](FactInput& in) { in.sources.assign(1001, MemoryId({1})); }, "sources");
  refuse([](FactInput& in) { in.sources = {unknown()}; }, "sources", kNotFound);
  refuse([&](FactInput& in) { in.sources = {f.turn, f.foreign}; }, "sources", kNotFound);
  refuse([](FactInput& in) { in.sources = {MemoryId()}; }, "sources", kNotFound);

  Options tight;
  tight.limits.batch = 3;
  const LayerFixture g(tight);
  REQUIRE_REFUSED(g, g.facts.assert_facts(std::vector<FactInput>(4, fact_of())), kInvalidArgument, "batch");
  CHECK(g.facts.assert_facts({}).value().empty());
  g.require_unchanged();
}

TEST_CASE("facts: reads, corrections and declarations that cannot be") {
  const LayerFixture f;
  std::vector<std::string> bad = broken_utf8();
  bad.insert(bad.end(), {"", "  ", std::string(1025, 'n'), std::string("a\0b", 3)});
  for (const auto& text : bad) {
    REQUIRE_REFUSED(f, f.facts.about(text), kInvalidArgument, "subject");
    REQUIRE_REFUSED(f, f.facts.history(text), kInvalidArgument, "subject");
    if (text.empty()) continue;
    REQUIRE_REFUSED(f, f.facts.about("Ada", {.attribute = text}), kInvalidArgument, "attribute");
    REQUIRE_REFUSED(f, f.facts.history("Ada", text), kInvalidArgument, "attribute");
    REQUIRE_REFUSED(f, f.facts.declare(std::vector<Attribute>{{text, Cardinality::kMany}}), kInvalidArgument, "name");
  }
  for (const std::size_t limit : {std::size_t{0}, std::size_t{10'001}, kHuge}) {
    REQUIRE_REFUSED(f, f.facts.about("Ada", {.limit = limit}), kInvalidArgument, "limit");
    REQUIRE_REFUSED(f, f.facts.list({.limit = limit}), kInvalidArgument, "limit");
  }
  REQUIRE_REFUSED(f, f.facts.about("Ada", {.where = bad_filter()}), kInvalidArgument, "colour");
  REQUIRE_REFUSED(f, f.facts.list({.where = bad_filter()}), kInvalidArgument, "colour");
  REQUIRE_REFUSED(f, f.facts.list({.at = kOpenEnd}), kInvalidArgument, "at");
  for (const char* cursor : bad_cursors()) {
    INFO(cursor);
    REQUIRE_REFUSED(f, f.facts.list({.cursor = cursor}), kInvalidArgument, "cursor");
    REQUIRE_REFUSED(f, f.facts.list({.all = true, .cursor = cursor}), kInvalidArgument, "cursor");
  }
  // Cursors of other listings, of another moment, of another filter.
  const auto all = f.facts.list({.all = true, .limit = 1});
  REQUIRE_OK(all);
  REQUIRE_FALSE(all->next.empty());
  REQUIRE_OK(f.facts.list({.all = true, .limit = 1, .cursor = all->next}));
  REQUIRE_REFUSED(f, f.facts.list({.limit = 1, .cursor = all->next}), kInvalidArgument, "cursor");
  REQUIRE_REFUSED(f, f.facts.list({.all = true, .where = Filter::tag("x"), .limit = 1, .cursor = all->next}), kInvalidArgument, "cursor");
  REQUIRE_REFUSED(f, f.bob.facts().list({.all = true, .limit = 1, .cursor = all->next}), kInvalidArgument, "cursor");
  REQUIRE_REFUSED(f, f.scope.list({.limit = 1, .cursor = all->next}), kInvalidArgument, "cursor");
  const auto now = f.facts.list({.limit = 1});
  REQUIRE_OK(now);
  REQUIRE_FALSE(now->next.empty());
  REQUIRE_REFUSED(f, f.facts.list({.at = kStart, .limit = 1, .cursor = now->next}), kInvalidArgument, "cursor");
  const auto plain = f.scope.list({.limit = 1});
  REQUIRE_OK(plain);
  REQUIRE_REFUSED(f, f.facts.list({.all = true, .limit = 1, .cursor = plain->next}), kInvalidArgument, "cursor");

  // Unknown, foreign (though granted to be read), and what is no fact.
  for (const MemoryId id : {unknown(), MemoryId(), f.foreign, f.foreign_fact, f.note, f.turn, f.episode, f.run, f.skill}) {
    INFO(id.to_string());
    REQUIRE_REFUSED(f, f.facts.get(id), kNotFound, "id");
    REQUIRE_REFUSED(f, f.facts.retract(id), kNotFound, "id");
    REQUIRE_REFUSED(f, f.facts.confirm(id), kNotFound, "id");
    REQUIRE_REFUSED(f, f.facts.reject(id), kNotFound, "id");
  }
  REQUIRE_OK(f.granted.facts().get(f.foreign_fact));
  REQUIRE_REFUSED(f, f.granted.facts().retract(f.foreign_fact), kNotFound, "id");
  REQUIRE_REFUSED(f, f.granted.facts().confirm(f.foreign_fact), kNotFound, "id");
  REQUIRE_REFUSED(f, f.granted.facts().reject(f.foreign_fact), kNotFound, "id");

  REQUIRE_REFUSED(f, f.facts.retract(f.rejected), kFailedPrecondition, "id");
  REQUIRE_REFUSED(f, f.facts.confirm(f.rejected), kFailedPrecondition, "id");
  REQUIRE_OK(f.facts.reject(f.rejected));  // it is so already
  REQUIRE_REFUSED(f, f.facts.retract(f.fact, kOpenEnd), kFailedPrecondition, "id");
  f.require_unchanged();

  REQUIRE_REFUSED(f, f.facts.declare(std::vector<Attribute>{{"likes", Cardinality::kMany}, {"L\xc3\xadkes ", Cardinality::kMany}}), kInvalidArgument, "name");
  REQUIRE_REFUSED(f, f.facts.declare(std::vector<Attribute>{{"good", Cardinality::kMany}, {"bad", static_cast<Cardinality>(7)}}), kInvalidArgument, "cardinality");
  std::vector<Attribute> many;
  for (int n = 0; n < 1001; ++n) many.push_back({"a" + std::to_string(n), Cardinality::kMany});
  REQUIRE_REFUSED(f, f.facts.declare(many), kInvalidArgument, "attributes");
  REQUIRE_OK(f.facts.declare({}));
  f.require_unchanged();

  for (const char* name : {"", "Single", "both", "fact"}) REQUIRE_CODE(parse_cardinality(name), kInvalidArgument);
  for (const char* name : {"", "Fact", "single"}) REQUIRE_CODE(parse_fact_kind(name), kInvalidArgument);
  for (const char* name : {"", "Success", "ok"}) REQUIRE_CODE(parse_outcome(name), kInvalidArgument);
  CHECK(parse_cardinality("").status().message().find("single, many") != std::string::npos);
}

TEST_CASE("facts: what is over cannot be retracted, what is superseded cannot be confirmed") {
  const LayerFixture f;
  const auto early = f.facts.assert_fact(fact_of([](FactInput& in) { in.subject = "Eva"; in.since = kStart; in.until = kStart + std::chrono::hours(5); }));
  REQUIRE_OK(early);
  REQUIRE_CODE(f.facts.retract(early->id), kFailedPrecondition);
  REQUIRE_CODE(f.facts.retract(early->id, kStart + std::chrono::hours(5)), kFailedPrecondition);
  const auto later = f.facts.assert_fact(fact_of([](FactInput& in) { in.subject = "Eva"; in.value = "Faro"; in.since = kStart; }));
  REQUIRE_OK(later);
  REQUIRE(later->superseded == std::vector<MemoryId>{early->id});
  REQUIRE_CODE(f.facts.confirm(early->id), kFailedPrecondition);
  REQUIRE_CODE(f.facts.retract(early->id), kFailedPrecondition);  // nothing is left of it
  // Refused for good measure, then out of the way of the fixture's last look.
  REQUIRE_OK(f.facts.reject(early->id));
  REQUIRE_OK(f.scope.forget(early->id));
  REQUIRE_OK(f.scope.forget(later->id));
}

TEST_CASE("record and close: what they refuse, by field") {
  const LayerFixture f;
  const auto refuse = [&](const std::function<void(EpisodeInput&)>& set, const char* named, StatusCode code = kInvalidArgument) {
    INFO(named);
    REQUIRE_REFUSED(f, f.episodes.record(episode_of(set)), code, named);
  };
  std::vector<std::string> bad = broken_utf8();
  for (const auto& text : bad) {
    refuse([&](EpisodeInput& in) { in.text = text; }, "text");
    refuse([&](EpisodeInput& in) { in.who = {"Ada", text}; }, "who");
    refuse([&](EpisodeInput& in) { in.key = text; }, "key");
    refuse([&](EpisodeInput& in) { in.session = text; }, "session");
    refuse([&](EpisodeInput& in) { in.tags = {text}; }, "tags");
    refuse([&](EpisodeInput& in) { in.why = text; }, "");  // in the text and in the metadata
  }
  refuse([](EpisodeInput& in) { in.text.clear(); }, "text");
  refuse([](EpisodeInput& in) { in.who = {""}; }, "who");
  refuse([](EpisodeInput& in) { in.who = {std::string(1025, 'w')}; }, "who");
  refuse([](EpisodeInput& in) { in.who = {std::string("a\0b", 3)}; }, "who");
  refuse([](EpisodeInput& in) { in.start = kStart; in.end = kStart - std::chrono::microseconds(1); }, "end");
  refuse([](EpisodeInput& in) { in.end = kStart; }, "end");  // before the clock's now
  refuse([](EpisodeInput& in) { in.end = kOpenEnd; }, "end");
  refuse([](EpisodeInput& in) { in.end = kStart + std::chrono::hours(20); in.open = true; }, "end");
  refuse([](EpisodeInput& in) { in.start = kOpenEnd; }, "");
  refuse([](EpisodeInput& in) { in.outcome = static_cast<Outcome>(9); }, "outcome");
  refuse([](EpisodeInput& in) { in.trust = static_cast<Trust>(9); }, "trust");
  refuse([](EpisodeInput& in) { in.importance = -0.1; }, "importance");
  refuse([](EpisodeInput& in) { in.key = std::string(1025, 'k'); }, "key");
  refuse([](EpisodeInput& in) { in.metadata = Json::object({{"episode", Json()}}); }, "metadata");
  refuse([](EpisodeInput& in) { in.metadata = Json("x"); }, "metadata");
  refuse([](EpisodeInput& in) { in.text = std::string((16U << 20) + 1, 'x'); }, "");
  refuse([](EpisodeInput& in) { in.sources.assign(1001, MemoryId({1})); }, "sources");
  refuse([&](EpisodeInput& in) { in.sources = {f.turn, unknown()}; }, "sources", kNotFound);
  refuse([&](EpisodeInput& in) { in.sources = {f.foreign}; }, "sources", kNotFound);

  for (const MemoryId id : {unknown(), MemoryId(), f.foreign, f.foreign_episode, f.note, f.turn, f.fact, f.run, f.skill}) {
    REQUIRE_REFUSED(f, f.episodes.get(id), kNotFound, "id");
    REQUIRE_REFUSED(f, f.episodes.close(id), kNotFound, "id");
  }
  REQUIRE_OK(f.granted.episodes().get(f.foreign_episode));
  REQUIRE_REFUSED(f, f.granted.episodes().close(f.foreign_episode), kNotFound, "id");
  REQUIRE_REFUSED(f, f.episodes.close(f.episode), kFailedPrecondition, "id");
  REQUIRE_REFUSED(f, f.episodes.close(f.open_episode, {.end = kStart - std::chrono::hours(1)}), kInvalidArgument, "end");
  REQUIRE_REFUSED(f, f.episodes.close(f.open_episode, {.end = kOpenEnd}), kInvalidArgument, "end");
  REQUIRE_REFUSED(f, f.episodes.close(f.open_episode, {.outcome = static_cast<Outcome>(9)}), kInvalidArgument, "outcome");

  const auto timeline = [&](TimelineOptions options, const char* named) { REQUIRE_REFUSED(f, f.episodes.timeline(options), kInvalidArgument, named); };
  timeline({.from = kStart, .to = kStart}, "to");
  timeline({.from = kStart, .to = kStart - std::chrono::hours(1)}, "to");
  timeline({.from = kOpenEnd}, "from");
  timeline({.where = bad_filter()}, "colour");
  timeline({.order = Order::kCreated}, "order");
  timeline({.order = static_cast<Order>(9)}, "order");
  for (const std::size_t limit : {std::size_t{0}, std::size_t{10'001}, kHuge}) timeline({.limit = limit}, "limit");
  for (const char* cursor : bad_cursors()) timeline({.cursor = cursor}, "cursor");
  const auto page = f.episodes.timeline({.limit = 1});
  REQUIRE_OK(page);
  REQUIRE_FALSE(page->next.empty());
  REQUIRE_OK(f.episodes.timeline({.limit = 1, .cursor = page->next}));
  timeline({.order = Order::kNewest, .limit = 1, .cursor = page->next}, "cursor");
  timeline({.from = kStart, .limit = 1, .cursor = page->next}, "cursor");
  REQUIRE_REFUSED(f, f.skills.list({.cursor = page->next}), kInvalidArgument, "cursor");
}

TEST_CASE("an episode's key that is held outside of `where` is taken") {
  const LayerFixture f;
  const Scope narrow = f.scope.narrow({.where = Filter::tag("mine")}).value();
  const auto id = f.episodes.record({.text = "A meal", .key = "lunch"});
  REQUIRE_OK(id);
  REQUIRE_CODE(narrow.episodes().record({.text = "Another meal", .key = "lunch", .tags = {"mine"}}), kAlreadyExists);
  CHECK(f.episodes.get(*id)->text == "A meal");
  REQUIRE_OK(f.scope.forget(*id));
}

TEST_CASE("record_run and best_for: what they refuse, by field") {
  const LayerFixture f;
  const auto refuse = [&](const std::function<void(RunInput&)>& set, const char* named, StatusCode code = kInvalidArgument) {
    INFO(named);
    REQUIRE_REFUSED(f, f.skills.record_run(run_of(set)), code, named);
  };
  for (const auto& text : broken_utf8()) {
    refuse([&](RunInput& in) { in.goal = text; }, "");
    refuse([&](RunInput& in) { in.skill = text; }, "skill");
    refuse([&](RunInput& in) { in.steps = {{.tool = text}}; }, "tool");
    refuse([&](RunInput& in) { in.steps = {{.tool = "a", .digest = text}}; }, "");
    refuse([&](RunInput& in) { in.steps = {{.tool = "a", .arguments = Json(text)}}; }, "");
    refuse([&](RunInput& in) { in.session = text; }, "session");
    REQUIRE_REFUSED(f, f.skills.best_for(text), kInvalidArgument, "");
  }
  refuse([](RunInput& in) { in.goal.clear(); }, "goal");
  refuse([](RunInput& in) { in.goal = "  "; }, "goal");
  refuse([](RunInput& in) { in.goal = std::string((16U << 20) + 1, 'x'); }, "");
  refuse([](RunInput& in) { in.skill = std::string(1025, 's'); }, "skill");
  refuse([](RunInput& in) { in.skill = std::string("a\0b", 3); }, "skill");
  refuse([](RunInput& in) { in.steps = {{.tool = "a"}, {.tool = ""}}; }, "tool");
  refuse([](RunInput& in) { in.steps = {{.tool = std::string(1025, 't')}}; }, "tool");
  refuse([](RunInput& in) { in.steps = {{.tool = "a", .duration = std::chrono::milliseconds(-1)}}; }, "duration");
  refuse([](RunInput& in) { in.steps = {{.tool = "a", .duration = std::chrono::milliseconds::max()}}; }, "duration");
  refuse([](RunInput& in) { in.steps.assign(1001, {.tool = "a"}); }, "steps");
  refuse([](RunInput& in) { in.steps = {{.tool = "a", .arguments = nested(130)}}; }, "content");
  refuse([](RunInput& in) { in.outcome = static_cast<Outcome>(3); }, "outcome");
  refuse([](RunInput& in) { in.start = kOpenEnd; }, "");
  refuse([](RunInput& in) { in.trust = static_cast<Trust>(3); }, "trust");
  refuse([](RunInput& in) { in.tags = {""}; }, "tags");
  refuse([](RunInput& in) { in.metadata = Json::object({{"run", 1}}); }, "metadata");
  refuse([](RunInput& in) { in.metadata = Json::object({{"skill", 1}}); }, "metadata");
  refuse([](RunInput& in) { in.metadata = Json(1); }, "metadata");
  refuse([](RunInput& in) { in.sources.assign(1001, MemoryId({1})); }, "sources");
  refuse([](RunInput& in) { in.sources = {unknown()}; }, "sources", kNotFound);
  refuse([&](RunInput& in) { in.sources = {f.foreign}; }, "sources", kNotFound);

  REQUIRE_REFUSED(f, f.skills.best_for(""), kInvalidArgument, "goal");
  REQUIRE_REFUSED(f, f.skills.best_for(std::string((16U << 20) + 1, 'x')), kInvalidArgument, "");
  for (const std::size_t k : {std::size_t{0}, std::size_t{10'001}, kHuge}) {
    REQUIRE_REFUSED(f, f.skills.best_for("find", {.k = k}), kInvalidArgument, "k");
    REQUIRE_REFUSED(f, f.skills.list({.limit = k}), kInvalidArgument, "limit");
  }
  for (const double bad : {-0.01, 1.01, kNan, std::numeric_limits<double>::infinity()}) {
    REQUIRE_REFUSED(f, f.skills.best_for("find", {.min_similarity = bad}), kInvalidArgument, "min_similarity");
  }
  REQUIRE_REFUSED(f, f.skills.best_for("find", {.where = bad_filter()}), kInvalidArgument, "colour");
  REQUIRE_REFUSED(f, f.skills.list({.where = bad_filter()}), kInvalidArgument, "colour");
  for (const char* cursor : bad_cursors()) REQUIRE_REFUSED(f, f.skills.list({.cursor = cursor}), kInvalidArgument, "cursor");
  for (const MemoryId id : {unknown(), MemoryId(), f.foreign, f.note, f.turn, f.fact, f.episode, f.run}) {
    REQUIRE_REFUSED(f, f.skills.get(id), kNotFound, "id");
  }
  CHECK(f.skills.best_for("entirely otherwise quux").value().empty());  // none is not an error
  // A skill that this scope cannot see is not counted in behind its back.
  const Scope narrow = f.scope.narrow({.where = Filter::tag("mine")}).value();
  REQUIRE_REFUSED(f, narrow.skills().record_run(run_of([](RunInput& in) { in.tags = {"mine"}; })), kAlreadyExists, "");
}

TEST_CASE("relate, unrelate and related: what they refuse, by field") {
  const LayerFixture f;
  for (const char* type : bad_types()) {
    INFO("type '" << type << "'");
    REQUIRE_REFUSED(f, f.scope.relate(f.fact, type, f.note), kInvalidArgument, "type");
    REQUIRE_REFUSED(f, f.scope.unrelate(f.fact, type, f.note), kInvalidArgument, "type");
    MemoryInput input;
    input.text = "linked";
    input.relations = {{type, f.note, {}}};
    REQUIRE_REFUSED(f, f.scope.put(input), kInvalidArgument, "type");
    if (*type != '\0') REQUIRE_REFUSED(f, f.scope.related(f.fact, {.type = type}), kInvalidArgument, "type");
    Batch batch;
    batch.put({.text = "first"});
    batch.relate(f.fact, type, f.note);
    REQUIRE_REFUSED(f, f.scope.write(batch), kInvalidArgument, "operation 1: ");
    Batch ends;
    ends.unrelate(f.fact, type, f.note);
    REQUIRE_REFUSED(f, f.scope.write(ends), kInvalidArgument, "operation 0: ");
  }
  const std::vector<Json> metadata{Json(1), Json("x"), Json::array({1}), nested(17), Json::object({{"x", std::string(70'000, 'x')}}),
                                   Json::object({{"x", std::string("a\0b", 3)}}), Json::object({{"x", "\xff"}})};
  for (const Json& bad : metadata) {
    REQUIRE_REFUSED(f, f.scope.relate(f.fact, "a", f.note, bad), kInvalidArgument, "metadata");
    MemoryInput input;
    input.text = "linked";
    input.relations = {{"a", f.note, bad}};
    REQUIRE_REFUSED(f, f.scope.put(input), kInvalidArgument, "metadata");
  }
  REQUIRE_REFUSED(f, f.scope.relate(f.fact, "a", f.fact), kInvalidArgument, "to");
  MemoryInput itself{.key = "note", .text = "The boats lay still."};
  itself.relations = {{"a", f.note, {}}};
  REQUIRE_REFUSED(f, f.scope.put(itself), kInvalidArgument, "to");
  MemoryInput crowded{.text = "linked"};
  crowded.relations.assign(1001, {"a", f.note, {}});
  REQUIRE_REFUSED(f, f.scope.put(crowded), kInvalidArgument, "relations");

  for (const MemoryId id : {unknown(), MemoryId(), f.foreign}) {
    REQUIRE_REFUSED(f, f.scope.relate(id, "a", f.note), kNotFound, "from");
    REQUIRE_REFUSED(f, f.scope.relate(f.note, "a", id), kNotFound, "to");
    REQUIRE_REFUSED(f, f.scope.unrelate(id, "a", f.note), kNotFound, "from");
    REQUIRE_REFUSED(f, f.scope.related(id), kNotFound, "id");
    MemoryInput input{.text = "linked"};
    input.relations = {{"a", id, {}}};
    REQUIRE_REFUSED(f, f.scope.put(input), kNotFound, "to");
    REQUIRE_OK(f.scope.unrelate(f.note, "a", id));  // that there is none is no error
    f.require_unchanged();
  }
  // Granted to be read: it may be an end, and never the beginning.
  REQUIRE_REFUSED(f, f.granted.relate(f.foreign, "a", f.note), kNotFound, "from");
  REQUIRE_REFUSED(f, f.granted.unrelate(f.foreign, "a", f.note), kNotFound, "from");
  for (const std::size_t limit : {std::size_t{0}, std::size_t{10'001}, kHuge}) {
    REQUIRE_REFUSED(f, f.scope.related(f.fact, {.limit = limit}), kInvalidArgument, "limit");
  }
  REQUIRE_REFUSED(f, f.scope.related(f.fact, {.where = bad_filter()}), kInvalidArgument, "colour");
  CHECK(f.scope.related(f.fact, {.after = std::numeric_limits<std::int64_t>::max()}).value().empty());
  CHECK(f.scope.related(f.fact, {.after = std::numeric_limits<Seq>::max()}).value().empty());
}

TEST_CASE("intervals that end before they begin") {
  const LayerFixture f;
  MemoryInput input{.text = "an interval"};
  input.event_time = kStart;
  input.event_end = kStart - std::chrono::microseconds(1);
  REQUIRE_REFUSED(f, f.scope.put(input), kInvalidArgument, "event_end");
  input.event_time.reset();
  input.event_end = kStart;  // before the clock's now
  REQUIRE_REFUSED(f, f.scope.put(input), kInvalidArgument, "event_end");
  input.event_end = kOpenEnd;
  input.event_time = kOpenEnd;
  REQUIRE_REFUSED(f, f.scope.put(input), kInvalidArgument, "event_time");
  Turn turn{.author = "user", .text = "hello"};
  turn.event_time = kOpenEnd;
  REQUIRE_REFUSED(f, f.scope.session("s1").append(turn), kInvalidArgument, "event_time");
  MemoryChange change;
  change.event_end = kStart - std::chrono::hours(1);
  REQUIRE_REFUSED(f, f.scope.update(f.episode, change), kInvalidArgument, "event_end");
  change = {};
  change.event_time = kStart + std::chrono::hours(2);  // after its end
  REQUIRE_REFUSED(f, f.scope.update(f.episode, change), kInvalidArgument, "event_end");
  change.event_time = kOpenEnd;
  REQUIRE_REFUSED(f, f.scope.update(f.episode, change), kInvalidArgument, "event_time");
}

TEST_CASE("recall: weights, quotas and moments that cannot be") {
  const LayerFixture f;
  const auto refuse = [&](const RecallOptions& options, const char* named) {
    REQUIRE_REFUSED(f, f.scope.recall({.text = "order"}, options), kInvalidArgument, named);
    REQUIRE_REFUSED(f, f.scope.why({.text = "order"}, f.fact, options), kInvalidArgument, named);
  };
  for (const double bad : {-0.5, 100.5, kNan, std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}) {
    refuse({.per_layer = {{.layer = Layer::kSemantic, .weight = bad}}}, "per_layer");
  }
  refuse({.per_layer = {{.layer = Layer::kSemantic}, {.layer = Layer::kSemantic}}}, "per_layer");
  refuse({.per_layer = {{.layer = static_cast<Layer>(9)}}}, "per_layer");
  refuse({.per_layer = {{.layer = Layer::kSemantic, .at_least = 3, .at_most = 2}}}, "per_layer");
  refuse({.k = 10, .per_layer = {{.layer = Layer::kSemantic, .at_least = 11}}}, "per_layer");
  refuse({.k = 10, .per_layer = {{.layer = Layer::kSemantic, .at_least = 6}, {.layer = Layer::kEpisodic, .at_least = 5}}}, "per_layer");
  refuse({.k = 10, .per_layer = {{.layer = Layer::kSemantic, .at_least = kHuge}}}, "per_layer");
  refuse({.k = 10, .per_layer = {{.layer = Layer::kSemantic, .at_least = 5}, {.layer = Layer::kEpisodic, .at_least = kHuge - 2}}}, "per_layer");
  refuse({.valid_at = kOpenEnd}, "valid_at");
  REQUIRE_OK(f.scope.recall({.text = "order"}, {.k = 10, .per_layer = {{.layer = Layer::kSemantic, .weight = 100, .at_least = 10, .at_most = kHuge}}}));
  CHECK(f.scope.recall({.text = "order lisbon walk"}, {.per_layer = {{.layer = Layer::kSemantic, .at_most = 0}}}).value().hits.size() >= 1);
  for (const Timestamp moment : {Timestamp::min(), kOpenEnd - std::chrono::microseconds(1)}) {
    REQUIRE_OK(f.scope.recall({.text = "Lisbon"}, {.valid_at = moment}));
  }
  f.require_unchanged();
}

TEST_CASE("recall: shapes that cannot be") {
  const LayerFixture f;
  const auto refuse = [&](const RecallOptions& options, const char* named) {
    REQUIRE_REFUSED(f, f.scope.recall({.text = "order"}, options), kInvalidArgument, named);
    REQUIRE_REFUSED(f, f.scope.why({.text = "order"}, f.fact, options), kInvalidArgument, named);
  };
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const double bad : {-0.01, 1.01, kNan, kInfinity, -kInfinity}) {
    refuse({.min_words = bad}, "min_words");
    refuse({.min_vector = bad}, "min_vector");
    refuse({.diversity = bad}, "diversity");
    refuse({.window_boost = bad}, "window_boost");
  }
  for (const double bad : {-0.01, kNan, kInfinity}) refuse({.min_score = bad}, "min_score");
  refuse({.window = TimeWindow{.begin = kStart, .end = kStart}}, "window");
  refuse({.window = TimeWindow{.begin = kStart, .end = Timestamp::min()}}, "window");
  refuse({.reference_time = kOpenEnd}, "reference_time");
  refuse({.depth = static_cast<Depth>(0)}, "depth");
  refuse({.depth = static_cast<Depth>(3)}, "depth");
  refuse({.max_passes = 33}, "max_passes");
  refuse({.max_passes = kHuge}, "max_passes");
  refuse({.deadline = std::chrono::microseconds(0)}, "deadline");
  refuse({.deadline = std::chrono::microseconds::min()}, "deadline");
  REQUIRE_OK(f.scope.recall({.text = "order"}, {.deadline = std::chrono::microseconds::max()}));
  REQUIRE_OK(f.scope.recall({.text = "order"}, {.deadline = std::chrono::microseconds(1)}));
  REQUIRE_OK(f.scope.recall({.text = "order"}, {.k = 10'000, .min_score = std::numeric_limits<double>::max(), .diversity = 1, .max_passes = 32}));
  f.require_unchanged();
}

TEST_CASE("recall: planners in every mood") {
  const LayerFixture f;
  class Moody final : public Planner {
   public:
    std::vector<Pass> passes;
    int mood = 0;
    Result<std::vector<Pass>> plan(const Query&, std::span<const Hit>, std::span<const Pass> made) override {
      if (mood == 1) throw std::runtime_error("the planner fell over");
      if (mood == 2) throw 7;
      if (mood == 3) throw std::bad_alloc();
      if (mood == 4) return Status(StatusCode::kBusy, "the model is out");
      return made.size() > 1 ? std::vector<Pass>() : passes;
    }
  };
  const auto planner = std::make_shared<Moody>();
  const RecallOptions options{.layers = {Layer::kSemantic}, .depth = Depth::kMulti, .planner = planner};
  for (const auto& [mood, code] : {std::pair(1, StatusCode::kInternal), std::pair(2, StatusCode::kInternal),
                                   std::pair(3, StatusCode::kResourceExhausted), std::pair(4, StatusCode::kBusy)}) {
    planner->mood = mood;
    REQUIRE_CODE(f.scope.recall({.text = "order"}, options), code);
    REQUIRE_CODE(f.scope.why({.text = "order"}, f.fact, options), code);
  }
  planner->mood = 0;
  const auto refuse = [&](Pass pass, const char* named) {
    planner->passes = {Pass{}, std::move(pass)};
    REQUIRE_REFUSED(f, f.scope.recall({.text = "order"}, options), kInvalidArgument, named);
    REQUIRE_REFUSED(f, f.scope.recall({.text = "order"}, options), kInvalidArgument, "planner: pass 1");
  };
  refuse({.text = "broken \xFF"}, "text");
  refuse({.text = std::string((16U << 20) + 1, 'x')}, "text");
  refuse({.why = std::string(1025, 'w')}, "why");
  refuse({.layers = {static_cast<Layer>(9)}}, "layers");
  refuse({.layers = {Layer::kEpisodic}}, "layers");  // not one of those that the recall is about
  refuse({.where = Filter::where("no_such_field", Op::kEq, 1)}, "where");
  refuse({.window = TimeWindow{.begin = kStart, .end = kStart}}, "window");
  planner->passes = {Pass{}, Pass{.text = "...", .layers = {Layer::kSemantic}, .window = TimeWindow{.begin = Timestamp::min(), .end = kOpenEnd}}};
  REQUIRE_OK(f.scope.recall({.text = "order"}, options));
  f.require_unchanged();
}

TEST_CASE("times at both ends of the type") {
  const LayerFixture f;
  const Timestamp first = Timestamp::min();
  const Timestamp last = kOpenEnd - std::chrono::microseconds(1);
  // Each answers, or refuses by name; none falls over, and what is accepted is read back.
  const auto fine = [](const Status& status) {
    INFO(status.to_string());
    CHECK((status.ok() || status.code() == kInvalidArgument));
  };
  std::vector<MemoryId> made;
  for (const auto& [since, until] : {std::pair(first, first + std::chrono::microseconds(1)), {first, last}, {first, kOpenEnd}, {last, kOpenEnd}}) {
    const auto told = f.facts.assert_fact(fact_of([&](FactInput& in) { in.subject = "Time"; in.since = since; in.until = until; }));
    fine(told.status());
    if (!told) continue;
    if (!told->known) made.push_back(told->id);
    const auto got = f.facts.get(told->id);
    REQUIRE_OK(got);
    (void)to_json(*got).dump();
  }
  for (const Timestamp at : {first, Timestamp{}, last, kOpenEnd}) {
    fine(f.facts.about("Time", {.at = at}).status());
    fine(f.facts.list({.at = at}).status());
    fine(f.episodes.timeline({.from = at}).status());
    fine(f.episodes.timeline({.to = at}).status());
    fine(f.scope.recall({.text = "Lisbon"}, {.valid_at = at}).status());
  }
  // A fact of the far past is true now, for everybody who asks.
  const auto about = f.facts.about("Time");
  REQUIRE_OK(about);
  const auto list = f.facts.list({.where = Filter::metadata("fact.subject", Op::kEq, "Time")});
  REQUIRE_OK(list);
  CHECK(list->items.size() == about->size());
  for (const auto& id : made) REQUIRE_OK(f.scope.forget(id));
  const auto episode = f.episodes.record({.text = "All of time", .start = first, .end = last});
  fine(episode.status());
  if (episode) {
    CHECK(f.episodes.timeline({.from = kStart, .to = kStart + std::chrono::hours(1)})->items.size() == 3);
    REQUIRE_OK(f.scope.forget(*episode));
  }
}

TEST_CASE("a read-only scope: no call of a layer writes through it") {
  const LayerFixture f;
  const Scope scope = f.scope.narrow({.access = Access::kReadOnly}).value();
  REQUIRE_REFUSED(f, scope.facts().assert_fact(fact_of()), kPermissionDenied, "");
  REQUIRE_REFUSED(f, scope.facts().assert_facts({}), kPermissionDenied, "");
  REQUIRE_REFUSED(f, scope.facts().retract(f.fact), kPermissionDenied, "");
  REQUIRE_REFUSED(f, scope.facts().confirm(f.proposal), kPermissionDenied, "");
  REQUIRE_REFUSED(f, scope.facts().reject(f.fact), kPermissionDenied, "");
  REQUIRE_REFUSED(f, scope.facts().declare({}), kPermissionDenied, "");
  REQUIRE_REFUSED(f, scope.facts().declare(std::vector<Attribute>{{"likes"}}), kPermissionDenied, "");
  REQUIRE_REFUSED(f, scope.episodes().record(episode_of()), kPermissionDenied, "");
  REQUIRE_REFUSED(f, scope.episodes().close(f.open_episode), kPermissionDenied, "");
  REQUIRE_REFUSED(f, scope.skills().record_run(run_of()), kPermissionDenied, "");
  REQUIRE_REFUSED(f, scope.relate(f.fact, "a", f.note), kPermissionDenied, "");
  REQUIRE_REFUSED(f, scope.unrelate(f.fact, "seen_in", f.turn), kPermissionDenied, "");
  REQUIRE_OK(scope.related(f.fact));
  REQUIRE_OK(scope.facts().about("Ada"));
  REQUIRE_OK(scope.facts().attributes());
  REQUIRE_OK(scope.episodes().timeline());
  REQUIRE_OK(scope.skills().best_for("find the order"));
}

TEST_CASE("a read-only store and a closed one: every call of the layers says so") {
  const TempDir dir;
  MemoryId fact, proposal, episode, skill, note;
  {
    const LayerFixture f(dir / "store.db", {});
    fact = f.fact;
    proposal = f.proposal;
    episode = f.open_episode;
    skill = f.skill;
    note = f.note;
  }
  auto store = Store::open(dir / "store.db", {.access = Access::kReadOnly});
  REQUIRE_OK(store);
  const Scope scope = store->scope({"acme", "ada"}).value();
  const Facts facts = scope.facts();
  const Episodes episodes = scope.episodes();
  const Skills skills = scope.skills();
  const auto writes = [&] {
    REQUIRE_CODE(facts.assert_fact(fact_of()), kFailedPrecondition);
    REQUIRE_CODE(facts.assert_facts(std::vector<FactInput>{fact_of()}), kFailedPrecondition);
    REQUIRE_CODE(facts.retract(fact), kFailedPrecondition);
    REQUIRE_CODE(facts.confirm(proposal), kFailedPrecondition);
    REQUIRE_CODE(facts.reject(fact), kFailedPrecondition);
    REQUIRE_CODE(facts.declare(std::vector<Attribute>{{"likes"}}), kFailedPrecondition);
    REQUIRE_CODE(episodes.record(episode_of()), kFailedPrecondition);
    REQUIRE_CODE(episodes.close(episode), kFailedPrecondition);
    REQUIRE_CODE(skills.record_run(run_of()), kFailedPrecondition);
    REQUIRE_CODE(scope.relate(fact, "a", note), kFailedPrecondition);
    REQUIRE_CODE(scope.unrelate(fact, "a", note), kFailedPrecondition);
    Batch batch;
    batch.relate(fact, "a", note);
    REQUIRE_CODE(scope.write(batch), kFailedPrecondition);
  };
  writes();
  REQUIRE_OK(facts.about("Ada"));
  REQUIRE_OK(facts.history("Ada"));
  REQUIRE_OK(facts.list());
  REQUIRE_OK(facts.get(fact));
  REQUIRE_OK(facts.attributes());
  REQUIRE_OK(episodes.timeline());
  REQUIRE_OK(episodes.get(episode));
  REQUIRE_OK(skills.list());
  REQUIRE_OK(skills.get(skill));
  REQUIRE_OK(skills.best_for("find the order"));
  REQUIRE_OK(scope.related(fact));
  REQUIRE(join(check_problems(*store)) == "");

  REQUIRE_OK(store->close());
  writes();
  REQUIRE_CODE(facts.assert_facts({}), kFailedPrecondition);
  REQUIRE_CODE(facts.declare({}), kFailedPrecondition);
  REQUIRE_CODE(facts.about("Ada"), kFailedPrecondition);
  REQUIRE_CODE(facts.history("Ada"), kFailedPrecondition);
  REQUIRE_CODE(facts.list(), kFailedPrecondition);
  REQUIRE_CODE(facts.get(fact), kFailedPrecondition);
  REQUIRE_CODE(facts.attributes(), kFailedPrecondition);
  REQUIRE_CODE(episodes.timeline(), kFailedPrecondition);
  REQUIRE_CODE(episodes.get(episode), kFailedPrecondition);
  REQUIRE_CODE(skills.list(), kFailedPrecondition);
  REQUIRE_CODE(skills.get(skill), kFailedPrecondition);
  REQUIRE_CODE(skills.best_for("find the order"), kFailedPrecondition);
  REQUIRE_CODE(scope.related(fact), kFailedPrecondition);
}

TEST_CASE("the layers of a store that was moved go on, those of one assigned over are closed") {
  Store store = Store::open(":memory:").value();
  const Facts facts = store.scope({"acme"}).value().facts();
  Store moved = std::move(store);
  REQUIRE_OK(facts.assert_fact(fact_of()));
  CHECK(moved.stats()->memories == 1);
  moved = Store::open(":memory:").value();
  REQUIRE_CODE(facts.assert_fact(fact_of()), kFailedPrecondition);
  REQUIRE_CODE(facts.about("Ada"), kFailedPrecondition);
}

TEST_CASE("a namespace never written to has no facts, episodes or skills") {
  const LayerFixture f;
  const Scope empty = f.store.scope({"never"}).value();
  CHECK(empty.facts().about("Ada").value().empty());
  CHECK(empty.facts().history("Ada").value().empty());
  CHECK(empty.facts().list().value().items.empty());
  CHECK(empty.facts().attributes().value().empty());
  CHECK(empty.episodes().timeline().value().items.empty());
  CHECK(empty.skills().list().value().items.empty());
  CHECK(empty.skills().best_for("find the order").value().empty());
  REQUIRE_REFUSED(f, empty.related(f.fact), kNotFound, "id");
  REQUIRE_REFUSED(f, empty.facts().get(f.fact), kNotFound, "id");
  REQUIRE_REFUSED(f, empty.relate(f.fact, "a", f.note), kNotFound, "from");
  REQUIRE_REFUSED(f, empty.facts().assert_fact(fact_of([&](FactInput& in) { in.sources = {f.turn}; })), kNotFound, "sources");
  CHECK(f.store.admin().namespaces()->size() == 2);  // a refused write makes none
}

TEST_CASE("an embedder that misbehaves: nothing of a fact, an episode or a run is written") {
  auto embedder = std::make_shared<MoodyEmbedder>();
  Options options;
  options.embedder = embedder;
  options.embedding_cache_bytes = 0;  // it is asked for every text
  const LayerFixture f(options);
  for (const auto& [mood, code] : {std::pair(Mood::kThrow, kInternal), {Mood::kThrowInt, kInternal}, {Mood::kStatus, kUnsupported},
                                   {Mood::kBadAlloc, kResourceExhausted}, {Mood::kOkWithNan, kInvalidArgument}, {Mood::kInf, kInvalidArgument}}) {
    INFO("mood " << static_cast<int>(mood));
    embedder->mood = mood;
    REQUIRE_REFUSED(f, f.facts.assert_fact(fact_of()), code, "");
    REQUIRE_REFUSED(f, f.facts.assert_facts(std::vector<FactInput>{fact_of(), fact_of()}), code, "");
    REQUIRE_REFUSED(f, f.episodes.record(episode_of()), code, "");
    REQUIRE_REFUSED(f, f.skills.record_run(run_of()), code, "");
    REQUIRE_REFUSED(f, f.skills.best_for("find the order"), code, "");
    MemoryInput input{.text = "linked"};
    input.relations = {{"a", f.note, {}}};
    REQUIRE_REFUSED(f, f.scope.put(input), code, "");
  }
}

namespace {

/// Answers by the text: "refuse", "hold" and "swap" in it.
class WordScreen final : public Screen {
 public:
  ScreenVerdict check(std::string_view text, std::string_view) override {
    if (text.find("refuse") != std::string_view::npos) return {ScreenVerdict::Action::kRefuse, "", "because"};
    if (text.find("hold") != std::string_view::npos) return {ScreenVerdict::Action::kQuarantine, "", "because"};
    if (const auto at = text.find("swap"); at != std::string_view::npos) {
      return {ScreenVerdict::Action::kReplace, std::string(text.substr(0, at)) + "****" + std::string(text.substr(at + 4)), "because"};
    }
    return {ScreenVerdict::Action::kAccept, "", ""};
  }
};

bool recalls(const Scope& scope, const std::string& word, const MemoryId& id) {
  const auto found = scope.recall({.text = word}, {.k = 100}).value();
  return std::any_of(found.hits.begin(), found.hits.end(), [&](const Hit& hit) { return hit.memory.id == id; });
}

}  // namespace

TEST_CASE("a screen that refuses: every text of a fact, an episode, a run and a relation goes past it") {
  Options options;
  options.screen = std::make_shared<WordScreen>();
  const LayerFixture f(options);
  const auto no = [&](const Status& status) {
    REQUIRE_CODE(status, kPermissionDenied);
    CHECK(status.message().find("sesame") == std::string::npos);
    f.require_unchanged();
  };
  const std::string bad = "refuse sesame";
  no(f.facts.assert_fact(fact_of([&](FactInput& in) { in.subject = bad; })).status());
  no(f.facts.assert_fact(fact_of([&](FactInput& in) { in.value = bad; })).status());
  no(f.facts.assert_fact(fact_of([&](FactInput& in) { in.text = bad; })).status());
  no(f.facts.assert_fact(fact_of([&](FactInput& in) { in.metadata = Json::object({{"x", bad}}); })).status());
  no(f.facts.assert_facts(std::vector<FactInput>{fact_of(), fact_of([&](FactInput& in) { in.value = bad; })}).status());
  no(f.episodes.record(episode_of([&](EpisodeInput& in) { in.text = bad; })).status());
  no(f.episodes.record(episode_of([&](EpisodeInput& in) { in.why = bad; })).status());
  no(f.episodes.record(episode_of([&](EpisodeInput& in) { in.who = {bad}; })).status());
  no(f.skills.record_run(run_of([&](RunInput& in) { in.goal = bad; })).status());
  no(f.skills.record_run(run_of([&](RunInput& in) { in.steps[0].digest = bad; })).status());
  no(f.skills.record_run(run_of([&](RunInput& in) { in.steps[0].arguments = Json::object({{"q", bad}}); })).status());
  no(f.scope.relate(f.fact, "a", f.note, Json::object({{"x", bad}})));
  MemoryInput input{.text = "linked"};
  input.relations = {{"a", f.note, Json::object({{"x", bad}})}};
  no(f.scope.put(input).status());
}

TEST_CASE("a screen that quarantines: the fact is kept, closes nothing and is true of nobody") {
  Options options;
  options.screen = std::make_shared<WordScreen>();
  const LayerFixture f(options);
  const auto held = f.facts.assert_fact(fact_of([](FactInput& in) { in.text = "please hold this: Ada lives in Porto"; }));
  REQUIRE_OK(held);
  CHECK(held->superseded.empty());
  CHECK_FALSE(held->known);
  CHECK(f.facts.get(held->id)->memory.state == State::kQuarantined);
  for (const auto& fact : f.facts.about("Ada", {.attribute = "lives in"}).value()) CHECK(fact.memory.id == f.fact);
  for (const auto& fact : f.facts.list().value()) CHECK(fact.memory.id != held->id);
  CHECK_FALSE(recalls(f.scope, "porto", held->id));
  REQUIRE_CODE(f.facts.confirm(held->id), kFailedPrecondition);
  REQUIRE_CODE(f.facts.retract(held->id), kFailedPrecondition);
  REQUIRE_OK(f.facts.reject(held->id));
  REQUIRE_OK(f.scope.forget(held->id));
  const auto episode = f.episodes.record(episode_of([](EpisodeInput& in) { in.text = "hold the door"; }));
  REQUIRE_OK(episode);
  CHECK_FALSE(recalls(f.scope, "door", *episode));
  REQUIRE_OK(f.scope.forget(*episode));
  // A run that is held back counts as nothing.
  const auto before = f.skills.get(f.skill).value();
  const auto run = f.skills.record_run(run_of([](RunInput& in) { in.outcome = Outcome::kSuccess; in.steps[0].digest = "hold me"; }));
  REQUIRE_OK(run);
  CHECK(run->skill == f.skill);
  const auto after = f.skills.get(f.skill).value();
  CHECK(after.runs == before.runs);
  CHECK(after.successes == before.successes);
  CHECK(after.steps.size() == before.steps.size());
  CHECK(after.steps[0].digest == before.steps[0].digest);
  // The fixture looks at versions too.
  const_cast<LayerFixture&>(f).before = f.dump();
}

TEST_CASE("a screen that replaces: what is stored, compared and counted is what it left") {
  Options options;
  options.screen = std::make_shared<WordScreen>();
  const LayerFixture f(options);
  const auto told = f.facts.assert_fact(fact_of([](FactInput& in) { in.value = "Porto, swap street"; }));
  REQUIRE_OK(told);
  const auto fact = f.facts.get(told->id).value();
  CHECK(fact.value == "Porto, **** street");
  CHECK(fact.memory.text.find("swap") == std::string::npos);
  CHECK(told->superseded == std::vector<MemoryId>{f.fact});
  CHECK(f.facts.assert_fact(fact_of([](FactInput& in) { in.value = "Porto, swap street"; }))->known);
  const auto subject = f.facts.assert_fact(fact_of([](FactInput& in) { in.subject = "swap"; }));
  REQUIRE_OK(subject);
  CHECK(f.facts.about("****")->size() == 1);
  CHECK(f.facts.about("swap")->empty());
  const auto episode = f.episodes.record(episode_of([](EpisodeInput& in) { in.text = "a swap"; in.who = {"swap"}; }));
  REQUIRE_OK(episode);
  CHECK(f.episodes.get(*episode)->text == "a ****");
  CHECK(f.episodes.get(*episode)->who == std::vector<std::string>{"****"});
  const auto run = f.skills.record_run(run_of([](RunInput& in) { in.goal = "swap the order"; in.outcome = Outcome::kSuccess; in.steps[0].digest = "swap"; }));
  REQUIRE_OK(run);
  const auto skill = f.skills.get(run->skill).value();
  CHECK(to_json(skill).dump().find("swap") == std::string::npos);
  CHECK(skill.steps[0].digest == "****");
  const auto again = f.skills.record_run(run_of([](RunInput& in) { in.goal = "swap the order"; in.outcome = Outcome::kSuccess; in.steps[0].digest = "swap"; }));
  REQUIRE_OK(again);
  CHECK(again->skill == run->skill);
  REQUIRE_OK(f.scope.relate(f.note, "a", f.turn, Json::object({{"x", "swap"}})));
  CHECK(f.scope.related(f.note).value().at(0).relation.metadata["x"].as_string() == "****");
  REQUIRE(join(check_problems(f.store)) == "");
  const_cast<LayerFixture&>(f).before = f.dump();
}

TEST_CASE("a screen that breaks what it replaces fails the call") {
  auto screen = std::make_shared<MoodyScreen>();
  Options options;
  options.screen = screen;
  const LayerFixture f(options);
  const auto no = [&](const Status& status, const char* what) {
    INFO(what << ": " << status.to_string());
    CHECK_FALSE(status.ok());
    f.require_unchanged();
  };
  screen->mood = Mood::kThrow;
  no(f.facts.assert_fact(fact_of()).status(), "fact");
  no(f.episodes.record(episode_of()).status(), "episode");
  no(f.skills.record_run(run_of()).status(), "run");
  no(f.scope.relate(f.fact, "a", f.note, Json::object({{"x", "y"}})), "relation");
  screen->mood = Mood::kGood;
  screen->action = ScreenVerdict::Action::kReplace;
  screen->text = "broken \xff";
  no(f.facts.assert_fact(fact_of()).status(), "fact");
  no(f.episodes.record(episode_of()).status(), "episode");
  no(f.skills.record_run(run_of()).status(), "run");
  no(f.scope.relate(f.fact, "a", f.note, Json::object({{"x", "y"}})), "relation");
  screen->action = ScreenVerdict::Action::kQuarantine;
  // A relation has no quarantine: it is refused.
  REQUIRE_REFUSED(f, f.scope.relate(f.fact, "a", f.note, Json::object({{"x", "y"}})), kPermissionDenied, "metadata");
  // A screen may leave nothing of a name. What is stored is no fact of anybody then, and does not hurt.
  screen->action = ScreenVerdict::Action::kReplace;
  screen->text = "";
  const auto empty = f.facts.assert_fact(fact_of());
  if (empty) {
    CHECK(empty->superseded.empty());
    REQUIRE_OK(f.scope.forget(empty->id));
  }
  REQUIRE(join(check_problems(f.store)) == "");
}
