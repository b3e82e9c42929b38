// SPDX-License-Identifier: Apache-2.0
// Relations against a naive graph: random links over many scopes, and what each scope may see of them, to the message.
#include "random_values.hpp"
#include "support/catch.hpp"
#include "support/clock.hpp"
#include "support/ledger.hpp"
#include "support/naive_store.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"

#include <mnemic/mnemic.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;

namespace {

struct Pair {
  Scope real;
  NaiveScope naive;
};

const std::vector<Namespace>& names() {
  static const std::vector<Namespace> all{{"acme"}, {"acme", "ada"}, {"acme", "ada", "notes"}, {"acme", "bob"}, {"acme/ada"}, {"zeta"}};
  return all;
}

// Types are compared byte for byte.
const std::vector<std::string> kTypes{"supersedes", "derived_from", "a", "A", "a.b-c_1"};

class Machine {
 public:
  Machine(std::uint64_t seed, const std::filesystem::path& path)
      : random_(seed), clock_(std::make_shared<ManualClock>()), store_(open(path, seed)), second_(open(path, seed + 1)) {
    model_.now = clock_->now();
    for (int n = 0; n < 24; ++n) scopes_.push_back(random_scope());
    for (int n = 0; n < 12; ++n) put();
  }

  void step() {
    clock_->advance(std::chrono::milliseconds(random_.between(2, 60'000)));
    model_.now = clock_->now();
    ++steps_;
    const std::size_t dice = random_.below(100);
    if (dice < 12) put();
    else if (dice < 38) relate();
    else if (dice < 46) unrelate();
    else if (dice < 52) update();
    else if (dice < 55) forget_one();
    else if (dice < 57) forget_many();
    else if (dice < 61) append();
    else if (dice < 63) pop();
    else if (dice < 70) batch();
    else if (dice < 76) grants();
    else if (dice < 79) scopes_[random_.below(scopes_.size())] = random_scope();
    else read();
  }

  void finish() {
    for (const auto& scope : scopes_) {
      for (const auto& id : model_.ids()) {
        if (!model_.forgotten(id)) check_all(scope, id);
      }
    }
    REQUIRE(join(check_problems(store_)) == "");
  }

  [[nodiscard]] std::size_t relations() const { return model_.relations().size(); }
  [[nodiscard]] std::size_t found() const { return found_; }
  [[nodiscard]] std::string trace() const {
    std::string text;
    for (const auto& line : trace_) text += line + "\n";
    return text;
  }

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
    trace_.push_back(std::to_string(steps_) + ": " + std::move(line));
    if (trace_.size() > 15) trace_.erase(trace_.begin());
  }
  static std::string show(const NaiveScope& scope) {
    std::string text = scope.name.to_string() + " reach=" + std::to_string(static_cast<int>(scope.reach)) + (scope.access == Access::kReadOnly ? " ro" : "");
    for (const auto& where : scope.where) text += " where " + where.dump();
    return text;
  }

  Json random_where() {
    if (random_.chance(60)) return Json::object(std::vector<Json::Member>{{"user", random_.pick({"ada", "bob"})}});
    return random_filter_json(random_, model_.ids(), model_.now, 2);
  }

  Pair random_scope() {
    const Namespace& name = random_.pick(names());
    ScopeOptions options;
    if (random_.chance(8)) options.access = Access::kReadOnly;
    options.reach = random_.pick({Reach::kOwn, Reach::kSubtree, Reach::kGranted, Reach::kGranted});
    NaiveScope naive{name, {}, {}, {}, options.access, options.reach, {}};
    if (random_.chance(30)) {
      const Json where = random_where();
      options.where = Filter::from_json(where).value();
      naive.where.push_back(where);
    }
    const Store& store = random_.chance(70) ? store_ : second_;
    Pair pair{store.scope(name, options).value(), naive};
    if (random_.chance(20)) {
      const Json where = random_where();
      pair.real = pair.real.narrow({.reach = options.reach, .where = Filter::from_json(where).value()}).value();
      pair.naive.where.push_back(where);
    }
    return pair;
  }

  Pair& any_scope() { return scopes_[random_.below(scopes_.size())]; }

  MemoryId unknown_id() {
    std::array<std::uint8_t, 16> bytes{};
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random_.next());
    bytes[6] = static_cast<std::uint8_t>(0x70 | (bytes[6] & 0x0f));
    bytes[8] = static_cast<std::uint8_t>(0x80 | (bytes[8] & 0x3f));
    return MemoryId(bytes);
  }
  /// Own, foreign, forgotten, expired or never seen.
  MemoryId some_id() { return model_.ids().empty() || random_.chance(4) ? unknown_id() : random_.pick(model_.ids()); }
  /// Mostly one that the scope may change or read.
  MemoryId own_id(const Pair& pair) {
    MemoryId id = some_id();
    for (int tries = 0; tries < 40 && model_.plan_update(pair.naive, id, {}) != StatusCode::kOk; ++tries) id = some_id();
    return random_.chance(90) ? id : some_id();
  }
  MemoryId readable_id(const Pair& pair) {
    MemoryId id = some_id();
    for (int tries = 0; tries < 10 && model_.get(pair.naive, id) == nullptr; ++tries) id = some_id();
    return id;
  }

  static std::string shape(const Status& status, const MemoryId& id) {
    std::string text = status.to_string() + " #" + std::to_string(status.extended_code());
    const std::string printed = id.to_string();
    for (auto at = text.find(printed); at != std::string::npos; at = text.find(printed)) text.replace(at, printed.size(), "<id>");
    return text;
  }
  /// The answer for this id is that for an id that never was.
  void require_unknown(const std::function<Status(MemoryId)>& call, const MemoryId& id) {
    const MemoryId other = unknown_id();
    const Status foreign = call(id);
    const Status unknown = call(other);
    REQUIRE(unknown.code() == StatusCode::kNotFound);
    REQUIRE(shape(foreign, id) == shape(unknown, other));
  }

  Json random_link_metadata() {
    return random_.chance(60) ? Json() : Json::object(std::vector<Json::Member>{{"weight", random_.pick({1, 2})}});
  }
  RelationInput random_relation(const Pair& pair) { return {random_.pick(kTypes), readable_id(pair), random_link_metadata()}; }

  MemoryInput random_input(const Pair& pair) {
    MemoryInput input;
    input.text = random_text(random_);
    input.user = random_.pick({"ada", "bob"});
    if (random_.chance(30)) input.key = random_.pick({"k1", "k2", "k3"});
    input.layer = random_.pick({Layer::kSemantic, Layer::kEpisodic, Layer::kProcedural});
    if (random_.chance(20)) input.event_end = random_end(random_, model_.now);
    if (random_.chance(12)) input.expires_at = model_.now + std::chrono::minutes(random_.between(1, 60));
    if (random_.chance(15)) input.state = random_.pick({State::kRejected, State::kSuperseded, State::kProposed});
    input.tags = random_tags(random_);
    if (random_.chance(35)) {
      for (std::size_t n = 1 + random_.below(3); n > 0; --n) input.relations.push_back(random_relation(pair));
      if (random_.chance(30)) input.relations.push_back(input.relations.front());  // the same twice, perhaps with other metadata
      if (random_.chance(30)) input.relations.back().metadata = random_link_metadata();
    }
    return input;
  }

  void put() {
    const Pair& pair = any_scope();
    const MemoryInput input = random_input(pair);
    note("put key '" + input.key + "' with " + std::to_string(input.relations.size()) + " relations through " + show(pair.naive));
    const NaivePlan plan = model_.plan_put(pair.naive, input);
    const auto seq = store_.stats().value().seq;
    const auto id = pair.real.put(input);
    REQUIRE_CODE(id, plan.code);
    if (!id) {
      REQUIRE(store_.stats().value().seq == seq);
      return;
    }
    if (plan.id) REQUIRE(*id == *plan.id);
    model_.apply_put(pair.naive, input, *id);
    check_all(any_scope(), *id);
    check_all(pair, *id);
  }

  void relate() {
    const Pair& pair = any_scope();
    const MemoryId from = own_id(pair);
    RelationInput relation = random_relation(pair);
    // Often one that stands, so that its metadata is replaced or nothing happens.
    if (random_.chance(35) && !model_.relations().empty()) {
      const Relation& one = random_.pick(model_.relations());
      return relate(pair, one.from, {one.type, one.to, random_.chance(50) ? one.metadata : random_link_metadata()});
    }
    if (random_.chance(3)) relation.to = from;
    relate(pair, from, relation);
  }

  void relate(const Pair& pair, const MemoryId& from, const RelationInput& relation) {
    note("relate " + from.to_string() + " " + relation.type + " " + relation.to.to_string() + " through " + show(pair.naive));
    const StatusCode plan = model_.plan_relate(pair.naive, from, relation);
    const std::size_t before = model_.relations().size();
    const auto seq = store_.stats().value().seq;
    const auto done = pair.real.relate(from, relation.type, relation.to, relation.metadata);
    REQUIRE_CODE(done, plan);
    if (plan != StatusCode::kOk) {
      REQUIRE(store_.stats().value().seq == seq);
      if (plan != StatusCode::kNotFound) return;
      // Whichever end it is, a hidden id answers as an unknown one.
      if (model_.plan_unrelate(pair.naive, from) == StatusCode::kNotFound) {
        require_unknown([&](MemoryId any) { return pair.real.relate(any, relation.type, relation.to, relation.metadata); }, from);
      } else {
        require_unknown([&](MemoryId any) { return pair.real.relate(from, relation.type, any, relation.metadata); }, relation.to);
        MemoryInput input;
        input.text = "linked to what is hidden";
        require_unknown(
            [&](MemoryId any) {
              input.relations = {{relation.type, any, relation.metadata}};
              return pair.real.put(input).status();
            },
            relation.to);
      }
      return;
    }
    const Seq made = model_.relations().empty() ? 0 : model_.relations().back().seq;
    model_.apply_relate(from, relation);
    const bool changed = model_.relations().size() != before || model_.relations().back().seq != made;
    REQUIRE((store_.stats().value().seq > seq) == changed);  // what stands is left as it is
    check_all(pair, from);
    check_all(any_scope(), relation.to);
  }

  void unrelate() {
    const Pair& pair = any_scope();
    MemoryId from = own_id(pair);
    MemoryId to = some_id();
    std::string type = random_.pick(kTypes);
    if (random_.chance(70) && !model_.relations().empty()) {
      const Relation& one = random_.pick(model_.relations());
      from = one.from;
      to = one.to;
      if (random_.chance(85)) type = one.type;
    }
    note("unrelate " + from.to_string() + " " + type + " " + to.to_string() + " through " + show(pair.naive));
    const StatusCode plan = model_.plan_unrelate(pair.naive, from);
    const auto done = pair.real.unrelate(from, type, to);
    REQUIRE_CODE(done, plan);
    if (plan == StatusCode::kNotFound) {
      require_unknown([&](MemoryId any) { return pair.real.unrelate(any, type, to); }, from);
    }
    if (!done.ok()) return;
    model_.apply_unrelate(from, type, to);
    REQUIRE_OK(pair.real.unrelate(from, type, to));  // that there is none is no error
    check_all(pair, from);
    check_all(any_scope(), to);
  }

  void update() {
    const Pair& pair = any_scope();
    const MemoryId id = own_id(pair);
    MemoryChange change;
    if (random_.chance(50)) change.text = random_text(random_);
    if (random_.chance(40)) change.state = random_.pick({State::kActive, State::kRejected, State::kSuperseded});
    if (random_.chance(30)) change.tags = random_tags(random_);
    if (random_.chance(30)) change.expires_at = random_.chance(50) ? std::optional<Timestamp>() : model_.now + std::chrono::minutes(random_.between(1, 30));
    if (random_.chance(20)) change.event_end = random_.chance(50) ? std::optional<Timestamp>() : std::optional(kOpenEnd);
    change.importance = 0.5;
    note("update " + id.to_string() + " through " + show(pair.naive));
    const StatusCode plan = model_.plan_update(pair.naive, id, {}, change);
    REQUIRE_CODE(pair.real.update(id, change), plan);
    if (plan != StatusCode::kOk) return;
    model_.apply_update(id, change);
    check_all(any_scope(), id);
  }

  void forget_one() {
    const Pair& pair = any_scope();
    const MemoryId id = own_id(pair);
    note("forget " + id.to_string() + " through " + show(pair.naive));
    const std::vector<MemoryId> ends = neighbours(id);
    const StatusCode plan = model_.plan_forget(pair.naive, id);
    REQUIRE_CODE(pair.real.forget(id, {.cascade = false}), plan);
    if (plan != StatusCode::kOk) return;
    model_.apply_forget(id);
    for (const auto& end : ends) check_all(any_scope(), end);
    check_all(pair, id);
  }

  void forget_many() {
    const Pair& pair = any_scope();
    if (pair.naive.access == Access::kReadOnly) return;
    const Json where = random_filter_json(random_, model_.ids(), model_.now);
    const auto victims = model_.forgettable(pair.naive, where);
    if (victims.size() > 4) return;
    note("forget where " + where.dump() + " through " + show(pair.naive));
    std::vector<MemoryId> ends;
    for (const auto& id : victims) {
      for (const auto& end : neighbours(id)) ends.push_back(end);
    }
    const auto report = pair.real.forget(Filter::from_json(where).value(), {.cascade = false});
    REQUIRE_OK(report);
    REQUIRE(report->ids == victims);
    for (const auto& id : victims) model_.apply_forget(id);
    for (const auto& end : ends) check_all(any_scope(), end);
  }

  void append() {
    const Pair& pair = any_scope();
    Turn turn{.author = "user", .text = random_text(random_)};
    note("append through " + show(pair.naive));
    const NaivePlan plan = model_.plan_append(pair.naive, "s", turn);
    const auto id = pair.real.session("s").append(turn);
    REQUIRE_CODE(id, plan.code);
    if (id) model_.apply_append(pair.naive, "s", turn, *id);
  }

  void pop() {
    const Pair& pair = any_scope();
    if (pair.naive.access == Access::kReadOnly) return;
    note("pop through " + show(pair.naive));
    const auto turns = model_.turns(pair.naive, "s");
    const auto taken = pair.real.session("s").pop(1);
    REQUIRE_OK(taken);
    REQUIRE(taken->size() == std::min<std::size_t>(1, turns.size()));
    if (taken->empty()) return;
    REQUIRE((*taken)[0].id == turns.back().id);
    const auto ends = neighbours(turns.back().id);
    model_.apply_forget(turns.back().id);
    for (const auto& end : ends) check_all(any_scope(), end);
  }

  void batch() {
    const Pair& pair = any_scope();
    struct Step {
      int kind = 0;
      MemoryInput input;
      MemoryId id;
      RelationInput relation;
    };
    std::vector<Step> steps;
    Batch batch;
    for (std::size_t n = 1 + random_.below(5); n > 0; --n) {
      Step step;
      step.kind = static_cast<int>(random_.below(5));
      step.id = own_id(pair);
      step.relation = random_relation(pair);
      if (step.kind == 2 && !model_.relations().empty() && random_.chance(60)) {
        const Relation& one = random_.pick(model_.relations());
        step.id = one.from;
        step.relation = {one.type, one.to, {}};
      }
      if (step.kind >= 3 && !steps.empty() && random_.chance(60)) step.id = steps.front().id;  // meets what is forgotten or linked before
      if (step.kind == 0) {
        step.input = random_input(pair);
        batch.put(step.input);
      } else if (step.kind == 1) {
        batch.forget(step.id);
      } else if (step.kind == 2) {
        batch.unrelate(step.id, step.relation.type, step.relation.to);
      } else {
        batch.relate(step.id, step.relation.type, step.relation.to, step.relation.metadata);
      }
      steps.push_back(step);
    }
    note("batch of " + std::to_string(steps.size()) + " through " + show(pair.naive));
    const auto run = [&](NaiveStore& model, const std::vector<Written>* written) -> std::pair<StatusCode, std::size_t> {
      for (std::size_t n = 0; n < steps.size(); ++n) {
        const Step& step = steps[n];
        StatusCode code = StatusCode::kOk;
        if (step.kind == 0) {
          const NaivePlan plan = model.plan_put(pair.naive, step.input);
          code = plan.code;
          if (code == StatusCode::kOk) model.apply_put(pair.naive, step.input, plan.id ? *plan.id : written != nullptr ? (*written)[n].id : unknown_id());
        } else if (step.kind == 1) {
          code = model.plan_forget(pair.naive, step.id);
          if (code == StatusCode::kOk) model.apply_forget(step.id);
        } else if (step.kind == 2) {
          code = model.plan_unrelate(pair.naive, step.id);
          if (code == StatusCode::kOk) model.apply_unrelate(step.id, step.relation.type, step.relation.to);
        } else {
          code = model.plan_relate(pair.naive, step.id, step.relation);
          if (code == StatusCode::kOk) model.apply_relate(step.id, step.relation);
        }
        if (code != StatusCode::kOk) return {code, n};
        if (written != nullptr && step.kind >= 1) {
          REQUIRE((*written)[n].id == step.id);
          REQUIRE((*written)[n].version == 0);
        }
      }
      return {StatusCode::kOk, 0};
    };
    // Relations of a memory with itself are refused before anything is looked at.
    std::optional<std::size_t> self;
    for (std::size_t n = 0; n < steps.size() && !self; ++n) {
      if (steps[n].kind >= 3 && steps[n].id == steps[n].relation.to) self = n;
    }
    NaiveStore copy = model_;
    auto [code, at] = run(copy, nullptr);
    if (self && pair.naive.access != Access::kReadOnly) std::tie(code, at) = std::pair(StatusCode::kInvalidArgument, *self);
    const auto seq = store_.stats().value().seq;
    const auto written = pair.real.write(batch);
    REQUIRE_CODE(written, code);
    if (!written) {
      INFO(written.status().message());
      if (code != StatusCode::kPermissionDenied) REQUIRE(written.status().message().starts_with("operation " + std::to_string(at) + ": "));
      REQUIRE(store_.stats().value().seq == seq);
      return;
    }
    REQUIRE(written->size() == steps.size());
    run(model_, &*written);
    for (const auto& one : *written) check_all(any_scope(), one.id);
  }

  void grants() {
    const Namespace& reader = random_.pick(names());
    const Namespace& target = random_.pick(names());
    if (reader == target) return;
    note("grant or revoke " + reader.to_string() + " -> " + target.to_string());
    const Store& store = random_.chance(50) ? store_ : second_;
    if (random_.chance(60)) {
      REQUIRE_OK(store.admin().grant(reader, target));
      model_.grant(reader, target);
    } else {
      const bool there = model_.revoke(reader, target);
      REQUIRE_CODE(store.admin().revoke(reader, target), there ? StatusCode::kOk : StatusCode::kNotFound);
    }
    // It is so at once, for scopes that were made before.
    for (const auto& pair : scopes_) {
      if (pair.naive.name != reader || pair.naive.reach != Reach::kGranted || model_.relations().empty()) continue;
      for (int n = 0; n < 4; ++n) {
        const Relation& one = random_.pick(model_.relations());
        check_all(pair, one.from);
        check_all(pair, one.to);
      }
    }
  }

  [[nodiscard]] std::vector<MemoryId> neighbours(const MemoryId& id) const {
    std::vector<MemoryId> ends;
    for (const auto& one : model_.relations()) {
      if (one.from == id) ends.push_back(one.to);
      if (one.to == id) ends.push_back(one.from);
    }
    return ends;
  }

  void compare(const std::vector<Related>& want, const std::vector<Related>& got) {
    for (std::size_t n = 0; n < std::min(want.size(), got.size()); ++n) {
      INFO("relation " << n << " of " << want.size() << ": " << to_json(got[n].relation).dump() << ", wanted " << to_json(want[n].relation).dump());
      const Relation& w = want[n].relation;
      const Relation& g = got[n].relation;
      REQUIRE(g.from == w.from);
      REQUIRE(g.to == w.to);
      REQUIRE(g.type == w.type);
      REQUIRE(g.metadata == w.metadata);
      REQUIRE(to_string(g.created_at) == to_string(w.created_at));
      REQUIRE(difference(want[n].memory, got[n].memory) == "");
      if (n > 0) REQUIRE(got[n - 1].relation.seq < g.seq);
    }
    REQUIRE(got.size() == want.size());
  }

  void check_all(const Pair& pair, const MemoryId& id) {
    INFO("related of " << id.to_string() << " through " << show(pair.naive));
    const auto got = pair.real.related(id, {.limit = 10'000});
    if (model_.get(pair.naive, id) == nullptr) {
      REQUIRE_CODE(got, StatusCode::kNotFound);
      require_unknown([&](MemoryId any) { return pair.real.related(any).status(); }, id);
      return;
    }
    REQUIRE_OK(got);
    compare(model_.related(pair.naive, id, {.limit = 10'000}, Json::object({})), *got);
    found_ += got->size();
  }

  void read() {
    const Pair& pair = any_scope();
    MemoryId id = readable_id(pair);
    for (int tries = 0; tries < 15 && neighbours(id).empty(); ++tries) id = readable_id(pair);
    const Json where = random_.chance(50) ? Json::object({}) : random_filter_json(random_, model_.ids(), model_.now, 1);
    RelatedOptions options;
    options.where = Filter::from_json(where).value();
    options.direction = random_.pick({Direction::kBoth, Direction::kOutgoing, Direction::kIncoming});
    if (random_.chance(40)) options.type = random_.pick(kTypes);
    options.limit = random_.pick({1u, 2u, 5u, 100u});
    note("related of " + id.to_string() + " where " + where.dump() + " through " + show(pair.naive));
    check_all(pair, id);
    if (model_.get(pair.naive, id) == nullptr) return;
    RelatedOptions everything = options;
    everything.limit = 10'000;
    const auto want = model_.related(pair.naive, id, everything, where);
    std::vector<Related> got;
    for (;;) {
      const auto page = pair.real.related(id, options);
      REQUIRE_OK(page);
      REQUIRE(page->size() <= options.limit);
      got.insert(got.end(), page->begin(), page->end());
      REQUIRE(got.size() <= want.size());
      if (page->size() < options.limit) break;
      options.after = page->back().relation.seq;
    }
    compare(want, got);
  }

  Random random_;
  std::shared_ptr<ManualClock> clock_;
  Store store_;
  Store second_;  // the same file, opened once more
  NaiveStore model_;
  std::vector<Pair> scopes_;
  std::vector<std::string> trace_;
  std::size_t steps_ = 0;
  std::size_t found_ = 0;
};

}  // namespace

TEST_CASE("random links over many scopes: what each sees is what a naive graph says, and no more") {
  for (const auto seed : seeds()) {
    const TempDir dir;
    Machine machine(seed, dir / "store.db");
    for (std::size_t n = 0; n < scaled(2500, 40'000); ++n) {
      struct Teller {
        Machine& machine;
        std::uint64_t seed;
        int before = std::uncaught_exceptions();
        ~Teller() {
          if (std::uncaught_exceptions() > before) WARN("seed " << seed << ", the last operations:\n" << machine.trace());
        }
      } teller{machine, seed};
      machine.step();
    }
    machine.finish();
    CHECK(machine.relations() > 20);
    CHECK(machine.found() > 1000);
  }
}
