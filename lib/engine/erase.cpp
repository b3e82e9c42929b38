// SPDX-License-Identifier: Apache-2.0
// Admin::erase, purge and the ledger. An erasure is one transaction; the bytes that it leaves in unused parts of the file go with a
// purge, which a job makes up for.
#include "core/error.hpp"
#include "core/json_tree.hpp"
#include "core/keyed_hash.hpp"
#include "core/time.hpp"
#include "engine/erasing.hpp"
#include "engine/job_context.hpp"
#include "engine/keep.hpp"
#include "engine/policies.hpp"
#include "engine/scope_impl.hpp"
#include "engine/tombstones.hpp"
#include "engine/validate.hpp"

#include <mnemic/store.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace mnemic {
namespace {

using core::fail;
using core::guarded;
using engine::require;
using storage::NamespaceId;
using storage::Reader;
using storage::Writer;
using Ids = std::set<MemoryId>;

constexpr auto kInvalid = StatusCode::kInvalidArgument;
constexpr std::size_t kLeastQuote = 16;  // bytes of a text that are no chance when they stand in another

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

/// The strings of a job.
bool any_string(const Job& job, const std::function<bool(std::string_view)>& is) {
  bool found = is(job.key) || is(job.trace) || is(job.error);
  if (job.payload.is_string()) found = found || is(job.payload.as_string());
  (void)core::map_strings(job.payload, [&](std::string& text) { found = found || is(text); });
  return found;
}

/// Everything one erasure takes, found before anything is removed.
class Erasing {
 public:
  Erasing(StoreImpl& store, Reader& reader, const EraseSelection& selection) : store_(store), reader_(reader) {
    select(selection);
    cascade();
  }

  [[nodiscard]] const Ids& all() const { return all_; }

  void report(EraseReceipt& receipt) const {
    receipt.erased.assign(selected_.begin(), selected_.end());
    std::set_difference(all_.begin(), all_.end(), selected_.begin(), selected_.end(), std::back_inserter(receipt.derived));
    receipt.unlinked.assign(unlinked_.begin(), unlinked_.end());
    receipt.versions = versions_;
    receipt.hashes.clear();
    for (const auto& [ns, hash] : hashes_) receipt.hashes.push_back(core::to_hex(hash));
    if (!store_.erasure_hash) receipt.not_covered.emplace_back("no erasure key was given: nothing keeps these texts from being stored again");
    receipt.not_covered.emplace_back("copies made before: snapshots, backups, exports, what other processes hold in memory or have logged");
  }

  /// Jobs that name or quote what is erased.
  std::vector<Job> jobs() {
    std::vector<Job> found;
    for (Job& job : reader_.jobs({.limit = std::numeric_limits<std::int32_t>::max()}, std::nullopt)) {
      if (any_string(job, [this](std::string_view text) { return names(text) || quotes(text); })) found.push_back(std::move(job));
    }
    return found;
  }

  /// @throws StatusError kFailedPrecondition when a policy holds one of them; `refused` is that policy
  /// @return  those that would hold one of them, but are dry runs
  std::vector<PolicyId> check_holds(Timestamp now, std::optional<PolicyId>& refused) {
    std::vector<PolicyId> would;
    for (const Policy& hold : engine::policies_in_force(reader_, PolicyKind::kHold, now)) {
      const std::size_t held = count_held(hold.rule);
      if (held == 0) continue;
      if (hold.rule.dry_run) {
        would.push_back(hold.id);
        continue;
      }
      refused = hold.id;
      fail(StatusCode::kFailedPrecondition, "policy {} of {} holds {} of {} memories: {}", hold.id, hold.rule.owner, held, all_.size(), hold.rule.reason);
    }
    return would;
  }

  EraseReceipt apply(Writer& writer, const EraseOptions& options, std::int64_t now) {
    EraseReceipt receipt;
    report(receipt);
    if (all_.empty()) {
      receipt.erased_seq = writer.seq();
      return receipt;
    }
    for (const Job& job : jobs()) {
      writer.remove_job(job);
      ++receipt.jobs;
    }
    receipt.erased_seq = writer.seq() + all_.size();  // one line of the change log for each
    writer.insert_erasure({receipt.erased_seq, now, options.by, options.reason, all_.size()});
    for (const auto& [ns, hash] : hashes_) writer.insert_tombstone(ns, hash, receipt.erased_seq);
    NamespaceId ns = 0;
    std::map<std::int64_t, storage::ChunkRow> chunks;
    for (const MemoryId& id : all_) {
      const storage::ErasedRows rows = writer.erase(id, receipt.erased_seq, now, options.by);
      receipt.relations += rows.relations;
      ns = rows.ns;
      for (const storage::ChunkRow& chunk : rows.chunks) chunks.emplace(chunk.id, chunk);
    }
    for (const MemoryId& id : unlinked_) writer.unlink(id, [this](const MemoryId& source) { return all_.contains(source); });
    for (const auto& [id, chunk] : chunks) engine::enqueue(store_, writer, engine::refill_input(writer.name_of(chunk.ns), chunk));
    engine::enqueue(store_, writer, engine::purge_input(writer.name_of(ns), receipt.erased_seq));  // of the whole file; a job must have a namespace
    return receipt;
  }

 private:
  void select(const EraseSelection& selection) {
    auto any = engine::any_version(reader_, selection.name_space, selection.subtree, selection.where);
    if (!any) return;
    any->user = selection.user;
    any->author = selection.author;
    any->session = selection.session;
    const auto add = [&] {
      for (const MemoryId& id : reader_.with_any_version(*any)) selected_.insert(id);
    };
    if (selection.ids.empty()) add();
    for (const MemoryId& id : selection.ids) {
      if (reader_.history(id).empty()) fail(StatusCode::kNotFound, "ids: no such memory: {}", id.to_string());
      any->id = id;
      add();
    }
    for (const MemoryId& id : selected_) take(id);
  }

  void take(const MemoryId& id) {
    if (!all_.insert(id).second) return;
    ids_.push_back(id.to_string());
    for (const storage::Record& record : reader_.history(id)) {
      ++versions_;
      if (record.memory.text.empty()) continue;
      texts_.insert(record.memory.text);
      if (std::string hash = engine::erasure_hash(store_, record.memory.text); !hash.empty()) hashes_.emplace(record.ns, std::move(hash));
    }
  }

  /// What was derived from nothing else, or quotes what goes, goes too; and what was derived from that.
  void cascade() {
    std::map<MemoryId, Ids> sources;
    if (!all_.empty()) reader_.derivations([&](const MemoryId& derived, const MemoryId& source) { sources[derived].insert(source); });
    for (bool more = true; std::exchange(more, false);) {
      for (const auto& [derived, from] : sources) {
        const auto is_gone = [this](const MemoryId& source) { return all_.contains(source); };
        if (all_.contains(derived) || std::none_of(from.begin(), from.end(), is_gone)) continue;
        if (!std::all_of(from.begin(), from.end(), is_gone) && !quotes_a_source(derived)) {
          unlinked_.insert(derived);
          continue;
        }
        unlinked_.erase(derived);
        take(derived);
        more = true;
      }
    }
  }

  bool quotes_a_source(const MemoryId& derived) {
    const auto history = reader_.history(derived);
    return std::any_of(history.begin(), history.end(), [this](const storage::Record& record) {
      const Memory& memory = record.memory;
      return quotes(memory.text) || (!memory.content.is_null() && quotes(memory.content.dump()));
    });
  }

  [[nodiscard]] bool names(std::string_view text) const {
    return std::any_of(ids_.begin(), ids_.end(), [text](const std::string& id) { return text.find(id) != std::string_view::npos; });
  }
  [[nodiscard]] bool quotes(std::string_view text) const {
    return std::any_of(texts_.begin(), texts_.end(), [text](const std::string& quoted) {
      return quoted.size() >= kLeastQuote && text.find(quoted) != std::string_view::npos;
    });
  }

  std::size_t count_held(const PolicyInput& rule) {
    const auto any = engine::any_version(reader_, rule.name_space, rule.subtree, rule.where);
    if (!any) return 0;
    const auto held = reader_.with_any_version(*any);
    return static_cast<std::size_t>(std::count_if(held.begin(), held.end(), [this](const MemoryId& id) { return all_.contains(id); }));
  }

  StoreImpl& store_;
  Reader& reader_;
  Ids selected_;
  Ids all_;
  Ids unlinked_;
  std::vector<std::string> ids_;  // of all, as texts
  std::set<std::string> texts_;   // of all their versions
  std::set<std::pair<NamespaceId, std::string>> hashes_;
  std::size_t versions_ = 0;
};

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
        erasing.report(receipt);
        receipt.jobs = erasing.jobs().size();
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

bool engine::is_held(Reader& reader, const std::vector<Policy>& holds, const MemoryId& id) {
  return std::any_of(holds.begin(), holds.end(), [&](const Policy& hold) {
    auto any = any_version(reader, hold.rule.name_space, hold.rule.subtree, hold.rule.where);
    if (!any || hold.rule.dry_run) return false;
    any->id = id;
    return !reader.with_any_version(*any).empty();
  });
}

std::size_t engine::erase_unheld(StoreImpl& store, Writer& writer, const std::vector<MemoryId>& ids, const EraseOptions& why) {
  EraseSelection selection;
  for (const MemoryId& id : ids) {
    if (!writer.history(id).empty()) selection.ids.push_back(id);  // one erased before may have taken it along
  }
  if (selection.ids.empty()) return 0;
  Erasing erasing(store, writer, selection);
  std::optional<PolicyId> held;
  try {
    (void)erasing.check_holds(store.options.clock->now(), held);
  } catch (const core::StatusError&) {
    if (!held) throw;
    if (selection.ids.size() == 1) return 0;
    std::size_t erased = 0;  // what was derived from one of them is held
    for (const MemoryId& id : selection.ids) erased += erase_unheld(store, writer, {id}, why);
    return erased;
  }
  (void)erasing.apply(writer, why, store.now());
  store.embedding_cache.clear();
  return erasing.all().size();
}

std::size_t engine::replay_erasures(StoreImpl& replaced, StoreImpl& restored) {
  std::vector<storage::ErasedMemory> erased;
  std::vector<storage::Tombstone> tombstones;
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
    for (const storage::Tombstone& one : tombstones) writer.insert_tombstone(writer.ensure_namespace(one.ns), one.hash, erasure);
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
