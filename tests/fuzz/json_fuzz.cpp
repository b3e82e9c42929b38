// SPDX-License-Identifier: Apache-2.0
// JSON, and what is made of it: a value prints back the bytes it was parsed from; a filter that was read is written and read as itself.
#include <mnemic/filter.hpp>
#include <mnemic/json.hpp>

#include "fuzz/target.hpp"

using namespace mnemic;

namespace {

std::vector<std::string> seeds() {
  return {R"({"a": [1, -2.5e3, "x\u00e9\n", null, true], "b": {"c": {}}})",
          R"({"tags": "food", "metadata.trip.n": {"$gte": 2}, "$not": {"author": "Ben"}})",
          R"({"$or": [{"importance": {"$lt": 0.5}}, {"event_time": {"$gte": "2026-05-08T13:56:00Z"}}, {"key": {"$in": ["a", "b"]}}]})",
          R"({"$and": [{"text": {"$contains": "zebra"}}, {"layer": "semantic"}, {"pinned": true}, {"session": {"$exists": true}}]})"};
}

}  // namespace

MNEMIC_FUZZ_TARGET(json, seeds) {
  fuzz::attempt([&] {
    const Json json = core::take(Json::parse(bytes));
    fuzz::require(json.dump() == bytes || core::take(Json::parse(json.dump())).dump() == json.dump(), "other bytes than were parsed");
    const Filter filter = core::take(Filter::from_json(json));
    const Json written = filter.to_json();
    const auto again = Filter::from_json(written);
    fuzz::require(again.ok(), "a filter that cannot be read back");
    fuzz::require(again->to_json().dump() == written.dump(), "a filter that is another one when read back");
  });
}
