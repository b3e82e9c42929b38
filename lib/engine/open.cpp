// SPDX-License-Identifier: Apache-2.0
// Opening: option checks, settings recorded in the file, and the rebuild after a change of tokenizer.
#include "core/error.hpp"
#include "core/time.hpp"
#include "core/utf8.hpp"
#include "engine/space_settings.hpp"
#include "engine/store_impl.hpp"
#include "engine/validate.hpp"
#include "layers/semantic/fact.hpp"

#include <algorithm>
#include <array>

namespace mnemic {

StoreImpl::StoreImpl(const std::filesystem::path& path, const Options& given, const storage::FileKeyPtr& key, std::string stemmer)
    : options(given),
      language(std::move(stemmer)),
      database(path, {given.access, given.create, given.busy_timeout, given.readers, {}, key}),
      tokenizers(language),
      partitions(given.cache_bytes),
      embedding_cache(given.embedding_cache_bytes) {}

namespace engine {
namespace {

using core::fail;

void check_options(const Options& options) {
  const auto code = StatusCode::kInvalidArgument;
  if (options.clock == nullptr) fail(code, "clock: null");
  if (options.random == nullptr) fail(code, "random: null");
  if (options.token_counter == nullptr) fail(code, "token_counter: null");
  if (options.readers < 1 || options.readers > 64) fail(code, "readers: {} is not in [1, 64]", options.readers);
  if (options.busy_timeout.count() < 0) fail(code, "busy_timeout: negative");
  if (!core::is_time_zone(options.time_zone)) fail(code, "time_zone: not a known IANA zone");
  if (!text::Tokenizer::supports(options.language)) fail(code, "language: no Snowball stemmer of that name");
  if (const std::size_t size = options.erasure_key.size(); size != 0 && (size < 16 || size > 1024)) {
    fail(code, "erasure_key: {} bytes where 16 to 1024 are due", size);
  }
  if (options.recover_within < std::chrono::seconds(0)) fail(code, "recover_within: less than nothing");
  if (options.embedder != nullptr) validate(options.embedder->space(), options.limits);
}

[[noreturn]] void refuse_other_space(storage::Reader& reader, storage::SpaceId recorded, const EmbeddingSpace& given) {
  fail(StatusCode::kFailedPrecondition, "embedder: the file goes by the vectors of {}, not of {}: open it with that embedder, or with none,"
       " and call reembed", name_of_space(reader, recorded), full_name(given));
}

/// What tells this store and its copies from others.
std::string drawn_identity(RandomSource& random) {
  std::array<std::uint8_t, 16> bytes{};
  random.fill(bytes);
  std::string hex;
  for (const std::uint8_t byte : bytes) hex += fmt::format("{:02x}", byte);
  return hex;
}

/// Records what the file was made with, or compares it with what is recorded.
void settle(StoreImpl& store) {
  const bool writable = !store.database.read_only();
  const std::string tokenizer = std::string(text::tokenizer_version());
  std::string recorded_tokenizer;
  std::string recorded_language;
  std::string identity;
  SpaceSettings spaces;
  Embedders embedders{.own = {store.options.embedder, {}}, .other = {}};
  std::optional<storage::SpaceRow>& own = embedders.own.row;
  store.database.read([&](storage::Reader& reader) {
    recorded_tokenizer = reader.setting("tokenizer");
    recorded_language = reader.setting("language");
    identity = reader.setting(storage::kIdentity);
    spaces = SpaceSettings::read(reader);
    if (store.options.embedder == nullptr) return;
    const EmbeddingSpace& space = store.options.embedder->space();
    own = reader.find_space(space.name, space.version);
    if (spaces.own && (!own || own->id != *spaces.own)) refuse_other_space(reader, *spaces.own, space);
  });
  if (!recorded_language.empty() && recorded_language != store.language) {
    fail(StatusCode::kFailedPrecondition, "language: the file was made with '{}'", recorded_language);
  }
  if (own && own->space.dimension != store.options.embedder->space().dimension) {
    fail(StatusCode::kFailedPrecondition, "embedder: the file knows this space with dimension {}, not {}", own->space.dimension,
         store.options.embedder->space().dimension);
  }
  store.embedders.set(embedders);
  if (!writable) {
    if (!recorded_tokenizer.empty() && recorded_tokenizer != tokenizer) {
      fail(StatusCode::kFailedPrecondition, "the file's words are from another tokenizer: open it once for writing");
    }
    return;
  }
  const bool known = recorded_tokenizer == tokenizer && !recorded_language.empty() && !identity.empty();
  if (known && (spaces.own || store.options.embedder == nullptr)) return;
  store.database.write(Durability::kFull, [&](storage::Writer& writer) {
    if (const std::string before = writer.setting("tokenizer"); !before.empty() && before != tokenizer) {
      writer.rebuild_words([&](std::string_view text, storage::Tail& tail) { tokenize_document(store.tokenizers, text, tail); },
                           layers::fact_key);
    }
    writer.set_setting("tokenizer", tokenizer);
    writer.set_setting("language", store.language);
    if (writer.setting(storage::kIdentity).empty()) writer.set_setting(storage::kIdentity, drawn_identity(*store.options.random));
    if (store.options.embedder == nullptr) return;
    own = writer.ensure_space(store.options.embedder->space());
    spaces = SpaceSettings::read(writer);
    if (spaces.own && *spaces.own != own->id) refuse_other_space(writer, *spaces.own, store.options.embedder->space());
    spaces.own = own->id;
    spaces.write(writer);
  });
  store.embedders.set(embedders);
}

}  // namespace

StoreImpl& require(const std::shared_ptr<StoreImpl>& impl) {
  if (!impl) fail(StatusCode::kFailedPrecondition, "the store was moved from");
  return *impl;
}

std::shared_ptr<StoreImpl> open_store(const std::filesystem::path& path, const Options& options) {
  return open_store(path, options, storage::FileKey::of(options.key));
}

std::shared_ptr<StoreImpl> open_store(const std::filesystem::path& path, const Options& options, const storage::FileKeyPtr& key) {
  check_options(options);
  auto store = std::make_shared<StoreImpl>(path, options, key, options.language);
  storage::wipe(store->options.key);  // its connections have what they need
  settle(*store);
  if (!options.erasure_key.empty()) store->erasure_hash.emplace(options.erasure_key);
  store->options.erasure_key.clear();
  store->options.embedder = nullptr;  // `embedders` hold it, and let go of it after a move
  return store;
}

}  // namespace engine
}  // namespace mnemic
