// SPDX-License-Identifier: Apache-2.0
// What the rows of a store count up to, kept in memory and brought up to date from the change log.
#pragma once

#include "storage/record.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

namespace mnemic::storage {

/// What one layer of a namespace holds. Bytes: of texts and contents, and of vectors.
struct Holding {
  std::size_t memories = 0;  // current versions
  std::size_t versions = 0;
  std::uint64_t text_bytes = 0;    // of current ones
  std::uint64_t vector_bytes = 0;  // likewise
  std::uint64_t past_bytes = 0;    // of those that have ended, both
};

struct Account {
  bool counted = false;
  Seq seq = 0;            // up to which change
  std::string removals;   // the setting of that name then: another one says that rows were deleted, and all must be counted again
  std::map<std::pair<NamespaceId, Layer>, Holding> held;
  std::unordered_map<std::uint64_t, std::uint32_t> sessions;  // current turns, by a hash of namespace and session
  std::size_t with_text = 0;                   // current versions with text
  std::map<SpaceId, std::size_t> with_vector;  // of them those with a vector in a space
  std::size_t relations = 0;                   // that stand
};

}  // namespace mnemic::storage
