// SPDX-License-Identifier: Apache-2.0
// rekey_store: every row in a new file with the new key, verified, in the place of the old one in one rename.
#include "core/error.hpp"
#include "engine/keep.hpp"
#include "storage/new_file.hpp"
#include "storage/sqlite/exclusive.hpp"

namespace mnemic {
namespace {

using core::fail;

RekeyReport rekey(const std::filesystem::path& path, const RekeyOptions& options) {
  const storage::FileKeyPtr key = storage::FileKey::of(options.key);
  const storage::FileKeyPtr new_key = storage::FileKey::of(options.new_key);
  if (key == nullptr && new_key == nullptr) fail(StatusCode::kInvalidArgument, "new_key: the store is to have none, and is said to have none");
  const std::string place = storage::resolve_store_path(path);
  const storage::FileFacts facts = storage::facts_of(place, key);
  { const storage::Exclusive alone(place, key); }  // nobody has it open, and what its WAL held is in the file
  const storage::FileStamp stamp = storage::FileStamp::of(place);
  storage::NewFile file(place, storage::NewFile::Place::kTaken);
  const storage::Copied copied = storage::rewrite_file(place, key, file.temporary(), new_key, {options.progress, options.stop});
  {
    const auto copy = engine::open_kept(file.temporary(), facts.language, Access::kReadWrite, new_key);
    engine::verify_copy(*copy);
    copy->database.close();
  }
  if (options.stop.stop_requested()) fail(StatusCode::kCancelled, "stopped");
  const std::uint64_t bytes = storage::size_of(file.temporary());
  const storage::Exclusive alone(place, key);
  if (storage::FileStamp::of(place) != stamp) fail(StatusCode::kBusy, "path: '{}' was written to meanwhile", place);
  file.publish_over("");
  return {.bytes = bytes, .seq = copied.seq, .encrypted = new_key != nullptr};
}

}  // namespace

Result<RekeyReport> rekey_store(const std::filesystem::path& path, const RekeyOptions& options) {
  return core::guarded("rekey", [&] { return rekey(path, options); });
}

}  // namespace mnemic
