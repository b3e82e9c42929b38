// SPDX-License-Identifier: Apache-2.0
// Moving a store from one embedder to another: `Store::reembed`. Included by store.hpp; the steps are in docs/embedding.md.
#pragma once

#include <mnemic/models.hpp>

#include <cstddef>
#include <cstdint>

namespace mnemic {

/// When recall goes over to the other embedder.
enum class Switch : std::uint8_t {
  kWhenComplete,  ///< when every memory has a vector of it: until then recall is as before
  kNow,           ///< at once: memories without a vector of it are found by words until they have one. The way back
};

/// A move from one embedder to another that is under way.
struct Reembedding {
  EmbeddingSpace from;      ///< what recall goes by; without a name: none
  EmbeddingSpace to;
  std::size_t total = 0;    ///< current memories with text
  std::size_t missing = 0;  ///< of them without a vector in `to`. Texts that have none in it stay so, and hold nothing up
  std::size_t dead = 0;     ///< jobs that failed for good, which hold the switch up: `Jobs::retry` them
};

}  // namespace mnemic
