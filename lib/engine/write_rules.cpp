// SPDX-License-Identifier: Apache-2.0
// What policies do to a write, and to a life when its memory is used.
#include "core/error.hpp"
#include "core/time.hpp"
#include "engine/apply.hpp"
#include "engine/policies.hpp"

#include <algorithm>

namespace mnemic::engine {
namespace {

using storage::Reader;
using storage::Record;
using storage::Writer;

constexpr int kParts = 10;  // of a life: a prolongation of less than one is not worth a version

Timestamp end_of_life(Timestamp now, const PolicyInput& rule) {
  const auto most = Timestamp::max() - std::chrono::seconds(1);  // max() is an open end
  return now > most - rule.after ? most : now + rule.after;
}

/// The rule that gave it its life, if use prolongs it, and that is worth writing.
const Policy* refreshing(const std::vector<Policy>& rules, const Memory& memory, Timestamp now) {
  if (!may_refresh(memory) || *memory.expires_at <= now) return nullptr;
  const auto rule = std::find_if(rules.begin(), rules.end(), [&](const Policy& one) { return one.id == memory.provenance.expires_by; });
  if (rule == rules.end() || !rule->rule.refresh_on_use) return nullptr;
  return end_of_life(now, rule->rule) - *memory.expires_at >= rule->rule.after / kParts ? &*rule : nullptr;
}

}  // namespace

WriteRules::WriteRules(Reader& reader, Timestamp now) : now_(now) {
  for (Policy& policy : policies(reader, now)) {
    if (policy.ended) continue;
    if (policy.rule.kind == PolicyKind::kExpiry) {
      expiry_.push_back(std::move(policy));
    } else if (policy.rule.kind == PolicyKind::kRefusal) {
      refusal_.push_back(std::move(policy));
    }
  }
}

void WriteRules::expire(Writer& writer, const std::string& path, Record& record) const {
  Memory& memory = record.memory;
  memory.provenance.expires_by = 0;
  if (memory.expires_at) return;
  const Policy* shortest = nullptr;
  for (const Policy& policy : expiry_) {
    if (!covers(writer, policy.rule, path, record)) continue;
    if (policy.rule.dry_run) {
      writer.count_policy(policy.id, core::to_micros(now_));
    } else if (shortest == nullptr || policy.rule.after < shortest->rule.after) {
      shortest = &policy;
    }
  }
  if (shortest == nullptr) return;
  memory.expires_at = end_of_life(now_, shortest->rule);
  memory.provenance.expires_by = shortest->id;
  writer.count_policy(shortest->id, core::to_micros(now_));
}

const Policy* WriteRules::refuse(Reader& reader, Writer* writer, const std::string& path, Record& record) const {
  for (const Policy& policy : refusal_) {
    if (!covers(reader, policy.rule, path, record)) continue;
    if (!policy.rule.dry_run && !policy.rule.quarantine) return &policy;
    if (writer != nullptr) writer->count_policy(policy.id, core::to_micros(now_));
    if (!policy.rule.dry_run) record.memory.state = State::kQuarantined;
  }
  return nullptr;
}

void refresh_used(const std::shared_ptr<StoreImpl>& store, const std::vector<MemoryId>& used) {
  if (used.empty() || store->database.read_only()) return;
  const Status refreshed = core::guarded("refresh", [&] {
    const Timestamp now = store->options.clock->now();
    bool any = false;
    store->database.read([&](Reader& reader) {
      const auto rules = policies_in_force(reader, PolicyKind::kExpiry, now);
      any = std::any_of(used.begin(), used.end(), [&](const MemoryId& id) {
        const auto record = reader.current(id);
        return record && refreshing(rules, record->memory, now) != nullptr;
      });
    });
    if (!any) return;
    const ScopeImpl scope{store, {}, {}, {}};
    const PreparedWrite nothing{{}, {}, now, {}};
    store->database.write(Durability::kRelaxed, [&](Writer& writer) {
      const auto rules = policies_in_force(writer, PolicyKind::kExpiry, now);
      Applier applier(scope, writer, nothing);
      for (const MemoryId& id : used) {
        auto record = writer.current(id);
        const Policy* rule = record ? refreshing(rules, record->memory, now) : nullptr;
        if (rule == nullptr) continue;
        record->memory.expires_at = end_of_life(now, rule->rule);
        writer.count_policy(rule->id, core::to_micros(now));
        applier.revise(*std::move(record));
      }
    });
  });
  refreshed.ignore();  // busy, or a full disk: the answer does not depend on it
}

}  // namespace mnemic::engine
