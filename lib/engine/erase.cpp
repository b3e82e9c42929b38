// SPDX-License-Identifier: Apache-2.0
// Admin::erase, purge and the ledger. An erasure is one transaction; the bytes that it leaves in unused parts of the file go with a
// purge, which a job makes up for.
#include "core/error.hpp"
#include "core/keyed_hash.hpp"
#include "core/time.hpp"
#include "engine/erasing.hpp"
#include "engine/job_context.hpp"
#include "engine/keep.hpp"
#include "engine/policies.hpp"
#include "engine/validate.hpp"
#include "storage/sqlite/record_codec.hpp"

#include <mnemic/store.hpp>

namespace mnemic {
namespace {

using core::fail;
using core::guarded;
using engine::Erasing;
using engine::require;
using storage::Reader;
using storage::Writer;

constexpr auto kInvalid = StatusCode::kInvalidArgument;

void check(const EraseSelection& selection, const EraseOptions& options, const Limits& limits) {
  const bool any = !selection.ids.empty() || selection.name_space || !selection.user.empty() || !selection.author.empty() ||
                   !selection.session.empty() || !selection.where.matches_everything();
  if (!any) fail(kInvalid, "selection: nothing is selected");
  if (selection.subtree && !selection.name_space) fail(kInvalid, "subtree: of no namespace");
  if (selection.name_space) (void)core::take(selection.name_space->normalized());
  for (const auto& [field, value] : {std::pair<std::string_view, const std::string&>{"user", selection.user},
                                     {"author", selection.author},
                                     {"session", selection.session},
                                     {"reason", options.reason},
                                     {"by", options.by}}) {
    engine::validate_name(field, value, limits);
  }
  engine::check_where(selection.where);
}

}  // namespace

Result<EraseReceipt> Admin::erase(const EraseSelection& selection, const EraseOptions& options) const {
  return guarded("erase", [&] {
    StoreImpl& store = require(impl_);
    check(selection, options, store.options.limits);
    EraseReceipt receipt;
    if (options.dry_run) {
      store.database.read([&](Reader& reader) {
        Erasing erasing(store, reader, selection);
        std::optional<PolicyId> refused;
        (void)erasing.check_holds(store.options.clock->now(), refused);
        receipt = {};
        erasing.foresee(receipt);
        receipt.dry_run = true;
      });
      return receipt;
    }
    const std::int64_t now = store.now();
    std::optional<PolicyId> refused;
    try {
      store.database.write(Durability::kFull, [&](Writer& writer) {
        Erasing erasing(store, writer, selection);
        for (const PolicyId would : erasing.check_holds(core::from_micros(now), refused)) writer.count_policy(would, now);
        receipt = erasing.apply(writer, options, now);
      });
    } catch (const core::StatusError&) {
      if (refused) store.database.write(Durability::kRelaxed, [&](Writer& writer) { writer.count_policy(*refused, now); });
      throw;
    }
    store.embedding_cache.clear();
    return receipt;
  });
}

Result<Seq> Admin::purge() const {
  return guarded("purge", [&] {
    StoreImpl& store = require(impl_);
    if (store.database.read_only()) fail(StatusCode::kFailedPrecondition, "the store is read-only");
    return store.database.purge();
  });
}

Result<std::vector<Erasure>> Admin::erasures() const {
  return guarded("erasures", [&] {
    std::vector<Erasure> erasures;
    require(impl_).database.read([&](Reader& reader) {
      erasures.clear();
      const Seq purged = reader.seq_setting("purged");
      for (storage::ErasureRow& row : reader.erasures()) {
        const Seq done = purged >= row.seq ? purged : 0;
        erasures.push_back({row.seq, core::from_micros(row.at), std::move(row.by), std::move(row.reason), row.memories, done});
      }
    });
    return erasures;
  });
}

Result<std::vector<Tombstone>> Admin::tombstones() const {
  return guarded("tombstones", [&] {
    std::vector<Tombstone> tombstones;
    require(impl_).database.read([&](Reader& reader) {
      tombstones.clear();
      for (const storage::TombstoneRow& row : reader.tombstones()) {
        Tombstone& one = tombstones.emplace_back();
        one.name_space = Reader::to_name(row.ns);
        one.seq = row.seq;
        if (row.at) one.created_at = core::from_micros(*row.at);
        one.hits = static_cast<std::uint64_t>(row.hits);
        if (row.last_hit_at) one.last_hit_at = core::from_micros(*row.last_hit_at);
        if (row.hash.size() == sizeof(MemoryId)) {
          one.kind = TombstoneKind::kRejected;
          one.memory = storage::to_id(row.hash);
        } else {
          one.hash = core::to_hex(row.hash);
        }
      }
    });
    return tombstones;
  });
}

std::size_t engine::replay_erasures(StoreImpl& replaced, StoreImpl& restored) {
  std::vector<storage::ErasedMemory> erased;
  std::vector<storage::TombstoneRow> tombstones;
  replaced.database.read([&](Reader& reader) {
    erased = reader.erased_memories();
    tombstones = reader.tombstones();
  });
  if (erased.empty()) return 0;
  std::size_t count = 0;
  restored.database.write(Durability::kFull, [&](Writer& writer) {
    EraseSelection there;
    for (const storage::ErasedMemory& one : erased) {
      if (!writer.history(one.id).empty()) there.ids.push_back(one.id);
    }
    Seq erasure = writer.seq();
    if (!there.ids.empty()) {  // whatever a hold says: they are erased already
      Erasing erasing(restored, writer, there);
      erasure = erasing.apply(writer, {.reason = "erased before the store was restored"}, restored.now()).erased_seq;
      count = erasing.all().size();
    }
    for (const storage::ErasedMemory& one : erased) writer.insert_erased(one.id, writer.ensure_namespace(one.ns), erasure);
    for (const storage::TombstoneRow& one : tombstones) writer.insert_tombstone(writer.ensure_namespace(one.ns), one.hash, erasure);
  });
  if (count > 0) (void)restored.database.purge();
  return count;
}

JobInput engine::purge_input(const Namespace& name, Seq erasure) {
  JobInput input;
  input.kind = kPurgeKind;
  input.name_space = name;
  input.key = std::to_string(erasure);  // the job that was done last keeps its key
  input.max_attempts = 1000;  // somebody may read an older state for days
  return input;
}

Status engine::purge_file(StoreImpl& store, const Job& /*job*/, JobContext::Impl& /*context*/) {
  return guarded("", [&] {
    bool done = false;
    store.database.read([&](Reader& reader) { done = reader.seq_setting("purged") >= reader.last_erasure(); });
    if (!done) (void)store.database.purge();
  });
}

}  // namespace mnemic
