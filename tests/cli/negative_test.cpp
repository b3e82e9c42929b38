// SPDX-License-Identifier: Apache-2.0
// The negative suite in its short form, that it can fail, and how soon deletions are seen elsewhere.
#include "cli/bench/text.hpp"
#include "cli/negative/propagation.hpp"
#include "cli/negative/suite.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <set>

using namespace mnemic;
using namespace mnemic::cli;

namespace {

std::string text(std::size_t i) {
  static const auto generated = bench::generated_text(7);
  return generated->memory(i);
}

negative::Options small() {
  negative::Options options;
  options.sizes = {40};
  options.per_kind = 1;
  options.text = text;
  return options;
}

void check_passed(const negative::Report& report) {
  for (const std::string& stale : report.first_stale) UNSCOPED_INFO("stale: " << stale);
  for (const std::string& blind : report.blind) UNSCOPED_INFO("blind: " << blind);
  CHECK(report.all.stale == 0);
  CHECK(report.blind.empty());
  CHECK(report.passed());
  CHECK(report.all.asked > 0);
}

std::vector<negative::Mode> modes_named(const std::set<std::string_view>& names) {
  std::vector<negative::Mode> chosen;
  for (const negative::Mode& mode : negative::modes()) {
    if (names.contains(mode.name)) chosen.push_back(mode);
  }
  REQUIRE(chosen.size() == names.size());
  return chosen;
}

negative::Tally of(const std::vector<std::pair<std::string, negative::Tally>>& tallies, std::string_view name) {
  for (const auto& [own, tally] : tallies) {
    if (own == name) return tally;
  }
  FAIL("no such row: " << name);
  return {};
}

const Namespace kHome{"neg", "ada"};

void plant(negative::Site& site, negative::Case& one) {
  const Scope scope = site.scope();
  one.key = "key of " + one.token;
  MemoryInput input{.key = one.key, .layer = one.layer, .text = one.text, .tags = {"planted"}};
  if (one.layer == Layer::kConversational) input.session = one.session;
  one.id = scope.put(input).value();
  one.anchor = scope.put({.text = "An anchor"}).value();
  if (const Status status = scope.relate(one.anchor, "mentions", one.id); !status) throw Error(status);
  one.finder = one.asker = {kHome};
}
void nothing(negative::Site&, negative::Case&) {}

}  // namespace

TEST_CASE("negative suite: nothing is given of what must not be, in any way of asking", "[negative]") {
  check_passed(negative::run(small()).value());
}

TEST_CASE("negative suite: nor among more than are scored one by one, in a sealed chunk and behind it", "[negative]") {
  negative::Options options = small();
  options.sizes = {4'600};
  options.again = false;
  const auto modes = modes_named({"recall", "recall, words alone", "recall, vectors alone", "recall, many", "context", "list, by filter",
                                  "get", "recall as of", "history"});
  options.modes = modes;
  check_passed(negative::run(options).value());
}

TEST_CASE("negative suite: what is left as it is counts as stale, and by every way of asking that can see it", "[negative]") {
  const std::array kinds{negative::Kind{"left", "a memory that nothing happens to", negative::kNeverWas, plant, nothing}};
  negative::Options options = small();
  options.kinds = kinds;
  options.per_kind = 6;  // of every layer
  const auto report = negative::run(options).value();
  CHECK_FALSE(report.passed());
  CHECK(report.first_stale.size() == 20);
  CHECK(report.first_stale.front() == "left, by recall, among 40");
  CHECK(of(report.by_kind, "left").stale == report.all.stale);
  for (const auto& [mode, tally] : report.by_mode) {
    INFO(mode);
    const bool sees = mode != "facts" && mode != "facts about" && mode != "jobs";  // it is neither a fact nor in a job
    CHECK((tally.stale > 0) == sees);
    CHECK((tally.found > 0) == sees);
  }
}

TEST_CASE("negative suite: a way of asking that leaks is named", "[negative]") {
  const auto leak = [](const negative::Question& q, negative::Seen& seen) {
    for (const Memory& memory : q.store.admin().history(q.one.id).value()) seen.memory(memory);
  };
  const std::array modes{negative::Mode{"sound", negative::kSearch, negative::modes().front().ask}, negative::Mode{"leaky", negative::kSearch, leak}};
  negative::Options options = small();
  options.modes = modes;
  const auto report = negative::run(options).value();
  CHECK_FALSE(report.passed());
  CHECK(of(report.by_mode, "sound").stale == 0);
  CHECK(of(report.by_mode, "leaky").stale > 0);
  CHECK(of(report.by_kind, "forgotten").stale > 0);
  CHECK(of(report.by_kind, "erased").stale == 0);  // of that there is no history
}

TEST_CASE("negative suite: a kind that was never found proves nothing, and says so", "[negative]") {
  const auto elsewhere = [](negative::Site& site, negative::Case& one) {
    plant(site, one);
    one.finder = one.asker = {{"neg", "nobody"}};
  };
  const std::array kinds{negative::Kind{"unseen", "", negative::kGone, elsewhere, nothing}};
  negative::Options options = small();
  options.kinds = kinds;
  const auto report = negative::run(options).value();
  CHECK(report.all.stale == 0);
  CHECK_FALSE(report.passed());
  CHECK(std::find(report.blind.begin(), report.blind.end(), "unseen") != report.blind.end());
}

TEST_CASE("negative suite: unspoilt, every kind is given", "[negative]") {
  negative::Options options = small();
  options.spoil = false;
  options.again = false;
  const auto modes = modes_named({"recall", "recall as of"});
  options.modes = modes;
  const auto report = negative::run(options).value();
  CHECK_FALSE(report.passed());
  for (const auto& [kind, tally] : report.by_kind) {
    INFO(kind);
    CHECK(tally.stale == tally.asked);
  }
}

TEST_CASE("propagation: no recall that begins after a deletion gives it, in another handle or process", "[negative]") {
  const auto measured = negative::measure_propagation({.deletions = 5, .memories = 200, .text = text, .embedder = "hashed"}).value();
  CHECK(measured.deletions == 5);
  for (const negative::Spread* spread : {&measured.forget, &measured.erase}) {
    CHECK(spread->late == 0);
    CHECK(spread->call.p50 > 0);
    CHECK(spread->call.p50 <= spread->call.p95);
    CHECK(spread->process.p50 <= spread->process.p95);
  }
  CHECK(measured.purge.p50 > 0);
  CHECK(measured.erase_and_purge.p50 > measured.purge.p50);
}
