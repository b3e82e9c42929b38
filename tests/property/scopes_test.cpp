// SPDX-License-Identifier: Apache-2.0
// Thousands of random operations over many scopes, every answer compared with the naive model: no scope sees, changes or
// counts anything the headers do not grant it, and a foreign id cannot be told from an unknown one.
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
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;

namespace {

// One token per word, so that the model can count too.
class WordCounter final : public TokenCounter {
 public:
  std::size_t count(std::string_view text) override { return count_words(text); }
  static std::size_t count_words(std::string_view text) {
    std::size_t words = 0;
    bool inside = false;
    for (const char c : text) {
      if (c == ' ') {
        inside = false;
      } else if (!inside) {
        inside = true;
        ++words;
      }
    }
    return words;
  }
};

// What is typed, and what it is after NFC.
struct Spelling {
  Namespace typed;
  Namespace normal;
};

const std::vector<Spelling>& spellings() {
  static const std::vector<Spelling> all = [] {
    std::vector<Spelling> list;
    for (const Namespace& name : {Namespace{"acme"}, Namespace{"acme", "ada"}, Namespace{"acme", "ada", "notes"}, Namespace{"acme", "bob"},
                                  Namespace{"acme/ada"}, Namespace{"a", "b"}, Namespace{"a/b"}, Namespace{"%"}, Namespace{"%2F"},
                                  Namespace{"_"}, Namespace{"*"}, Namespace{"acme", "%"}, Namespace{"ACME"}, Namespace{"acm"}, Namespace{"..."}}) {
      list.push_back({name, name});
    }
    const Namespace composed{"caf\xc3\xa9"};
    list.push_back({composed, composed});
    list.push_back({Namespace{"cafe\xcc\x81"}, composed});
    const Namespace below{"caf\xc3\xa9", "ma\xc3\xb1" "ana"};
    list.push_back({below, below});
    list.push_back({Namespace{"cafe\xcc\x81", "man\xcc\x83" "ana"}, below});
    return list;
  }();
  return all;
}

struct Pair {
  Scope real;
  NaiveScope naive;
};

class Machine {
 public:
  explicit Machine(std::uint64_t seed, const std::filesystem::path& path)
      : random_(seed), clock_(std::make_shared<ManualClock>()), store_(open(path, seed)) {
    for (int n = 0; n < 30; ++n) scopes_.push_back(random_scope());
  }

  void step() {
    clock_->advance(std::chrono::milliseconds(random_.between(2, 5000)));
    model_.now = clock_->now();
    ++steps_;
    const std::size_t dice = random_.below(100);
    if (dice < 22) put();
    else if (dice < 32) update();
    else if (dice < 38) forget_one();
    else if (dice < 40) forget_many();
    else if (dice < 50) append();
    else if (dice < 53) pop();
    else if (dice < 58) batch();
    else if (dice < 61) grants();
    else if (dice < 65) scopes_[random_.below(scopes_.size())] = random_scope();
    else if (dice < 75) read_one();
    else if (dice < 85) list();
    else if (dice < 92) recall();
    else if (dice < 96) sessions();
    else why();
  }

  void finish() {
    for (const auto& id : model_.ids()) check_history(id);
    std::set<std::string> written;
    for (const auto& id : model_.ids()) written.insert(model_.history(id).front().name_space.to_string());
    const auto names = store_.admin().namespaces();
    REQUIRE_OK(names);
    std::vector<std::string> printed;
    for (const auto& name : *names) printed.push_back(name.to_string());
    CHECK(std::is_sorted(printed.begin(), printed.end()));
    CHECK(std::set<std::string>(printed.begin(), printed.end()) == written);
    const auto stats = store_.stats();
    REQUIRE_OK(stats);
    CHECK(stats->memories == model_.current_count());
    std::size_t versions = 0;
    for (const auto& id : model_.ids()) versions += model_.history(id).size();
    CHECK(stats->versions == versions);
    REQUIRE(join(check_problems(store_)) == "");
    for (int n = 0; n < 30; ++n) list_all(random_scope());
  }

  [[nodiscard]] std::string trace() const {
    std::string text;
    for (const auto& line : trace_) text += line + "\n";
    return text;
  }
  [[nodiscard]] std::size_t memories() const { return model_.ids().size(); }

 private:
  Store open(const std::filesystem::path& path, std::uint64_t seed) {
    Options options;
    options.embedder = nullptr;
    options.token_counter = std::make_shared<WordCounter>();
    options.clock = clock_;
    options.random = seeded_random(seed);
    options.durability = Durability::kRelaxed;
    return Store::open(path, options).value();
  }

  void note(std::string line) {
    trace_.push_back(std::to_string(steps_) + ": " + std::move(line));
    if (trace_.size() > 12) trace_.erase(trace_.begin());
  }

  static std::string show(const NaiveScope& scope) {
    std::string text = scope.name.to_string() + " user=" + scope.user + " agent=" + scope.agent + " session=" + scope.session + " reach=" +
                       std::to_string(static_cast<int>(scope.reach)) + (scope.access == Access::kReadOnly ? " ro" : "");
    for (const auto& where : scope.where) text += " where " + where.dump();
    return text;
  }

  Pair random_scope() {
    const Spelling& spelling = random_.pick(spellings());
    ScopeOptions options;
    if (random_.chance(50)) options.user = random_.pick(odd_names());
    if (random_.chance(30)) options.agent = random_.pick(odd_names());
    if (random_.chance(20)) options.session = random_.pick(odd_names());
    if (random_.chance(10)) options.access = Access::kReadOnly;
    options.reach = random_.pick({Reach::kOwn, Reach::kOwn, Reach::kSubtree, Reach::kGranted});
    NaiveScope naive{spelling.normal, options.user, options.agent, options.session, options.access, options.reach, {}};
    if (random_.chance(30)) {
      const Json where = random_where();
      options.where = Filter::from_json(where).value();
      naive.where.push_back(where);
    }
    auto scope = store_.scope(spelling.typed, options);
    REQUIRE_OK(scope);
    Pair pair{*scope, naive};
    CHECK(pair.real.name() == spelling.normal);
    if (random_.chance(40)) narrow(pair);
    return pair;
  }

  Json random_where() {
    if (random_.chance(50)) return Json::object(std::vector<Json::Member>{{"user", random_.pick(odd_names())}});
    return random_filter_json(random_, model_.ids(), model_.now, 2);
  }

  // The same scope with fewer rights, or an attempt at more.
  void narrow(Pair& pair) {
    ScopeOptions options;
    NaiveScope naive = pair.naive;
    bool widens = false;
    // kReadWrite is what every ScopeOptions says unless told otherwise: it leaves a read-only scope as it is.
    options.access = random_.pick({Access::kReadOnly, Access::kReadWrite, Access::kReadWrite, Access::kReadWrite});
    if (options.access == Access::kReadOnly) naive.access = Access::kReadOnly;
    options.reach = random_.chance(70) ? pair.naive.reach : random_.pick({Reach::kOwn, Reach::kSubtree, Reach::kGranted});
    widens = widens || (options.reach != naive.reach && options.reach != Reach::kOwn);
    naive.reach = options.reach;
    const auto name = [&](std::string& option, std::string& current) {
      if (random_.chance(30)) option = random_.pick(odd_names());
      if (option.empty()) return;
      widens = widens || (!current.empty() && current != option);
      current = option;
    };
    name(options.user, naive.user);
    name(options.agent, naive.agent);
    name(options.session, naive.session);
    if (random_.chance(40)) {
      const Json where = random_where();
      options.where = Filter::from_json(where).value();
      naive.where.push_back(where);
    }
    const auto narrowed = pair.real.narrow(options);
    if (widens) {
      REQUIRE_CODE(narrowed, StatusCode::kPermissionDenied);
      return;
    }
    REQUIRE_OK(narrowed);
    pair = {*narrowed, naive};
  }

  Pair& any_scope() { return scopes_[random_.below(scopes_.size())]; }

  MemoryInput random_input() {
    MemoryInput input;
    input.text = random_text(random_) + unique_word(++words_);
    if (random_.chance(40)) input.key = random_.pick({"k1", "k2", "k3", "a/b", "%"});
    input.layer = random_.pick({Layer::kSemantic, Layer::kSemantic, Layer::kEpisodic, Layer::kProcedural});
    if (random_.chance(30)) input.content = Json::parse(R"({"b": 1.0,  "a": [1e2, "x"]})").value();
    if (random_.chance(30)) input.user = random_.pick(odd_names());
    if (random_.chance(20)) input.agent = random_.pick(odd_names());
    if (random_.chance(20)) input.session = random_.pick(odd_names());
    input.author = random_.pick(odd_names());
    if (random_.chance(30)) input.event_time = random_time(random_, model_.now);
    if (random_.chance(25)) input.event_end = random_end(random_, input.event_time.value_or(model_.now));
    if (random_.chance(20)) input.time_zone = random_.pick({"Europe/Lisbon", "Asia/Tokyo"});
    if (random_.chance(15)) input.expires_at = model_.now + std::chrono::seconds(random_.between(1, 20'000));
    if (random_.chance(40)) input.importance = random_.pick({0.0, 0.25, 1.0});
    if (random_.chance(20)) input.strength = 0.5;
    input.pinned = random_.chance(5);
    input.trust = random_.pick({Trust::kExternal, Trust::kModel, Trust::kUser});
    if (random_.chance(25)) input.state = random_.pick({State::kProposed, State::kConfirmed, State::kRejected, State::kSuperseded, State::kQuarantined});
    input.tags = random_tags(random_);
    input.metadata = random_metadata(random_);
    if (random_.chance(6)) input.relations = {{"seen_with", some_id(), {}}};
    if (random_.chance(20)) {
      input.provenance.source = "tool:test";
      input.provenance.trace = "t" + std::to_string(words_);
      if (!model_.ids().empty()) input.provenance.derived_from = {random_.pick(model_.ids())};
    }
    return input;
  }

  MemoryChange random_change() {
    MemoryChange change;
    if (random_.chance(40)) change.text = random_text(random_) + unique_word(++words_);
    if (random_.chance(20)) change.content = Json::object({{"changed", true}});
    if (random_.chance(20)) change.author = random_.pick(odd_names());
    if (random_.chance(20)) change.event_time = random_time(random_, model_.now);
    if (random_.chance(20)) {
      change.event_end = random_.chance(30) ? std::optional<Timestamp>()
                         : random_.chance(50) ? std::optional(random_time(random_, model_.now))
                                              : std::optional(random_end(random_, change.event_time.value_or(model_.now)));
    }
    if (random_.chance(20)) change.expires_at = random_.chance(50) ? std::optional<Timestamp>() : model_.now + std::chrono::seconds(random_.between(1, 9000));
    if (random_.chance(20)) change.importance = 0.75;
    if (random_.chance(20)) change.strength = 0.25;
    if (random_.chance(10)) change.pinned = random_.chance(50);
    if (random_.chance(20)) change.trust = random_.pick({Trust::kModel, Trust::kOperator});
    if (random_.chance(20)) change.state = random_.pick({State::kActive, State::kConfirmed, State::kRejected});
    if (random_.chance(20)) change.tags = random_tags(random_);
    if (random_.chance(20)) change.metadata = random_metadata(random_);
    change.importance = change.importance.value_or(0.5);  // never a change of nothing
    return change;
  }

  // Own, foreign, forgotten or never seen.
  MemoryId some_id() {
    if (model_.ids().empty() || random_.chance(10)) return unknown_id();
    return random_.pick(model_.ids());
  }
  MemoryId unknown_id() {
    std::array<std::uint8_t, 16> bytes{};
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random_.next());
    bytes[6] = static_cast<std::uint8_t>(0x70 | (bytes[6] & 0x0f));
    bytes[8] = static_cast<std::uint8_t>(0x80 | (bytes[8] & 0x3f));
    return MemoryId(bytes);
  }

  // The message of a refused id must not tell why: with the id taken out it equals that for an id that never was.
  static std::string shape(const Status& status, MemoryId id) {
    std::string text = status.to_string() + " #" + std::to_string(status.extended_code());
    const std::string printed = id.to_string();
    for (auto at = text.find(printed); at != std::string::npos; at = text.find(printed)) text.replace(at, printed.size(), "<id>");
    return text;
  }
  template <typename Call>
  void require_unknown(const Call& call, MemoryId id) {
    const MemoryId other = unknown_id();
    const Status foreign = call(id);
    const Status unknown = call(other);
    REQUIRE(unknown.code() == StatusCode::kNotFound);
    REQUIRE(shape(foreign, id) == shape(unknown, other));
  }

  void check_written(const Pair& pair, MemoryId id) {
    // The writer may have put it outside its own `where`; the admin sees it in any case.
    const Memory& want = model_.history(id).back();
    const auto related = pair.real.related(id);
    if (related) REQUIRE(related->size() == model_.related(pair.naive, id, {}, Json::object({})).size());
    const auto found = store_.admin().find(id);
    REQUIRE_OK(found);
    REQUIRE(difference(want, *found) == "");
    REQUIRE(found->seq_from > last_seq_);
    last_seq_ = found->seq_from;
    REQUIRE_FALSE(found->seq_to.has_value());
    check_get(pair, id);
  }

  void check_get(const Pair& pair, MemoryId id) {
    const Memory* want = model_.get(pair.naive, id);
    const auto got = pair.real.get(id);
    if (want == nullptr) {
      REQUIRE_CODE(got, StatusCode::kNotFound);
      require_unknown([&](MemoryId any) { return pair.real.get(any).status(); }, id);
    } else {
      REQUIRE_OK(got);
      REQUIRE(difference(*want, *got) == "");
    }
  }

  void check_history(MemoryId id) {
    const auto got = store_.admin().history(id);
    REQUIRE_OK(got);
    const auto& want = model_.history(id);
    REQUIRE(got->size() == want.size());
    for (std::size_t n = 0; n < want.size(); ++n) {
      REQUIRE(difference(want[n], (*got)[n]) == "");
      const bool last = n + 1 == want.size();
      if (last) {
        REQUIRE((*got)[n].seq_to.has_value() == model_.forgotten(id));
      } else {
        REQUIRE((*got)[n].seq_to.has_value());
        REQUIRE(*(*got)[n].seq_to == (*got)[n + 1].seq_from);
      }
    }
  }

  void put() {
    const Pair& pair = any_scope();
    const MemoryInput input = random_input();
    note("put key '" + input.key + "' through " + show(pair.naive));
    const NaivePlan plan = model_.plan_put(pair.naive, input);
    const auto id = pair.real.put(input);
    REQUIRE_CODE(id, plan.code);
    if (!id) return;
    if (plan.id) REQUIRE(*id == *plan.id);
    else REQUIRE_FALSE(model_.known(*id));
    model_.apply_put(pair.naive, input, *id);
    check_written(pair, *id);
  }

  void update() {
    const Pair& pair = any_scope();
    const MemoryId id = some_id();
    const MemoryChange change = random_change();
    UpdateOptions options;
    if (random_.chance(40)) options.if_version = 1 + random_.below(3);
    note("update " + id.to_string() + " through " + show(pair.naive));
    const StatusCode plan = model_.plan_update(pair.naive, id, options, change);
    const auto written = pair.real.update(id, change, options);
    REQUIRE_CODE(written, plan);
    if (plan == StatusCode::kNotFound) {
      require_unknown([&](MemoryId any) { return pair.real.update(any, change, options).status(); }, id);
    }
    if (!written) return;
    model_.apply_update(id, change);
    REQUIRE(written->id == id);
    REQUIRE(written->version == model_.history(id).back().version);
    REQUIRE(written->seq > last_seq_);
    check_written(pair, id);
    REQUIRE(written->seq == last_seq_);
  }

  void forget_one() {
    const Pair& pair = any_scope();
    const MemoryId id = some_id();
    const bool dry = random_.chance(20);
    note("forget " + id.to_string() + " through " + show(pair.naive));
    const StatusCode plan = model_.plan_forget(pair.naive, id);
    const auto report = pair.real.forget(id, {.dry_run = dry});
    if (dry && plan == StatusCode::kPermissionDenied) return;  // the headers leave open whether a dry run is a write
    REQUIRE_CODE(report, plan);
    if (plan == StatusCode::kNotFound) {
      require_unknown([&](MemoryId any) { return pair.real.forget(any, {.dry_run = dry}).status(); }, id);
    }
    if (!report) return;
    REQUIRE(report->ids == std::vector<MemoryId>{id});
    REQUIRE(report->dry_run == dry);
    if (!dry) model_.apply_forget(id);
    check_get(pair, id);
  }

  void forget_many() {
    const Pair& pair = any_scope();
    if (pair.naive.access == Access::kReadOnly) return;
    const Json where = random_filter_json(random_, model_.ids(), model_.now);
    const auto victims = model_.forgettable(pair.naive, where);
    const bool dry = random_.chance(50) || victims.size() > 20;  // do not empty the store
    note("forget where " + where.dump() + " through " + show(pair.naive));
    const auto report = pair.real.forget(Filter::from_json(where).value(), {.dry_run = dry});
    REQUIRE_OK(report);
    REQUIRE(report->ids == victims);
    if (!dry) {
      for (const auto& id : victims) model_.apply_forget(id);
    }
  }

  std::string random_session() { return random_.pick({"s1", "s2", "a/b", "%", "S1", "caf\xc3\xa9", "cafe\xcc\x81"}); }

  void append() {
    const Pair& pair = any_scope();
    const std::string name = random_session();
    std::vector<Turn> turns;
    for (std::size_t n = 1 + random_.below(3); n > 0; --n) {
      Turn turn;
      turn.author = random_.pick({"user", "assistant", "tool"});
      turn.text = random_text(random_) + unique_word(++words_);
      if (random_.chance(20)) turn.content = Json::parse(R"({"role":"user",  "n":1.50})").value();
      turn.trust = random_.pick({Trust::kExternal, Trust::kUser});
      turn.metadata = random_metadata(random_);
      if (random_.chance(20)) turn.key = "m" + std::to_string(random_.below(12));
      turns.push_back(turn);
    }
    note("append " + std::to_string(turns.size()) + " to '" + name + "' through " + show(pair.naive));
    NaiveStore after = model_;
    StatusCode plan = StatusCode::kOk;
    std::vector<std::optional<MemoryId>> kept;
    for (const auto& turn : turns) {
      const NaivePlan one = after.plan_append(pair.naive, name, turn);
      if (one.code != StatusCode::kOk) {
        plan = one.code;
        break;
      }
      kept.push_back(one.id);
      const MemoryId id = one.id ? *one.id : unknown_id();
      after.apply_append(pair.naive, name, turn, id);
      if (!one.id) kept.back() = std::nullopt;
    }
    const auto ids = pair.real.session(name).append(turns);
    // A key that stands outside this scope's `where` is taken for everyone, as it is for put.
    if (plan == StatusCode::kOk && !ids && ids.status().code() == StatusCode::kAlreadyExists && !pair.naive.where.empty()) return;
    REQUIRE_CODE(ids, plan);
    if (!ids) return;
    REQUIRE(ids->size() == turns.size());
    for (std::size_t n = 0; n < turns.size(); ++n) {
      const NaivePlan one = model_.plan_append(pair.naive, name, turns[n]);
      if (one.id) REQUIRE((*ids)[n] == *one.id);
      else REQUIRE_FALSE(model_.known((*ids)[n]));
      model_.apply_append(pair.naive, name, turns[n], (*ids)[n]);
    }
    for (const auto& id : *ids) check_get(pair, id);
    refresh_seq();
    check_window(pair, name);
  }

  void pop() {
    const Pair& pair = any_scope();
    const std::string name = random_session();
    const std::size_t count = 1 + random_.below(3);
    note("pop " + std::to_string(count) + " of '" + name + "' through " + show(pair.naive));
    std::vector<Memory> want = model_.turns(pair.naive, name);
    if (want.size() > count) want.erase(want.begin(), want.end() - static_cast<std::ptrdiff_t>(count));
    const auto taken = pair.real.session(name).pop(count);
    if (pair.naive.access == Access::kReadOnly) {
      REQUIRE_CODE(taken, StatusCode::kPermissionDenied);
      return;
    }
    REQUIRE_OK(taken);
    compare(want, *taken);
    for (const auto& memory : want) model_.apply_forget(memory.id);
    refresh_seq();
    check_window(pair, name);
  }

  void batch() {
    const Pair& pair = any_scope();
    Batch batch;
    struct Step {
      int kind;
      MemoryInput input;
      MemoryId id;
      MemoryChange change;
      UpdateOptions options;
    };
    std::vector<Step> steps;
    for (std::size_t n = 1 + random_.below(5); n > 0; --n) {
      Step step{static_cast<int>(random_.below(4)), {}, {}, {}, {}};
      if (step.kind <= 1) {
        step.kind = 0;
        step.input = random_input();
        batch.put(step.input);
      } else {
        // Mostly what this scope can change, so that some batches go through.
        step.id = some_id();
        for (int tries = 0; tries < 30 && model_.plan_update(pair.naive, step.id, {}) != StatusCode::kOk; ++tries) step.id = some_id();
        if (step.kind == 2) {
          step.change = random_change();
          if (random_.chance(20)) step.options.if_version = 1 + random_.below(3);
          batch.update(step.id, step.change, step.options);
        } else {
          batch.forget(step.id);
        }
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
          if (code == StatusCode::kOk) {
            if (written != nullptr && plan.id) REQUIRE((*written)[n].id == *plan.id);
            const MemoryId id = plan.id ? *plan.id : written != nullptr ? (*written)[n].id : unknown_id();
            model.apply_put(pair.naive, step.input, id);
            if (written != nullptr) REQUIRE((*written)[n].version == model.history(id).back().version);
          }
        } else if (step.kind == 2) {
          code = model.plan_update(pair.naive, step.id, step.options, step.change);
          if (code == StatusCode::kOk) model.apply_update(step.id, step.change);
        } else {
          code = model.plan_forget(pair.naive, step.id);
          if (code == StatusCode::kOk) model.apply_forget(step.id);
          if (written != nullptr) REQUIRE((*written)[n].version == 0);
        }
        if (code != StatusCode::kOk) return {code, n};
      }
      return {StatusCode::kOk, 0};
    };
    NaiveStore copy = model_;
    const auto [code, at] = run(copy, nullptr);
    const auto written = pair.real.write(batch);
    REQUIRE_CODE(written, code);
    if (!written) {
      INFO(written.status().message());
      if (code != StatusCode::kPermissionDenied) REQUIRE(written.status().message().starts_with("operation " + std::to_string(at) + ": "));
      return;
    }
    REQUIRE(written->size() == steps.size());
    run(model_, &*written);
    for (const auto& one : *written) {
      REQUIRE(one.seq > last_seq_);
      last_seq_ = one.seq;
      check_get(pair, one.id);
    }
  }

  void refresh_seq() { last_seq_ = store_.stats().value().seq; }

  void grants() {
    const Spelling& reader = random_.pick(spellings());
    const Spelling& target = random_.pick(spellings());
    note("grant or revoke " + reader.normal.to_string() + " -> " + target.normal.to_string());
    if (reader.normal == target.normal) {
      REQUIRE_CODE(store_.admin().grant(reader.typed, target.typed), StatusCode::kInvalidArgument);
    } else if (random_.chance(60)) {
      REQUIRE_OK(store_.admin().grant(reader.typed, target.typed));
      model_.grant(reader.normal, target.normal);
    } else {
      const bool there = model_.revoke(reader.normal, target.normal);
      REQUIRE_CODE(store_.admin().revoke(reader.typed, target.typed), there ? StatusCode::kOk : StatusCode::kNotFound);
    }
    const auto rows = store_.admin().grants();
    REQUIRE_OK(rows);
    std::set<std::pair<Namespace, Namespace>> got;
    for (const auto& row : *rows) got.insert({row.reader, row.target});
    REQUIRE(got == model_.grants());
    refresh_seq();
  }

  void read_one() {
    const Pair& pair = any_scope();
    const MemoryId id = some_id();
    note("get " + id.to_string() + " through " + show(pair.naive));
    check_get(pair, id);
    const Layer layer = random_.pick({Layer::kSemantic, Layer::kEpisodic, Layer::kConversational});
    const std::string key = random_.pick({"k1", "k2", "a/b", "%", "m1", "m2", "nothing"});
    const Memory* want = model_.get(pair.naive, layer, key);
    const auto got = pair.real.get(layer, key);
    if (want == nullptr) {
      REQUIRE_CODE(got, StatusCode::kNotFound);
    } else {
      REQUIRE_OK(got);
      REQUIRE(difference(*want, *got) == "");
    }
    const auto unknown = unknown_id();
    REQUIRE_CODE(pair.real.get(unknown), StatusCode::kNotFound);
  }

  void compare(const std::vector<Memory>& want, const std::vector<Memory>& got) {
    for (std::size_t n = 0; n < std::min(want.size(), got.size()); ++n) {
      INFO("position " << n << " of " << want.size());
      REQUIRE(difference(want[n], got[n]) == "");
    }
    REQUIRE(want.size() == got.size());
  }

  void list() {
    const Pair& pair = any_scope();
    const Json where = random_filter_json(random_, model_.ids(), model_.now);
    const Order order = random_.pick({Order::kNewest, Order::kOldest, Order::kCreated});
    const std::size_t limit = random_.pick({1u, 2u, 7u, 50u, 1000u});
    note("list where " + where.dump() + " order " + std::to_string(static_cast<int>(order)) + " limit " + std::to_string(limit) +
         " through " + show(pair.naive));
    const auto want = model_.list(pair.naive, where, order);
    std::vector<Memory> got;
    ListOptions options{.where = Filter::from_json(where).value(), .order = order, .limit = limit};
    do {
      const auto page = pair.real.list(options);
      REQUIRE_OK(page);
      REQUIRE(page->items.size() <= limit);
      got.insert(got.end(), page->items.begin(), page->items.end());
      options.cursor = page->next;
      REQUIRE(got.size() <= want.size());
    } while (!options.cursor.empty());
    compare(want, got);
    const auto count = pair.real.count(options.where);
    REQUIRE_OK(count);
    REQUIRE(*count == want.size());
  }

  void list_all(const Pair& pair) {
    note("list all through " + show(pair.naive));
    const auto want = model_.list(pair.naive, Json::object({}), Order::kNewest);
    const auto page = pair.real.list({.limit = 10'000});
    REQUIRE_OK(page);
    compare(want, page->items);
  }

  static bool has_word(const Memory& memory, const std::string& word) {
    return (" " + memory.text + " ").find(" " + word + " ") != std::string::npos;
  }

  // Words of the texts above, so that whole sets are found; or one unique word.
  void recall() {
    const Pair& pair = any_scope();
    const bool single = random_.chance(50) && words_ > 0;
    const std::string word = single ? unique_word(1 + random_.below(words_)) : random_word(random_);
    const Json where = random_.chance(50) ? Json::object({}) : random_filter_json(random_, model_.ids(), model_.now);
    std::vector<Layer> layers;
    if (random_.chance(20)) layers = {Layer::kSemantic};
    if (random_.chance(10)) layers = {Layer::kConversational, Layer::kEpisodic};
    note("recall '" + word + "' where " + where.dump() + " through " + show(pair.naive));
    const auto answer = pair.real.recall({.text = word, .where = Filter::from_json(where).value()}, {.k = 10'000, .layers = layers});
    REQUIRE_OK(answer);
    std::map<MemoryId, Memory> may;
    // A matching turn lends its neighbours score; one that only the query's filter leaves out does so too.
    std::set<std::string> talks;
    for (const auto& memory : model_.recallable(pair.naive, Json::object({}), layers)) {
      if (memory.turn && has_word(memory, word)) talks.insert(memory.name_space.to_string() + " " + memory.session);
    }
    for (const auto& memory : model_.recallable(pair.naive, where, layers)) may.emplace(memory.id, memory);
    REQUIRE(answer->searched == may.size());
    std::set<MemoryId> must;
    for (const auto& [id, memory] : may) {
      if (has_word(memory, word)) must.insert(id);
    }
    std::set<MemoryId> hits;
    double before = 1e300;
    for (const auto& hit : answer->hits) {
      INFO("hit " << hit.memory.id.to_string() << " " << hit.memory.name_space.to_string());
      REQUIRE(may.contains(hit.memory.id));
      REQUIRE(difference(may.at(hit.memory.id), hit.memory) == "");
      REQUIRE(hits.insert(hit.memory.id).second);
      REQUIRE(hit.score <= before);
      before = hit.score;
      if (!must.contains(hit.memory.id)) {
        REQUIRE(hit.memory.turn.has_value());
        REQUIRE(talks.contains(hit.memory.name_space.to_string() + " " + hit.memory.session));
        REQUIRE(hit.parts.neighbours > 0);
        REQUIRE_FALSE(hit.parts.bm25.has_value());
      }
    }
    for (const auto& id : must) {
      INFO("missing " << id.to_string() << " " << may.at(id).text);
      REQUIRE(hits.contains(id));
    }
    std::set<MemoryId> pinned;
    for (const auto& [id, memory] : may) {
      if (memory.pinned) pinned.insert(id);
    }
    std::set<MemoryId> got_pinned;
    for (const auto& memory : answer->pinned) {
      REQUIRE(pinned.contains(memory.id));
      REQUIRE(difference(may.at(memory.id), memory) == "");
      got_pinned.insert(memory.id);
    }
    REQUIRE(got_pinned == pinned);
  }

  void why() {
    const Pair& pair = any_scope();
    const MemoryId id = some_id();
    const std::string word = random_word(random_);
    note("why '" + word + "' " + id.to_string() + " through " + show(pair.naive));
    const auto told = pair.real.why({.text = word}, id);
    if (!model_.reachable(pair.naive, id)) {
      REQUIRE_CODE(told, StatusCode::kNotFound);
      require_unknown([&](MemoryId any) { return pair.real.why({.text = word}, any).status(); }, id);
      return;
    }
    const Memory& memory = model_.history(id).back();
    REQUIRE_OK(told);
    using enum Explanation::Verdict;
    const bool state = memory.state == State::kRejected || is_gone(memory) ||
                       memory.state == State::kQuarantined;
    INFO("verdict " << to_string(told->verdict) << ": " << told->reason);
    CHECK_FALSE(told->reason.empty());
    CHECK(told->reason.find(memory.text) == std::string::npos);
    std::set<Explanation::Verdict> allowed;
    if (model_.expired(memory)) allowed.insert(kExpired);
    if (state) allowed.insert(kState);
    if (has_validity(memory) && !holds_at(memory, model_.now)) allowed.insert(kNotHolding);
    if (allowed.empty()) allowed = {kHit, kBelowCut, kNotNominated};
    REQUIRE(allowed.contains(told->verdict));
    if (told->verdict == kHit || told->verdict == kBelowCut || told->verdict == kNotNominated) {
      const auto answer = pair.real.recall({.text = word});
      REQUIRE_OK(answer);
      const bool hit = std::any_of(answer->hits.begin(), answer->hits.end(), [&](const Hit& h) { return h.memory.id == id; });
      REQUIRE(hit == (told->verdict == kHit));
      if (has_word(memory, word)) {
        REQUIRE(told->verdict != kNotNominated);
        REQUIRE_FALSE(told->matched.empty());
      }
    }
  }

  void check_window(const Pair& pair, const std::string& name) {
    const Session session = pair.real.session(name);
    const auto all = model_.turns(pair.naive, name);
    const auto size = session.size();
    REQUIRE_OK(size);
    WindowOptions options{.max_tokens = random_.pick({1u, 5u, 12u, 40u, 100'000u}), .max_turns = random_.pick({1u, 3u, 1000u})};
    const auto window = session.window(options);
    REQUIRE_OK(window);
    const auto want = model_.window(pair.naive, name, options, [](const std::string& text) { return WordCounter::count_words(text); });
    compare(want, *window);
    REQUIRE(*size == all.size());
  }

  void sessions() {
    const Pair& pair = any_scope();
    const std::string name = random_session();
    note("sessions and window '" + name + "' through " + show(pair.naive));
    check_window(pair, name);
    const auto got = pair.real.sessions();
    REQUIRE_OK(got);
    const auto want = model_.sessions(pair.naive);
    Timestamp before = Timestamp::max();
    for (const auto& info : *got) {
      INFO("session " << info.id);
      REQUIRE(want.contains(info.id));
      const auto& expected = want.at(info.id);
      REQUIRE(info.turns == expected.turns);
      REQUIRE(info.first == expected.first);
      REQUIRE(info.last == expected.last);
      REQUIRE(info.last <= before);
      before = info.last;
    }
    REQUIRE(got->size() == want.size());
  }

  Random random_;
  std::shared_ptr<ManualClock> clock_;
  Store store_;
  NaiveStore model_;
  std::vector<Pair> scopes_;
  std::vector<std::string> trace_;
  std::size_t steps_ = 0;
  std::uint64_t words_ = 0;
  Seq last_seq_ = 0;
};

}  // namespace

TEST_CASE("random operations over many scopes: what each sees is what the model says, and no more") {
  for (const auto seed : seeds()) {
    const TempDir dir;
    Machine machine(seed, dir / "store.db");
    for (std::size_t n = 0; n < scaled(4000, 60'000); ++n) {
      // The trace is put together only for a failure.
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
    CHECK(machine.memories() > 500);
  }
}
