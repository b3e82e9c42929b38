// SPDX-License-Identifier: Apache-2.0
// Filling a partition.
#include "index/partition.hpp"

#include "core/error.hpp"
#include "text/tokenizer.hpp"

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
  std::uint64_t bytes = docs_.capacity() * sizeof(Doc);
  for (const auto& chunk : chunks_) bytes += chunk->bytes();
  for (const auto& [hash, docs] : sessions_) bytes += docs.capacity() * 4 + 64;
  return bytes;
}

void Partition::add(const storage::PartitionRow& row) {
  if (docs_.size() >= kNoDoc) core::fail(StatusCode::kResourceExhausted, "a namespace holds more than 2^32 versions");
  for (const auto& [space, codes] : row.tail->vectors) {
    std::size_t& dimension = dimensions_[space];
    if (dimension == 0) dimension = codes.size();
    if (dimension != codes.size()) {
      core::fail(StatusCode::kCorruption, "tail row {}: a vector of another dimension", row.seq_from);
    }
  }
  if (chunks_.empty() || chunks_.back()->full()) {
    if (!chunks_.empty()) chunks_.back()->seal();
    chunks_.push_back(std::make_unique<Chunk>(static_cast<DocIndex>(docs_.size())));
    watched_.emplace_back();
  }
  const auto index = static_cast<DocIndex>(docs_.size());
  Doc& doc = docs_.emplace_back();
  doc.seq_from = row.seq_from;
  doc.id = row.id;
  doc.event_time = row.event_time;
  if (row.event_end) doc.event_end = *row.event_end;
  if (row.expires_at) doc.expires_at = *row.expires_at;
  doc.length = row.tail->length;
  doc.question = row.tail->question;
  doc.importance = row.importance;
  doc.state = row.state;
  doc.author = text::term_hash(row.author);
  if (row.turn) {
    doc.session = text::term_hash(row.session);
    doc.turn = *row.turn;
    auto& turns = sessions_[doc.session];
    const auto place = std::upper_bound(turns.begin(), turns.end(), doc.turn,
                                        [this](std::int64_t turn, DocIndex other) { return turn < docs_[other].turn; });
    turns.insert(place, index);
  }
  chunks_.back()->add(*row.tail);
  const bool plain = doc.state == State::kActive || doc.state == State::kProposed || doc.state == State::kConfirmed;
  if (!plain || row.event_end || row.expires_at) watch(index);
}

void Partition::watch(DocIndex doc) {
  const auto after = std::upper_bound(chunks_.begin(), chunks_.end(), doc,
                                      [](DocIndex place, const auto& chunk) { return place < chunk->first(); });
  const auto chunk = static_cast<std::size_t>(after - chunks_.begin()) - 1;
  const Row row = doc - chunks_[chunk]->first();
  const auto place = std::lower_bound(watched_[chunk].begin(), watched_[chunk].end(), row);
  if (place == watched_[chunk].end() || *place != row) watched_[chunk].insert(place, row);
}

void Partition::clear() {
  docs_.clear();
  chunks_.clear();
  watched_.clear();
  dimensions_.clear();
  sessions_.clear();
  ended_ = 0;
  loaded_ = 0;
  base_ = 0;
}

void Partition::catch_up(storage::Reader& reader, storage::NamespaceId ns, Layer layer, Seq snapshot) {
  if (snapshot <= loaded_) return;
  try {
    if (loaded_ == 0) {
      reader.partition_rows(ns, layer, 0, [this](const storage::PartitionRow& row) { add(row); });
      base_ = snapshot;
    } else {
      take_in_changes(reader, ns, layer);
    }
  } catch (...) {
    clear();
    throw;
  }
  loaded_ = snapshot;
}

void Partition::take_in_changes(storage::Reader& reader, storage::NamespaceId ns, Layer layer) {
  bool written = false;
  for (const storage::Change& change : reader.changes(ns, loaded_)) {
    if (change.layer != layer) continue;
    if (change.ended) {
      const DocIndex doc = find(*change.ended);
      if (doc == kNoDoc) {
        // Written and ended since the last refresh: it was never here, so no snapshot before its end can be answered.
        base_ = std::max(base_, change.seq);
      } else if (docs_[doc].seq_to != change.seq) {
        docs_[doc].seq_to = change.seq;
        watch(doc);
        ++ended_;
      }
    }
    written |= change.op != storage::ChangeOp::kForget;
  }
  if (!written) return;
  const Seq after = docs_.empty() ? loaded_ : std::max(loaded_, docs_.back().seq_from);
  reader.partition_rows(ns, layer, after, [this](const storage::PartitionRow& row) { add(row); });
}

}  // namespace mnemic::index
