// SPDX-License-Identifier: Apache-2.0
// What recall needs to know of one version besides its words and vectors.
#pragma once

#include "storage/record.hpp"
#include "storage/sqlite/reader.hpp"

#include <mnemic/types.hpp>

#include <cstdint>
#include <limits>

namespace mnemic::index {

/// Place of a version in its partition.
using DocIndex = std::uint32_t;
inline constexpr DocIndex kNoDoc = std::numeric_limits<DocIndex>::max();

inline constexpr std::int64_t kNoInterval = std::numeric_limits<std::int64_t>::min();

struct Doc {
  Seq seq_from = 0;
  Seq seq_to = static_cast<Seq>(storage::kCurrent);
  MemoryId id;
  std::int64_t event_time = 0;
  std::int64_t event_end = kNoInterval;
  std::int64_t expires_at = std::numeric_limits<std::int64_t>::max();
  std::uint64_t session = 0;  // hash; 0: no turn
  std::int64_t turn = -1;
  std::uint64_t author = 0;   // text::name_hash
  std::uint32_t length = 0;   // terms
  double importance = 0.5;
  State state = State::kActive;
  bool question = false;
};

/// All but when it ended.
Doc make_doc(const storage::PartitionRow& row);

}  // namespace mnemic::index
