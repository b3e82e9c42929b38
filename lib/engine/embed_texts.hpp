// SPDX-License-Identifier: Apache-2.0
// The one place where an embedder is asked, and how a text is given to it.
#pragma once

#include "engine/store_impl.hpp"
#include "text/passages.hpp"

#include <mnemic/models.hpp>
#include <mnemic/status.hpp>

#include <span>
#include <string_view>
#include <vector>

namespace mnemic::engine {

/// A vector with the space it belongs to, before that space has a number in the file.
struct SpacedVector {
  EmbeddingSpace space;
  std::vector<std::int16_t> codes;
  text::Range of = {};  // the part of the text; {0, 0}: all of it
};

/// The vectors of texts, coded; empty where the embedder has none. What was embedded in this namespace before is not asked again.
/// @errors  what the embedder answers, said to be its own; kInvalidArgument: a value that is not finite. Nothing is kept then.
/// @throws  what the embedder throws.
Result<std::vector<embed::EmbeddingCache::Codes>> embed_texts(StoreImpl& store, std::string_view path, Embedder& embedder, EmbedKind kind,
                                                              std::span<const std::string_view> texts);

/// The vectors that each of `texts` is stored with, as above: none where the embedder has none. A long text has one for each
/// passage, and before them their mean as that of the whole.
Result<std::vector<std::vector<SpacedVector>>> embed_documents(StoreImpl& store, std::string_view path, Embedder& embedder,
                                                               std::span<const std::string_view> texts);

}  // namespace mnemic::engine
