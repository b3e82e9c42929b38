// SPDX-License-Identifier: Apache-2.0
// The arms: each gives every visible memory a raw score, or none.
#pragma once

#include "recall/field.hpp"

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace mnemic::recall {

/// BM25 per flat number, 0 where no query term occurs. Statistics are those of the visible memories.
/// @param terms  distinct term hashes, in query order (the order of the sum).
std::vector<double> score_words(const Field& field, std::span<const std::uint64_t> terms);

inline constexpr std::int32_t kNoVector = std::numeric_limits<std::int32_t>::min();

/// Dot products of fixed-point codes per flat number; kNoVector where a visible memory has none in this space.
std::vector<std::int32_t> score_vectors(const Field& field, storage::SpaceId space, std::span<const std::int16_t> query);

/// A dot product as a cosine. Rounded codes may be a little longer than 1, and so may this.
inline double to_cosine(std::int32_t dot) { return static_cast<double>(dot) / (32767.0 * 32767.0); }

}  // namespace mnemic::recall
