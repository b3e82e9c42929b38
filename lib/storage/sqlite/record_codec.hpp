// SPDX-License-Identifier: Apache-2.0
// Records and relations to and from their rows, with their checksums.
#pragma once

#include "storage/record.hpp"
#include "storage/sqlite/filter_sql.hpp"
#include "storage/sqlite/sqlite.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace mnemic::storage {

/// The columns of `versions v` in the order `read_record` wants them.
extern const std::string_view kRecordColumns;
inline constexpr int kRecordColumnCount = 29;

/// Reads the current row of a `SELECT <kRecordColumns> …` and verifies its checksum.
/// @throws StatusError kCorruption, naming the row.
Record read_record(const Statement& row);
void insert_record(Connection& connection, const Record& record);
/// Whether the row that it is, or would be, passes a condition over `v`.
bool row_passes(Connection& connection, const Record& record, const Sql& condition);
/// Writes a stored version's provenance anew, and its checksum.
void update_provenance(Connection& connection, const Record& record);

std::int64_t fact_checksum(Seq seq_from, NamespaceId ns, std::string_view subject, std::string_view attribute);

/// The columns of `relations r JOIN changes c ON c.seq = r.seq_from` in the order `read_relation` wants them.
extern const std::string_view kRelationColumns;
inline constexpr int kRelationColumnCount = 8;
/// As read_record.
RelationRow read_relation(const Statement& row);
void insert_relation(Connection& connection, const RelationRow& row);

std::int64_t chunk_checksum(const ChunkRow& chunk, std::string_view body);
std::int64_t tail_checksum(Seq seq_from, std::string_view terms, std::string_view vectors);

inline std::string_view id_bytes(const MemoryId& id) {
  return {reinterpret_cast<const char*>(id.bytes().data()), id.bytes().size()};
}
MemoryId to_id(std::string_view bytes);

}  // namespace mnemic::storage
