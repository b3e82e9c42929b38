// SPDX-License-Identifier: Apache-2.0
#include "engine/embed_texts.hpp"

#include "storage/tail.hpp"

#include <algorithm>
#include <cmath>

namespace mnemic::engine {
namespace {

/// The direction of the sum. Empty when there is none.
std::vector<std::int16_t> mean_of(std::span<const SpacedVector> vectors) {
  std::vector<float> sum(vectors.front().codes.size());
  for (const SpacedVector& vector : vectors) {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += static_cast<float>(vector.codes[i]);  // exact: 2^24 / 2^15 of them
  }
  if (std::all_of(sum.begin(), sum.end(), [](float v) { return v == 0.0F; })) return {};
  return storage::encode_vector(sum);
}

}  // namespace

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

Result<std::vector<std::vector<SpacedVector>>> embed_documents(StoreImpl& store, std::string_view path, Embedder& embedder,
                                                               std::span<const std::string_view> texts) {
  std::vector<std::string_view> parts;
  std::vector<std::vector<text::Range>> ranges;
  for (const std::string_view text : texts) {
    for (const text::Range& range : ranges.emplace_back(text::passages(text))) parts.push_back(text.substr(range.begin, range.end - range.begin));
  }
  auto codes = embed_texts(store, path, embedder, EmbedKind::kPassage, parts);
  if (!codes) return codes.status();
  std::vector<std::vector<SpacedVector>> documents;
  auto next = codes->begin();
  for (const auto& of : ranges) {
    std::vector<SpacedVector>& vectors = documents.emplace_back();
    for (const text::Range& range : of) {
      if (auto& found = *next++; !found.empty()) vectors.push_back({embedder.space(), std::move(found), of.size() == 1 ? text::Range() : range});
    }
    if (of.size() == 1 || vectors.empty()) continue;
    if (auto mean = mean_of(vectors); !mean.empty()) vectors.insert(vectors.begin(), SpacedVector{embedder.space(), std::move(mean)});
  }
  return documents;
}

}  // namespace mnemic::engine
