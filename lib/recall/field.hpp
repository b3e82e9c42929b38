// SPDX-License-Identifier: Apache-2.0
// The memories one recall looks at: partitions of the asked namespaces and layers, with two marks per version.
#pragma once

#include "index/partition_cache.hpp"
#include "storage/sqlite/reader.hpp"

#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <vector>

namespace mnemic::recall {

/// What may be looked at, and what may be found.
struct FieldRequest {
  std::vector<storage::NamespaceId> namespaces;
  std::vector<Layer> layers;          // empty: all
  const Filter* scope_where = nullptr;
  const Filter* query_where = nullptr;
  std::int64_t now = 0;
  std::int64_t valid_at = 0;  // when facts must hold
  Seq snapshot = 0;
};

/// A flat numbering of every version in the partitions. Holds them locked for reading as long as it lives.
class Field {
 public:
  struct Part {
    std::shared_ptr<const index::Partition> partition;
    Layer layer = Layer::kSemantic;
    std::size_t offset = 0;  // flat number of its first version
  };

  /// @return  false when a partition cannot answer this snapshot: begin a new read transaction and try again.
  bool load(storage::Reader& reader, index::PartitionCache& cache, const FieldRequest& request);

  [[nodiscard]] const std::vector<Part>& parts() const { return parts_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Visible: current in the snapshot, recallable, holding at the asked moment, and this scope may see it. Statistics and neighbours use these.
  [[nodiscard]] bool visible(std::size_t flat) const { return marks_[flat] >= kVisible; }
  /// Allowed: visible, and the query's own filter and layers let it be found.
  [[nodiscard]] bool allowed(std::size_t flat) const { return marks_[flat] == kAllowed; }
  [[nodiscard]] std::size_t allowed_count() const { return allowed_; }

 private:
  static constexpr std::uint8_t kVisible = 1;
  static constexpr std::uint8_t kAllowed = 2;
  void keep(const std::vector<Seq>& selected, std::uint8_t at_least, std::uint8_t otherwise);

  std::vector<Part> parts_;
  std::vector<std::shared_lock<std::shared_mutex>> locks_;
  std::vector<std::uint8_t> marks_;
  std::size_t size_ = 0;
  std::size_t allowed_ = 0;
};

}  // namespace mnemic::recall
