// SPDX-License-Identifier: Apache-2.0
// Counts that are brought up to date from the change log are those of a store that counts everything.
#include "support/random.hpp"
#include "support/sqlite_raw.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "open_store.hpp"

using namespace mnemic;
using namespace mnemic::test;

namespace {

std::string numbers(const StoreStats& s) {
  std::string all;
  for (const std::uint64_t n : {std::uint64_t{s.namespaces}, std::uint64_t{s.memories}, std::uint64_t{s.versions}, std::uint64_t{s.sessions},
                                std::uint64_t{s.relations}, s.seq, std::uint64_t{s.without_vector}, std::uint64_t{s.jobs_waiting}}) {
    all += std::to_string(n) + " ";
  }
  return all;
}

std::string numbers(const std::vector<LayerUsage>& usage) {
  std::string all;
  for (const LayerUsage& u : usage) {
    all += u.name_space.to_string() + " " + std::string(to_string(u.layer));
    for (const std::uint64_t n : {std::uint64_t{u.memories}, std::uint64_t{u.versions}, u.text_bytes, u.vector_bytes, u.past_bytes}) {
      all += " " + std::to_string(n);
    }
    all += "\n";
  }
  return all;
}

void do_something(Random& random, const Store& store, std::vector<std::pair<Scope, MemoryId>>& known) {
  const Scope scope = store.scope({"acme", "u" + std::to_string(random.below(3))}).value();
  const std::string text = random.chance(10) ? "" : "text " + std::to_string(random.below(1000));
  switch (random.below(8)) {
    case 0: case 1: {
      MemoryInput input{.layer = random.chance(50) ? Layer::kSemantic : Layer::kEpisodic, .text = text};
      if (text.empty()) input.content = Json::object({{"n", 1}});
      known.emplace_back(scope, scope.put(input).value());
      return;
    }
    case 2: known.emplace_back(scope, scope.session("s" + std::to_string(random.below(4))).append(Turn{.author = "a", .text = "turn"}).value()); return;
    case 3: REQUIRE_OK(scope.facts().assert_fact({.subject = "Ada", .attribute = "lives in", .value = text + "x"})); return;
    default: break;
  }
  if (known.empty()) return;
  const std::size_t at = random.below(known.size());
  const auto [owner, id] = known[at];
  switch (random.below(4)) {
    case 0: REQUIRE_OK(owner.update(id, {.text = "changed " + std::to_string(random.below(100))})); return;
    case 1:
      REQUIRE_OK(owner.forget(id));
      known.erase(known.begin() + static_cast<std::ptrdiff_t>(at));
      return;
    default: break;
  }
  const auto& [other, to] = known[random.below(known.size())];
  if (other.name() != owner.name() || to == id) return;
  if (random.chance(70)) REQUIRE_OK(owner.relate(id, "about", to, Json::object({{"n", static_cast<std::int64_t>(random.below(3))}})));
  else (void)owner.unrelate(id, "about", to);
}

}  // namespace

TEST_CASE("counts kept up from the change log are those of a store opened anew") {
  const TempDir dir;
  const std::uint64_t seed = fresh_seed();
  Random random(seed);
  INFO("seed " << seed);
  Options options;
  options.embedder = hashed_embedder();
  options.durability = Durability::kRelaxed;
  const Store store = Store::open(dir / "store.db", options).value();
  const Store writer = Store::open(dir / "store.db", options).value();  // another handle: what it writes counts too
  std::vector<std::pair<Scope, MemoryId>> known;
  for (int round = 0; round < 30; ++round) {
    for (std::size_t n = random.below(20); n > 0; --n) do_something(random, random.chance(50) ? store : writer, known);
    const Store fresh = Store::open(dir / "store.db", options).value();
    REQUIRE(numbers(store.stats().value()) == numbers(fresh.stats().value()));
    REQUIRE(numbers(store.usage().value()) == numbers(fresh.usage().value()));
  }
  const auto report = store.check().value();
  CHECK(report.clean());
}

TEST_CASE("usage says what each layer of a namespace takes") {
  OpenStore s;
  const MemoryId id = s.scope.put({.text = "four", .content = Json("xy"), .vectors = {{"v", {3, 4}}}}).value();
  REQUIRE_OK(s.scope.update(id, {.text = "fourteen"}));
  REQUIRE_OK(s.scope.session("s").append(Turn{.author = "user", .text = "abc"}));
  const auto usage = s.store.usage().value();
  REQUIRE(usage.size() == 2);
  CHECK(usage[0].layer == Layer::kConversational);
  CHECK(usage[0].text_bytes == 3);
  CHECK(usage[1].name_space == Namespace{"acme", "ada"});
  CHECK(usage[1].memories == 1);
  CHECK(usage[1].versions == 2);
  CHECK(usage[1].text_bytes == 8 + 4);  // and the content with its quotes
  CHECK(usage[1].past_bytes > 4 + 4);
}

TEST_CASE("stats tells the lag of jobs, chunks and hits of the cache") {
  OpenStore s;
  REQUIRE_OK(s.store.jobs().enqueue({.kind = "x", .name_space = {"acme", "ada"}}));
  s.clock->advance(std::chrono::minutes(3));
  CHECK(s.store.stats()->job_lag == std::chrono::minutes(3));
  CHECK(s.store.stats()->jobs_waiting == 1);
  CHECK(s.store.stats()->chunks == 0);
  s.put("the cat sat");
  REQUIRE_OK(s.scope.recall({.text = "cat"}));
  const auto first = s.store.stats().value();
  CHECK(first.partition_misses > 0);
  REQUIRE_OK(s.scope.recall({.text = "cat"}));
  CHECK(s.store.stats()->partition_hits > first.partition_hits);
  CHECK(s.store.stats()->partition_misses == first.partition_misses);
}
