// SPDX-License-Identifier: Apache-2.0
// Store::snapshot and Store::backup: a copy gets its name once it is complete.
#include "core/error.hpp"
#include "engine/keep.hpp"
#include "storage/new_file.hpp"
#include "storage/sqlite/exclusive.hpp"

namespace mnemic {
namespace {

using core::fail;
using core::guarded;
using engine::require;
using storage::FileFacts;
using storage::NewFile;
using storage::Reader;

void refuse_memory(const std::filesystem::path& path) {
  if (path == ":memory:") fail(StatusCode::kInvalidArgument, "path: a copy is a file");
}

FileFacts facts_of_older(const std::string& path, const storage::FileKeyPtr& key) {
  try {
    return storage::facts_of(path, key);
  } catch (const core::StatusError& error) {
    const StatusCode code = error.status().code();
    if (code != StatusCode::kCorruption && code != StatusCode::kInternal) throw;  // kInternal: it lacks our tables
    fail(StatusCode::kFailedPrecondition, "path: '{}' cannot be read as a backup: {}", path, error.status().message());
  }
}

void refuse_foreign(StoreImpl& store, const std::string& path) {
  if (storage::same_file(path, store.database.path())) fail(StatusCode::kInvalidArgument, "path: '{}' is the store itself", path);
  const FileFacts older = facts_of_older(path, store.database.key());
  store.database.read([&](Reader& reader) {
    if (!reader.has_past(older)) {
      fail(StatusCode::kFailedPrecondition, "path: '{}' is no backup of this store, or has changes that this store has not", path);
    }
  });
}

}  // namespace

Status Store::snapshot(const std::filesystem::path& path) const {
  return guarded("snapshot", [&] {
    storage::Database& database = require(impl_).database;
    database.require_open();
    refuse_memory(path);
    NewFile file(path);
    database.copy_to(file.temporary());
    file.publish();
  });
}

Result<BackupReport> Store::backup(const std::filesystem::path& path, const BackupOptions& options) const {
  return guarded("backup", [&] {
    StoreImpl& store = require(impl_);
    store.database.require_open();
    refuse_memory(path);
    const std::string place = storage::resolve_store_path(path);
    const bool taken = storage::is_there(place);
    if (taken) refuse_foreign(store, place);
    NewFile file(place, taken ? NewFile::Place::kTaken : NewFile::Place::kFree);
    const storage::Copied copied = store.database.copy_to(file.temporary(), {options.progress, options.stop});
    if (options.verify) {
      const auto copy = engine::open_kept(file.temporary(), store.language, Access::kReadWrite, store.database.key());
      engine::verify_copy(*copy);
      copy->database.close();
    }
    if (options.stop.stop_requested()) fail(StatusCode::kCancelled, "stopped");
    const std::uint64_t bytes = storage::size_of(file.temporary());
    if (taken) {
      const storage::Exclusive alone(place, store.database.key());
      refuse_foreign(store, place);  // another may be there by now
      file.publish_over("");
    } else {
      file.publish();
    }
    return BackupReport{copied.pages, bytes, copied.seq, taken};
  });
}

namespace engine {

std::shared_ptr<StoreImpl> open_kept(const std::string& path, const std::string& language, Access access, const storage::FileKeyPtr& key) {
  Options options;
  options.access = access;
  options.create = false;
  options.embedder = nullptr;
  options.language = language;
  return open_store(path, options, key);
}

void verify_copy(StoreImpl& copy) {
  const CheckReport report = check_store(copy, false);
  if (report.clean()) return;
  const CheckIssue& first = report.issues.front();
  fail(StatusCode::kCorruption, "the copy is damaged, {} findings; the first: {}: {}", report.issues.size(), first.where, first.what);
}

}  // namespace engine
}  // namespace mnemic
