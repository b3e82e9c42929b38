// SPDX-License-Identifier: Apache-2.0
// Sealed chunks against the rows they were made of.
#pragma once

#include "storage/sqlite/writer.hpp"

#include <vector>

namespace mnemic::engine {

/// Reports every chunk that is not what its rows give.
std::vector<storage::ChunkRow> check_chunks(storage::Reader& reader, CheckReport& report);
/// Makes these anew. One whose rows cannot be read is only removed: queries then read the rows.
void repair_chunks(storage::Writer& writer, const std::vector<storage::ChunkRow>& damaged);

}  // namespace mnemic::engine
