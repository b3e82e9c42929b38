// SPDX-License-Identifier: Apache-2.0
// Skills against lists of runs counted by hand.
#include "random_values.hpp"
#include "support/catch.hpp"
#include "support/clock.hpp"
#include "support/ledger.hpp"
#include "support/random.hpp"

#include <mnemic/layers/session.hpp>
#include <mnemic/layers/skills.hpp>
#include <mnemic/mnemic.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;

namespace {

struct Spelled {
  const char* typed;
  const char* means;
};

// A goal without a name is the name; a name may be that of another goal.
const std::vector<Spelled> kGoals{{"Find the order", "find the order"},  {"find  the ORDER ", "find the order"},
                                  {"Book a train", "book a train"},      {"Write the paper", "write the paper"},
                                  {"Water the garden", "water the garden"}};
const std::vector<Spelled> kNames{{"Orders", "orders"}, {"orders ", "orders"}, {"\xc3\x96rders", "orders"}, {"find the order", "find the order"}};

/// All that was recorded of one way of doing something, in order.
struct Told {
  std::string name, goal;  // as first typed
  std::vector<RunInput> runs;
  std::vector<MemoryId> ids;
  std::set<MemoryId> forgotten;
  Timestamp newest{};
  Trust trust = Trust::kOperator;
};
using Key = std::tuple<int, std::string, std::vector<std::string>>;  // namespace, name, tools

class Machine {
 public:
  explicit Machine(std::uint64_t seed) : random_(seed), clock_(std::make_shared<ManualClock>()) {
    Options options;
    options.clock = clock_;
    options.random = seeded_random(seed);
    store_.emplace(Store::open(":memory:", options).value());
    scopes_ = {store_->scope({"acme", "ada"}).value(), store_->scope({"acme", "bob"}).value()};
    source_ = scopes_[0].session("s").append(Turn{.author = "user", .text = "Where is it?", .trust = Trust::kModel}).value();
  }

  void step() {
    clock_->advance(std::chrono::seconds(random_.below(100)));
    const std::size_t dice = random_.below(100);
    if (dice < 60) record();
    else if (dice < 65) forget_run();
    else if (dice < 68) forget_skill();
    else if (dice < 80) check_list();
    else check_best();
  }

  void finish() {
    check_list();
    REQUIRE(join(check_problems(*store_)) == "");
  }

 private:
  void record() {
    const int ns = static_cast<int>(random_.below(2));
    const Spelled goal = random_.pick(kGoals);
    RunInput run;
    run.goal = goal.typed;
    std::string name = goal.means;
    if (random_.chance(30)) {
      const Spelled named = random_.pick(kNames);
      run.skill = named.typed;
      name = named.means;
    }
    std::vector<std::string> tools;
    for (std::size_t n = random_.below(3); n > 0; --n) {
      Step step;
      step.tool = random_.pick({"search", "open", "Search"});  // tools are names of the caller's: compared as they are
      if (random_.chance(50)) step.arguments = Json::object({{"q", random_word(random_)}});
      step.digest = random_word(random_);
      step.duration = std::chrono::milliseconds(random_.below(5000));
      tools.push_back(step.tool);
      run.steps.push_back(step);
    }
    run.outcome = random_.pick({Outcome::kUnknown, Outcome::kSuccess, Outcome::kSuccess, Outcome::kFailure});
    if (random_.chance(20)) run.start = clock_->now();
    std::optional<Trust> least;
    if (ns == 0 && random_.chance(20)) {
      run.sources = {source_};
      least = Trust::kModel;
    }
    if (random_.chance(30)) {
      run.trust = random_.pick({Trust::kTool, Trust::kOperator});
      least = least ? std::min(*least, *run.trust) : *run.trust;
    }
    const auto done = scopes_[static_cast<std::size_t>(ns)].skills().record_run(run);
    REQUIRE_OK(done);
    const Key key{ns, name, tools};
    const auto known = skills_.find(key);
    REQUIRE(std::any_of(skills_.begin(), skills_.end(), [&](const auto& one) { return one.second.first == done->skill; }) == (known != skills_.end()));
    if (known != skills_.end()) REQUIRE(known->second.first == done->skill);
    auto& [id, told] = skills_[key];
    id = done->skill;
    if (told.runs.empty()) {
      told.name = run.skill.empty() ? run.goal : run.skill;
      told.goal = run.goal;
    }
    told.runs.push_back(run);
    told.ids.push_back(done->run);
    told.newest = clock_->now();
    told.trust = std::min(told.trust, least.value_or(Trust::kExternal));
    const auto got = scopes_[static_cast<std::size_t>(ns)].skills().get(id);
    REQUIRE_OK(got);
    compare(id, told, *got);
    REQUIRE_CODE(scopes_[static_cast<std::size_t>(1 - ns)].skills().get(id), StatusCode::kNotFound);
    REQUIRE_CODE(scopes_[static_cast<std::size_t>(ns)].skills().get(done->run), StatusCode::kNotFound);
    const auto sources = scopes_[static_cast<std::size_t>(ns)].related(done->run, {.type = "derived_from", .direction = Direction::kOutgoing});
    REQUIRE_OK(sources);
    REQUIRE(sources->size() == run.sources.size());
    check_runs(ns, id, told);
  }

  /// Its runs are at the other end of `run_of`, but for those that were forgotten; the counts stay.
  void check_runs(int ns, const MemoryId& id, const Told& told) {
    const auto runs = scopes_[static_cast<std::size_t>(ns)].related(id, {.type = "run_of", .direction = Direction::kIncoming, .limit = 10'000});
    REQUIRE_OK(runs);
    std::vector<MemoryId> want;
    for (const auto& run : told.ids) {
      if (!told.forgotten.contains(run)) want.push_back(run);
    }
    std::vector<MemoryId> got;
    for (const auto& one : *runs) got.push_back(one.memory.id);
    REQUIRE(got == want);
  }

  static double wilson(std::size_t good, std::size_t all) {
    if (all == 0) return 0;
    const double n = static_cast<double>(all);
    const double p = static_cast<double>(good) / n;
    const double z = 1.96;
    return (p + z * z / (2 * n) - z * std::sqrt((p * (1 - p) + z * z / (4 * n)) / n)) / (1 + z * z / n);
  }

  void compare(const MemoryId& id, const Told& want, const Skill& got) {
    INFO(to_json(got).dump());
    REQUIRE(got.memory.id == id);
    REQUIRE(got.memory.layer == Layer::kProcedural);
    REQUIRE(got.name == want.name);
    REQUIRE(got.goal == want.goal);
    REQUIRE(got.memory.trust == want.trust);
    std::size_t successes = 0, failures = 0;
    std::chrono::milliseconds sum{0};
    const RunInput* shown = nullptr;
    for (const auto& run : want.runs) {
      successes += run.outcome == Outcome::kSuccess;
      failures += run.outcome == Outcome::kFailure;
      for (const auto& step : run.steps) sum += step.duration;
      if (run.outcome == Outcome::kSuccess || successes == 0) shown = &run;
    }
    REQUIRE(got.runs == want.runs.size());
    REQUIRE(got.successes == successes);
    REQUIRE(got.failures == failures);
    REQUIRE(got.mean_duration == sum / static_cast<std::int64_t>(want.runs.size()));
    REQUIRE(got.confidence == Approx(wilson(successes, successes + failures)).margin(1e-9));
    REQUIRE(got.steps.size() == shown->steps.size());
    for (std::size_t n = 0; n < got.steps.size(); ++n) {
      REQUIRE(got.steps[n].tool == shown->steps[n].tool);
      REQUIRE(got.steps[n].digest == shown->steps[n].digest);
      REQUIRE(got.steps[n].duration == shown->steps[n].duration);
      REQUIRE(got.steps[n].arguments == shown->steps[n].arguments);
    }
  }

  void forget_run() {
    if (skills_.empty()) return;
    auto& [key, one] = *std::next(skills_.begin(), static_cast<std::ptrdiff_t>(random_.below(skills_.size())));
    Told& told = one.second;
    const MemoryId run = random_.pick(told.ids);
    if (!told.forgotten.insert(run).second) return;
    REQUIRE_OK(scopes_[static_cast<std::size_t>(std::get<0>(key))].forget(run));
    check_runs(std::get<0>(key), one.first, told);
  }

  /// Then it is learned anew.
  void forget_skill() {
    if (skills_.empty()) return;
    const auto one = std::next(skills_.begin(), static_cast<std::ptrdiff_t>(random_.below(skills_.size())));
    const Scope& scope = scopes_[static_cast<std::size_t>(std::get<0>(one->first))];
    REQUIRE_OK(scope.forget(one->second.first));
    REQUIRE_CODE(scope.skills().get(one->second.first), StatusCode::kNotFound);
    skills_.erase(one);
  }

  void check_list() {
    for (int ns = 0; ns < 2; ++ns) {
      std::vector<std::pair<MemoryId, Told>> want;
      for (const auto& [key, one] : skills_) {
        if (std::get<0>(key) == ns) want.push_back(one);
      }
      std::sort(want.begin(), want.end(), [](const auto& a, const auto& b) {
        return a.second.newest != b.second.newest ? a.second.newest > b.second.newest : a.first < b.first;
      });
      SkillListOptions options{.limit = random_.pick({1u, 3u, 1000u})};
      std::size_t at = 0;
      do {
        const auto page = scopes_[static_cast<std::size_t>(ns)].skills().list(options);
        REQUIRE_OK(page);
        for (const auto& skill : *page) {
          REQUIRE(at < want.size());
          compare(want[at].first, want[at].second, skill);
          ++at;
        }
        options.cursor = page->next;
      } while (!options.cursor.empty());
      REQUIRE(at == want.size());
    }
  }

  /// As the header says it: recall's own scores, confidence on top.
  void check_best() {
    const int ns = static_cast<int>(random_.below(2));
    const Scope& scope = scopes_[static_cast<std::size_t>(ns)];
    const std::string goal = random_.pick({"find my order", "train to Lisbon", "garden", "write", "open search"});
    BestForOptions options;
    options.k = 1 + random_.below(6);
    options.min_similarity = random_.pick({0.0, 0.2, 0.4, 0.9});
    const auto recalled = scope.recall({.text = goal, .where = Filter::metadata("skill.runs", Op::kExists, true)},
                                       {.k = 1000, .layers = {Layer::kProcedural}, .importance_boost = 0, .vector_weight = 0.2});
    REQUIRE_OK(recalled);
    struct Match {
      MemoryId id;
      double similarity, score;
    };
    std::vector<Match> want;
    for (const auto& hit : recalled->hits) {
      const double similarity = std::min(1.0, hit.score);
      const auto skill = scope.skills().get(hit.memory.id);
      REQUIRE_OK(skill);  // a run has no text, and is found by nothing
      if (similarity >= options.min_similarity) want.push_back({hit.memory.id, similarity, similarity * (1 + skill->confidence) / 2});
    }
    std::sort(want.begin(), want.end(), [](const Match& a, const Match& b) {
      return std::tuple(-a.score, -a.similarity, a.id) < std::tuple(-b.score, -b.similarity, b.id);
    });
    if (want.size() > options.k) want.resize(options.k);
    const auto got = scope.skills().best_for(goal, options);
    REQUIRE_OK(got);
    REQUIRE(got->size() == want.size());
    for (std::size_t n = 0; n < want.size(); ++n) {
      const SkillMatch& match = (*got)[n];
      INFO("match " << n << ": " << to_json(match).dump());
      REQUIRE(match.skill.memory.id == want[n].id);
      REQUIRE(match.similarity == Approx(want[n].similarity).margin(1e-12));
      REQUIRE(match.score == Approx(want[n].score).margin(1e-12));
      bool ours = false;
      for (const auto& [key, one] : skills_) {
        if (one.first != match.skill.memory.id) continue;
        compare(one.first, one.second, match.skill);
        ours = std::get<0>(key) == ns;
      }
      REQUIRE(ours);
    }
  }

  Random random_;
  std::shared_ptr<ManualClock> clock_;
  std::optional<Store> store_;
  std::vector<Scope> scopes_;
  MemoryId source_;
  std::map<Key, std::pair<MemoryId, Told>> skills_;
};

}  // namespace

TEST_CASE("skills: what they count is what was recorded") {
  for (const auto seed : seeds()) {
    INFO("seed " << seed);
    for (std::size_t n = 0; n < scaled(4, 40); ++n) {
      Machine machine(seed + 1000 * n);
      for (int step = 0; step < 150; ++step) machine.step();
      machine.finish();
    }
  }
}
