// SPDX-License-Identifier: Apache-2.0
// The tables, how they are made, and how an older file is brought up to date.
#pragma once

#include "storage/sqlite/sqlite.hpp"

#include <string>
#include <vector>

namespace mnemic::storage {

/// "mnem", in the header of every store file (PRAGMA application_id).
inline constexpr std::int64_t kApplicationId = 0x6d6e656d;
/// The format this build writes (PRAGMA user_version).
inline constexpr std::int64_t kFormat = 1;

/// Brings a connection's file to kFormat: makes the tables in an empty file, migrates an older one, in one transaction.
/// @throws StatusError kFailedPrecondition: another program's database, a newer format. kCorruption: a damaged file.
void prepare_schema(Connection& connection);
/// Refuses what this build cannot read, without writing: for read-only opens, and in front of every write.
void check_format(Connection& connection);
/// What differs between the file's tables and the ones this build makes; empty when nothing does.
std::vector<std::string> schema_differences(Connection& connection);

}  // namespace mnemic::storage
