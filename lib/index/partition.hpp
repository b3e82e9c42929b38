// SPDX-License-Identifier: Apache-2.0
// The searchable form of one namespace and layer: postings, vectors and the order of turns.
#pragma once

#include "index/chunk.hpp"
#include "index/doc.hpp"
#include "storage/record.hpp"
#include "storage/sqlite/reader.hpp"
#include "storage/tail.hpp"

#include <mnemic/types.hpp>

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <span>
#include <unordered_map>
#include <vector>

namespace mnemic::index {

/// The sign codes of a space are moved side by side when the sealed chunks of a partition have so many bytes of them: they are no longer in
/// the caches of a processor from one query to the next.
inline constexpr std::uint64_t kManySignBytes = std::uint64_t{8} << 20;

/// Guarded by `mutex`: shared to search, alone to add.
class Partition {
 public:
  explicit Partition(std::uint64_t many_sign_bytes = kManySignBytes) : many_sign_bytes_(many_sign_bytes) {}

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
  /// Mostly versions that have ended since it was loaded: cheaper to load anew.
  [[nodiscard]] bool stale() const { return ended_ > 1000 && ended_ * 2 > docs_.size(); }

  /// Takes in what the reader's snapshot has and this does not. Needs the mutex alone. After an exception it is
  /// empty, and will be loaded anew.
  /// @param history  versions that have ended too, from the first on: any older snapshot can then be answered. Sealed chunks
  ///                 have not got them, so this loads from the rows.
  void catch_up(storage::Reader& reader, storage::NamespaceId ns, Layer layer, Seq snapshot, bool history);

  /// Place of a chunk whose vectors are worth having in memory, if there is one: queries had to fetch many of its rows, or `any`.
  [[nodiscard]] std::optional<std::size_t> wanting_codes(bool any) const;
  /// Fetches the vectors of a chunk; lets go of those of all sealed ones. Needs the mutex alone.
  void load_codes(storage::Reader& reader, std::size_t chunk);
  void drop_codes();

 private:
  void add(const storage::PartitionRow& row);
  void add(Doc doc);
  void load(storage::Reader& reader, storage::NamespaceId ns, Layer layer, Seq snapshot);
  void load_history(storage::Reader& reader, storage::NamespaceId ns, Layer layer, Seq snapshot);
  void take_in_changes(storage::Reader& reader, storage::NamespaceId ns, Layer layer, Seq snapshot);
  void end(DocIndex doc, Seq by);
  void watch(DocIndex doc);
  void seal_last();
  /// Counts the sign codes of the last chunk, which has just been sealed or loaded, and moves those of large spaces.
  void gather_signs();
  void clear();

  std::vector<Doc> docs_;  // by seq_from, ascending
  std::vector<std::unique_ptr<Chunk>> chunks_;  // by their first document; the last one grows
  std::vector<std::vector<Row>> watched_;       // per chunk
  std::map<storage::SpaceId, std::size_t> dimensions_;
  struct Signs {
    std::uint64_t bytes = 0;
    SignCodes::Memory memory;
  };
  std::map<storage::SpaceId, Signs> signs_;  // of sealed chunks
  const std::uint64_t many_sign_bytes_;
  std::unordered_map<std::uint64_t, std::vector<DocIndex>> sessions_;
  std::uint64_t turns_ = 0;
  std::size_t ended_ = 0;
  Seq loaded_ = 0;
  Seq base_ = 0;
  bool history_ = false;
};

}  // namespace mnemic::index
