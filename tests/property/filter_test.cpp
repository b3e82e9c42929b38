// SPDX-License-Identifier: Apache-2.0
// Filters: both forms mean the same, and what a store finds is what a plain loop over everything finds.
#include "random_values.hpp"
#include "support/catch.hpp"
#include "support/clock.hpp"
#include "support/naive_store.hpp"
#include "support/random.hpp"

#include <algorithm>
#include <map>
#include <set>

using namespace mnemic;
using namespace mnemic::test;

namespace {

MemoryInput input_of(const Memory& m) {
  MemoryInput input;
  input.layer = m.layer;
  input.text = m.text;
  input.user = m.user;
  input.agent = m.agent;
  input.session = m.session;
  input.author = m.author;
  input.event_time = m.event_time;
  input.event_end = m.event_end;
  input.expires_at = m.expires_at;
  input.importance = m.importance;
  input.pinned = m.pinned;
  input.trust = m.trust;
  input.state = m.state;
  input.tags = m.tags;
  input.metadata = m.metadata;
  return input;
}

}  // namespace

TEST_CASE("from_json(to_json(f)) matches the same memories") {
  for (const auto seed : seeds()) {
    Random random(seed);
    std::vector<Memory> memories;
    std::vector<MemoryId> ids;
    for (int n = 0; n < 60; ++n) {
      memories.push_back(random_memory(random, kStart));
      ids.push_back(memories.back().id);
    }
    for (std::size_t round = 0; round < scaled(3000, 100'000); ++round) {
      const bool from_text = random.chance(50);
      const Json json = from_text ? random_filter_json(random, ids, kStart) : random_filter(random, ids, kStart).to_json();
      INFO("seed " << seed << ", round " << round << ": " << json.dump());
      const auto first = Filter::from_json(json);
      REQUIRE_OK(first);
      REQUIRE_OK(first->check());
      const Json again = first->to_json();
      INFO("again: " << again.dump());
      const auto second = Filter::from_json(again);
      REQUIRE_OK(second);
      CHECK(second->to_json() == again);
      const auto printed = Json::parse(again.dump());
      REQUIRE_OK(printed);
      REQUIRE(*printed == again);
      for (const auto& memory : memories) REQUIRE(naive_matches(json, memory) == naive_matches(again, memory));
      if (first->matches_everything()) {
        for (const auto& memory : memories) REQUIRE(naive_matches(json, memory));
      }
    }
  }
}

TEST_CASE("list, count, recall and forget honour a filter exactly") {
  for (const auto seed : seeds()) {
    Random random(seed);
    auto clock = std::make_shared<ManualClock>();
    auto store = Store::open(":memory:", {.embedder = nullptr, .clock = clock, .random = seeded_random(seed)});
    REQUIRE_OK(store);
    const Scope scope = store->scope({"acme", "ada"}).value();
    std::map<MemoryId, Memory> stored;
    std::vector<MemoryId> ids;
    for (std::size_t n = 0; n < 150; ++n) {
      MemoryInput input = input_of(random_memory(random, kStart));
      if (input.expires_at && *input.expires_at <= kStart) input.expires_at = kStart + std::chrono::hours(24);
      if (input.state == State::kRejected) input.state = State::kActive;  // so that recall searches them all
      if (n % 9 == 0) input.key = "k" + std::to_string(n);
      input.text += " everywhere";
      clock->advance(std::chrono::milliseconds(3));
      const auto id = scope.put(input);
      REQUIRE_OK(id);
      if (random.chance(30)) {
        MemoryChange change;
        change.importance = 0.25;
        clock->advance(std::chrono::milliseconds(3));
        REQUIRE_OK(scope.update(*id, change));
      }
      ids.push_back(*id);
      stored[*id] = scope.get(*id).value();
    }
    for (std::size_t round = 0; round < scaled(800, 20'000); ++round) {
      const bool from_text = random.chance(50);
      const Json json = from_text ? random_filter_json(random, ids, kStart) : random_filter(random, ids, kStart).to_json();
      const auto filter = Filter::from_json(json);
      INFO("seed " << seed << ", round " << round << ": " << json.dump());
      REQUIRE_OK(filter);
      std::set<MemoryId> want;
      for (const auto& [id, memory] : stored) {
        if (naive_matches(json, memory)) want.insert(id);
      }
      const auto page = scope.list({.where = *filter, .limit = 1000});
      REQUIRE_OK(page);
      std::set<MemoryId> got;
      for (const auto& memory : *page) got.insert(memory.id);
      REQUIRE(page->items.size() == got.size());
      for (const auto& id : want) {
        INFO("missing: " << to_json(stored[id]).dump());
        REQUIRE(got.contains(id));
      }
      for (const auto& id : got) {
        INFO("extra: " << to_json(stored[id]).dump());
        REQUIRE(want.contains(id));
      }
      REQUIRE(scope.count(*filter).value() == want.size());
      if (round % 4 == 0) {
        const Timestamp moment = random_time(random, kStart);
        const auto answer = scope.recall({.text = "everywhere", .where = *filter}, {.k = 1000, .valid_at = moment});
        REQUIRE_OK(answer);
        std::set<MemoryId> searched = want;
        std::erase_if(searched, [&](const MemoryId& id) { return has_validity(stored[id]) && !holds_at(stored[id], moment); });
        std::set<MemoryId> hits;
        for (const auto& hit : answer->hits) hits.insert(hit.memory.id);
        REQUIRE(hits == searched);
        REQUIRE(answer->searched == searched.size());
        const auto dry = scope.forget(*filter, {.dry_run = true});
        REQUIRE_OK(dry);
        REQUIRE(dry->dry_run);
        REQUIRE(std::set<MemoryId>(dry->ids.begin(), dry->ids.end()) == want);
      }
    }
  }
}

TEST_CASE("a bad filter is named, and refused wherever it is used") {
  auto store = Store::open(":memory:");
  REQUIRE_OK(store);
  const Scope scope = store->scope({"acme"}).value();
  std::string deep = "{}";
  for (int n = 0; n < 33; ++n) deep = R"({"$not":)" + deep + "}";
  std::string many = "{\"$or\":[";
  for (int n = 0; n < 513; ++n) many += std::string(n == 0 ? "" : ",") + R"({"user":"u"})";
  many += "]}";
  const std::vector<std::pair<std::string, std::string>> bad{
      {R"({"colour": "red"})", "colour"},
      {R"({"user": {"$like": "a%"}})", "$like"},
      {R"({"user": 3})", "user"},
      {R"({"layer": "emotional"})", "layer"},
      {R"({"trust": "high"})", "trust"},
      {R"({"state": {"$in": ["active", "gone"]}})", "state"},
      {R"({"event_time": "yesterday"})", "event_time"},
      {R"({"pinned": "yes"})", "pinned"},
      {R"({"importance": "0.5"})", "importance"},
      {R"({"user": {"$in": "u"}})", "user"},
      {R"({"user": {"$exists": 1}})", "user"},
      {R"({"id": "not-an-id"})", "id"},
      {R"({"metadata.": 1})", "metadata"},
      {R"({"metadata.a..b": 1})", "metadata"},
      {R"({"metadata.a\"b": 1})", "metadata"},
      {R"({"metadata.a\\b": 1})", "metadata"},
      {R"({"metadata.a\u0007b": 1})", "metadata"},
      {R"({"$or": {}})", "$or"},
      {R"({"$not": []})", ""},
      {R"({"$xor": []})", "$xor"},
      {R"([])", ""},
      {R"("user")", ""},
      {deep, ""},
      {many, ""},
  };
  for (const auto& [text, named] : bad) {
    INFO(text.substr(0, 80));
    const auto json = Json::parse(text, 128);
    REQUIRE_OK(json);
    const auto filter = Filter::from_json(*json);
    REQUIRE_CODE(filter, StatusCode::kInvalidArgument);
    CHECK(filter.status().message().find(named) != std::string::npos);
  }
  for (const Filter& filter : {Filter::where("colour", Op::kEq, "red"), Filter::metadata("", Op::kEq, 1), Filter::where("user", Op::kIn, "u"),
                               Filter() && Filter::where("turn", Op::kGt, "x"), !Filter::where("layer", Op::kEq, "x")}) {
    REQUIRE_CODE(filter.check(), StatusCode::kInvalidArgument);
    REQUIRE_CODE(scope.list({.where = filter}), StatusCode::kInvalidArgument);
    REQUIRE_CODE(scope.count(filter), StatusCode::kInvalidArgument);
    REQUIRE_CODE(scope.forget(filter), StatusCode::kInvalidArgument);
    REQUIRE_CODE(scope.recall({.text = "x", .where = filter}), StatusCode::kInvalidArgument);
    REQUIRE_CODE(scope.why({.text = "x", .where = filter}, MemoryId()), StatusCode::kInvalidArgument);
    REQUIRE_CODE(store->scope({"acme"}, {.where = filter}), StatusCode::kInvalidArgument);
    REQUIRE_CODE(scope.narrow({.where = filter}), StatusCode::kInvalidArgument);
  }
}
