// SPDX-License-Identifier: Apache-2.0
// salvage_store: the rows that hold, in a new store that `check` finds nothing wrong with.
#include "core/error.hpp"
#include "engine/keep.hpp"
#include "storage/new_file.hpp"
#include "storage/sqlite/salvage.hpp"

namespace mnemic {
namespace {

using core::fail;

void count(StoreImpl& store, SalvageReport& report) {
  storage::Account account;
  store.database.read([&](storage::Reader& reader) { reader.count(account); });
  for (const auto& [of, held] : account.held) {
    report.memories += held.memories;
    report.versions += held.versions;
  }
  report.relations = account.relations;
}

SalvageReport salvage(const std::filesystem::path& damaged, const std::filesystem::path& path, const SalvageOptions& options) {
  if (!text::Tokenizer::supports(options.language)) fail(StatusCode::kInvalidArgument, "language: no Snowball stemmer of that name");
  const storage::FileKeyPtr key = storage::FileKey::of(options.key);
  const std::string from = storage::resolve_store_path(damaged);
  storage::NewFile file(storage::resolve_store_path(path));
  SalvageReport report;
  storage::salvage_rows(from, file.temporary(), options.language, {options.progress, options.stop}, key, report);
  const auto store = engine::open_kept(file.temporary(), storage::facts_of(file.temporary(), key).language, Access::kReadWrite, key);
  for (const CheckIssue& issue : engine::check_store(*store, true).issues) {
    if (!issue.repaired) storage::add_lost(report, issue.where, issue.what);
  }
  count(*store, report);
  store->database.close();
  file.publish();
  return report;
}

}  // namespace

Result<SalvageReport> salvage_store(const std::filesystem::path& damaged, const std::filesystem::path& path, const SalvageOptions& options) {
  return core::guarded("salvage", [&] { return salvage(damaged, path, options); });
}

}  // namespace mnemic
