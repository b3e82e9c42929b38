// SPDX-License-Identifier: Apache-2.0
// Filters: which operators go with which fields, what they match, the JSON form, the limits.
#include "core/filter_node.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "open_store.hpp"
#include "support/naive_store.hpp"

using namespace mnemic;
using namespace mnemic::test;
using core::FieldKind;

namespace {

struct FieldCase {
  std::string field;
  Json good;             // a value of the right type
  std::set<Op> refused;  // operators that make no sense for it
};

const std::set<Op> kOrders = {Op::kGt, Op::kGte, Op::kLt, Op::kLte};

std::set<Op> with(std::set<Op> ops, Op more) {
  ops.insert(more);
  return ops;
}

const std::vector<FieldCase>& fields() {
  static const std::vector<FieldCase> all = {
      {"id", "0197a0b2-7c11-7d3e-8a55-0123456789ab", {Op::kPrefix}},
      {"key", "k", {}},
      {"layer", "semantic", with(kOrders, Op::kPrefix)},
      {"user", "ada", {}},
      {"agent", "bot", {}},
      {"session", "s1", {}},
      {"author", "ada", {}},
      {"state", "active", with(kOrders, Op::kPrefix)},
      {"trust", "user", {Op::kPrefix}},
      {"pinned", true, with(kOrders, Op::kPrefix)},
      {"importance", 0.5, {Op::kPrefix}},
      {"strength", 1, {Op::kPrefix}},
      {"turn", 0, {Op::kPrefix}},
      {"version", 1, {Op::kPrefix}},
      {"tags", "food", kOrders},
      {"event_time", "2026-01-01T00:00:00Z", {Op::kPrefix}},
      {"event_end", "open", {Op::kPrefix}},
      {"created_at", "2026-01-01", {Op::kPrefix}},
      {"updated_at", "2026-01-01T01:00:00+01:00", {Op::kPrefix}},
      {"expires_at", "2027-01-01T00:00:00Z", {Op::kPrefix}},
      {"time_zone", "UTC", {}},
      {"metadata.n", "x", {}},
      {"metadata.trip.n", "x", {}},
  };
  return all;
}

const std::map<Op, std::string> kOps = {{Op::kEq, "$eq"},   {Op::kNe, "$ne"},         {Op::kGt, "$gt"},
                                        {Op::kGte, "$gte"}, {Op::kLt, "$lt"},         {Op::kLte, "$lte"},
                                        {Op::kIn, "$in"},   {Op::kNotIn, "$nin"},     {Op::kExists, "$exists"},
                                        {Op::kPrefix, "$prefix"}};

Json operand(Op op, const Json& value) {
  if (op == Op::kExists) return true;
  return op == Op::kIn || op == Op::kNotIn ? Json::array({value}) : value;
}

/// Refused, with a message that names the field; and so is its JSON form.
void check_refused(const Filter& filter, const std::string& field) {
  INFO(filter.to_json().dump());
  const Status status = filter.check();
  REQUIRE_CODE(status, StatusCode::kInvalidArgument);
  CHECK(contains(status.message(), field));
  const auto read = Filter::from_json(filter.to_json());
  REQUIRE_CODE(read, StatusCode::kInvalidArgument);
  CHECK(contains(read.status().message(), field));
}

/// One memory of every kind a filter may meet.
std::vector<Memory> fill(const OpenStore& s) {
  MemoryInput full;
  full.key = "k";
  full.text = "full";
  full.user = "ada";
  full.agent = "bot";
  full.author = "ada";
  full.expires_at = parse_time("2027-01-01").value();
  full.event_end = kOpenEnd;
  full.pinned = true;
  full.trust = Trust::kUser;
  full.tags = {"food", "travel"};
  full.metadata = Json::parse(R"({"n":"x","trip":{"n":2},"flag":true,"none":null,"list":[1],"big":1e300,"a.b":1})").value();
  (void)s.scope.put(full).value();
  (void)s.scope.put({.text = "bare"}).value();
  MemoryInput numbers;
  numbers.text = "numbers";
  numbers.layer = Layer::kEpisodic;
  numbers.importance = 1;
  numbers.metadata = Json::parse(R"({"n":2,"trip":{"n":2.0},"flag":"true","none":"null"})").value();
  numbers.tags = {"foods"};
  (void)s.scope.put(numbers).value();
  (void)s.scope.session("s1").append(Turn{.author = "ada", .text = "one"}).value();
  (void)s.scope.session("s1").append(Turn{.author = "bot", .text = "two", .trust = Trust::kModel}).value();
  const auto changed = s.scope.put({.text = "changed"}).value();
  s.clock->advance(std::chrono::seconds(90));
  (void)s.scope.update(changed, {.state = State::kConfirmed}).value();
  return s.scope.list().value().items;
}

/// list and count agree with the naive evaluation.
void check_matches(const OpenStore& s, const std::vector<Memory>& all, const Filter& filter) {
  INFO(filter.to_json().dump());
  std::vector<MemoryId> want;
  for (const Memory& memory : all) {
    if (naive_matches(filter.to_json(), memory)) want.push_back(memory.id);
  }
  const auto page = s.scope.list({.where = filter});
  REQUIRE_OK(page);
  CHECK(ids_of(page->items) == want);
  CHECK(s.scope.count(filter).value() == want.size());
  const auto again = Filter::from_json(Json::parse(filter.to_json().dump()).value());
  REQUIRE_OK(again);
  CHECK(ids_of(s.scope.list({.where = *again}).value().items) == want);
}

}  // namespace

TEST_CASE("filter: every field with every operator", "[filter]") {
  const OpenStore s;
  const std::vector<Memory> all = fill(s);
  REQUIRE(all.size() == 6);
  for (const FieldCase& c : fields()) {
    for (const auto& [op, name] : kOps) {
      const Filter filter = Filter::where(c.field, op, operand(op, c.good));
      if (c.refused.contains(op)) {
        check_refused(filter, c.field);
        CHECK(contains(filter.check().message(), name));
      } else {
        REQUIRE_OK(filter.check());
        check_matches(s, all, filter);
        check_matches(s, all, !filter);
      }
    }
  }
}

TEST_CASE("filter: a value of the wrong type is refused, naming the field", "[filter]") {
  const std::vector<Json> any = {Json(), true, 3, 2.5, "certainly not one of them", Json::array({1}), Json::object({{"$eq", 1}})};
  for (const FieldCase& c : fields()) {
    if (c.field.starts_with("metadata.")) continue;
    const bool number = c.good.is_number();
    const bool text = core::field_kind(c.field) == FieldKind::kText || core::field_kind(c.field) == FieldKind::kTags;
    for (const Json& value : any) {
      if ((number && value.is_number()) || (text && value.is_string()) || (c.good.is_bool() && value.is_bool())) continue;
      check_refused(Filter::where(c.field, Op::kEq, value), c.field);
      check_refused(Filter::where(c.field, Op::kNe, value), c.field);
      check_refused(Filter::where(c.field, Op::kIn, Json::array({c.good, value})), c.field);
    }
    check_refused(Filter::where(c.field, Op::kIn, c.good), c.field);
    check_refused(Filter::where(c.field, Op::kNotIn, c.good), c.field);
    check_refused(Filter::where(c.field, Op::kExists, 1), c.field);
    check_refused(Filter::where(c.field, Op::kExists, Json()), c.field);
  }
  check_refused(Filter::where("metadata.n", Op::kEq, Json::array({1})), "metadata.n");
  check_refused(Filter::where("metadata.n", Op::kGt, true), "metadata.n");
  check_refused(Filter::where("metadata.n", Op::kLt, Json()), "metadata.n");
  check_refused(Filter::where("metadata.n", Op::kPrefix, 1), "metadata.n");
  check_refused(Filter::where("metadata.n", Op::kIn, Json::array({1, Json::array({1})})), "metadata.n");
  check_refused(Filter::where("key", Op::kEq, "\xFF"), "key");
}

TEST_CASE("filter: unknown fields and operators", "[filter]") {
  for (const char* field : {"", "text", "content", "Key", "metadata", "metadatax", "seq_from", "v.key", "key = '' OR 1", "tag"}) {
    const Status status = Filter::where(field, Op::kEq, "x").check();
    REQUIRE_CODE(status, StatusCode::kInvalidArgument);
    CHECK(contains(status.message(), field));
  }
  for (const char* field : {"metadata.", "metadata.a.", "metadata..a", "metadata.a..b", "metadata.a\"b", "metadata.a\\b",
                            "metadata.a\nb", "metadata.\xFF"}) {
    REQUIRE_CODE(Filter::where(field, Op::kEq, "x").check(), StatusCode::kInvalidArgument);
    REQUIRE_CODE(Filter::where(field, Op::kExists, true).check(), StatusCode::kInvalidArgument);
  }
  const auto read = [](const char* text) { return Filter::from_json(Json::parse(text).value()); };
  for (const char* text :
       {"null", "[]", "3", R"("key")", R"({"key": {}})", R"({"key": {"$like": "a"}})", R"({"key": {"eq": "a"}})",
        R"({"key": {"a": {"$eq": 1}}})", R"({"$or": {}})", R"({"$or": "x"})", R"({"$or": [3]})", R"({"$not": []})",
        R"({"$nor": []})", R"({"$and": [{"key": 3}]})", R"({"key": ["a"]})", R"({"$where": "1"})"}) {
    CAPTURE(text);
    REQUIRE_CODE(read(text), StatusCode::kInvalidArgument);
  }
  CHECK(contains(read(R"({"key": {"$like": "a"}})").status().message(), "$like"));
}

TEST_CASE("filter: what it matches", "[filter]") {
  const OpenStore s;
  const std::vector<Memory> all = fill(s);
  const auto where = [](const char* json) { return Filter::from_json(Json::parse(json).value()).value(); };
  const auto texts = [&](const Filter& filter) {
    std::set<std::string> found;
    for (const Memory& memory : s.scope.list({.where = filter}).value()) found.insert(memory.text);
    return found;
  };
  struct Case {
    const char* json;
    std::set<std::string> texts;
  };
  const std::set<std::string> everything = {"full", "bare", "numbers", "one", "two", "changed"};
  for (const auto& [json, want] : std::vector<Case>{
           {"{}", everything},
           {R"({"$or": []})", {}},
           {R"({"$and": []})", everything},
           {R"({"$not": {}})", {}},
           {R"({"tags": "food"})", {"full"}},
           {R"({"tags": {"$prefix": "food"}})", {"full", "numbers"}},
           {R"({"tags": {"$ne": "food"}})", {"bare", "numbers", "one", "two", "changed"}},
           {R"({"tags": {"$nin": ["food", "foods"]}})", {"bare", "one", "two", "changed"}},
           {R"({"tags": {"$exists": false}})", {"bare", "one", "two", "changed"}},
           {R"({"metadata.n": 2})", {"numbers"}},
           {R"({"metadata.n": 2.0})", {"numbers"}},
           {R"({"metadata.n": "2"})", {}},
           {R"({"metadata.trip.n": 2})", {"full", "numbers"}},
           {R"({"metadata.trip.n": {"$gte": 2, "$lt": 3}})", {"full", "numbers"}},
           {R"({"metadata.list": 1})", {"full"}},
           {R"({"metadata.list": "1"})", {}},
           {R"({"metadata.list": {"$gt": 0, "$lt": 2}})", {"full"}},
           {R"({"metadata.list": {"$in": [7, 1]}})", {"full"}},
           {R"({"metadata.list": {"$ne": 1}})", {"bare", "numbers", "one", "two", "changed"}},
           {R"({"metadata.list": {"$exists": true}})", {"full"}},
           {R"({"metadata.flag": true})", {"full"}},
           {R"({"metadata.flag": 1})", {}},
           {R"({"metadata.flag": "true"})", {"numbers"}},
           {R"({"metadata.none": null})", {"full"}},
           {R"({"metadata.none": {"$exists": true}})", {"full", "numbers"}},
           {R"({"metadata.list": {"$exists": true}})", {"full"}},
           {R"({"metadata.gone": {"$ne": 1}})", everything},
           {R"({"metadata.gone": {"$nin": [1]}})", everything},
           {R"({"metadata.gone": {"$in": []}})", {}},
           {R"({"metadata.gone": {"$nin": []}})", everything},
           {R"({"metadata.gone": {"$exists": false}})", everything},
           {R"({"metadata.big": {"$gt": 1e299}})", {"full"}},
           {R"({"turn": 0})", {"one"}},
           {R"({"turn": {"$gte": 0}})", {"one", "two"}},
           {R"({"turn": {"$ne": 0}})", {"full", "bare", "numbers", "two", "changed"}},
           {R"({"turn": {"$exists": false}})", {"full", "bare", "numbers", "changed"}},
           {R"({"expires_at": {"$exists": true}})", {"full"}},
           {R"({"event_end": "open"})", {"full"}},
           {R"({"event_end": {"$gt": "9999-12-31"}})", {"full"}},
           {R"({"event_end": {"$exists": false}})", {"bare", "numbers", "one", "two", "changed"}},
           {R"({"expires_at": {"$lt": "2028-01-01"}})", {"full"}},
           {R"({"expires_at": {"$ne": "2027-01-01"}})", {"bare", "numbers", "one", "two", "changed"}},
           {R"({"key": ""})", {"bare", "numbers", "one", "two", "changed"}},
           {R"({"key": {"$exists": true}})", everything},
           {R"({"trust": {"$gte": "model"}})", {"full", "two"}},
           {R"({"trust": {"$lt": "user"}})", {"bare", "numbers", "one", "two", "changed"}},
           {R"({"state": "confirmed"})", {"changed"}},
           {R"({"version": {"$gt": 1}})", {"changed"}},
           {R"({"updated_at": {"$gt": "2026-01-01T00:01:00Z"}})", {"changed"}},
           {R"({"pinned": true})", {"full"}},
           {R"({"importance": {"$gt": 0.5}})", {"numbers"}},
           {R"({"importance": 1.0})", {"numbers"}},
           {R"({"author": {"$in": ["ada", "bot"]}})", {"full", "one", "two"}},
           {R"({"author": {"$gt": "ada"}})", {"two"}},
           {R"({"session": {"$prefix": "s"}})", {"one", "two"}},
           {R"({"session": {"$prefix": ""}})", everything},
           {R"({"layer": {"$in": ["episodic", "conversational"]}})", {"numbers", "one", "two"}},
           {R"({"$or": [{"tags": "food"}, {"turn": 1}], "$not": {"pinned": true}})", {"two"}},
           {R"({"$not": {"$or": [{"tags": {"$exists": true}}, {"turn": {"$exists": true}}]}})", {"bare", "changed"}},
       }) {
    CAPTURE(json);
    CHECK(texts(where(json)) == want);
    check_matches(s, all, where(json));
  }
}

TEST_CASE("filter: the short forms", "[filter]") {
  const MemoryId id = MemoryId::parse("0197a0b2-7c11-7d3e-8a55-0123456789ab").value();
  CHECK(Filter::id(id).to_json().dump() == R"({"id":{"$eq":"0197a0b2-7c11-7d3e-8a55-0123456789ab"}})");
  CHECK(Filter::key("k").to_json().dump() == R"({"key":{"$eq":"k"}})");
  CHECK(Filter::layer(Layer::kEpisodic).to_json().dump() == R"({"layer":{"$eq":"episodic"}})");
  CHECK(Filter::metadata("trip.n", Op::kGte, 2).to_json().dump() == R"({"metadata.trip.n":{"$gte":2}})");
  const OpenStore s;
  const std::vector<Memory> all = fill(s);
  for (const Filter& filter : {Filter::user("ada"), Filter::agent("bot"), Filter::session("s1"), Filter::author("ada"),
                               Filter::tag("food"), Filter::between(kStart, kStart + std::chrono::seconds(1)),
                               Filter::between(kStart, kStart)}) {
    REQUIRE_OK(filter.check());
    check_matches(s, all, filter);
  }
  CHECK(s.scope.count(Filter::between(kStart, kStart + std::chrono::microseconds(1))).value() == 6);
  CHECK(s.scope.count(Filter::between(kStart - std::chrono::microseconds(1), kStart)).value() == 0);
}

TEST_CASE("filter: combining", "[filter]") {
  const Filter food = Filter::tag("food"), pinned = Filter::where("pinned", Op::kEq, true);
  CHECK(Filter().matches_everything());
  CHECK(Filter::all_of({}).matches_everything());
  CHECK(Filter::all_of({Filter(), Filter()}).matches_everything());
  CHECK_FALSE(Filter::any_of({}).matches_everything());
  CHECK((Filter() && food).to_json() == food.to_json());
  CHECK((food && pinned).to_json().dump() == R"({"$and":[{"tags":{"$eq":"food"}},{"pinned":{"$eq":true}}]})");
  CHECK((food || pinned).to_json().dump() == R"({"$or":[{"tags":{"$eq":"food"}},{"pinned":{"$eq":true}}]})");
  CHECK((!food).to_json().dump() == R"({"$not":{"tags":{"$eq":"food"}}})");
  const OpenStore s;
  const std::vector<Memory> all = fill(s);
  for (const Filter& filter : {food && pinned, food || pinned, !food, !(food || !pinned), Filter() || food, !Filter(),
                               Filter::any_of({}), Filter::any_of({}) || food}) {
    check_matches(s, all, filter);
  }
}

TEST_CASE("filter: limits on depth and size", "[filter]") {
  const auto deep = [](int levels) {
    Filter filter = Filter::tag("food");
    for (int i = 0; i < levels; ++i) filter = !filter;
    return filter;
  };
  const OpenStore s;
  CHECK(deep(32).check().ok());
  CHECK(s.scope.count(deep(32)).value() == 0);
  CHECK(Filter::from_json(deep(32).to_json()).ok());
  REQUIRE_CODE(deep(33).check(), StatusCode::kInvalidArgument);
  REQUIRE_CODE(Filter::from_json(deep(33).to_json()), StatusCode::kInvalidArgument);
  REQUIRE_CODE(deep(5000).check(), StatusCode::kInvalidArgument);

  const std::vector<Filter> many(512, Filter::tag("food"));
  CHECK(Filter::any_of(many).check().ok());
  CHECK(s.scope.count(Filter::any_of(many)).value() == 0);
  CHECK(s.scope.count(Filter::all_of(many)).value() == 0);
  REQUIRE_CODE((Filter::any_of(many) && Filter::key("k")).check(), StatusCode::kInvalidArgument);
  const std::vector<Json> values(512, Json("x"));
  CHECK(s.scope.count(Filter::where("key", Op::kIn, Json::array(values))).value() == 0);
  std::vector<Json> more = values;
  more.emplace_back("y");
  const Status status = Filter::where("key", Op::kIn, Json::array(more)).check();
  REQUIRE_CODE(status, StatusCode::kInvalidArgument);
  CHECK(contains(status.message(), "key"));
}

TEST_CASE("filter: many comparisons of the widest lists are still answered or refused as input", "[filter]") {
  const OpenStore s;
  (void)fill(s);
  const std::vector<Json> values(512, Json("x"));
  const auto count = s.scope.count(Filter::any_of(std::vector<Filter>(512, Filter::where("tags", Op::kIn, Json::array(values)))));
  INFO(count.status().to_string());
  CHECK((count.ok() || count.status().code() == StatusCode::kInvalidArgument));
}

TEST_CASE("filter: metadata that a filter would see cut off at a NUL is refused", "[filter]") {
  const OpenStore s;
  MemoryInput input;
  input.text = "x";
  input.metadata = Json::parse(R"({"s":["a\u0000b"]})").value();
  const auto refused = s.scope.put(input);
  REQUIRE_CODE(refused, StatusCode::kInvalidArgument);
  CHECK(refused.status().message().find("metadata") != std::string::npos);
  input.metadata = Json::parse(R"({"s":"a\\u0000b"})").value();  // a backslash and letters: no NUL
  REQUIRE_OK(s.scope.put(input));
  CHECK(s.scope.count(Filter::metadata("s", Op::kPrefix, "a")).value() == 1);
}

TEST_CASE("filter: strings are compared by bytes", "[filter]") {
  const OpenStore s;
  for (const char* author : {"A", "a", "b", "z", "\xC3\xA9", "\xEF\xBF\xBD", "\xF0\x9F\x98\x80"}) {
    (void)s.scope.put({.text = "x", .author = author}).value();
  }
  CHECK(s.scope.count(Filter::where("author", Op::kGt, "z")).value() == 3);
  CHECK(s.scope.count(Filter::where("author", Op::kGt, "\xEF\xBF\xBD")).value() == 1);  // by UTF-16 it would be none
  CHECK(s.scope.count(Filter::where("author", Op::kEq, "a")).value() == 1);
  CHECK(s.scope.count(Filter::where("author", Op::kLt, "a")).value() == 1);
}
