// SPDX-License-Identifier: Apache-2.0
// restore_store: a verified copy of the backup, with the erasures of the store that it replaces, takes that one's place in one rename.
#include "core/error.hpp"
#include "engine/keep.hpp"
#include "storage/new_file.hpp"
#include "storage/sqlite/exclusive.hpp"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>

namespace mnemic {
namespace engine {

/// A restore under way: what Store has no public word for.
class Restore {
 public:
  Restore(const std::filesystem::path& backup, const std::filesystem::path& path, const RestoreOptions& options)
      : backup_(storage::resolve_store_path(backup)), path_(storage::resolve_store_path(path)), options_(options), key_(storage::FileKey::of(options.key)) {}

  RestoreReport run();

 private:
  void check_replaced();
  [[noreturn]] void fail_unreadable(const Status& status) const;
  void replay(StoreImpl& restored);
  void put_in_place(storage::NewFile& file);
  [[nodiscard]] std::string free_name() const;

  std::string backup_;
  std::string path_;
  const RestoreOptions& options_;
  storage::FileKeyPtr key_;
  storage::FileFacts facts_;
  std::optional<storage::FileFacts> replaced_;  // unset: cannot be read, or is none
  bool taken_ = false;
  storage::FileStamp stamp_;
  RestoreReport report_;
};

namespace {

using core::fail;
using storage::is_there;

/// kInternal: a database that lacks our tables.
bool says_unreadable(const Status& status) {
  const StatusCode code = status.code();
  return storage::says_locked(status) || code == StatusCode::kCorruption || code == StatusCode::kFailedPrecondition || code == StatusCode::kInternal;
}

std::size_t current_memories(StoreImpl& store) {
  storage::Account account;
  store.database.read([&](storage::Reader& reader) { reader.count(account); });
  std::size_t memories = 0;
  for (const auto& [of, held] : account.held) memories += held.memories;
  return memories;
}

}  // namespace

void Restore::fail_unreadable(const Status& status) const {
  fail(StatusCode::kFailedPrecondition, "path: '{}' cannot be read, and what was erased in it could not be erased again: {} (force replaces it)", path_,
       status.message());
}

/// What is there must be a store that the backup is of, or the caller insists.
void Restore::check_replaced() {
  taken_ = is_there(path_);
  if (!taken_) return;
  if (storage::same_file(path_, backup_)) fail(StatusCode::kInvalidArgument, "path: '{}' is the backup itself", path_);
  if (storage::FileGuard::holds(path_)) fail(StatusCode::kBusy, "path: '{}' is open", path_);
  try {
    replaced_ = storage::facts_of(path_, key_);
  } catch (const core::StatusError& error) {
    if (!says_unreadable(error.status())) throw;
    if (!options_.force) fail_unreadable(error.status());
    return;
  }
  if (replaced_->identity != facts_.identity && !options_.force) {
    fail(StatusCode::kFailedPrecondition, "path: '{}' is another store than the one the backup is of (force replaces it)", path_);
  }
  report_.changes_undone = replaced_->seq - std::min(replaced_->seq, facts_.seq);
}

/// The replaced store is open for this moment only; a change that somebody makes after it shows in the file's stamp.
void Restore::replay(StoreImpl& restored) {
  { const storage::Exclusive alone(path_, key_); }  // nobody has it open, and what its WAL held is in the file
  stamp_ = storage::FileStamp::of(path_);
  if (!replaced_ || replaced_->identity != facts_.identity) return;
  try {
    const auto replaced = open_kept(path_, replaced_->language, Access::kReadOnly, key_);
    report_.erasures_replayed = replay_erasures(*replaced, restored);
    replaced->database.close();
  } catch (const core::StatusError& error) {
    if (!says_unreadable(error.status())) throw;
    if (!options_.force) fail_unreadable(error.status());
  }
}

std::string Restore::free_name() const {
  for (int n = 1;; ++n) {
    std::string name = fmt::format("{}.replaced-{}", path_, n);
    if (!is_there(name) && !is_there(name + "-wal") && !is_there(name + "-shm") && !is_there(name + "-journal")) return name;
  }
}

void Restore::put_in_place(storage::NewFile& file) {
  if (!taken_) return file.publish();
  const storage::Exclusive alone(path_, key_);
  if (storage::FileStamp::of(path_) != stamp_) fail(StatusCode::kBusy, "path: '{}' was written to meanwhile", path_);
  const std::string keep = options_.keep_replaced ? free_name() : std::string();
  // Only of a file that SQLite cannot read: its WAL would be taken for one of the new store.
  if (const std::string& wal = alone.left_wal(); !wal.empty()) {
    if (!keep.empty()) ::link(wal.c_str(), (keep + "-wal").c_str());
    ::unlink(wal.c_str());
    ::unlink((path_ + "-shm").c_str());
  }
  ::unlink((path_ + "-journal").c_str());
  file.publish_over(keep);
  report_.kept = keep;
}

RestoreReport Restore::run() {
  facts_ = storage::facts_of(backup_, key_);
  check_replaced();
  storage::NewFile file(path_, taken_ ? storage::NewFile::Place::kTaken : storage::NewFile::Place::kFree);
  const storage::Copied copied = storage::copy_file(backup_, file.temporary(), {options_.progress, options_.stop}, key_);
  {
    const auto restored = open_kept(file.temporary(), facts_.language, Access::kReadWrite, key_);
    verify_copy(*restored);
    if (options_.stop.stop_requested()) fail(StatusCode::kCancelled, "stopped");
    if (taken_) replay(*restored);
    report_.memories = current_memories(*restored);
    restored->database.close();
  }
  report_.seq = copied.seq;
  report_.replaced = taken_;
  report_.bytes = storage::size_of(file.temporary());
  if (!options_.dry_run) put_in_place(file);
  return report_;
}

}  // namespace engine

Result<RestoreReport> restore_store(const std::filesystem::path& backup, const std::filesystem::path& path, const RestoreOptions& options) {
  return core::guarded("restore", [&] { return engine::Restore(backup, path, options).run(); });
}

}  // namespace mnemic
