// SPDX-License-Identifier: Apache-2.0
// Facts: the semantic layer of a scope.
#include "core/error.hpp"
#include "core/time.hpp"
#include "engine/apply.hpp"
#include "engine/layer_scope.hpp"
#include "engine/validate.hpp"
#include "layers/fields.hpp"
#include "layers/semantic/fact.hpp"

#include <mnemic/layers/facts.hpp>

#include <algorithm>
#include <charconv>
#include <set>

namespace mnemic {

using core::fail;
using core::guarded;
using engine::Applier;
using storage::Reader;
using storage::Record;

namespace {

constexpr std::size_t kMostAttributes = 1000;

bool stands(const Memory& memory) { return memory.state != State::kRejected && memory.state != State::kQuarantined; }

/// The n-th id made from one that was drawn for the purpose: its last random bits count up.
MemoryId nth_id(const MemoryId& drawn, std::size_t n) {
  std::array<std::uint8_t, 16> bytes = drawn.bytes();
  std::size_t carry = n;
  for (std::size_t i = bytes.size(); carry > 0 && i-- > 10;) {
    carry += bytes[i];
    bytes[i] = static_cast<std::uint8_t>(carry & 0xFF);
    carry >>= 8;
  }
  return MemoryId(bytes);
}

/// One assertion inside its transaction: what stands, and what becomes of it.
class Assertion {
 public:
  /// @param spare  an id for the rest of a fact that is cut in the middle
  Assertion(Applier& applier, const MemoryId& spare) : applier_(applier), spare_(spare) {}

  /// What stands of an attribute, but for one memory: of a many-valued attribute, the same value only.
  void read(const storage::FactKey& key, const Json& metadata, const std::optional<MemoryId>& but) {
    const std::string value = layers::compared(layers::stored_value(metadata));
    auto cardinality = layers::stated_cardinality(metadata);
    if (!cardinality) cardinality = applier_.reader().cardinality(applier_.own_namespace(), key.attribute);
    if (!cardinality) cardinality = layers::default_cardinality(key.attribute);
    for (Record& record : applier_.reader().facts(applier_.own(), key.subject, key.attribute)) {
      const auto fact = layers::to_fact(record.memory);
      if (!fact || record.memory.id == but) continue;
      const bool same = layers::compared(fact->value) == value;
      if (same && record.memory.state == State::kRejected) rejected_ = record.memory.id;
      confirmed_ = confirmed_ || (same && record.memory.state == State::kConfirmed);
      if (!stands(record.memory)) continue;
      if (cardinality == Cardinality::kMany && !same) continue;
      const bool firm = record.memory.state != State::kProposed;
      // What is confirmed is not known already: it takes the place of a firm fact that says the same.
      standing_.push_back({layers::interval_of(record.memory), same && !(firm && but), firm});
      records_.push_back(std::move(record));
    }
  }

  [[nodiscard]] layers::AssertPlan plan(bool firm, Timestamp since, std::optional<Timestamp> until) const {
    return layers::plan_assertion(standing_, firm, since, until);
  }
  [[nodiscard]] const MemoryId& id_of(std::size_t index) const { return records_[index].memory.id; }
  /// A fact of the same value that somebody rejected, and nobody confirmed since.
  [[nodiscard]] std::optional<MemoryId> rejected() const { return confirmed_ ? std::nullopt : rejected_; }

  /// Cuts what the new fact takes its time from.
  Asserted settle(const layers::AssertPlan& plan, const MemoryId& id) {
    Asserted done;
    done.id = id;
    for (const layers::Cut& cut : plan.cuts) {
      const Record& old = records_[cut.index];
      Record kept = old;
      kept.memory.event_time = cut.keep.from;
      kept.memory.event_end = cut.keep.to;
      // A proposal of which something is left goes on waiting: what was never firm must not read as if it had been.
      const bool ended = cut.keep.to < layers::interval_of(old.memory).to && cut.keep.to <= applier_.now();
      if (cut.keep.empty() || (ended && old.memory.state != State::kProposed)) kept.memory.state = State::kSuperseded;
      if (cut.rest) keep_rest(old, *cut.rest);
      applier_.revise(std::move(kept));
      applier_.relate(id, "supersedes", old.memory.id);
      done.superseded.push_back(old.memory.id);
    }
    for (const std::size_t index : plan.conflicts) done.conflicts.push_back(id_of(index));
    return done;
  }

 private:
  void keep_rest(const Record& old, const layers::Interval& rest) {
    Record record = old;
    record.memory.event_time = rest.from;
    record.memory.event_end = rest.to;
    record.memory.provenance.derived_from = {old.memory.id};
    const MemoryId id = applier_.copy(std::move(record), nth_id(spare_, rests_++)).id;
    applier_.relate(id, "derived_from", old.memory.id);
  }

  Applier& applier_;
  MemoryId spare_;
  std::size_t rests_ = 0;
  std::vector<Record> records_;
  std::vector<layers::Standing> standing_;
  std::optional<MemoryId> rejected_;
  bool confirmed_ = false;
};

Asserted assert_one(Applier& applier, engine::PreparedPut& put, const FactInput& input, const MemoryId& spare) {
  applier.derive(put, input.sources, input.trust);
  const auto key = layers::fact_key(put.input.layer, put.input.metadata);
  // What the screen held back is kept, and changes nothing else; so is what it left no fact of.
  if (put.input.state == State::kQuarantined || !key) return {applier.apply(put).id, false, {}, {}};
  Assertion assertion(applier, spare);
  assertion.read(*key, put.input.metadata, std::nullopt);
  if (const auto rejected = assertion.rejected(); rejected && input.state != State::kConfirmed) {
    applier.refuse_rejected(*rejected, put.input.state);
    return {applier.apply(put).id, false, {}, {}};
  }
  const layers::AssertPlan plan = assertion.plan(input.state != State::kProposed, *put.input.event_time, input.until);
  if (plan.known) {
    const MemoryId known = assertion.id_of(*plan.known);
    for (const MemoryId& source : input.sources) applier.relate(known, "derived_from", source);
    return {known, true, {}, {}};
  }
  put.input.event_end = plan.holds.to;
  return assertion.settle(plan, applier.apply(put).id);
}

/// What is no fact is nothing to the calls of facts.
storage::FactKey require_fact(const Memory& memory) {
  return engine::require_kind(layers::fact_key(memory.layer, memory.metadata));
}

/// Changes one fact of the scope's own namespace.
Fact change_fact(const ScopeImpl& scope, MemoryId id, const WriteOptions& options,
                 const std::function<bool(Memory&, Applier&)>& change) {
  Memory changed = engine::change_memory(scope, id, options.durability, [&change](Memory& memory, Applier& applier) {
    require_fact(memory);
    return change(memory, applier);
  });
  return *layers::to_fact(std::move(changed));
}

void check_subject(std::string_view field, std::string_view name, const Limits& limits) {
  layers::require_name(field, name, limits);
  if (layers::compared(name).empty()) fail(StatusCode::kInvalidArgument, "{}: nothing but spaces", field);
}

std::vector<Fact> read_facts(const ScopeImpl& scope, std::string_view subject, std::string_view attribute, const Filter* where) {
  const Limits& limits = scope.store->options.limits;
  check_subject("subject", subject, limits);
  if (!attribute.empty()) check_subject("attribute", attribute, limits);
  std::vector<Fact> facts;
  const std::int64_t now = scope.store->now();
  scope.store->database.read([&](Reader& reader) {
    facts.clear();
    const auto rows = reader.facts(scope.visible(reader, now, where), layers::compared(subject), layers::compared(attribute));
    for (const Record& record : rows) {
      if (auto fact = layers::to_fact(engine::finish(reader, record, false))) facts.push_back(*std::move(fact));
    }
  });
  return facts;
}

/// Facts that hold at a moment, as a filter over memories.
Filter holding(Timestamp at) {
  const std::string time = to_string(at);
  return Filter::where("event_time", Op::kLte, time) &&
         (Filter::where("event_end", Op::kGt, time) || Filter::where("event_end", Op::kExists, false)) &&
         Filter::where("state", Op::kNotIn, Json::array({to_string(State::kRejected), to_string(State::kQuarantined)})) &&
         (Filter::where("state", Op::kNe, to_string(State::kSuperseded)) || Filter::where("event_end", Op::kLt, to_string(kOpenEnd)));
}

/// A cursor says which moment its listing is of, since "now" goes on between two pages.
struct FactCursor {
  std::optional<Timestamp> at;
  std::string rest;
};

FactCursor read_cursor(const std::string& cursor) {
  const std::size_t sign = cursor.find('@');
  if (sign == std::string::npos) return {std::nullopt, cursor};
  std::int64_t micros = 0;
  const auto [end, error] = std::from_chars(cursor.data(), cursor.data() + sign, micros);
  const bool whole = error == std::errc() && end == cursor.data() + sign && sign + 1 < cursor.size();
  if (!whole || core::from_micros(micros) == kOpenEnd) fail(StatusCode::kInvalidArgument, "cursor: not one of this listing");
  return {core::from_micros(micros), cursor.substr(sign + 1)};
}

}  // namespace

Facts::Facts(std::shared_ptr<const ScopeImpl> scope) : scope_(std::move(scope)) {}
Facts Scope::facts() const { return Facts(impl_); }

Result<std::vector<Asserted>> Facts::assert_facts(std::span<const FactInput> inputs, const WriteOptions& options) const {
  return guarded("assert_fact", [&] {
    scope_->require_write();
    StoreImpl& store = *scope_->store;
    const Timestamp now = store.options.clock->now();
    const std::string_view each = inputs.size() == 1 ? "" : "fact";
    std::vector<Batch::Operation> operations;
    std::vector<MemoryId> spares;
    for (const FactInput& input : inputs) {
      engine::naming(each, operations.size(), [&] { operations.emplace_back(Batch::Put{layers::to_input(input, now, store.options.limits)}); });
      spares.push_back(store.ids.next(now, *store.options.random));
    }
    std::vector<Asserted> asserted;
    if (operations.empty()) return store.database.require_open(), asserted;
    engine::PreparedWrite prepared = engine::prepare(*scope_, operations, false, each);
    engine::transact(*scope_, prepared, options.durability, [&](Applier& applier) {
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        engine::naming(each, i, [&] {
          asserted.push_back(assert_one(applier, std::get<engine::PreparedPut>(prepared.operations[i]), inputs[i], spares[i]));
        });
      }
    });
    return asserted;
  });
}

Result<Asserted> Facts::assert_fact(const FactInput& input, const WriteOptions& options) const {
  auto asserted = assert_facts(std::span(&input, 1), options);
  if (!asserted) return asserted.status();
  return std::move(asserted->front());
}

Result<std::vector<Fact>> Facts::about(std::string_view subject, const AboutOptions& options) const {
  return guarded("about", [&] {
    engine::validate_count("limit", options.limit, scope_->store->options.limits.k);
    core::take(options.where.check());
    const Timestamp at = options.at.value_or(scope_->store->options.clock->now());
    if (at == kOpenEnd) fail(StatusCode::kInvalidArgument, "at: an open end");
    std::vector<Fact> facts = read_facts(*scope_, subject, options.attribute, &options.where);
    std::erase_if(facts, [at](const Fact& fact) { return !fact.is_true_at(at); });
    // They come by since and id already.
    std::stable_sort(facts.begin(), facts.end(), [](const Fact& a, const Fact& b) {
      return layers::compared(a.attribute) < layers::compared(b.attribute);
    });
    if (facts.size() > options.limit) facts.erase(facts.begin() + static_cast<std::ptrdiff_t>(options.limit), facts.end());
    return facts;
  });
}

Result<std::vector<Fact>> Facts::history(std::string_view subject, std::string_view attribute) const {
  return guarded("history", [&] { return read_facts(*scope_, subject, attribute, nullptr); });
}

Result<FactPage> Facts::list(const FactListOptions& options) const {
  return guarded("list", [&] {
    const FactCursor cursor = read_cursor(options.cursor);
    Timestamp at = options.at ? *options.at : cursor.at.value_or(scope_->store->options.clock->now());
    if (at == kOpenEnd) fail(StatusCode::kInvalidArgument, "at: an open end");
    Filter where = Filter::layer(Layer::kSemantic) && Filter::metadata("fact.value", Op::kExists, true) && options.where;
    if (!options.all) where = where && holding(at);
    Page page = engine::list(*scope_, {where, Order::kNewest, options.limit, cursor.rest});
    FactPage facts;
    for (Memory& memory : page.items) {
      if (auto fact = layers::to_fact(std::move(memory))) facts.items.push_back(*std::move(fact));
    }
    if (!page.next.empty()) facts.next = fmt::format("{}@{}", core::to_micros(at), page.next);
    return facts;
  });
}

Result<Fact> Facts::get(MemoryId id) const {
  return guarded("get", [&] { return engine::require_kind(layers::to_fact(engine::read_memory(*scope_, id))); });
}

Result<Fact> Facts::retract(MemoryId id, std::optional<Timestamp> at, const WriteOptions& options) const {
  return guarded("retract", [&] {
    return change_fact(*scope_, id, options, [&at](Memory& memory, const Applier& applier) {
      const Timestamp end = std::max(at.value_or(applier.now()), memory.event_time);
      if (!stands(memory)) fail(StatusCode::kFailedPrecondition, "id: the fact was rejected");
      const layers::Interval held = layers::interval_of(memory);
      if (held.empty() || held.to <= end) fail(StatusCode::kFailedPrecondition, "id: the fact had ended by then");
      memory.event_end = end;
      return true;
    });
  });
}

Result<Fact> Facts::reject(MemoryId id, const WriteOptions& options) const {
  return guarded("reject", [&] {
    return change_fact(*scope_, id, options, [](Memory& memory, Applier& applier) {
      if (memory.state == State::kRejected) return false;
      memory.state = State::kRejected;
      applier.count_refusals_of(memory.id);
      return true;
    });
  });
}

Result<Asserted> Facts::confirm(MemoryId id, const WriteOptions& options) const {
  return guarded("confirm", [&] {
    scope_->require_write();
    StoreImpl& store = *scope_->store;
    const engine::PreparedWrite nothing{{}, {}, store.options.clock->now(), {}};
    const MemoryId spare = store.ids.next(nothing.now, *store.options.random);
    Asserted done;
    engine::transact(*scope_, nothing, options.durability, [&](Applier& applier) {
      Record record = applier.find_own(id);
      Memory& memory = record.memory;
      const storage::FactKey key = require_fact(memory);
      done.id = id;
      if (memory.state == State::kConfirmed) return;
      if (memory.state != State::kProposed && memory.state != State::kActive) {
        fail(StatusCode::kFailedPrecondition, "id: the fact is {}", to_string(memory.state));
      }
      Assertion assertion(applier, spare);
      layers::AssertPlan plan;
      if (memory.state == State::kProposed) {
        const layers::Interval held = layers::interval_of(memory);
        assertion.read(key, memory.metadata, id);
        plan = assertion.plan(true, held.from, held.to == kOpenEnd ? std::nullopt : std::optional(held.to));
        memory.event_end = plan.holds.to;
      }
      memory.state = State::kConfirmed;
      applier.revise(std::move(record));
      done = assertion.settle(plan, id);
    });
    return done;
  });
}

Status Facts::declare(std::span<const Attribute> attributes, const WriteOptions& options) const {
  return guarded("declare", [&] {
    scope_->require_write();
    const StoreImpl& store = *scope_->store;
    if (attributes.size() > kMostAttributes) {
      fail(StatusCode::kInvalidArgument, "attributes: {} of them, the limit is {}", attributes.size(), kMostAttributes);
    }
    std::map<std::string, Cardinality> declared;
    for (const Attribute& attribute : attributes) {
      check_subject("name", attribute.name, store.options.limits);
      if (to_string(attribute.cardinality) == "unknown") fail(StatusCode::kInvalidArgument, "cardinality: not a known one");
      if (!declared.emplace(layers::compared(attribute.name), attribute.cardinality).second) {
        fail(StatusCode::kInvalidArgument, "name: one is given twice");
      }
    }
    const std::int64_t now = store.now();
    scope_->store->database.write(options.durability.value_or(store.options.durability), [&](storage::Writer& writer) {
      if (declared.empty()) return;
      const storage::NamespaceId ns = writer.ensure_namespace(scope_->path);
      for (const auto& [name, cardinality] : declared) writer.declare(ns, name, cardinality, now, scope_->options.agent);
    });
  });
}

Result<std::vector<Attribute>> Facts::attributes() const {
  return guarded("attributes", [&] {
    std::vector<Attribute> attributes;
    scope_->store->database.read([&](Reader& reader) {
      const auto ns = reader.find_namespace(scope_->path);
      attributes = ns ? reader.attributes(*ns) : std::vector<Attribute>{};
    });
    return attributes;
  });
}

}  // namespace mnemic
