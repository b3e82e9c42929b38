// SPDX-License-Identifier: Apache-2.0
// Copies of store files, page by page, and what a file says of itself.
#pragma once

#include "storage/file_key.hpp"
#include "storage/record.hpp"

#include <mnemic/lifecycle/keep.hpp>

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

namespace mnemic::storage {

class Connection;

struct CopyControl {
  KeepProgress progress = {};
  std::stop_token stop = {};
};

struct Copied {
  std::uint64_t pages = 0;
  Seq seq = 0;  // the newest change
};

/// What tells a store from another, and how far it has come.
struct FileFacts {
  std::string identity;     // drawn when the file was made; "" in files from before there was one
  std::string language;
  Seq seq = 0;
  std::string last_change;  // of that seq: two stores with the same one have the same past

  static FileFacts read(Connection& connection);
};

/// Of a file, which may be open.
/// @throws StatusError kFailedPrecondition, kCorruption: no store. kNotFound, kPermissionDenied, kBusy, kIo
FileFacts facts_of(const std::string& path, const FileKeyPtr& key);
/// Copies a file, which may be open, into one that is empty, and syncs that.
/// @throws StatusError as facts_of; kCancelled
Copied copy_file(const std::string& from, const std::string& to, const CopyControl& control, const FileKeyPtr& key);
/// Writes every row of a file that nobody has open into an empty one that is encrypted with another key, or not at all, and syncs that.
/// @throws StatusError as facts_of; kFailedPrecondition: tables that are none of a store's. kCancelled
Copied rewrite_file(const std::string& from, const FileKeyPtr& key, const std::string& to, const FileKeyPtr& new_key, const CopyControl& control);
/// Makes a copy that is complete say WAL in its header (what that of a file in use says), syncs and closes it.
void finish_copy(Connection& copy, bool to_wal);
/// Of a transaction under way, encrypted as the source is. `to_wal`: the source is in memory, and its header does not say WAL.
Copied copy_pages_to(Connection& source, const std::string& to, const CopyControl& control, bool to_wal);

}  // namespace mnemic::storage
