// SPDX-License-Identifier: Apache-2.0
// Keeping a store: backup, restore, salvage, rekey, and what its parts take. Included by store.hpp; docs/backup.md has the procedures.
#pragma once

#include <mnemic/export.hpp>
#include <mnemic/models.hpp>
#include <mnemic/status.hpp>
#include <mnemic/types.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace mnemic {

/// One finding of `check`.
struct CheckIssue {
  StatusCode code = StatusCode::kCorruption;
  std::string where;   ///< "versions row 17", "page 4"
  std::string what;
  bool repaired = false;
};

struct CheckReport {
  std::vector<CheckIssue> issues;  ///< empty: clean; at most 1,000
  std::size_t rows_checked = 0;
  [[nodiscard]] bool clean() const noexcept { return issues.empty(); }
};

/// Called from time to time on the calling thread with what is done of a total: pages of 4,096 bytes. Must not throw, nor use the
/// store it is about.
using KeepProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// How `Store::backup` goes about it.
struct BackupOptions {
  KeepProgress progress = {};
  std::stop_token stop = {};  ///< kCancelled once it fires; an older backup stays as it was
  /// Reads the copy back before it replaces an older one, and refuses it (kCorruption) when a checksum does not hold or rows do not
  /// agree: damage in the store never takes the place of a good backup. Costs another reading of the copy.
  bool verify = true;
};

struct BackupReport {
  std::uint64_t pages = 0;   ///< of 4,096 bytes, copied
  std::uint64_t bytes = 0;   ///< of the backup
  Seq seq = 0;               ///< the newest change in it
  bool replaced = false;     ///< an older backup
};

/// How `restore_store` goes about it.
struct RestoreOptions {
  /// The store that is replaced stays under the name `<path>.replaced-<n>`, the lowest n from 1 that is free; false: it is deleted.
  bool keep_replaced = true;
  bool dry_run = false;  ///< checks, and changes nothing
  /// Lets a store be replaced that cannot be read, so that what was erased in it cannot be erased in the backup again. Also one of
  /// another identity: something that the backup is not of.
  bool force = false;
  std::string key = {};  ///< as in Options: of the backup, which what is restored keeps, and of the store that is replaced (`rekey_store` changes either)
  KeepProgress progress = {};
  std::stop_token stop = {};  ///< kCancelled once it fires, if nothing was replaced yet
};

struct RestoreReport {
  std::uint64_t bytes = 0;
  Seq seq = 0;                    ///< the newest change in what was restored
  std::size_t memories = 0;       ///< current ones in it
  bool replaced = false;          ///< a store was at `path`
  std::uint64_t changes_undone = 0;  ///< newer changes of the replaced store that the backup has not
  std::size_t erasures_replayed = 0;
  std::filesystem::path kept;     ///< where the replaced one is now; empty: nowhere
};

/// Puts a backup (or a snapshot) in the place of the store at `path`, in one step: whatever stops this leaves either the old store or the
/// new one there, whole. First the backup is verified, all of it. The backup is not changed.
/// What was erased in the store that is replaced is erased in what is restored too, before it gets its name.
/// @param backup  a file path; the file may be a store in use.
/// @param path    where the store is to be; nothing need be there. Nobody may have it open.
/// @errors  kNotFound: no such backup, or no such directory. kCorruption: the backup is damaged. kBusy: a process has the store at `path`
///          open, or wrote to it meanwhile. kFailedPrecondition: the backup is no store; without `force`, what is at `path` cannot be read, or
///          is no store that the backup is of; a key for a file that is not encrypted. kPermissionDenied also: not the key of the backup. kAlreadyExists: nothing is at `path`, but a -wal, -shm or -journal of it. kInvalidArgument: a path
///          that names no file, both the same file. kCancelled. kPermissionDenied, kUnsupported, kIo, kResourceExhausted.
/// @threads Any. @cost reads the backup twice, writes it once. @since 0.1
MNEMIC_EXPORT Result<RestoreReport> restore_store(const std::filesystem::path& backup, const std::filesystem::path& path,
                                                  const RestoreOptions& options = {});

/// How `salvage_store` goes about it.
struct SalvageOptions {
  /// As in Options: of the words, when the damaged file does not say what it was made with.
  std::string language = "english";
  std::string key = {};  ///< as in Options: of the damaged file; the new store gets it too
  KeepProgress progress = {};
  std::stop_token stop = {};
};

/// What did not come out of a damaged file.
struct LostRow {
  std::string where;  ///< "versions row 17", "page 4"
  std::string why;
};

struct SalvageReport {
  std::size_t memories = 0;    ///< that are current in the new store
  std::size_t versions = 0;    ///< rows that came out, likewise
  std::size_t relations = 0;
  std::size_t words_remade = 0;   ///< versions whose words were lost, and made anew from their texts; their vectors are lost
  std::size_t namespaces_renamed = 0;  ///< whose names were lost: now `salvaged/<number>`
  std::uint64_t pages = 0;        ///< of the damaged file and its WAL, read
  std::vector<LostRow> lost;      ///< the first 10,000
  std::size_t lost_rows = 0;      ///< all
};

/// Brings every memory whose checksum holds out of a damaged file, and lists the rest. Every page is looked at by itself, so that neither a
/// broken index nor a broken root hides what lies below. The rows are copied as they are, with their ids, versions and times; what had
/// ended stays ended, also when what came after it is lost: nothing stale becomes current. Sealed chunks are left out (`maintain` makes them
/// anew); grants, attributes and jobs come out as far as SQLite can read them. The new store has an identity of its own. The damaged
/// file is only read.
/// @param damaged  a store's file, with its -wal beside it if there is one. Nobody may be writing it.
/// @param path     the new store; nothing may be there.
/// @errors  kNotFound: no such file or directory. kAlreadyExists: something is at `path`. kCorruption: not one row came out; nothing is at `path`.
///          kPermissionDenied: not the file's key. kFailedPrecondition: a key for a file that is not encrypted. kUnsupported: no encryption here.
///          kInvalidArgument: a path that names no file; no such language. kCancelled, kPermissionDenied, kIo, kResourceExhausted.
/// @threads Any. @cost reads every page, once or twice; memory does not grow with the file. @since 0.1
MNEMIC_EXPORT Result<SalvageReport> salvage_store(const std::filesystem::path& damaged, const std::filesystem::path& path,
                                                  const SalvageOptions& options = {});

/// How `rekey_store` goes about it.
struct RekeyOptions {
  std::string key = {};      ///< as in Options: what the store has; "": it is not encrypted
  std::string new_key = {};  ///< what it gets; "": it is not encrypted any more
  KeepProgress progress = {};
  std::stop_token stop = {};  ///< kCancelled once it fires, if the store has its old key still
};

struct RekeyReport {
  std::uint64_t bytes = 0;  ///< of the store
  Seq seq = 0;              ///< the newest change in it
  bool encrypted = false;   ///< now
};

/// Encrypts a store with another key, or for the first time, or not any more. Every row is written into a new file, which is verified and takes
/// the place of the old one in one step: whatever stops this leaves the store there, whole, with either key. Backups keep theirs. The
/// blocks of the old file are given back to the file system, not overwritten.
/// @param path  the store. Nobody may have it open.
/// @errors  kNotFound: no such file. kPermissionDenied: not the store's key. kInvalidArgument: a bad key; neither key given. kUnsupported: no
///          encryption in this build. kFailedPrecondition: a key for a store that is not encrypted; no store, or of another format. kBusy: a process has
///          it open, or wrote to it meanwhile. kCorruption: it is damaged, and as it was. kCancelled, kIo, kResourceExhausted.
/// @threads Any. @cost reads the store once and what it wrote once; room for two of it. @since 0.1
MNEMIC_EXPORT Result<RekeyReport> rekey_store(const std::filesystem::path& path, const RekeyOptions& options);

/// What one layer of a namespace takes. Bytes are those of the values; indexes and the pages around them come on top.
struct LayerUsage {
  Namespace name_space;
  Layer layer = Layer::kSemantic;
  std::size_t memories = 0;         ///< current versions
  std::size_t versions = 0;         ///< all versions, current ones included
  std::uint64_t text_bytes = 0;     ///< text and content of the current ones
  std::uint64_t vector_bytes = 0;   ///< vectors of the current ones
  std::uint64_t past_bytes = 0;     ///< text, content and vectors of the versions that have ended
};

}  // namespace mnemic
