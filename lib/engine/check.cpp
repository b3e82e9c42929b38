// SPDX-License-Identifier: Apache-2.0
// Store::check: looks at everything, mends what can be made anew from the rows, and looks again.
#include "core/error.hpp"
#include "engine/check_chunks.hpp"
#include "engine/check_rows.hpp"
#include "engine/keep.hpp"

#include <algorithm>

namespace mnemic {
namespace {

using core::fail;
using core::guarded;
using engine::require;
using storage::Reader;
using storage::Writer;

struct Found {
  CheckReport report;
  engine::Mendable rows;
  std::vector<storage::ChunkRow> chunks;
};

bool same(const storage::Account& a, const storage::Account& b) {
  const auto same_holding = [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.memories == y.second.memories && x.second.versions == y.second.versions &&
           x.second.text_bytes == y.second.text_bytes && x.second.vector_bytes == y.second.vector_bytes && x.second.past_bytes == y.second.past_bytes;
  };
  return std::equal(a.held.begin(), a.held.end(), b.held.begin(), b.held.end(), same_holding) && a.relations == b.relations &&
         a.with_text == b.with_text && a.sessions == b.sessions;
}

/// The account that `stats` goes by against one counted anew; a wrong one is dropped.
void check_counts(StoreImpl& store, Reader& reader, CheckReport& report) {
  const std::lock_guard lock(store.counting);
  if (!store.account.counted || store.account.seq > reader.seq()) return;
  storage::Account anew;
  reader.count(anew);
  reader.count(store.account);
  if (same(anew, store.account)) return;
  store.account = {};
  report.issues.push_back({StatusCode::kCorruption, "counts", "are not those of the rows", true});
}

Found look(StoreImpl& store) {
  Found found;
  store.database.read([&](Reader& reader) {
    found = {};
    engine::RowCheck rows(store, reader, found.report);
    const bool readable = reader.check(found.report, [&rows](const storage::Record* record, const storage::Tail* tail, Seq seq_from) {
      rows.look_at(record, tail, seq_from);
    });
    if (!readable) return;
    found.rows = rows.mendable();
    found.chunks = engine::check_chunks(reader, found.report);
    try {
      check_counts(store, reader, found.report);
    } catch (const core::StatusError& error) {  // damage, which is in the report
      if (error.status().code() != StatusCode::kCorruption) throw;
    }
  });
  return found;
}

bool names_an_index(const CheckReport& report) {
  return std::any_of(report.issues.begin(), report.issues.end(), [](const CheckIssue& issue) {
    return issue.where == "file" && issue.what.find("index") != std::string::npos;
  });
}

/// Runs one kind of mending; damage that stops it is in the report already, and stays there.
void attempt(StoreImpl& store, const std::function<void(Writer&)>& work) {
  try {
    store.database.write(Durability::kFull, work);
  } catch (const core::StatusError& error) {
    const StatusCode code = error.status().code();
    if (code != StatusCode::kCorruption && code != StatusCode::kInternal) throw;  // kInternal: rows that a unique index cannot hold
  }
}

void mend(StoreImpl& store, const Found& found) {
  if (names_an_index(found.report)) attempt(store, [](Writer& writer) { writer.reindex(); });
  if (!found.rows.empty()) attempt(store, [&](Writer& writer) { engine::mend_rows(store, writer, found.rows); });
  attempt(store, [&](Writer& writer) {
    CheckReport ignored;
    engine::repair_chunks(writer, engine::check_chunks(writer, ignored));
  });
}

/// What was found and is found no more is mended; what only the second look found is added.
CheckReport compared(const CheckReport& before, const CheckReport& after) {
  CheckReport report = before;
  const auto in = [](const CheckReport& of, const CheckIssue& issue) {
    return std::any_of(of.issues.begin(), of.issues.end(), [&](const CheckIssue& other) {
      return other.where == issue.where && other.what == issue.what;
    });
  };
  for (CheckIssue& issue : report.issues) issue.repaired = !in(after, issue);
  for (const CheckIssue& issue : after.issues) {
    if (!in(before, issue)) report.issues.push_back(issue);
  }
  return report;
}

}  // namespace

CheckReport engine::check_store(StoreImpl& store, bool repair) {
  const Found found = look(store);
  if (!repair || found.report.clean()) return found.report;
  mend(store, found);
  return compared(found.report, look(store).report);
}

Result<CheckReport> Store::check(bool repair) const {
  return guarded("check", [&] {
    StoreImpl& store = require(impl_);
    if (repair && store.database.read_only()) fail(StatusCode::kFailedPrecondition, "the store is read-only");
    return engine::check_store(store, repair);
  });
}

}  // namespace mnemic
