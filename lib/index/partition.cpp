// SPDX-License-Identifier: Apache-2.0
// Filling a partition: from its sealed chunks, from rows, from changes.
#include "index/partition.hpp"

#include "core/error.hpp"
#include "index/chunk_codec.hpp"

#include <algorithm>

namespace mnemic::index {

std::span<const DocIndex> Partition::session_of(DocIndex doc) const {
  if (docs_[doc].turn < 0) return {};
  const auto found = sessions_.find(docs_[doc].session);
  return found == sessions_.end() ? std::span<const DocIndex>() : std::span<const DocIndex>(found->second);
}

DocIndex Partition::find(Seq seq_from) const {
  const auto found = std::lower_bound(docs_.begin(), docs_.end(), seq_from,
                                      [](const Doc& doc, Seq seq) { return doc.seq_from < seq; });
  if (found == docs_.end() || found->seq_from != seq_from) return kNoDoc;
  return static_cast<DocIndex>(found - docs_.begin());
}

std::uint64_t Partition::bytes() const {
  std::uint64_t bytes = sizeof(Partition) + docs_.capacity() * sizeof(Doc) + sessions_.size() * 96 + turns_ * 6;
  for (const auto& chunk : chunks_) bytes += chunk->bytes();
  return bytes;
}

void Partition::add(Doc doc) {
  if (docs_.size() >= kNoDoc) core::fail(StatusCode::kResourceExhausted, "a namespace holds more than 2^32 versions");
  const auto index = static_cast<DocIndex>(docs_.size());
  docs_.push_back(doc);
  if (doc.turn >= 0) {
    auto& turns = sessions_[doc.session];
    const auto place = std::upper_bound(turns.begin(), turns.end(), doc.turn,
                                        [this](std::int64_t turn, DocIndex other) { return turn < docs_[other].turn; });
    turns.insert(place, index);
    ++turns_;
  }
  const bool plain = doc.state == State::kActive || doc.state == State::kProposed || doc.state == State::kConfirmed;
  const bool lasting = doc.event_end == kNoInterval && doc.expires_at == std::numeric_limits<std::int64_t>::max();
  const bool current = doc.seq_to == static_cast<Seq>(storage::kCurrent);
  if (!plain || !lasting || !current) watch(index);
}

void Partition::add(const storage::PartitionRow& row) {
  for (const storage::CodedVector& vector : row.tail->vectors) {
    std::size_t& dimension = dimensions_[vector.space];
    if (dimension == 0) dimension = vector.codes.size();
    if (dimension != vector.codes.size()) {
      core::fail(StatusCode::kCorruption, "tail row {}: a vector of another dimension", row.seq_from);
    }
  }
  if (chunks_.empty() || chunks_.back()->sealed() || chunks_.back()->full()) {
    seal_last();
    chunks_.push_back(std::make_unique<Chunk>(static_cast<DocIndex>(docs_.size())));
    watched_.emplace_back();
  }
  chunks_.back()->add(*row.tail);
  add(make_doc(row));
}

void Partition::seal_last() {
  if (chunks_.empty() || chunks_.back()->sealed()) return;
  chunks_.back()->seal();
  gather_signs();
}

void Partition::gather_signs() {
  for (const auto& [space, block] : chunks_.back()->blocks()) {
    Signs& signs = signs_[space];
    signs.bytes += block.signs.bytes();
    if (signs.bytes < many_sign_bytes_) continue;
    for (const auto& chunk : chunks_) chunk->move_signs(space, signs.memory);
  }
}

void Partition::watch(DocIndex doc) {
  const auto after = std::upper_bound(chunks_.begin(), chunks_.end(), doc,
                                      [](DocIndex place, const auto& chunk) { return place < chunk->first(); });
  const auto chunk = static_cast<std::size_t>(after - chunks_.begin()) - 1;
  const Row row = doc - chunks_[chunk]->first();
  const auto place = std::lower_bound(watched_[chunk].begin(), watched_[chunk].end(), row);
  if (place == watched_[chunk].end() || *place != row) watched_[chunk].insert(place, row);
}

void Partition::end(DocIndex doc, Seq by) {
  if (docs_[doc].seq_to == by) return;
  docs_[doc].seq_to = by;
  watch(doc);
  ++ended_;
}

void Partition::clear() {
  docs_.clear();
  chunks_.clear();
  watched_.clear();
  dimensions_.clear();
  signs_.clear();
  sessions_.clear();
  turns_ = 0;
  ended_ = 0;
  loaded_ = 0;
  base_ = 0;
  history_ = false;
}

void Partition::load(storage::Reader& reader, storage::NamespaceId ns, Layer layer, Seq snapshot) {
  Seq covered = 0;
  const auto load_rows = [&](Seq last) {
    reader.partition_rows(ns, layer, {.after = covered, .last = last, .at = snapshot}, [this](const storage::PartitionRow& row) { add(row); });
  };
  Seq sealed = static_cast<Seq>(storage::kCurrent);
  for (const storage::ChunkRow& row : reader.chunks(ns, layer)) {
    if (row.after > covered) {  // what a merge left nothing of, or what was damaged
      load_rows(row.after);
      seal_last();
    }
    covered = row.last;
    SealedChunk decoded = decode_chunk(row, reader.chunk_body(row), static_cast<DocIndex>(docs_.size()));
    for (const auto& [space, block] : decoded.chunk->blocks()) dimensions_[space] = block.dimension;
    chunks_.push_back(std::move(decoded.chunk));
    watched_.emplace_back();
    gather_signs();
    for (const Doc& doc : decoded.docs) add(doc);
    sealed = std::min(sealed, row.sealed);
  }
  if (!docs_.empty()) reader.ended_since(ns, sealed, [this](Seq ended, Seq by) {
    if (const DocIndex doc = find(ended); doc != kNoDoc) end(doc, by);
  });
  load_rows(snapshot);
  ended_ = 0;  // loading anew would bring them back
  base_ = snapshot;
}

void Partition::load_history(storage::Reader& reader, storage::NamespaceId ns, Layer layer, Seq snapshot) {
  clear();
  reader.partition_rows(ns, layer, {.at = snapshot, .ended = true}, [this](const storage::PartitionRow& row) { add(row); });
  history_ = true;
}

void Partition::catch_up(storage::Reader& reader, storage::NamespaceId ns, Layer layer, Seq snapshot, bool history) {
  history = history && !history_;
  if (snapshot <= loaded_ && !history) return;
  try {
    if (history) {
      load_history(reader, ns, layer, snapshot);
    } else if (loaded_ == 0) {
      load(reader, ns, layer, snapshot);
    } else {
      take_in_changes(reader, ns, layer, snapshot);
    }
  } catch (...) {
    clear();
    throw;
  }
  loaded_ = snapshot;
}

void Partition::take_in_changes(storage::Reader& reader, storage::NamespaceId ns, Layer layer, Seq snapshot) {
  bool written = false;
  for (const storage::Change& change : reader.changes(ns, loaded_)) {
    if (change.layer != layer) continue;
    if (change.op == storage::ChangeOp::kErase) {  // nothing of it may stay, here neither
      if (history_) return load_history(reader, ns, layer, snapshot);
      clear();
      return load(reader, ns, layer, snapshot);
    }
    if (change.ended) {
      const DocIndex doc = find(*change.ended);
      if (doc == kNoDoc && !history_) {
        // Written and ended since the last refresh: it was never here, so no snapshot before its end can be answered.
        base_ = std::max(base_, change.seq);
      } else if (doc != kNoDoc) {
        end(doc, change.seq);
      }
    }
    written |= change.op != storage::ChangeOp::kForget;
  }
  if (!written) return;
  const Seq after = docs_.empty() ? loaded_ : std::max(loaded_, docs_.back().seq_from);
  reader.partition_rows(ns, layer, {.after = after, .at = snapshot, .ended = history_}, [this](const storage::PartitionRow& row) { add(row); });
}

std::optional<std::size_t> Partition::wanting_codes(bool any) const {
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    if ((any || chunks_[i]->fetches() >= kManyFetches) && !chunks_[i]->resident()) return i;
  }
  return std::nullopt;
}

void Partition::load_codes(storage::Reader& reader, std::size_t chunk) {
  Chunk& own = *chunks_[chunk];
  own.load_codes([&](Row row) { return reader.tail(docs_[own.first() + row].seq_from); });
}

void Partition::drop_codes() {
  for (const auto& chunk : chunks_) chunk->drop_codes();
}

}  // namespace mnemic::index
