// SPDX-License-Identifier: Apache-2.0
// Filling a partition.
#include "index/partition.hpp"

#include "core/error.hpp"
#include "text/tokenizer.hpp"

#include <algorithm>

namespace mnemic::index {

std::span<const Posting> Partition::postings(std::uint64_t term) const {
  const auto found = words_.find(term);
  return found == words_.end() ? std::span<const Posting>() : std::span<const Posting>(found->second);
}

const VectorBlock* Partition::vectors(storage::SpaceId space) const {
  const auto found = vectors_.find(space);
  return found == vectors_.end() ? nullptr : &found->second;
}

DocIndex Partition::find(Seq seq_from) const {
  const auto found = std::lower_bound(docs_.begin(), docs_.end(), seq_from,
                                      [](const Doc& doc, Seq seq) { return doc.seq_from < seq; });
  if (found == docs_.end() || found->seq_from != seq_from) return kNoDoc;
  return static_cast<DocIndex>(found - docs_.begin());
}

std::uint64_t Partition::bytes() const {
  std::uint64_t bytes = docs_.capacity() * sizeof(Doc) + postings_ * sizeof(Posting) + words_.size() * 80;
  for (const auto& [space, block] : vectors_) bytes += block.codes.capacity() * 2 + block.docs.capacity() * 4;
  for (const auto& [hash, docs] : sessions_) bytes += docs.capacity() * 4 + 64;
  return bytes;
}

void Partition::add(const storage::PartitionRow& row) {
  if (docs_.size() >= kNoDoc) core::fail(StatusCode::kResourceExhausted, "a namespace holds more than 2^32 versions");
  for (const auto& [space, codes] : row.tail->vectors) {
    VectorBlock& block = vectors_[space];
    if (block.dimension == 0) block.dimension = codes.size();
    if (block.dimension != codes.size()) {
      core::fail(StatusCode::kCorruption, "tail row {}: a vector of another dimension", row.seq_from);
    }
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
  for (const auto& [term, count] : row.tail->terms) words_[term].push_back({index, count});
  postings_ += row.tail->terms.size();
  for (const auto& [space, codes] : row.tail->vectors) {
    VectorBlock& block = vectors_[space];
    block.docs.push_back(index);
    block.codes.insert(block.codes.end(), codes.begin(), codes.end());
  }
}

void Partition::clear() {
  docs_.clear();
  words_.clear();
  vectors_.clear();
  sessions_.clear();
  postings_ = 0;
  ended_ = 0;
}

void Partition::load(storage::Reader& reader, storage::NamespaceId ns, Layer layer, Seq snapshot) {
  try {
    reader.partition_rows(ns, layer, 0, [this](const storage::PartitionRow& row) { add(row); });
  } catch (...) {
    clear();
    throw;
  }
  base_ = loaded_ = snapshot;
}

void Partition::catch_up(storage::Reader& reader, storage::NamespaceId ns, Layer layer, Seq snapshot) {
  if (snapshot <= loaded_) return;
  if (loaded_ == 0) return load(reader, ns, layer, snapshot);
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
        ++ended_;
      }
    }
    written |= change.op != storage::ChangeOp::kForget;
  }
  if (written) {
    const Seq after = docs_.empty() ? loaded_ : std::max(loaded_, docs_.back().seq_from);
    reader.partition_rows(ns, layer, after, [this](const storage::PartitionRow& row) { add(row); });
  }
  loaded_ = snapshot;
}

}  // namespace mnemic::index
