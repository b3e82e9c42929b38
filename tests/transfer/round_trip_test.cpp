// SPDX-License-Identifier: Apache-2.0
// A random store, exported and imported into an empty one, is the same store: listings, versions, links, facts, what recall gives.
#include "../property/random_values.hpp"
#include "support/random.hpp"
#include "two_stores.hpp"

#include <chrono>

using namespace mnemic;
using namespace mnemic::test;

namespace {

const std::vector<Namespace>& names() {
  static const std::vector<Namespace> all{{"acme"}, {"acme", "ada"}, {"acme", "ada", "notes"}, {"a/b", "%"}, {"zeta"}};
  return all;
}

/// JSON whose bytes a parser would lose: spaces, line breaks, doubled keys, spellings of numbers.
const std::vector<std::string> kContents{"{\"a\": 1,\n \"b\":[ 1.0, 1e2 ]}", "{\"a\":1,\"a\":2}", "[1,2,3]", "\"text\\u0000\\u2028\"", "false",
                                         "{\"b\":{\"a\":-0.0}}"};

MemoryInput random_input(Random& random, Timestamp now) {
  MemoryInput input;
  input.layer = random.pick({Layer::kConversational, Layer::kEpisodic, Layer::kSemantic, Layer::kProcedural});
  if (random.chance(40)) input.key = "k" + std::to_string(random.below(12));
  input.text = random.chance(90) ? random_text(random) : std::string("odd \x01 \"\\ \n\r\t\xe2\x80\xa8 caf\xc3\xa9 ") + '\0' + "end";
  if (random.chance(30)) input.content = Json::parse(random.pick(kContents)).value();
  if (random.chance(20)) input.vectors = {{"mine", {static_cast<float>(random.between(1, 9)), 2, -3}}};
  input.user = random.pick(odd_names());
  input.agent = random.pick(odd_names());
  if (random.chance(50)) input.session = "s" + std::to_string(random.below(3));
  input.author = random.pick(odd_names());
  if (random.chance(70)) input.event_time = random_time(random, now);
  if (random.chance(5)) input.event_time = Timestamp(std::chrono::hours(24 * 365 * -3000));  // no year that RFC 3339 has
  if (input.event_time && random.chance(30)) input.event_end = random_end(random, *input.event_time);
  if (random.chance(20)) input.time_zone = "Europe/Lisbon";
  if (random.chance(20)) input.expires_at = now + std::chrono::hours(24 * 400);
  if (random.chance(5)) input.expires_at = now - std::chrono::hours(1);
  input.importance = static_cast<double>(random.below(1001)) / 1000.0 / 3.0;
  input.strength = static_cast<double>(random.below(101)) / 100.0;
  input.pinned = random.chance(10);
  input.trust = random.pick({Trust::kExternal, Trust::kModel, Trust::kTool, Trust::kUser, Trust::kOperator});
  input.state = random.pick({State::kActive, State::kActive, State::kProposed, State::kConfirmed, State::kRejected, State::kQuarantined});
  input.tags = random_tags(random);
  input.metadata = random_metadata(random);
  if (random.chance(30)) input.provenance = {.source = "test", .model = "m", .trace = "t-1", .derived_from = {}};
  return input;
}

void fill(const Place& place, Random& random) {
  std::vector<std::pair<Scope, MemoryId>> known;
  for (std::size_t step = 0; step < scaled(150, 2000); ++step) {
    place.clock->advance(std::chrono::microseconds(random.between(1, 90'000'000)));
    const Scope scope = place.store.scope(random.pick(names())).value();
    const std::size_t dice = random.below(100);
    if (known.empty() || dice < 55) {
      known.emplace_back(scope, scope.put(random_input(random, place.clock->now())).value());
    } else if (dice < 62) {
      const auto& [home, id] = random.pick(known);
      home.update(id, {.text = random_text(random), .pinned = random.chance(20)}).status().ignore();
    } else if (dice < 67) {
      const auto& [home, id] = random.pick(known);
      home.forget(id).status().ignore();
    } else if (dice < 85) {
      const auto& [home, from] = random.pick(known);
      std::vector<MemoryId> near;
      for (const auto& [scope_of, id] : known) {
        if (scope_of.name() == home.name()) near.push_back(id);
      }
      home.relate(from, random.pick({"about", "a.b-c_1"}), random.pick(near), random.chance(40) ? Json::object({{"n", 1}}) : Json()).ignore();
    } else if (dice < 95) {
      scope.facts().assert_fact({.subject = random_word(random), .attribute = "likes", .value = random_word(random)}).status().ignore();
    } else {
      REQUIRE_OK(scope.facts().declare(std::vector<Attribute>{{random_word(random), random.pick({Cardinality::kSingle, Cardinality::kMany})}}));
      place.admin().grant(random.pick(names()), random.pick(names())).ignore();
    }
  }
}

std::string answers(const Store& store, Random random) {
  std::string all;
  for (int n = 0; n < 12; ++n) {
    const Scope scope = store.scope(random.pick(names())).value();
    for (const Hit& hit : scope.recall({.text = random_text(random)}, {.k = 8}).value().hits) {
      all += hit.memory.id.to_string() + " " + std::to_string(hit.score) + "\n";
    }
    all += "\n";
  }
  return all;
}

}  // namespace

TEST_CASE("a random store exported and imported is the same store") {
  for (const std::uint64_t seed : seeds()) {
    for (const bool vectors : {false, true}) {
      INFO("seed " << seed << (vectors ? " with vectors" : ""));
      Random random(seed);
      const TempDir dir;
      Place source(seed, dir / "source.db");
      fill(source, random);
      const ExportReport exported = source.admin().export_to(dir / "all.jsonl", {.vectors = vectors, .history = true}).value();
      CHECK(exported.seq == newest(source.store));
      CHECK(exported.bytes == std::filesystem::file_size(dir / "all.jsonl"));

      Place target(seed + 1, dir / "target.db");
      target.clock->set(source.clock->now());
      const ImportReport dry = target.admin().import_from(dir / "all.jsonl", {.dry_run = true}).value();
      CHECK(newest(target.store) == 0);
      const ImportReport report = target.admin().import_from(dir / "all.jsonl", {.batch = 1 + random.below(40)}).value();
      INFO(to_json(report).dump());
      CHECK(report.written == exported.memories);
      CHECK(report.problems.empty());
      CHECK(dry.written == report.written);
      CHECK(dry.relations == report.relations);
      CHECK(dry.facts_about == report.facts_about);
      CHECK(picture(target.store, {.history = true}) == picture(source.store, {.history = true}));
      if (vectors) CHECK((picture(target.store, {.vectors = true}) == picture(source.store, {.vectors = true})));
      CHECK(answers(target.store, random) == answers(source.store, random));
      CHECK(target.store.check().value().clean());

      const Seq before = newest(target.store);
      const ImportReport again = target.admin().import_from(dir / "all.jsonl").value();
      CHECK(again.unchanged == exported.memories);
      CHECK(newest(target.store) == before);

      // And an export of the copy says the same, seq numbers and times of its manifest apart.
      REQUIRE_OK(target.admin().export_to(dir / "copy.jsonl", {.vectors = vectors, .history = true}));
      auto first = lines_of(slurp(dir / "all.jsonl"));
      auto second = lines_of(slurp(dir / "copy.jsonl"));
      CHECK(first.size() == second.size());
    }
  }
}
