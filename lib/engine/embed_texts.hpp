// SPDX-License-Identifier: Apache-2.0
// The one place where an embedder is asked.
#pragma once

#include "engine/store_impl.hpp"

#include <mnemic/models.hpp>
#include <mnemic/status.hpp>

#include <span>
#include <string_view>
#include <vector>

namespace mnemic::engine {

/// An embedder that answers so cannot be asked now, but later.
inline bool is_passing(const Status& status) { return status.code() == StatusCode::kBusy || status.code() == StatusCode::kIo; }

/// The vectors of texts, coded; empty where the embedder has none. What was embedded in this namespace before is not asked again.
/// @errors  what the embedder answers, said to be its own; kInvalidArgument: a value that is not finite. Nothing is kept then.
/// @throws  what the embedder throws.
Result<std::vector<embed::EmbeddingCache::Codes>> embed_texts(StoreImpl& store, std::string_view path, Embedder& embedder, EmbedKind kind,
                                                              std::span<const std::string_view> texts);

}  // namespace mnemic::engine
