// SPDX-License-Identifier: Apache-2.0
#include "engine/layer_scope.hpp"

#include "engine/policies.hpp"

namespace mnemic::engine {

Memory read_memory(const ScopeImpl& scope, MemoryId id, const ReadOptions& options) {
  std::optional<Memory> memory;
  const std::int64_t now = scope.store->now();
  scope.store->database.read([&](storage::Reader& reader) {
    const auto seq = reader.find(scope.visible(reader, now), id);
    if (!seq) core::fail(StatusCode::kNotFound, "id: no such memory in this scope");
    memory = finish(reader, reader.version(*seq, id), options.vectors);
  });
  if (may_refresh(*memory)) refresh_used(scope.store, {id});
  return *std::move(memory);
}

Memory change_memory(const ScopeImpl& scope, MemoryId id, std::optional<Durability> durability,
                     const std::function<bool(Memory&, Applier&)>& change) {
  scope.require_write();
  const PreparedWrite nothing{{}, {}, scope.store->options.clock->now(), {}};
  std::optional<Memory> changed;
  transact(scope, nothing, durability, [&](Applier& applier) {
    storage::Record record = applier.find_own(id);
    if (change(record.memory, applier)) applier.revise(std::move(record));
    changed = finish(applier.reader(), *applier.reader().current(id), false);
  });
  return *std::move(changed);
}

}  // namespace mnemic::engine
