// SPDX-License-Identifier: Apache-2.0
// Episodes: the episodic layer of a scope.
#include "core/error.hpp"
#include "engine/apply.hpp"
#include "engine/layer_scope.hpp"
#include "layers/episodic/episode.hpp"
#include "layers/fields.hpp"

#include <mnemic/layers/episodes.hpp>

namespace mnemic {

using core::fail;
using core::guarded;

Episodes::Episodes(std::shared_ptr<const ScopeImpl> scope) : scope_(std::move(scope)) {}
Episodes Scope::episodes() const { return Episodes(impl_); }

Result<MemoryId> Episodes::record(const EpisodeInput& input, const WriteOptions& options) const {
  return guarded("record", [&] {
    scope_->require_write();
    const StoreImpl& store = *scope_->store;
    const MemoryInput memory = layers::to_input(input, store.options.clock->now(), store.options.limits);
    engine::PreparedWrite prepared = engine::prepare(*scope_, {Batch::Put{memory}}, false, "");
    MemoryId id;
    engine::transact(*scope_, prepared, options.durability, [&](engine::Applier& applier) {
      auto& put = std::get<engine::PreparedPut>(prepared.operations.front());
      applier.derive(put, input.sources, input.trust);
      id = applier.apply(put).id;
    });
    return id;
  });
}

Result<Episode> Episodes::close(MemoryId id, const EpisodeEnd& end, const WriteOptions& options) const {
  return guarded("close", [&] {
    scope_->require_write();
    if (end.end == kOpenEnd) fail(StatusCode::kInvalidArgument, "end: an open end");
    layers::check_outcome(end.outcome);
    Memory closed = engine::change_memory(*scope_, id, options.durability, [&end](Memory& memory, const engine::Applier& applier) {
      const Timestamp now = applier.now();
      if (memory.layer != Layer::kEpisodic) fail(StatusCode::kNotFound, "id: no such memory in this scope");
      if (memory.event_end != kOpenEnd) fail(StatusCode::kFailedPrecondition, "id: the episode is not open");
      memory.event_end = end.end.value_or(std::max(now, memory.event_time));
      if (*memory.event_end < memory.event_time) fail(StatusCode::kInvalidArgument, "end: before the episode's start");
      if (end.outcome != Outcome::kUnknown) memory.metadata = layers::with_outcome(memory.metadata, end.outcome);
      return true;
    });
    return *layers::to_episode(std::move(closed), scope_->zone());
  });
}

Result<Episode> Episodes::get(MemoryId id) const {
  return guarded("get", [&] {
    return engine::require_kind(layers::to_episode(engine::read_memory(*scope_, id), scope_->zone()));
  });
}

Result<Timeline> Episodes::timeline(const TimelineOptions& options) const {
  return guarded("timeline", [&] {
    if (options.order != Order::kOldest && options.order != Order::kNewest) {
      fail(StatusCode::kInvalidArgument, "order: a timeline is by time, oldest or newest first");
    }
    Page page = engine::list(*scope_, {layers::overlaps(options), options.order, options.limit, options.cursor});
    Timeline timeline;
    for (Memory& memory : page.items) timeline.items.push_back(*layers::to_episode(std::move(memory), scope_->zone()));
    timeline.next = std::move(page.next);
    timeline.time_zone = scope_->zone();
    return timeline;
  });
}

}  // namespace mnemic
