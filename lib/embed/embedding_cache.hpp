// SPDX-License-Identifier: Apache-2.0
// Vectors that the embedder gave before, so that what is imported or asked again is not embedded again.
#pragma once

#include <mnemic/models.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mnemic::embed {

/// By namespace, so that nobody can tell by the time of a call what another tenant stores; by the space
/// and what the text is embedded for; and by the
/// whole text, so that no hash is trusted. The least recently used go first. In memory only. @threads Any.
class EmbeddingCache {
 public:
  using Codes = std::vector<std::int16_t>;  // as storage::encode_vector makes them; empty: the embedder has no vector for it

  /// @param budget  bytes; 0: it keeps nothing
  explicit EmbeddingCache(std::uint64_t budget) : budget_(budget) {}

  /// Whose vectors, and which: groups share nothing.
  struct Group {
    std::string_view ns;
    std::string space;
    EmbedKind kind = EmbedKind::kPassage;
  };
  std::optional<Codes> find(const Group& group, std::string_view text);
  void put(const Group& group, std::string_view text, const Codes& codes);
  void clear();

  struct Counts {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] Counts counts() const;

 private:
  struct Entry {
    std::string key;
    Codes codes;
    [[nodiscard]] std::uint64_t bytes() const;
  };

  const std::uint64_t budget_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // the most recently used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;  // views of their keys
  Counts counts_;
};

}  // namespace mnemic::embed
