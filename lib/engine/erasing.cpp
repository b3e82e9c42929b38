// SPDX-License-Identifier: Apache-2.0
#include "engine/erasing.hpp"

#include "core/error.hpp"
#include "core/json_tree.hpp"
#include "core/keyed_hash.hpp"
#include "engine/job_context.hpp"
#include "engine/policies.hpp"
#include "engine/tombstones.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

namespace mnemic::engine {
namespace {

using core::fail;
using storage::NamespaceId;
using storage::Reader;
using storage::Writer;

constexpr std::size_t kLeastQuote = 16;  // bytes of a text that are no chance when they stand in another

/// The strings of a job.
bool any_string(const Job& job, const std::function<bool(std::string_view)>& is) {
  bool found = is(job.key) || is(job.trace) || is(job.error);
  if (job.payload.is_string()) found = found || is(job.payload.as_string());
  (void)core::map_strings(job.payload, [&](std::string& text) { found = found || is(text); });
  return found;
}

}  // namespace

Erasing::Erasing(StoreImpl& store, Reader& reader, const EraseSelection& selection) : store_(store), reader_(reader) {
  select(selection);
  cascade();
}

void Erasing::report(EraseReceipt& receipt) const {
  receipt.erased.assign(selected_.begin(), selected_.end());
  std::set_difference(all_.begin(), all_.end(), selected_.begin(), selected_.end(), std::back_inserter(receipt.derived));
  receipt.unlinked.assign(unlinked_.begin(), unlinked_.end());
  receipt.versions = versions_;
  receipt.hashes.clear();
  for (const auto& [ns, hash] : hashes_) receipt.hashes.push_back(core::to_hex(hash));
  if (!store_.erasure_hash) receipt.not_covered.emplace_back("no erasure key was given: nothing keeps these texts from being stored again");
  receipt.not_covered.emplace_back("copies made before: snapshots, backups, exports, what other processes hold in memory or have logged");
}

void Erasing::foresee(EraseReceipt& receipt) {
  report(receipt);
  receipt.jobs = jobs().size();
  std::set<Seq> relations;
  for (const MemoryId& id : all_) {
    const std::vector<Seq> of = reader_.relations_of(id);
    relations.insert(of.begin(), of.end());  // one between two of them is one
  }
  receipt.relations = relations.size();
}

/// Jobs that name or quote what is erased.
std::vector<Job> Erasing::jobs() {
  std::vector<Job> found;
  for (Job& job : reader_.jobs({.limit = std::numeric_limits<std::int32_t>::max()}, std::nullopt)) {
    if (any_string(job, [this](std::string_view text) { return names(text) || quotes(text); })) found.push_back(std::move(job));
  }
  return found;
}

std::optional<Erasing::Held> Erasing::held(Timestamp now, std::vector<PolicyId>* would) {
  for (Policy& hold : policies_in_force(reader_, PolicyKind::kHold, now)) {
    const auto any = any_version(reader_, hold.rule.name_space, hold.rule.subtree, hold.rule.where);
    if (!any) continue;
    const auto covered = reader_.with_any_version(*any);
    Ids ids;
    std::set_intersection(covered.begin(), covered.end(), all_.begin(), all_.end(), std::inserter(ids, ids.end()));
    if (ids.empty()) continue;
    if (!hold.rule.dry_run) return Held{std::move(hold), std::move(ids)};
    if (would != nullptr) would->push_back(hold.id);
  }
  return std::nullopt;
}

std::vector<PolicyId> Erasing::check_holds(Timestamp now, std::optional<PolicyId>& refused) {
  std::vector<PolicyId> would;
  const auto found = held(now, &would);
  if (!found) return would;
  refused = found->hold.id;
  fail(StatusCode::kFailedPrecondition, "policy {} of {} holds {} of {} memories: {}", found->hold.id, found->hold.rule.owner, found->ids.size(),
       all_.size(), found->hold.rule.reason);
}

EraseReceipt Erasing::apply(Writer& writer, const EraseOptions& options, std::int64_t now) {
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
  for (const auto& [id, chunk] : chunks) enqueue(store_, writer, refill_input(writer.name_of(chunk.ns), chunk));
  enqueue(store_, writer, purge_input(writer.name_of(ns), receipt.erased_seq));  // of the whole file; a job must have a namespace
  return receipt;
}

void Erasing::select(const EraseSelection& selection) {
  auto any = any_version(reader_, selection.name_space, selection.subtree, selection.where);
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

void Erasing::take(const MemoryId& id) {
  if (!all_.insert(id).second) return;
  ids_.push_back(id.to_string());
  for (const storage::Record& record : reader_.history(id)) {
    ++versions_;
    if (record.memory.text.empty()) continue;
    texts_.insert(record.memory.text);
    if (std::string hash = erasure_hash(store_, record.memory.text); !hash.empty()) hashes_.emplace(record.ns, std::move(hash));
  }
}

/// What was derived from nothing else, or quotes what goes, goes too; and what was derived from that.
void Erasing::cascade() {
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

bool Erasing::quotes_a_source(const MemoryId& derived) {
  const auto history = reader_.history(derived);
  return std::any_of(history.begin(), history.end(), [this](const storage::Record& record) {
    const Memory& memory = record.memory;
    return quotes(memory.text) || (!memory.content.is_null() && quotes(memory.content.dump()));
  });
}

bool Erasing::names(std::string_view text) const {
  return std::any_of(ids_.begin(), ids_.end(), [text](const std::string& id) { return text.find(id) != std::string_view::npos; });
}

bool Erasing::quotes(std::string_view text) const {
  return std::any_of(texts_.begin(), texts_.end(), [text](const std::string& quoted) {
    return quoted.size() >= kLeastQuote && text.find(quoted) != std::string_view::npos;
  });
}

bool is_held(Reader& reader, const std::vector<Policy>& holds, const MemoryId& id) {
  return std::any_of(holds.begin(), holds.end(), [&](const Policy& hold) {
    auto any = any_version(reader, hold.rule.name_space, hold.rule.subtree, hold.rule.where);
    if (!any || hold.rule.dry_run) return false;
    any->id = id;
    return !reader.with_any_version(*any).empty();
  });
}

std::size_t erase_unheld(StoreImpl& store, Writer& writer, const std::vector<MemoryId>& ids, const EraseOptions& why) {
  EraseSelection selection;
  for (const MemoryId& id : ids) {
    if (!writer.history(id).empty()) selection.ids.push_back(id);  // one erased before may have taken it along
  }
  if (selection.ids.empty()) return 0;
  Erasing erasing(store, writer, selection);
  if (erasing.held(store.options.clock->now())) {
    if (selection.ids.size() == 1) return 0;
    std::size_t erased = 0;  // what was derived from one of them is held
    for (const MemoryId& id : selection.ids) erased += erase_unheld(store, writer, {id}, why);
    return erased;
  }
  (void)erasing.apply(writer, why, store.now());
  store.embedding_cache.clear();
  return erasing.all().size();
}

}  // namespace mnemic::engine
