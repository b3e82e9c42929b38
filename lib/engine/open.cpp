// SPDX-License-Identifier: Apache-2.0
// Opening: option checks, settings recorded in the file, and the rebuild after a change of tokenizer.
#include "core/error.hpp"
#include "core/time.hpp"
#include "core/utf8.hpp"
#include "engine/store_impl.hpp"
#include "layers/semantic/fact.hpp"

#include <algorithm>
#include <cctype>

namespace mnemic {

StoreImpl::StoreImpl(const std::filesystem::path& path, const Options& given, std::string stemmer)
    : options(given),
      language(std::move(stemmer)),
      database(path, {given.access, given.create, given.busy_timeout, given.readers}),
      tokenizers(language),
      partitions(given.cache_bytes),
      embeddings(given.embedding_cache_bytes) {}

namespace engine {
namespace {

using core::fail;

void check_space(const EmbeddingSpace& space, const Limits& limits) {
  const auto code = StatusCode::kInvalidArgument;
  const auto fine = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-'; };
  if (space.name.empty() || space.name.size() > 64 || !std::all_of(space.name.begin(), space.name.end(), fine)) {
    fail(code, "embedder: its space's name is not 1 to 64 of [A-Za-z0-9._-]");
  }
  if (space.dimension == 0 || space.dimension > limits.dimension) {
    fail(code, "embedder: dimension {} is not in [1, {}]", space.dimension, limits.dimension);
  }
  for (const std::string* text : {&space.version, &space.query_prefix, &space.passage_prefix}) {
    if (!core::is_valid_utf8(*text)) fail(code, "embedder: its space is not described in UTF-8");
  }
}

void check_options(const Options& options) {
  const auto code = StatusCode::kInvalidArgument;
  if (options.clock == nullptr) fail(code, "clock: null");
  if (options.random == nullptr) fail(code, "random: null");
  if (options.token_counter == nullptr) fail(code, "token_counter: null");
  if (options.readers < 1 || options.readers > 64) fail(code, "readers: {} is not in [1, 64]", options.readers);
  if (options.busy_timeout.count() < 0) fail(code, "busy_timeout: negative");
  if (!core::is_time_zone(options.time_zone)) fail(code, "time_zone: not a known IANA zone");
  if (!text::Tokenizer::supports(options.language)) fail(code, "language: no Snowball stemmer of that name");
  if (options.embedder != nullptr) check_space(options.embedder->space(), options.limits);
}

/// Records what the file was made with, or compares it with what is recorded.
void settle(StoreImpl& store) {
  const bool writable = !store.database.read_only();
  const std::string tokenizer = std::string(text::tokenizer_version());
  std::string recorded_tokenizer;
  std::string recorded_language;
  store.database.read([&](storage::Reader& reader) {
    recorded_tokenizer = reader.setting("tokenizer");
    recorded_language = reader.setting("language");
    if (store.options.embedder != nullptr) {
      const EmbeddingSpace& space = store.options.embedder->space();
      store.own_space = reader.find_space(space.name, space.version);
    }
  });
  if (!recorded_language.empty() && recorded_language != store.language) {
    fail(StatusCode::kFailedPrecondition, "language: the file was made with '{}'", recorded_language);
  }
  if (store.own_space && store.own_space->space.dimension != store.options.embedder->space().dimension) {
    fail(StatusCode::kFailedPrecondition, "embedder: the file knows this space with dimension {}, not {}",
         store.own_space->space.dimension, store.options.embedder->space().dimension);
  }
  if (!writable) {
    if (!recorded_tokenizer.empty() && recorded_tokenizer != tokenizer) {
      fail(StatusCode::kFailedPrecondition, "the file's words are from another tokenizer: open it once for writing");
    }
    return;
  }
  if (recorded_tokenizer == tokenizer && !recorded_language.empty() &&
      (store.own_space || store.options.embedder == nullptr)) {
    return;
  }
  store.database.write(Durability::kFull, [&](storage::Writer& writer) {
    if (const std::string before = writer.setting("tokenizer"); !before.empty() && before != tokenizer) {
      writer.rebuild_words([&](std::string_view text, storage::Tail& tail) { tokenize_document(store.tokenizers, text, tail); },
                           layers::fact_key);
    }
    writer.set_setting("tokenizer", tokenizer);
    writer.set_setting("language", store.language);
    if (store.options.embedder != nullptr) store.own_space = writer.ensure_space(store.options.embedder->space());
  });
}

}  // namespace

StoreImpl& require(const std::shared_ptr<StoreImpl>& impl) {
  if (!impl) fail(StatusCode::kFailedPrecondition, "the store was moved from");
  return *impl;
}

std::shared_ptr<StoreImpl> open_store(const std::filesystem::path& path, const Options& options) {
  check_options(options);
  auto store = std::make_shared<StoreImpl>(path, options, options.language);
  settle(*store);
  return store;
}

void tokenize_document(text::TokenizerPool& pool, std::string_view text, storage::Tail& tail) {
  tail.terms.clear();
  std::vector<std::uint64_t> hashes;
  {
    auto tokenizer = pool.lease();
    for (const std::string& term : tokenizer->tokens(text, text::Side::kDocument)) hashes.push_back(text::term_hash(term));
  }
  tail.question = text.find('?') != std::string_view::npos || text.find("\uff1f") != std::string_view::npos ||
                  text.find("\u061f") != std::string_view::npos;
  tail.length = static_cast<std::uint32_t>(std::min<std::size_t>(hashes.size(), std::numeric_limits<std::uint32_t>::max()));
  std::sort(hashes.begin(), hashes.end());
  for (const std::uint64_t hash : hashes) {
    if (tail.terms.empty() || tail.terms.back().term != hash) tail.terms.push_back({hash, 0});
    ++tail.terms.back().count;
  }
}

}  // namespace engine
}  // namespace mnemic
