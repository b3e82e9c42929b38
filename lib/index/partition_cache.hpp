// SPDX-License-Identifier: Apache-2.0
// The partitions of one open store, as many as the budget holds.
#pragma once

#include "index/partition.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace mnemic::index {

/// Thread-safe. Lock order: the cache's own mutex is never held while a partition's is waited for.
class PartitionCache {
 public:
  /// @param many_sign_bytes  see kManySignBytes
  explicit PartitionCache(std::uint64_t budget = std::numeric_limits<std::uint64_t>::max(), std::uint64_t many_sign_bytes = kManySignBytes)
      : budget_(budget), many_sign_bytes_(many_sign_bytes) {}

  /// The partition, brought up to the reader's snapshot. When it cannot answer that snapshot (it was loaded by a call
  /// that started later), nullptr: begin a new read transaction and ask again.
  /// @param as_of  an older change than the reader's snapshot: the partition then has the versions that have ended since.
  /// @param all_codes  every vector is going to be looked at: have them in memory, as far as the budget goes.
  std::shared_ptr<const Partition> get(storage::Reader& reader, storage::NamespaceId ns, Layer layer, Seq snapshot,
                                       std::optional<Seq> as_of = std::nullopt, bool all_codes = false);

  /// Lets go of what is over the budget: partitions that were not asked for longest first; of one that has half of the budget or more
  /// its vectors, before itself. To be called with no partition locked. Calls that still use a partition are not disturbed.
  void trim();
  void clear();
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::uint64_t bytes() const;
  struct Counts {
    std::uint64_t hits = 0;    // asked, and up to date
    std::uint64_t misses = 0;  // loaded, or brought up to date
  };
  [[nodiscard]] Counts counts() const { return {hits_, misses_}; }

 private:
  using Key = std::pair<storage::NamespaceId, Layer>;
  struct Slot {
    std::shared_ptr<Partition> partition;
    std::uint64_t bytes = 0;
    std::uint64_t used = 0;  // the higher the later
    bool stripped = false;   // of its vectors, because it was over the budget
  };
  /// Writes down what a partition takes. Needs its mutex, shared or alone.
  void account(const Key& key, const std::shared_ptr<Partition>& partition);
  void have_codes(storage::Reader& reader, Partition& partition, bool all);

  const std::uint64_t budget_;
  const std::uint64_t many_sign_bytes_;
  mutable std::mutex mutex_;
  std::map<Key, Slot> slots_;
  std::uint64_t bytes_ = 0;
  std::uint64_t uses_ = 0;
  std::atomic<std::uint64_t> hits_{0};
  std::atomic<std::uint64_t> misses_{0};
};

}  // namespace mnemic::index
