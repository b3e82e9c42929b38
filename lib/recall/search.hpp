// SPDX-License-Identifier: Apache-2.0
// The whole path from a query to ranked versions, inside one read transaction.
#pragma once

#include "recall/deadline.hpp"
#include "recall/field.hpp"
#include "text/person_names.hpp"

#include <mnemic/recall.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace mnemic::recall {

struct SearchRequest {
  FieldRequest field;
  std::vector<std::uint64_t> terms;  // distinct
  std::optional<text::NamesIn> names;  // of authors whose memories are raised
  std::optional<storage::SpaceId> space;
  std::vector<std::int16_t> vector;  // empty: no vector arm
  double vector_weight = 0;
  RecallOptions options;
  bool everything = false;           // give all that score, whatever the least score, not only the hits
  Deadline* deadline = nullptr;      // null: all the time in the world
};

struct Found {
  Seq seq_from = 0;
  MemoryId id;
  Layer layer = Layer::kSemantic;
  double score = 0;
  ScoreParts parts;
  bool hit = false;  // among the k, after quotas
};

struct Findings {
  std::vector<Found> ranked;   // best first, ties by id: the hits, or everything
  std::size_t searched = 0;    // memories that might have been found
};

/// Unset when the snapshot is older than what a partition was loaded with: begin a new read transaction and try again.
std::optional<Findings> search(storage::Reader& reader, index::PartitionCache& cache, const SearchRequest& request);

}  // namespace mnemic::recall
