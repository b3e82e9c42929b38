// SPDX-License-Identifier: Apache-2.0
// The body of an embeddings answer becomes rows of numbers.
#pragma once

#include <mnemic/status.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace mnemic::http {

/// Fills `rows`, shape (n, dimension), by the `index` of each vector in `data`; their order there does not matter, nor
/// what else the answer holds.
/// @param secret  kept out of messages.
/// @errors  kIo: an answer that cannot be understood, or lacks a vector, or has one twice, or an empty one.
/// kFailedPrecondition: a
///          vector of another length. `rows` may then be filled in part.
Status read_embeddings(std::string_view body, std::size_t dimension, std::string_view secret, std::span<float> rows);

}  // namespace mnemic::http
