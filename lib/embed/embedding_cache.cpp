// SPDX-License-Identifier: Apache-2.0
#include "embed/embedding_cache.hpp"

namespace mnemic::embed {
namespace {

constexpr std::uint64_t kOverhead = 160;  // of the list, the table and the two blocks, about

/// No namespace has a NUL in it, and the space says how long it is.
std::string key_of(const EmbeddingCache::Group& group, std::string_view text) {
  std::string key;
  key.reserve(group.ns.size() + group.space.size() + text.size() + 16);
  key += group.ns;
  key += '\0';
  key += static_cast<char>(group.kind);
  key += std::to_string(group.space.size());
  key += ':';
  key += group.space;
  key += text;
  return key;
}

}  // namespace

std::uint64_t EmbeddingCache::Entry::bytes() const { return key.size() + codes.size() * sizeof(std::int16_t) + kOverhead; }

std::optional<EmbeddingCache::Codes> EmbeddingCache::find(const Group& group, std::string_view text) {
  if (budget_ == 0) return std::nullopt;
  const std::string key = key_of(group, text);
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    ++counts_.misses;
    return std::nullopt;
  }
  ++counts_.hits;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->codes;
}

void EmbeddingCache::put(const Group& group, std::string_view text, const Codes& codes) {
  Entry entry{key_of(group, text), codes};
  const std::uint64_t bytes = entry.bytes();
  if (bytes > budget_) return;
  const std::lock_guard lock(mutex_);
  if (by_key_.contains(entry.key)) return;  // another call was quicker
  entries_.push_front(std::move(entry));
  by_key_.emplace(entries_.front().key, entries_.begin());
  counts_.bytes += bytes;
  while (counts_.bytes > budget_) {
    counts_.bytes -= entries_.back().bytes();
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
}

void EmbeddingCache::clear() {
  const std::lock_guard lock(mutex_);
  by_key_.clear();
  entries_.clear();
  counts_.bytes = 0;
}

EmbeddingCache::Counts EmbeddingCache::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace mnemic::embed
