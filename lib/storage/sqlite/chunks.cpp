// SPDX-License-Identifier: Apache-2.0
// Sealed chunks: their rows, and what must be known to make and to refresh them.
#include "core/error.hpp"
#include "storage/sqlite/record_codec.hpp"
#include "storage/sqlite/writer.hpp"

namespace mnemic::storage {
namespace {

constexpr std::string_view kColumns = "SELECT id, ns, layer, after, last, sealed, count FROM chunks";

ChunkRow read_chunk(const Statement& row) {
  ChunkRow chunk;
  chunk.id = row.integer(0);
  chunk.ns = row.integer(1);
  chunk.layer = static_cast<Layer>(row.integer(2));
  chunk.after = static_cast<Seq>(row.integer(3));
  chunk.last = static_cast<Seq>(row.integer(4));
  chunk.sealed = static_cast<Seq>(row.integer(5));
  chunk.count = static_cast<std::size_t>(row.integer(6));
  return chunk;
}

std::int64_t bind(Seq seq) { return static_cast<std::int64_t>(seq); }

}  // namespace

std::vector<ChunkRow> Reader::chunks(NamespaceId ns, Layer layer) {
  Statement rows = connection_.prepare(std::string(kColumns) + " WHERE ns = ? AND layer = ? ORDER BY last");
  rows.bind(ns).bind(static_cast<std::int64_t>(layer));
  std::vector<ChunkRow> chunks;
  while (rows.step()) chunks.push_back(read_chunk(rows));
  return chunks;
}

std::optional<ChunkRow> Reader::chunk_of(NamespaceId ns, Layer layer, Seq version) {
  Statement row = connection_.prepare(std::string(kColumns) + " WHERE ns = ? AND layer = ? AND last >= ? ORDER BY last LIMIT 1");
  row.bind(ns).bind(static_cast<std::int64_t>(layer)).bind(bind(version));
  if (!row.step()) return std::nullopt;
  const ChunkRow chunk = read_chunk(row);
  return chunk.after < version ? std::optional(chunk) : std::nullopt;
}

std::vector<ChunkRow> Reader::all_chunks() {
  Statement rows = connection_.prepare(std::string(kColumns) + " ORDER BY id");
  std::vector<ChunkRow> chunks;
  while (rows.step()) chunks.push_back(read_chunk(rows));
  return chunks;
}

std::string Reader::chunk_body(const ChunkRow& chunk) {
  Statement row = connection_.prepare("SELECT body, checksum FROM chunks WHERE id = ?");
  row.bind(chunk.id);
  if (!row.step()) core::fail(StatusCode::kCorruption, "chunks row {} is missing", chunk.id);
  std::string body(row.blob(0));
  if (chunk_checksum(chunk, body) != row.integer(1)) {
    core::fail(StatusCode::kCorruption, "chunks row {}: its checksum does not hold; check with repair makes it anew", chunk.id);
  }
  return body;
}

void Reader::ended_since(NamespaceId ns, Seq after, const std::function<void(Seq ended, Seq by)>& each) {
  Statement rows = connection_.prepare("SELECT ended, seq FROM changes WHERE ns = ? AND seq > ? AND ended IS NOT NULL ORDER BY seq");
  rows.bind(ns).bind(bind(after));
  while (rows.step()) each(static_cast<Seq>(rows.integer(0)), static_cast<Seq>(rows.integer(1)));
}

std::vector<std::pair<NamespaceId, Layer>> Reader::changed_partitions(Seq after) {
  Statement rows = connection_.prepare("SELECT DISTINCT ns, layer FROM changes WHERE seq > ? AND layer IS NOT NULL ORDER BY ns, layer");
  rows.bind(bind(after));
  std::vector<std::pair<NamespaceId, Layer>> partitions;
  while (rows.step()) partitions.emplace_back(rows.integer(0), static_cast<Layer>(rows.integer(1)));
  return partitions;
}

std::size_t Reader::count_unsealed(NamespaceId ns, Layer layer, std::size_t limit) {
  Statement row = connection_.prepare(
      "SELECT count(*) FROM (SELECT 1 FROM versions WHERE ns = ?1 AND layer = ?2 AND seq_to = 9223372036854775807"
      " AND seq_from > (SELECT coalesce(max(last), 0) FROM chunks WHERE ns = ?1 AND layer = ?2) LIMIT ?3)");
  row.bind(ns).bind(static_cast<std::int64_t>(layer)).bind(static_cast<std::int64_t>(limit));
  row.step();
  return static_cast<std::size_t>(row.integer(0));
}

void Writer::insert_chunk(const ChunkRow& chunk, std::string_view body) {
  Statement insert = connection_.prepare(
      "INSERT INTO chunks (ns, layer, after, last, sealed, count, body, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  insert.bind(chunk.ns).bind(static_cast<std::int64_t>(chunk.layer)).bind(bind(chunk.after)).bind(bind(chunk.last));
  insert.bind(bind(chunk.sealed)).bind(static_cast<std::int64_t>(chunk.count)).bind_blob(body).bind(chunk_checksum(chunk, body)).run();
}

void Writer::remove_chunk(std::int64_t id) {
  Statement remove = connection_.prepare("DELETE FROM chunks WHERE id = ?");
  remove.bind(id).run();
}

void Writer::remove_all_chunks() { connection_.execute("DELETE FROM chunks"); }

}  // namespace mnemic::storage
