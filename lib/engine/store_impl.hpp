// SPDX-License-Identifier: Apache-2.0
// What an open store holds.
#pragma once

#include "core/keyed_hash.hpp"
#include "core/memory_id.hpp"
#include "embed/embedding_cache.hpp"
#include "engine/embedders.hpp"
#include "index/partition_cache.hpp"
#include "recall/deadline.hpp"
#include "storage/sqlite/database.hpp"
#include "text/tokenizer.hpp"

#include <mnemic/options.hpp>
#include <mnemic/store.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

namespace mnemic {

struct StoreImpl {
  StoreImpl(const std::filesystem::path& path, const Options& given, const storage::FileKeyPtr& key, std::string language);

  Options options;
  std::string language;
  storage::Database database;
  text::TokenizerPool tokenizers;
  index::PartitionCache partitions;
  embed::EmbeddingCache embedding_cache;
  engine::CurrentEmbedders embedders;
  std::mutex moving;  // held while `embedders` are exchanged for others
  std::mutex counting;  // held while `account` is brought up to date
  storage::Account account;
  core::IdMaker ids;
  /// What deadlines are measured by; tests put a clock of their own here.
  std::optional<core::KeyedHash> erasure_hash;  // with Options::erasure_key
  recall::SteadyNow steady_now = &std::chrono::steady_clock::now;

  [[nodiscard]] std::int64_t now() const { return options.clock->now().time_since_epoch().count(); }
};

namespace engine {

/// What a handle holds.
/// @throws StatusError kFailedPrecondition when it was moved from.
StoreImpl& require(const std::shared_ptr<StoreImpl>& impl);
/// Opens, checks and readies a store.
std::shared_ptr<StoreImpl> open_store(const std::filesystem::path& path, const Options& options);
/// The same with a key that is made already, whatever `options.key` says.
std::shared_ptr<StoreImpl> open_store(const std::filesystem::path& path, const Options& options, const storage::FileKeyPtr& key);
/// The terms of a document as its tail row keeps them.
void tokenize_document(text::TokenizerPool& pool, std::string_view text, storage::Tail& tail);

}  // namespace engine
}  // namespace mnemic
