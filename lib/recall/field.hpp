// SPDX-License-Identifier: Apache-2.0
// The memories one recall looks at: the chunks of the asked namespaces and layers, each with what may be seen of it.
#pragma once

#include "index/partition_cache.hpp"
#include "storage/sqlite/reader.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
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
  Seq snapshot = 0;           // the reader's
  std::optional<Seq> as_of = std::nullopt;  // an older one: what was current then
  bool all_vectors = false;   // they are all going to be compared
};

/// One bit per row of a chunk; or every row, for nothing.
class RowSet {
 public:
  RowSet() = default;
  explicit RowSet(index::Row size) : count_(size), size_(size) {}

  [[nodiscard]] bool all() const { return bits_.empty(); }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] index::Row size() const { return size_; }
  [[nodiscard]] bool has(index::Row row) const { return bits_.empty() || (bits_[row / 64] >> (row % 64) & 1) != 0; }

  void remove(index::Row row);
  void clear();
  void insert(index::Row row);

  template <typename Each>
  void for_each(Each&& each) const {
    for (index::Row row = 0; row < size_; ++row) {
      if (has(row)) each(row);
    }
  }
  /// Calls `each` with the rows that are not in it.
  template <typename Each>
  void for_each_missing(Each&& each) const {
    if (all()) return;
    for (std::size_t word = 0; word < bits_.size(); ++word) {
      for (std::uint64_t missing = ~bits_[word]; missing != 0; missing &= missing - 1) {
        const auto row = static_cast<index::Row>(word * 64 + static_cast<std::size_t>(std::countr_zero(missing)));
        if (row < size_) each(row);
      }
    }
  }

 private:
  void materialise();

  std::vector<std::uint64_t> bits_;  // empty: all
  std::size_t count_ = 0;
  index::Row size_ = 0;
};

/// One chunk as a recall sees it.
struct View {
  const index::Partition* partition = nullptr;
  const index::Chunk* chunk = nullptr;
  Layer layer = Layer::kSemantic;
  std::size_t part = 0;    // which of the field's partitions
  std::size_t offset = 0;  // flat number of row 0
  RowSet visible;          // statistics and neighbours use these
  RowSet allowed;          // these may be found
  [[nodiscard]] const index::Doc& doc(index::Row row) const { return partition->docs()[chunk->first() + row]; }
  /// The allowed rows that happened in [begin, end), or went on in it.
  [[nodiscard]] RowSet allowed_within(std::int64_t begin, std::int64_t end) const;
};

/// The set of rows of a view, by its place in the field, that an arm may choose from.
using RowsOf = std::function<const RowSet&(std::size_t view)>;

/// Numbers every version in the asked partitions. Holds them locked for reading as long as it lives.
class Field {
 public:
  struct Part {
    std::shared_ptr<const index::Partition> partition;
    Layer layer = Layer::kSemantic;
    std::size_t offset = 0;      // flat number of its first version
    std::size_t first_view = 0;
  };

  /// @return  false when a partition cannot answer this snapshot: begin a new read transaction and try again.
  bool load(storage::Reader& reader, index::PartitionCache& cache, const FieldRequest& request);

  [[nodiscard]] const std::vector<Part>& parts() const { return parts_; }
  [[nodiscard]] const std::vector<View>& views() const { return views_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t visible_count() const { return visible_; }
  [[nodiscard]] std::size_t allowed_count() const { return allowed_; }
  /// Whether the query's own filter leaves something visible out.
  [[nodiscard]] bool filtered() const { return allowed_ != visible_; }

  [[nodiscard]] std::size_t view_number(std::size_t flat) const;
  [[nodiscard]] const View& view_of(std::size_t flat) const { return views_[view_number(flat)]; }
  /// Visible: current in the snapshot, recallable, holding at the asked moment, and this scope may see it.
  [[nodiscard]] bool visible(std::size_t flat) const;
  /// Allowed: visible, and the query's own filter lets it be found.
  [[nodiscard]] bool allowed(std::size_t flat) const;

 private:
  void look(View& view, const FieldRequest& request) const;
  /// Leaves in each set only the rows of these versions (ascending).
  void keep(const std::vector<Seq>& selected, RowSet View::*set);

  std::vector<Part> parts_;
  std::vector<View> views_;
  std::vector<std::shared_lock<std::shared_mutex>> locks_;
  std::size_t size_ = 0;
  std::size_t visible_ = 0;
  std::size_t allowed_ = 0;
};

}  // namespace mnemic::recall
