// SPDX-License-Identifier: Apache-2.0
// Loading, refreshing and letting go of partitions.
#include "index/partition_cache.hpp"

#include <algorithm>

namespace mnemic::index {

std::shared_ptr<const Partition> PartitionCache::get(storage::Reader& reader, storage::NamespaceId ns, Layer layer, Seq snapshot,
                                                     std::optional<Seq> as_of, bool all_codes) {
  const Key key{ns, layer};
  std::shared_ptr<Partition> partition;
  {
    const std::lock_guard lock(mutex_);
    Slot& slot = slots_[key];
    if (!slot.partition) slot.partition = std::make_shared<Partition>(many_sign_bytes_);
    slot.used = ++uses_;
    partition = slot.partition;
  }
  const Seq asked = as_of.value_or(snapshot);
  const auto lacks_history = [&] { return as_of && (partition->loaded() == 0 || partition->base() > *as_of); };
  {
    const std::shared_lock lock(partition->mutex);
    if (partition->loaded() >= snapshot && !partition->stale() && !partition->wanting_codes(all_codes) && !lacks_history()) {
      ++hits_;
      return partition->base() <= asked ? partition : nullptr;
    }
  }
  ++misses_;
  const std::unique_lock lock(partition->mutex);
  partition->catch_up(reader, ns, layer, snapshot, lacks_history());
  have_codes(reader, *partition, all_codes);
  account(key, partition);
  if (partition->stale()) {
    const std::lock_guard cache_lock(mutex_);
    if (const auto found = slots_.find(key); found != slots_.end() && found->second.partition == partition) {
      bytes_ -= found->second.bytes;
      slots_.erase(found);  // this call still uses it; the next loads a fresh one
    }
  }
  return partition->base() <= asked ? partition : nullptr;
}

/// One chunk a call, unless all are wanted now: many calls then share the wait.
void PartitionCache::have_codes(storage::Reader& reader, Partition& partition, bool all) {
  std::uint64_t left = 0;
  {
    const std::lock_guard lock(mutex_);
    left = budget_ - std::min(budget_, bytes_);
  }
  while (const auto chunk = partition.wanting_codes(all)) {
    const std::uint64_t bytes = partition.chunks()[*chunk]->code_bytes();
    if (bytes > left) return;
    left -= bytes;
    partition.load_codes(reader, *chunk);
    if (!all) return;
  }
}

void PartitionCache::account(const Key& key, const std::shared_ptr<Partition>& partition) {
  const std::uint64_t bytes = partition->bytes();
  const std::lock_guard lock(mutex_);
  const auto found = slots_.find(key);
  if (found == slots_.end() || found->second.partition != partition) return;
  bytes_ += bytes - found->second.bytes;
  found->second.bytes = bytes;
  found->second.stripped = false;
}

void PartitionCache::trim() {
  for (;;) {
    std::pair<Key, std::shared_ptr<Partition>> large;
    {
      const std::lock_guard lock(mutex_);
      if (bytes_ <= budget_) return;
      const auto slot = std::min_element(slots_.begin(), slots_.end(), [](const auto& a, const auto& b) { return a.second.used < b.second.used; });
      if (slot->second.stripped || slot->second.bytes <= budget_ / 2) {
        bytes_ -= slot->second.bytes;
        slots_.erase(slot);
        continue;
      }
      large = {slot->first, slot->second.partition};
    }
    // It may be what was asked a moment ago, and what is asked next.
    if (const std::unique_lock lock(large.second->mutex, std::try_to_lock); lock.owns_lock()) {
      large.second->drop_codes();
      account(large.first, large.second);
    }
    const std::lock_guard lock(mutex_);
    if (const auto slot = slots_.find(large.first); slot != slots_.end()) slot->second.stripped = true;
  }
}

void PartitionCache::clear() {
  const std::lock_guard lock(mutex_);
  slots_.clear();
  bytes_ = 0;
}

std::size_t PartitionCache::size() const {
  const std::lock_guard lock(mutex_);
  return slots_.size();
}

std::uint64_t PartitionCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace mnemic::index
