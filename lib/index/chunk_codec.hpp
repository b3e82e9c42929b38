// SPDX-License-Identifier: Apache-2.0
// A sealed chunk and its documents to and from the bytes of its row; docs/file-format.md has the layout. Vectors are not among
// them: they stand in the tail rows, once.
#pragma once

#include "index/chunk.hpp"
#include "index/doc.hpp"
#include "storage/record.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic::index {

struct SealedChunk {
  std::vector<Doc> docs;
  std::unique_ptr<Chunk> chunk;
};

/// Builds a chunk of a run of versions, or of as many of them as fill one. Empty when there are none.
SealedChunk build_chunk(storage::Reader& reader, storage::NamespaceId ns, Layer layer, const storage::Run& run, bool until_full);

/// The same documents and words always give the same bytes.
std::string encode_chunk(const SealedChunk& sealed);
/// @param first  place of its first document in the partition.
/// @throws StatusError kCorruption, naming the row
SealedChunk decode_chunk(const storage::ChunkRow& row, std::string_view body, DocIndex first);

}  // namespace mnemic::index
