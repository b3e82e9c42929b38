// SPDX-License-Identifier: Apache-2.0
// A chunk is a function of its rows, so checking one is making it anew and comparing the bytes.
#include "engine/check_chunks.hpp"

#include "core/error.hpp"
#include "index/chunk_codec.hpp"

namespace mnemic::engine {
namespace {

using storage::ChunkRow;

std::string where(const ChunkRow& chunk) { return fmt::format("chunks row {}", chunk.id); }

index::SealedChunk made_anew(storage::Reader& reader, const ChunkRow& chunk) {
  return index::build_chunk(reader, chunk.ns, chunk.layer, {.after = chunk.after, .last = chunk.last, .at = chunk.sealed}, false);
}

/// Why a chunk is not as it should be; "" when it is.
std::string fault(storage::Reader& reader, const ChunkRow& chunk) {
  try {
    const std::string body = reader.chunk_body(chunk);
    (void)index::decode_chunk(chunk, body, 0);
    return index::encode_chunk(made_anew(reader, chunk)) == body ? "" : "is not what its rows give";
  } catch (const core::StatusError& error) {
    if (error.status().code() != StatusCode::kCorruption) throw;
    return error.status().message();
  }
}

}  // namespace

std::vector<ChunkRow> check_chunks(storage::Reader& reader, CheckReport& report) {
  std::vector<ChunkRow> damaged;
  for (const ChunkRow& chunk : reader.all_chunks()) {
    ++report.rows_checked;
    const std::string what = fault(reader, chunk);
    if (what.empty()) continue;
    report.issues.push_back({StatusCode::kCorruption, where(chunk), what});
    damaged.push_back(chunk);
  }
  return damaged;
}

void repair_chunks(storage::Writer& writer, const std::vector<ChunkRow>& damaged) {
  for (const ChunkRow& chunk : damaged) {
    writer.remove_chunk(chunk.id);
    try {
      const index::SealedChunk sealed = made_anew(writer, chunk);
      ChunkRow anew = chunk;
      anew.count = sealed.docs.size();
      if (anew.count > 0) writer.insert_chunk(anew, index::encode_chunk(sealed));
    } catch (const core::StatusError& error) {
      if (error.status().code() != StatusCode::kCorruption) throw;
    }
  }
}

}  // namespace mnemic::engine
