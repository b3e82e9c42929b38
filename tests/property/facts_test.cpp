// SPDX-License-Identifier: Apache-2.0
// Facts against a timeline of ticks: for every hour of a day the model knows which values are true, and every call of the
// semantic layer must leave the store as the model is.
#include "support/catch.hpp"
#include "support/clock.hpp"
#include "support/ledger.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"

#include <mnemic/layers/facts.hpp>
#include <mnemic/layers/session.hpp>
#include <mnemic/mnemic.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
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

// Bounds that are said lie on ticks 0 to 23; tick 24 stands for everything later, which only an open interval reaches.
constexpr int kTicks = 24;
using Ticks = std::array<bool, kTicks + 1>;

Timestamp time_of(int tick) { return kStart + std::chrono::hours(tick); }

/// What is typed, and what it is after folding, written down by hand: the model folds nothing itself.
struct Spelled {
  const char* typed;
  const char* means;
};

const std::vector<Spelled> kSubjects{{"Ada", "ada"},     {"ada ", "ada"},  {"\xc3\x81" "DA", "ada"}, {"Ben", "ben"}, {" BEN", "ben"},
                                     {"Rio Grande", "rio grande"}, {"R\xc3\xado  grande", "rio grande"}};
const std::vector<Spelled> kAttributes{{"lives in", "lives in"}, {"Lives  In", "lives in"}, {"likes", "likes"}, {"LIKES", "likes"},
                                       {"role", "role"},         {"R\xc3\xb4le", "role"}};
const std::vector<Spelled> kValues{{"Lisbon", "lisbon"}, {"LISBON", "lisbon"}, {" lisbon", "lisbon"}, {"Porto", "porto"},
                                   {"Faro", "faro"},     {"S\xc3\xa3o Paulo", "sao paulo"}, {"Sao  Paulo", "sao paulo"}};

/// One fact, as the model has it.
struct Told {
  int ns = 0;
  std::string subject, attribute, value;  // folded
  std::string typed;                      // the value as it was given
  FactKind kind = FactKind::kFact;
  std::optional<Cardinality> stated;  // with the fact itself; it goes before what is declared
  State state = State::kActive;
  Trust trust = Trust::kExternal;
  Ticks holds{};
  int since = 0;  // where it begins; where it began when nothing of it is left

  [[nodiscard]] bool rejected() const { return state == State::kRejected; }
  [[nodiscard]] bool firm() const { return state != State::kProposed; }
  [[nodiscard]] int first() const { return static_cast<int>(std::find(holds.begin(), holds.end(), true) - holds.begin()); }
  [[nodiscard]] bool empty() const { return first() > kTicks; }
  [[nodiscard]] int last() const { return kTicks - static_cast<int>(std::find(holds.rbegin(), holds.rend(), true) - holds.rbegin()); }
  [[nodiscard]] bool true_at(int tick) const { return !rejected() && holds[static_cast<std::size_t>(tick)]; }
};

using Link = std::tuple<MemoryId, std::string, MemoryId>;

/// What an assertion must have done. Rests get their ids from the store.
struct Expected {
  bool known = false;
  std::set<MemoryId> says_so;  // facts that make it known: a firm one and a proposal may both
  std::set<MemoryId> superseded;
  std::set<MemoryId> conflicts;
  std::vector<std::pair<MemoryId, Told>> rests;  // the fact that was cut in the middle, and what stands after the cut
};

class Model {
 public:
  std::map<MemoryId, Told> facts;
  std::set<Link> links;
  std::map<std::pair<int, std::string>, Cardinality> declared;
  int now = 0;

  [[nodiscard]] Cardinality cardinality(int ns, const std::string& attribute) const {
    const auto found = declared.find({ns, attribute});
    if (found != declared.end()) return found->second;
    return attribute == "likes" ? Cardinality::kMany : Cardinality::kSingle;  // "likes" is one of the default attributes
  }

  [[nodiscard]] Cardinality cardinality_of(const Told& fact) const { return fact.stated.value_or(cardinality(fact.ns, fact.attribute)); }

  /// Facts that a value competes with: of a many-valued attribute only those that say the same.
  [[nodiscard]] std::vector<MemoryId> standing(const Told& fact, Cardinality cardinality, std::optional<MemoryId> but = {}) const {
    std::vector<MemoryId> found;
    for (const auto& [id, other] : facts) {
      if (other.ns != fact.ns || other.subject != fact.subject || other.attribute != fact.attribute || other.rejected() || id == but) continue;
      if (cardinality == Cardinality::kSingle || other.value == fact.value) found.push_back(id);
    }
    return found;
  }

  /// Whether there is a fact of the same value in this state.
  [[nodiscard]] bool any_of_value(const Told& fact, State state) const {
    return std::any_of(facts.begin(), facts.end(), [&](const auto& one) {
      const Told& other = one.second;
      return other.ns == fact.ns && other.subject == fact.subject && other.attribute == fact.attribute && other.value == fact.value && other.state == state;
    });
  }
  /// Its value was rejected, and is confirmed by nobody.
  [[nodiscard]] bool refused(const Told& fact) const {
    return fact.state != State::kConfirmed && any_of_value(fact, State::kRejected) && !any_of_value(fact, State::kConfirmed);
  }

  /// The ticks of [since, until); with no `until` up to where the next value of the same standing begins.
  [[nodiscard]] Ticks reach(const std::vector<MemoryId>& standing, bool firm, int since, std::optional<int> until) const {
    int end = until.value_or(kTicks + 1);
    for (const auto& id : standing) {
      const Told& other = facts.at(id);
      if (!until && other.firm() == firm && !other.empty() && other.first() > since) end = std::min(end, other.first());
    }
    Ticks ticks{};
    for (int tick = since; tick < end; ++tick) ticks[static_cast<std::size_t>(tick)] = true;
    return ticks;
  }

  static bool covers(const Ticks& all, const Ticks& some) {
    for (std::size_t t = 0; t < some.size(); ++t) {
      if (some[t] && !all[t]) return false;
    }
    return true;
  }
  static bool meets(const Ticks& a, const Ticks& b) {
    for (std::size_t t = 0; t < a.size(); ++t) {
      if (a[t] && b[t]) return true;
    }
    return false;
  }

  /// Takes the ticks of `fact` from whatever gives way to it.
  Expected take(const std::vector<MemoryId>& standing, const Told& fact) {
    Expected expected;
    const bool firm = fact.firm();
    for (const auto& id : standing) {
      Told& other = facts.at(id);
      if (!meets(other.holds, fact.holds)) continue;
      const bool same = other.value == fact.value;
      // A proposal that begins later than a firm value waits beside it, as it does when it is proposed after it.
      const bool yields = firm ? other.firm() || same || other.first() <= fact.since : !other.firm();
      if (!yields) {
        if (!same) expected.conflicts.insert(id);
        continue;
      }
      expected.superseded.insert(id);
      const Told before = other;
      Ticks after{};
      bool left = false;
      for (std::size_t t = 0; t < other.holds.size(); ++t) {
        if (fact.holds[t]) {
          other.holds[t] = false;
        } else if (other.holds[t] && static_cast<int>(t) > fact.since) {
          after[t] = true;
        } else if (other.holds[t]) {
          left = true;
        }
      }
      if (left && after != Ticks{}) {
        for (std::size_t t = 0; t < after.size(); ++t) {
          if (after[t]) other.holds[t] = false;
        }
        Told rest = before;
        rest.holds = after;
        rest.since = rest.first();
        expected.rests.emplace_back(id, rest);
      }
      if (!other.empty()) other.since = other.first();
      // It is superseded when nothing is left, or when it was firm, is over, and was not over by itself. What is left of a
      // proposal still waits.
      if (other.empty() || (before.firm() && other.last() < before.last() && other.last() < now)) other.state = State::kSuperseded;
    }
    return expected;
  }

  /// Asserts; the caller adds the fact itself under its id.
  Expected assert_one(Told& fact, std::optional<int> until) {
    const auto others = standing(fact, cardinality_of(fact));
    fact.holds = reach(others, fact.firm(), fact.since, until);
    Expected expected;
    for (const auto& id : others) {
      const Told& other = facts.at(id);
      if (other.value == fact.value && (other.firm() || !fact.firm()) && covers(other.holds, fact.holds)) expected.says_so.insert(id);
    }
    expected.known = !expected.says_so.empty();
    return expected.known ? expected : take(others, fact);
  }
};

class Machine {
 public:
  explicit Machine(std::uint64_t seed, const std::filesystem::path& path)
      : random_(seed), clock_(std::make_shared<ManualClock>()), store_(open(path, seed)) {
    for (const Namespace& name : {Namespace{"acme", "ada"}, Namespace{"acme", "bob"}}) scopes_.push_back(store_.scope(name).value());
    REQUIRE_OK(store_.admin().grant({"acme", "ada"}, {"acme", "bob"}));
    both_.emplace(store_.scope({"acme", "ada"}, {.reach = Reach::kGranted}).value());
    for (int ns = 0; ns < 2; ++ns) {
      const Trust trusts[] = {Trust::kUser, Trust::kModel, Trust::kOperator};
      for (const Trust trust : trusts) {
        const auto id = scopes_[static_cast<std::size_t>(ns)].session("talk").append(Turn{.author = "user", .text = "Something was said.", .trust = trust});
        sources_[ns].emplace_back(id.value(), trust);
      }
    }
  }

  void step() {
    ++steps_;
    if (random_.chance(30)) {
      // Mostly on, sometimes back.
      model_.now = random_.chance(80) ? std::min(kTicks - 1, model_.now + static_cast<int>(random_.below(3))) : static_cast<int>(random_.below(kTicks));
      clock_->set(time_of(model_.now));
    }
    const std::size_t dice = random_.below(100);
    if (dice < 45) assert_facts(1);
    else if (dice < 55) assert_facts(2 + random_.below(3));
    else if (dice < 60) bad_batch();
    else if (dice < 68) retract();
    else if (dice < 78) confirm();
    else if (dice < 83) reject();
    else if (dice < 87) forget();
    else if (dice < 90) declare();
    else read();
    if (steps_ % 25 == 0) sweep();
  }

  void finish() {
    sweep();
    REQUIRE(join(check_problems(store_)) == "");
  }

  [[nodiscard]] std::string trace() const {
    std::string text;
    for (const auto& line : trace_) text += line + "\n";
    return text;
  }
  [[nodiscard]] std::size_t facts() const { return model_.facts.size(); }

 private:
  Store open(const std::filesystem::path& path, std::uint64_t seed) {
    Options options;
    options.embedder = nullptr;
    options.clock = clock_;
    options.random = seeded_random(seed);
    options.durability = Durability::kRelaxed;
    return Store::open(path, options).value();
  }

  void note(std::string line) {
    trace_.push_back(std::to_string(steps_) + " (now " + std::to_string(model_.now) + "): " + std::move(line));
    if (trace_.size() > 30) trace_.erase(trace_.begin());
  }

  [[nodiscard]] Facts of(int ns) const { return scopes_[static_cast<std::size_t>(ns)].facts(); }

  struct Said {
    FactInput input;
    Told told;
    std::optional<int> until;
    std::set<MemoryId> sources;
  };

  Said random_said(int ns) {
    Said said;
    const Spelled subject = random_.pick(kSubjects);
    const Spelled attribute = random_.pick(kAttributes);
    const Spelled value = random_.pick(kValues);
    FactInput& in = said.input;
    Told& told = said.told;
    in.subject = subject.typed;
    in.attribute = attribute.typed;
    in.value = value.typed;
    told.ns = ns;
    told.subject = subject.means;
    told.attribute = attribute.means;
    told.value = value.means;
    told.typed = value.typed;
    in.kind = told.kind = random_.pick({FactKind::kFact, FactKind::kPreference});
    in.state = told.state = random_.pick({State::kActive, State::kActive, State::kConfirmed, State::kProposed});
    told.since = model_.now;
    if (random_.chance(70)) {
      told.since = static_cast<int>(random_.below(kTicks));
      in.since = time_of(told.since);
    }
    if (random_.chance(40) && told.since < kTicks - 1) {
      said.until = told.since + 1 + static_cast<int>(random_.below(static_cast<std::size_t>(kTicks - 1 - told.since)));
      in.until = time_of(*said.until);
    }
    // "lives in" is never anything but single, for the invariant.
    if (told.attribute != "lives in" && random_.chance(15)) in.cardinality = random_.pick({Cardinality::kSingle, Cardinality::kMany});
    told.stated = in.cardinality;
    std::optional<Trust> least;
    if (random_.chance(30)) {
      const auto& [id, trust] = random_.pick(sources_[ns]);
      in.sources = {id};
      said.sources = {id};
      least = trust;
    }
    if (random_.chance(40)) {
      in.trust = random_.pick({Trust::kTool, Trust::kUser, Trust::kOperator});
      least = least ? std::min(*least, *in.trust) : *in.trust;
    }
    told.trust = least.value_or(Trust::kExternal);
    return said;
  }

  static std::string show(const Said& said) {
    const auto names = [](State state) { return std::string(to_string(state)); };
    return names(said.told.state) + " " + said.told.subject + " | " + said.told.attribute + " | " + said.told.value + " [" +
           std::to_string(said.told.since) + ", " + (said.until ? std::to_string(*said.until) : "…") + ")" +
           (said.input.cardinality ? " as " + std::string(to_string(*said.input.cardinality)) : "") + " ns" + std::to_string(said.told.ns);
  }

  /// Compares what an assertion or confirmation answered, and takes the ids of rests over.
  void settle(int ns, const MemoryId& id, const Expected& expected, const Asserted& got) {
    REQUIRE(got.known == expected.known);
    REQUIRE(std::set<MemoryId>(got.superseded.begin(), got.superseded.end()) == expected.superseded);
    REQUIRE(got.superseded.size() == expected.superseded.size());
    REQUIRE(std::set<MemoryId>(got.conflicts.begin(), got.conflicts.end()) == expected.conflicts);
    REQUIRE(got.conflicts.size() == expected.conflicts.size());
    for (const auto& old : expected.superseded) model_.links.insert({id, "supersedes", old});
    adopt_rests(ns, expected);
  }

  /// A rest says where it came from; it must be the one new id that does.
  void adopt_rests(int ns, const Expected& expected) {
    for (const auto& [old, rest] : expected.rests) {
      const auto made = scopes_[static_cast<std::size_t>(ns)].related(old, {.type = "derived_from", .direction = Direction::kIncoming});
      REQUIRE_OK(made);
      std::vector<MemoryId> fresh;
      for (const auto& one : *made) {
        if (!model_.facts.contains(one.memory.id)) fresh.push_back(one.memory.id);
      }
      REQUIRE(fresh.size() == 1);
      model_.facts[fresh[0]] = rest;
      model_.links.insert({fresh[0], "derived_from", old});
    }
  }

  void assert_facts(std::size_t count) {
    const int ns = static_cast<int>(random_.below(2));
    std::vector<Said> all;
    std::vector<FactInput> inputs;
    for (std::size_t n = 0; n < count; ++n) {
      all.push_back(random_said(ns));
      // Later ones of a batch often speak of the same thing.
      if (n > 0 && random_.chance(60)) {
        all[n].input.subject = all[0].input.subject;
        all[n].told.subject = all[0].told.subject;
        if (!all[n].input.cardinality && !all[0].input.cardinality) {
          all[n].input.attribute = all[0].input.attribute;
          all[n].told.attribute = all[0].told.attribute;
        }
      }
      // Of a batch the first refusal would take all with it: those are confirmed.
      if (count > 1 && model_.any_of_value(all[n].told, State::kRejected)) all[n].input.state = all[n].told.state = State::kConfirmed;
      inputs.push_back(all[n].input);
      note((count > 1 ? "assert of a batch: " : "assert: ") + show(all[n]));
    }
    Result<std::vector<Asserted>> got = Status(StatusCode::kInternal, "");
    if (count == 1) {
      auto one = of(ns).assert_fact(inputs[0]);
      if (model_.refused(all[0].told)) {
        REQUIRE_CODE(one, StatusCode::kPermissionDenied);
        check_subject(ns, all[0].told.subject);
        return;
      }
      REQUIRE_OK(one);
      got = std::vector<Asserted>{*one};
    } else {
      got = of(ns).assert_facts(inputs);
      REQUIRE_OK(got);
    }
    REQUIRE(got->size() == count);
    // The model does them one by one; ids of rests are looked up at the end, when several may come from one fact.
    const auto before = model_;
    std::vector<std::pair<MemoryId, Told>> rests;
    for (std::size_t n = 0; n < count; ++n) {
      INFO("fact " << n << " of the batch: " << show(all[n]));
      const Asserted& one = (*got)[n];
      Told told = all[n].told;
      if (count > 1 && n > 0) adopt_late(ns, rests, one);
      Expected expected = model_.assert_one(told, all[n].until);
      if (expected.known) {
        REQUIRE(expected.says_so.contains(one.id));
        for (const auto& source : all[n].sources) model_.links.insert({one.id, "derived_from", source});
        settle(ns, one.id, expected, one);
        continue;
      }
      REQUIRE_FALSE(model_.facts.contains(one.id));
      model_.facts[one.id] = told;
      for (const auto& source : all[n].sources) model_.links.insert({one.id, "derived_from", source});
      if (count == 1) {
        settle(ns, one.id, expected, one);
      } else {
        rests.insert(rests.end(), expected.rests.begin(), expected.rests.end());
        expected.rests.clear();
        settle(ns, one.id, expected, one);
        adopt_late(ns, rests, one);
      }
    }
    check_subject(ns, all[0].told.subject);
    if (count == 1) check_untouched(before, ns, all[0]);
  }

  /// In a batch a later assertion may cut a rest of an earlier one, whose id is not known yet: each rest is found among
  /// the derived ones right away, in the order in which they were made.
  void adopt_late(int ns, std::vector<std::pair<MemoryId, Told>>& rests, const Asserted&) {
    for (const auto& [old, rest] : rests) {
      const auto made = scopes_[static_cast<std::size_t>(ns)].related(old, {.type = "derived_from", .direction = Direction::kIncoming});
      REQUIRE_OK(made);
      std::optional<MemoryId> first;
      for (const auto& one : *made) {
        if (!first && !model_.facts.contains(one.memory.id)) first = one.memory.id;
      }
      REQUIRE(first.has_value());
      model_.facts[*first] = rest;
      model_.links.insert({*first, "derived_from", old});
    }
    rests.clear();
  }

  /// Nothing that was true at a tick outside the new interval changes, and nothing of another subject or attribute.
  void check_untouched(const Model& before, int ns, const Said& said) {
    const auto truth = [&](const Model& model, int tick, bool firm) {
      std::set<std::tuple<std::string, std::string, std::string>> all;
      for (const auto& [id, fact] : model.facts) {
        if (fact.ns == ns && fact.true_at(tick) && fact.firm() == firm) all.insert({fact.subject, fact.attribute, fact.value});
      }
      return all;
    };
    const int end = said.until.value_or(kTicks + 1);
    for (int tick = 0; tick <= kTicks; ++tick) {
      if (tick >= said.told.since && tick < end) continue;
      REQUIRE(truth(before, tick, true) == truth(model_, tick, true));
      REQUIRE(truth(before, tick, false) == truth(model_, tick, false));
    }
  }

  void bad_batch() {
    const int ns = static_cast<int>(random_.below(2));
    std::vector<FactInput> inputs;
    for (std::size_t n = 2 + random_.below(3); n > 0; --n) {
      inputs.push_back(random_said(ns).input);
      inputs.back().state = State::kConfirmed;  // nothing else is refused
    }
    const std::size_t at = random_.below(inputs.size());
    FactInput& bad = inputs[at];
    StatusCode code = StatusCode::kInvalidArgument;
    switch (random_.below(5)) {
      case 0: bad.value.clear(); break;
      case 1: bad.until = time_of(0) - std::chrono::hours(1); bad.since = time_of(0); break;
      case 2: bad.state = State::kRejected; break;
      case 3: bad.metadata = Json::object({{"fact", 1}}); break;
      default:
        bad.sources = {MemoryId({9, 9, 9})};
        code = StatusCode::kNotFound;
        break;
    }
    note("a batch whose fact " + std::to_string(at) + " is bad");
    const auto seq = store_.stats().value().seq;
    const auto got = of(ns).assert_facts(inputs);
    REQUIRE_CODE(got, code);
    INFO(got.status().to_string());
    REQUIRE(got.status().message().find("fact " + std::to_string(at) + ": ") != std::string::npos);
    REQUIRE(store_.stats().value().seq == seq);
  }

  std::optional<MemoryId> some_fact() {
    if (model_.facts.empty()) return std::nullopt;
    return std::next(model_.facts.begin(), static_cast<std::ptrdiff_t>(random_.below(model_.facts.size())))->first;
  }

  void retract() {
    const auto id = some_fact();
    if (!id) return;
    Told& fact = model_.facts.at(*id);
    std::optional<Timestamp> at;
    int end = model_.now;
    if (random_.chance(60)) {
      end = static_cast<int>(random_.below(kTicks));
      at = time_of(end);
    }
    end = std::max(end, fact.since);
    note("retract " + id->to_string() + " from " + std::to_string(end));
    const bool over = fact.empty() || fact.last() < end;
    const auto got = of(fact.ns).retract(*id, at);
    if (fact.rejected() || over) {
      REQUIRE_CODE(got, StatusCode::kFailedPrecondition);
    } else {
      REQUIRE_OK(got);
      for (int tick = end; tick <= kTicks; ++tick) fact.holds[static_cast<std::size_t>(tick)] = false;
      compare(*id, fact, *got);
    }
    check_subject(fact.ns, fact.subject);
  }

  void confirm() {
    auto id = some_fact();
    for (int tries = 0; id && tries < 5 && model_.facts.at(*id).state != State::kProposed; ++tries) id = some_fact();
    if (!id) return;
    const Told before = model_.facts.at(*id);
    note("confirm " + id->to_string() + ", " + std::string(to_string(before.state)) + " " + before.subject + " | " + before.attribute + " | " +
         before.value);
    const auto got = of(before.ns).confirm(*id);
    if (before.state == State::kRejected || before.state == State::kSuperseded) {
      REQUIRE_CODE(got, StatusCode::kFailedPrecondition);
    } else {
      REQUIRE_OK(got);
      REQUIRE(got->id == *id);
      Expected expected;
      if (before.state == State::kProposed) {
        Told fact = before;
        fact.state = State::kConfirmed;
        if (!fact.empty()) {
          const auto others = model_.standing(fact, model_.cardinality_of(fact), *id);
          fact.holds = model_.reach(others, true, fact.since, fact.last() == kTicks ? std::nullopt : std::optional(fact.last() + 1));
          expected = model_.take(others, fact);
        }
        model_.facts.at(*id) = fact;
      } else {
        model_.facts.at(*id).state = State::kConfirmed;
      }
      settle(before.ns, *id, expected, *got);
    }
    check_subject(before.ns, before.subject);
  }

  void reject() {
    const auto id = some_fact();
    if (!id) return;
    Told& fact = model_.facts.at(*id);
    note("reject " + id->to_string());
    const auto got = of(fact.ns).reject(*id);
    REQUIRE_OK(got);
    fact.state = State::kRejected;
    compare(*id, fact, *got);
    check_subject(fact.ns, fact.subject);
  }

  void forget() {
    const auto id = some_fact();
    if (!id) return;
    const Told fact = model_.facts.at(*id);
    note("forget " + id->to_string());
    REQUIRE_OK(scopes_[static_cast<std::size_t>(fact.ns)].forget(*id, {.cascade = false}));  // what goes with it: forget_test
    model_.facts.erase(*id);
    std::erase_if(model_.links, [&](const Link& link) { return std::get<0>(link) == *id || std::get<2>(link) == *id; });
    REQUIRE_CODE(of(fact.ns).get(*id), StatusCode::kNotFound);
    REQUIRE_CODE(of(fact.ns).retract(*id), StatusCode::kNotFound);
    REQUIRE_CODE(of(fact.ns).confirm(*id), StatusCode::kNotFound);
    REQUIRE_CODE(of(fact.ns).reject(*id), StatusCode::kNotFound);
    check_subject(fact.ns, fact.subject);
  }

  void declare() {
    const int ns = static_cast<int>(random_.below(2));
    std::vector<Attribute> attributes;
    for (const char* name : {"role", "likes"}) {
      if (random_.chance(50)) attributes.push_back({name, random_.pick({Cardinality::kSingle, Cardinality::kMany})});
    }
    note("declare " + std::to_string(attributes.size()));
    REQUIRE_OK(of(ns).declare(attributes));
    for (const auto& attribute : attributes) model_.declared[{ns, attribute.name}] = attribute.cardinality;
    const auto got = of(ns).attributes();
    REQUIRE_OK(got);
    std::map<std::pair<int, std::string>, Cardinality> mine;
    std::string last;
    for (const auto& attribute : *got) {
      REQUIRE(last < attribute.name);
      last = attribute.name;
      mine[{ns, attribute.name}] = attribute.cardinality;
    }
    auto want = model_.declared;
    std::erase_if(want, [ns](const auto& entry) { return entry.first.first != ns; });
    REQUIRE(mine == want);
  }

  void compare(const MemoryId& id, const Told& want, const Fact& got) {
    INFO("fact " << id.to_string() << ": " << to_json(got).dump());
    REQUIRE(got.memory.id == id);
    REQUIRE(got.value == want.typed);
    REQUIRE(got.kind == want.kind);
    REQUIRE(to_string(got.memory.state) == to_string(want.state));
    REQUIRE(got.memory.trust == want.trust);
    REQUIRE(got.memory.layer == Layer::kSemantic);
    REQUIRE(to_string(got.holds.since) == to_string(time_of(want.since)));
    REQUIRE(got.holds.since == got.memory.event_time);
    REQUIRE(got.memory.event_end.has_value());
    if (want.empty()) {
      REQUIRE(got.holds.until.has_value());
      REQUIRE(*got.holds.until == got.holds.since);
    } else if (want.last() == kTicks) {
      REQUIRE_FALSE(got.holds.until.has_value());
      REQUIRE(*got.memory.event_end == kOpenEnd);
    } else {
      REQUIRE(got.holds.until.has_value());
      REQUIRE(to_string(*got.holds.until) == to_string(time_of(want.last() + 1)));
    }
    for (int tick = 0; tick < kTicks; ++tick) REQUIRE(got.is_true_at(time_of(tick)) == want.true_at(tick));
  }

  using Entry = std::pair<MemoryId, Told>;
  template <typename Keep>
  [[nodiscard]] std::vector<Entry> select(const Keep& keep) const {
    std::vector<Entry> found;
    for (const auto& [id, fact] : model_.facts) {
      if (keep(fact)) found.emplace_back(id, fact);
    }
    return found;
  }

  void compare(const std::vector<Entry>& want, const std::vector<Fact>& got) {
    for (std::size_t n = 0; n < std::min(want.size(), got.size()); ++n) {
      INFO("place " << n << " of " << want.size());
      compare(want[n].first, want[n].second, got[n]);
    }
    REQUIRE(got.size() == want.size());
  }

  void check_history(int ns, const std::string& subject, const std::string& attribute) {
    auto want = select([&](const Told& fact) {
      return fact.ns == ns && fact.subject == subject && (attribute.empty() || fact.attribute == attribute);
    });
    std::sort(want.begin(), want.end(), [](const Entry& a, const Entry& b) {
      return std::pair(a.second.since, a.first) < std::pair(b.second.since, b.first);
    });
    const auto got = of(ns).history(spelled(kSubjects, subject), attribute.empty() ? "" : spelled(kAttributes, attribute));
    REQUIRE_OK(got);
    compare(want, *got);
  }

  std::string spelled(const std::vector<Spelled>& all, const std::string& means) {
    for (;;) {
      const Spelled one = random_.pick(all);
      if (one.means == means) return one.typed;
    }
  }

  [[nodiscard]] std::vector<Entry> true_at(int tick, const std::set<int>& namespaces, const std::string& subject, const std::string& attribute = {}) const {
    auto want = select([&](const Told& fact) {
      return namespaces.contains(fact.ns) && (subject.empty() || fact.subject == subject) && (attribute.empty() || fact.attribute == attribute) &&
             fact.true_at(tick);
    });
    std::sort(want.begin(), want.end(), [](const Entry& a, const Entry& b) {
      return std::tuple(a.second.attribute, a.second.since, a.first) < std::tuple(b.second.attribute, b.second.since, b.first);
    });
    return want;
  }

  void check_about(int ns, const std::string& subject, int tick) {
    INFO("about " << subject << " at " << tick);
    AboutOptions options;
    if (tick != model_.now || random_.chance(50)) options.at = time_of(tick);
    const auto got = of(ns).about(spelled(kSubjects, subject), options);
    REQUIRE_OK(got);
    compare(true_at(tick, {ns}, subject), *got);
    // At most one firm value of a single-valued attribute.
    std::size_t firm = 0;
    for (const auto& fact : *got) firm += fact.attribute != "likes" && fact.memory.state != State::kProposed && fold_of(fact.attribute) == "lives in";
    REQUIRE(firm <= 1);
  }

  static std::string fold_of(const std::string& typed) {
    for (const auto& one : kAttributes) {
      if (one.typed == typed) return one.means;
    }
    return typed;
  }

  void check_recall(int ns, const std::string& subject, int tick) {
    INFO("recall of " << subject << " at " << tick);
    RecallOptions options{.k = 10'000, .layers = {Layer::kSemantic}};
    if (tick != model_.now || random_.chance(50)) options.valid_at = time_of(tick);
    const auto got = scopes_[static_cast<std::size_t>(ns)].recall({.text = subject.substr(0, 3)}, options);
    REQUIRE_OK(got);
    std::set<MemoryId> hits;
    for (const auto& hit : got->hits) {
      hits.insert(hit.memory.id);
      REQUIRE(hit.holds.has_value());
      REQUIRE(hit.holds->since == hit.memory.event_time);
      REQUIRE(hit.holds->until.has_value() == (*hit.memory.event_end != kOpenEnd));
      if (!options.valid_at) REQUIRE(hit.memory.state != State::kRejected);
    }
    std::set<MemoryId> want;
    for (const auto& [id, fact] : true_at(tick, {ns}, subject)) want.insert(id);
    REQUIRE(hits == want);
  }

  void check_links(int ns, const std::string& subject) {
    for (const auto& [id, fact] : select([&](const Told& one) { return one.ns == ns && one.subject == subject; })) {
      INFO("relations of " << id.to_string());
      const auto got = scopes_[static_cast<std::size_t>(ns)].related(id, {.limit = 10'000});
      REQUIRE_OK(got);
      std::set<Link> have;
      for (const auto& one : *got) have.insert({one.relation.from, one.relation.type, one.relation.to});
      REQUIRE(have.size() == got->size());
      std::set<Link> want;
      for (const auto& link : model_.links) {
        if (std::get<0>(link) == id || std::get<2>(link) == id) want.insert(link);
      }
      REQUIRE(have == want);
    }
  }

  void check_subject(int ns, const std::string& subject) {
    check_history(ns, subject, "");
    for (int n = 0; n < 3; ++n) check_about(ns, subject, static_cast<int>(random_.below(kTicks)));
    check_about(ns, subject, model_.now);
    check_recall(ns, subject, random_.chance(50) ? model_.now : static_cast<int>(random_.below(kTicks)));
    if (random_.chance(30)) check_links(ns, subject);
  }

  void check_list(int ns, std::optional<int> tick) {
    FactListOptions options;
    options.all = !tick;
    options.limit = random_.pick({1u, 3u, 10u, 1000u});
    if (tick && (*tick != model_.now || random_.chance(50))) options.at = time_of(*tick);
    auto want = tick ? true_at(*tick, {ns}, "") : select([ns](const Told& fact) { return fact.ns == ns; });
    std::sort(want.begin(), want.end(), [](const Entry& a, const Entry& b) {
      return a.second.since != b.second.since ? a.second.since > b.second.since : a.first < b.first;
    });
    std::vector<Fact> got;
    const Timestamp now = clock_->now();
    do {
      const auto page = of(ns).list(options);
      REQUIRE_OK(page);
      REQUIRE(page->items.size() <= options.limit);
      got.insert(got.end(), page->items.begin(), page->items.end());
      options.cursor = page->next;
      REQUIRE(got.size() <= want.size());
      clock_->advance(std::chrono::hours(1));  // one listing is of one moment
    } while (!options.cursor.empty());
    clock_->set(now);
    compare(want, got);
  }

  void read() {
    const int ns = static_cast<int>(random_.below(2));
    const Spelled subject = random_.pick(kSubjects);
    const Spelled attribute = random_.pick(kAttributes);
    note("read");
    check_history(ns, subject.means, attribute.means);
    const int tick = static_cast<int>(random_.below(kTicks));
    const auto some = of(ns).about(subject.typed, {.at = time_of(tick), .attribute = attribute.typed});
    REQUIRE_OK(some);
    compare(true_at(tick, {ns}, subject.means, attribute.means), *some);
    const auto first = of(ns).about(subject.typed, {.at = time_of(tick), .limit = 2});
    REQUIRE_OK(first);
    auto want = true_at(tick, {ns}, subject.means);
    if (want.size() > 2) want.resize(2);
    compare(want, *first);
    const auto granted = both_->facts().about(subject.typed, {.at = time_of(tick)});
    REQUIRE_OK(granted);
    compare(true_at(tick, {0, 1}, subject.means), *granted);
    if (const auto id = some_fact()) {
      const Told& fact = model_.facts.at(*id);
      const auto got = of(fact.ns).get(*id);
      REQUIRE_OK(got);
      compare(*id, fact, *got);
      REQUIRE_CODE(of(1 - fact.ns).get(*id), StatusCode::kNotFound);
      REQUIRE_CODE(of(1 - fact.ns).reject(*id), StatusCode::kNotFound);
    }
    check_list(ns, random_.chance(30) ? std::nullopt : std::optional(tick));
  }

  void sweep() {
    for (int ns = 0; ns < 2; ++ns) {
      for (const char* subject : {"ada", "ben", "rio grande"}) {
        for (int tick = 0; tick < kTicks; ++tick) check_about(ns, subject, tick);
        for (int tick = 0; tick < kTicks; tick += 5) check_recall(ns, subject, tick);
        check_links(ns, subject);
      }
      check_list(ns, model_.now);
      check_list(ns, std::nullopt);
    }
    // Far beyond the last tick only what is open is true.
    const auto later = of(0).about("ada", {.at = time_of(1000)});
    REQUIRE_OK(later);
    compare(true_at(kTicks, {0}, "ada"), *later);
  }

  Random random_;
  std::shared_ptr<ManualClock> clock_;
  Store store_;
  std::vector<Scope> scopes_;
  std::optional<Scope> both_;
  std::array<std::vector<std::pair<MemoryId, Trust>>, 2> sources_;
  Model model_;
  std::vector<std::string> trace_;
  std::size_t steps_ = 0;
};

}  // namespace

TEST_CASE("facts: random assertions, corrections and clocks leave what a timeline of ticks says") {
  for (const auto seed : seeds()) {
    for (std::size_t store = 0; store < scaled(8, 60); ++store) {
      const TempDir dir;
      Machine machine(seed + 1000 * store, dir / "store.db");
      // Few steps each: a long history of one attribute is cut to pieces, and pieces meet less.
      for (std::size_t n = 0; n < 120; ++n) {
        struct Teller {
          Machine& machine;
          std::uint64_t seed;
          int before = std::uncaught_exceptions();
          ~Teller() {
            if (std::uncaught_exceptions() > before) WARN("seed " << seed << ", the last operations:\n" << machine.trace());
          }
        } teller{machine, seed + 1000 * store};
        machine.step();
      }
      machine.finish();
      CHECK(machine.facts() > 10);
    }
  }
}
