// SPDX-License-Identifier: Apache-2.0
// Loading and refreshing partitions.
#include "index/partition_cache.hpp"

#include <vector>

namespace mnemic::index {

std::shared_ptr<const Partition> PartitionCache::get(storage::Reader& reader, storage::NamespaceId ns, Layer layer,
                                                     Seq snapshot) {
  std::shared_ptr<Partition> partition;
  {
    const std::lock_guard lock(mutex_);
    auto& slot = partitions_[{ns, layer}];
    if (!slot) slot = std::make_shared<Partition>();
    partition = slot;
  }
  {
    const std::shared_lock lock(partition->mutex);
    if (partition->loaded() >= snapshot && !partition->stale()) {
      return partition->base() <= snapshot ? partition : nullptr;
    }
  }
  const std::unique_lock lock(partition->mutex);
  partition->catch_up(reader, ns, layer, snapshot);
  if (partition->stale()) {
    const std::lock_guard cache_lock(mutex_);
    if (const auto found = partitions_.find({ns, layer}); found != partitions_.end() && found->second == partition) {
      partitions_.erase(found);  // this call still uses it; the next loads a fresh one
    }
  }
  return partition->base() <= snapshot ? partition : nullptr;
}

void PartitionCache::clear() {
  const std::lock_guard lock(mutex_);
  partitions_.clear();
}

std::size_t PartitionCache::size() const {
  const std::lock_guard lock(mutex_);
  return partitions_.size();
}

std::uint64_t PartitionCache::bytes() const {
  std::vector<std::shared_ptr<Partition>> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, partition] : partitions_) all.push_back(partition);
  }
  std::uint64_t bytes = 0;
  for (const auto& partition : all) {
    const std::shared_lock lock(partition->mutex);
    bytes += partition->bytes();
  }
  return bytes;
}

}  // namespace mnemic::index
