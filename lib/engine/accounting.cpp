// SPDX-License-Identifier: Apache-2.0
// Store::stats and Store::usage.
#include "core/error.hpp"
#include "engine/store_impl.hpp"

#include <algorithm>

namespace mnemic {
namespace {

using core::guarded;
using engine::require;
using storage::Account;
using storage::Reader;

/// Calls `work` with the account brought up to a read transaction, in it. One caller after another, so that it never goes back.
void with_account(StoreImpl& store, const std::function<void(Reader&, const Account&)>& work) {
  const std::lock_guard lock(store.counting);
  store.database.read([&](Reader& reader) {
    try {
      reader.count(store.account);
    } catch (...) {
      store.account = {};  // half of it may have been counted
      throw;
    }
    work(reader, store.account);
  });
}

void add(StoreStats& stats, const Account& account, const std::optional<storage::SpaceRow>& own) {
  for (const auto& [of, held] : account.held) {
    stats.memories += held.memories;
    stats.versions += held.versions;
  }
  stats.sessions = account.sessions.size();
  stats.relations = account.relations;
  stats.seq = account.seq;
  if (!own) return;
  const auto with = account.with_vector.find(own->id);
  stats.without_vector = account.with_text - (with == account.with_vector.end() ? 0 : with->second);
}

void add_own(StoreStats& stats, const StoreImpl& store) {
  stats.file_bytes = store.database.file_bytes();
  stats.wal_bytes = store.database.wal_bytes();
  stats.partitions_loaded = store.partitions.size();
  stats.cache_bytes = store.partitions.bytes();
  const auto partitions = store.partitions.counts();
  stats.partition_hits = partitions.hits;
  stats.partition_misses = partitions.misses;
  const auto embeddings = store.embedding_cache.counts();
  stats.embedding_hits = embeddings.hits;
  stats.embedding_misses = embeddings.misses;
  stats.commits = store.database.commits();
  stats.writes = store.database.writes();
}

}  // namespace

Result<StoreStats> Store::stats() const {
  return guarded("stats", [&] {
    StoreImpl& store = require(impl_);
    StoreStats stats;
    const auto embedders = store.embedders.get();
    const std::int64_t now = store.now();
    with_account(store, [&](Reader& reader, const Account& account) {
      stats = {};
      add(stats, account, embedders->own.row);
      reader.count_into(stats, now);
    });
    add_own(stats, store);
    if (embedders->own.embedder != nullptr) {
      const EmbeddingSpace& space = embedders->own.space();
      stats.embedding_space = fmt::format("{}/{}/{}", space.name, space.version, space.dimension);
    }
    return stats;
  });
}

Result<std::vector<LayerUsage>> Store::usage() const {
  return guarded("usage", [&] {
    std::vector<LayerUsage> usage;
    with_account(require(impl_), [&](Reader& reader, const Account& account) {
      usage.clear();
      for (const auto& [id, path] : reader.namespaces()) {
        for (auto of = account.held.lower_bound({id, Layer{}}); of != account.held.end() && of->first.first == id; ++of) {
          const storage::Holding& held = of->second;
          usage.push_back({Reader::to_name(path), of->first.second, held.memories, held.versions, held.text_bytes, held.vector_bytes,
                           held.past_bytes});
        }
      }
    });
    return usage;
  });
}

}  // namespace mnemic
