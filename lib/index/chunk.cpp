// SPDX-License-Identifier: Apache-2.0
// Filling and sealing a chunk.
#include "index/chunk.hpp"

#include "core/error.hpp"

#include <algorithm>

namespace mnemic::index {

void Words::add(Row row, std::uint32_t length, std::span<const storage::TermCount> terms) {
  for (const auto& [term, count] : terms) {
    Growing& list = growing_[term];
    list.postings.push_back({row, count});
    list.bound.max_count = std::max(list.bound.max_count, count);
    list.bound.min_length = std::min(list.bound.min_length, length);
  }
  growing_postings_ += terms.size();
}

void Words::seal() {
  terms_.reserve(growing_.size());
  for (const auto& [term, list] : growing_) terms_.push_back(term);
  std::sort(terms_.begin(), terms_.end());
  starts_.reserve(terms_.size() + 1);
  bounds_.reserve(terms_.size());
  postings_.reserve(growing_postings_);
  for (const std::uint64_t term : terms_) {
    const Growing& list = growing_.at(term);
    starts_.push_back(static_cast<std::uint32_t>(postings_.size()));
    bounds_.push_back(list.bound);
    postings_.insert(postings_.end(), list.postings.begin(), list.postings.end());
  }
  starts_.push_back(static_cast<std::uint32_t>(postings_.size()));
  std::unordered_map<std::uint64_t, Growing>().swap(growing_);
  growing_postings_ = 0;
}

PostingList Words::find(std::uint64_t term) const {
  if (!growing_.empty()) {
    const auto found = growing_.find(term);
    if (found == growing_.end()) return {};
    return {found->second.postings, found->second.bound.max_count, found->second.bound.min_length};
  }
  const auto found = std::lower_bound(terms_.begin(), terms_.end(), term);
  if (found == terms_.end() || *found != term) return {};
  const auto i = static_cast<std::size_t>(found - terms_.begin());
  return {std::span(postings_).subspan(starts_[i], starts_[i + 1] - starts_[i]), bounds_[i].max_count, bounds_[i].min_length};
}

std::uint64_t Words::bytes() const {
  return growing_.size() * 96 + growing_postings_ * 12 + terms_.size() * (sizeof(std::uint64_t) + sizeof(Bound) + 4) +
         postings_.size() * sizeof(Posting);
}

VectorBlock::Places VectorBlock::places(Row row) const {
  if (every_row()) return row < rows.size() ? Places{row, row + std::size_t{1}} : Places{};
  const auto [first, last] = std::equal_range(rows.begin(), rows.end(), row);
  return {static_cast<std::size_t>(first - rows.begin()), static_cast<std::size_t>(last - rows.begin())};
}

const VectorBlock* Chunk::vectors(storage::SpaceId space) const {
  const auto found = vectors_.find(space);
  return found == vectors_.end() ? nullptr : &found->second;
}

std::uint64_t Chunk::bytes() const {
  std::uint64_t bytes = lengths_.capacity() * 4 + words_.bytes();
  for (const auto& [space, block] : vectors_) {
    bytes += block.codes.capacity() * 2 + block.rows.capacity() * 4 + block.sum.size() * 4 + block.signs.bytes();
  }
  return bytes;
}

void Chunk::add(const storage::Tail& tail) {
  const Row row = size();
  words_.add(row, tail.length, tail.terms);
  for (const storage::CodedVector& vector : tail.vectors) {
    const std::vector<std::int16_t>& codes = vector.codes;
    VectorBlock& block = vectors_[vector.space];
    block.dimension = codes.size();
    block.sum.resize(codes.size());
    block.several = block.several || (!block.rows.empty() && block.rows.back() == row);
    block.rows.push_back(row);
    block.codes.insert(block.codes.end(), codes.begin(), codes.end());
    for (std::size_t i = 0; i < codes.size(); ++i) block.sum[i] += codes[i];
    vector_bytes_ += codes.size() * 2;
  }
  lengths_.push_back(tail.length);
  total_length_ += tail.length;
}

void Chunk::seal() {
  words_.seal();
  lengths_.shrink_to_fit();
  for (auto& [space, block] : vectors_) {
    block.rows.shrink_to_fit();
    block.codes.shrink_to_fit();
    block.signs.build(block.codes, block.sum);
  }
  sealed_ = true;
}

void Chunk::move_signs(storage::SpaceId space, SignCodes::Memory& memory) {
  const auto found = vectors_.find(space);
  if (found != vectors_.end()) found->second.signs.move_to(memory);
}

bool Chunk::resident() const {
  return std::all_of(vectors_.begin(), vectors_.end(), [](const auto& entry) { return entry.second.resident(); });
}

void Chunk::load_codes(const std::function<storage::Tail(Row row)>& fetch) {
  std::map<storage::SpaceId, HugeVector<std::int16_t>> codes;
  for (auto& [space, block] : vectors_) codes[space].reserve(block.rows.size() * block.dimension);
  for (Row row = 0; row < size(); ++row) {
    const storage::Tail tail = fetch(row);
    for (const storage::CodedVector& vector : tail.vectors) {
      auto& all = codes[vector.space];
      all.insert(all.end(), vector.codes.begin(), vector.codes.end());
    }
  }
  for (auto& [space, block] : vectors_) {
    if (codes[space].size() != block.rows.size() * block.dimension) {
      core::fail(StatusCode::kCorruption, "a sealed chunk has other vectors than its rows; check with repair makes it anew");
    }
  }
  for (auto& [space, block] : vectors_) block.codes = std::move(codes[space]);
}

void Chunk::drop_codes() {
  if (!sealed_) return;
  for (auto& [space, block] : vectors_) HugeVector<std::int16_t>().swap(block.codes);  // `= {}` would keep the memory
  fetches_ = 0;
}

}  // namespace mnemic::index
