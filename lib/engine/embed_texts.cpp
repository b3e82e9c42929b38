// SPDX-License-Identifier: Apache-2.0
#include "engine/embed_texts.hpp"

#include "storage/tail.hpp"

#include <algorithm>
#include <cmath>

namespace mnemic::engine {

Result<std::vector<embed::EmbeddingCache::Codes>> embed_texts(StoreImpl& store, std::string_view path, Embedder& embedder, EmbedKind kind,
                                                              std::span<const std::string_view> texts) {
  using Codes = embed::EmbeddingCache::Codes;
  const embed::EmbeddingCache::Group group{path, full_name(embedder.space()), kind};
  std::vector<Codes> codes(texts.size());
  std::vector<std::size_t> asked;
  std::vector<std::string_view> unknown;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (auto known = store.embedding_cache.find(group, texts[i])) {
      codes[i] = *std::move(known);
    } else {
      asked.push_back(i);
      unknown.push_back(texts[i]);
    }
  }
  if (asked.empty()) return codes;
  const std::size_t dimension = embedder.space().dimension;
  std::vector<float> rows(unknown.size() * dimension);
  if (const Status status = embedder.embed(unknown, kind, rows); !status.ok()) {
    return Status(status.code(), "embedder: " + status.message(), status.extended_code());
  }
  if (!std::all_of(rows.begin(), rows.end(), [](float v) { return std::isfinite(v); })) {
    return Status(StatusCode::kInvalidArgument, "embedder: gave a value that is not finite");
  }
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const std::span<const float> row(rows.data() + i * dimension, dimension);
    const bool none = std::all_of(row.begin(), row.end(), [](float v) { return v == 0.0F; });
    codes[asked[i]] = none ? Codes() : storage::encode_vector(row);
    store.embedding_cache.put(group, unknown[i], codes[asked[i]]);
  }
  return codes;
}

}  // namespace mnemic::engine
