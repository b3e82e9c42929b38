// SPDX-License-Identifier: Apache-2.0
// The searchable form of one namespace and layer: postings, vectors and the order of turns.
#pragma once

#include "index/chunk.hpp"
#include "storage/record.hpp"
#include "storage/sqlite/reader.hpp"
#include "storage/tail.hpp"

#include <mnemic/types.hpp>

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <shared_mutex>
#include <span>
#include <unordered_map>
#include <vector>

namespace mnemic::index {

/// Place of a version in its partition.
using DocIndex = std::uint32_t;
inline constexpr DocIndex kNoDoc = std::numeric_limits<DocIndex>::max();

inline constexpr std::int64_t kNoInterval = std::numeric_limits<std::int64_t>::min();

struct Doc {
  Seq seq_from = 0;
  Seq seq_to = static_cast<Seq>(storage::kCurrent);
  MemoryId id;
  std::int64_t event_time = 0;
  std::int64_t event_end = kNoInterval;
  std::int64_t expires_at = std::numeric_limits<std::int64_t>::max();
  std::uint64_t session = 0;  // hash; 0: no turn
  std::int64_t turn = -1;
  std::uint64_t author = 0;   // hash
  std::uint32_t length = 0;   // terms
  double importance = 0.5;
  State state = State::kActive;
  bool question = false;
};

/// Guarded by `mutex`: shared to search, alone to add.
class Partition {
 public:
  mutable std::shared_mutex mutex;

  [[nodiscard]] const std::vector<Doc>& docs() const { return docs_; }
  [[nodiscard]] const std::vector<std::unique_ptr<Chunk>>& chunks() const { return chunks_; }
  /// The rows of a chunk that a query has to look at before it shows them: those that have ended, expire, hold for an
  /// interval only, or are in a state that is not recalled. All others are visible to every snapshot that has them. Ascending.
  [[nodiscard]] std::span<const Row> watched(std::size_t chunk) const { return watched_[chunk]; }
  /// Calls `each` with the turns of every session by place, versions that have ended included. The order of sessions is
  /// arbitrary.
  template <typename Each>
  void for_each_session(Each&& each) const {
    for (const auto& [hash, turns] : sessions_) each(std::span<const DocIndex>(turns));
  }
  /// The turns of a document's session, as above. Empty when it is no turn.
  [[nodiscard]] std::span<const DocIndex> session_of(DocIndex doc) const;
  [[nodiscard]] DocIndex find(Seq seq_from) const;
  /// Everything up to this change is in here.
  [[nodiscard]] Seq loaded() const { return loaded_; }
  /// Versions that ended before this change were never loaded: an older snapshot cannot be answered.
  [[nodiscard]] Seq base() const { return base_; }
  [[nodiscard]] std::uint64_t bytes() const;
  /// Mostly ended versions: cheaper to load anew.
  [[nodiscard]] bool stale() const { return ended_ > 1000 && ended_ * 2 > docs_.size(); }

  /// Takes in what the reader's snapshot has and this does not. Needs the mutex alone. After an exception it is
  /// empty, and will be loaded anew.
  void catch_up(storage::Reader& reader, storage::NamespaceId ns, Layer layer, Seq snapshot);

 private:
  void add(const storage::PartitionRow& row);
  void take_in_changes(storage::Reader& reader, storage::NamespaceId ns, Layer layer);
  void watch(DocIndex doc);
  void clear();

  std::vector<Doc> docs_;  // by seq_from, ascending
  std::vector<std::unique_ptr<Chunk>> chunks_;  // by their first document; the last one grows
  std::vector<std::vector<Row>> watched_;       // per chunk
  std::map<storage::SpaceId, std::size_t> dimensions_;
  std::unordered_map<std::uint64_t, std::vector<DocIndex>> sessions_;
  std::size_t ended_ = 0;
  Seq loaded_ = 0;
  Seq base_ = 0;
};

}  // namespace mnemic::index
