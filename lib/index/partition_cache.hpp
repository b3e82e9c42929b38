// SPDX-License-Identifier: Apache-2.0
// The partitions of one open store.
#pragma once

#include "index/partition.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace mnemic::index {

/// Thread-safe. Lock order: the cache's own mutex is never held while a partition's is taken.
class PartitionCache {
 public:
  /// The partition, brought up to the reader's snapshot. When it cannot answer that snapshot (it was loaded by a call
  /// that started later), nullptr: begin a new read transaction and ask again.
  std::shared_ptr<const Partition> get(storage::Reader& reader, storage::NamespaceId ns, Layer layer, Seq snapshot);

  void clear();
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::uint64_t bytes() const;

 private:
  using Key = std::pair<storage::NamespaceId, Layer>;
  mutable std::mutex mutex_;
  std::map<Key, std::shared_ptr<Partition>> partitions_;
};

}  // namespace mnemic::index
