// SPDX-License-Identifier: Apache-2.0
// Admin::erase, purge, the ledger and holds. An erasure is one transaction; the bytes that it leaves in unused parts of the file go with a
// purge, which a job makes up for.
#include "core/error.hpp"
#include "core/json_tree.hpp"
#include "core/keyed_hash.hpp"
#include "core/time.hpp"
#include "engine/job_context.hpp"
#include "engine/keep.hpp"
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
constexpr std::string_view kHold = "hold";
constexpr std::size_t kLeastQuote = 16;  // bytes of a text that are no chance when they stand in another

/// What a selection or a hold says, as the file knows it. Unset: a namespace that never was.
std::optional<storage::AnyVersion> any_version(Reader& reader, const std::optional<Namespace>& name, bool subtree, const Filter& where) {
  storage::AnyVersion any{.id = std::nullopt, .namespaces = std::nullopt, .user = {}, .author = {}, .session = {}, .where = &where};
  if (!name) return any;
  const std::string path = core::take(name->normalized()).to_string();
  if (subtree) {
    any.namespaces = reader.subtree(path);
  } else if (const auto ns = reader.find_namespace(path)) {
    any.namespaces = {*ns};
  } else {
    return std::nullopt;
  }
  return any;
}

void check_where(const Filter& where) {
  if (const Status status = where.check(); !status.ok()) fail(kInvalid, "where: {}", status.message());
}

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
  check_where(selection.where);
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
      if (any_string(job, [this](std::string_view text) { return names(text) || quotes(text, texts_); })) found.push_back(std::move(job));
    }
    return found;
  }

  /// @throws StatusError kFailedPrecondition when a hold covers one of them; `refused` is that hold
  void check_holds(std::int64_t now, std::optional<std::int64_t>& refused) {
    for (const storage::PolicyRow& row : reader_.policies(kHold)) {
      if (row.expires_at && *row.expires_at <= now) continue;
      const std::size_t held = count_held(row);
      if (held == 0) continue;
      refused = row.id;
      fail(StatusCode::kFailedPrecondition, "hold {} of {} covers {} of {} memories: {}", row.id, row.owner, held, all_.size(), row.reason);
    }
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
    std::set<NamespaceId> touched;
    std::map<std::int64_t, storage::ChunkRow> chunks;
    for (const MemoryId& id : all_) {
      const storage::ErasedRows rows = writer.erase(id, receipt.erased_seq, now, options.by);
      receipt.relations += rows.relations;
      touched.insert(rows.ns);
      for (const storage::ChunkRow& chunk : rows.chunks) chunks.emplace(chunk.id, chunk);
    }
    for (const MemoryId& id : unlinked_) writer.unlink(id, [this](const MemoryId& source) { return all_.contains(source); });
    for (const auto& [id, chunk] : chunks) enqueue(writer, engine::refill_input(writer.name_of(chunk.ns), chunk));
    enqueue(writer, engine::purge_input(writer.name_of(*touched.begin())));
    return receipt;
  }

 private:
  void select(const EraseSelection& selection) {
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
        if (reader_.history(derived).empty()) continue;
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
      return quotes(memory.text, texts_) || quotes(memory.content.is_null() ? std::string() : memory.content.dump(), texts_);
    });
  }

  [[nodiscard]] bool names(std::string_view text) const {
    return std::any_of(ids_.begin(), ids_.end(), [text](const std::string& id) { return text.find(id) != std::string_view::npos; });
  }
  static bool quotes(std::string_view text, const std::set<std::string>& texts) {
    return std::any_of(texts.begin(), texts.end(), [text](const std::string& quoted) {
      return quoted.size() >= kLeastQuote && text.find(quoted) != std::string_view::npos;
    });
  }

  std::size_t count_held(const storage::PolicyRow& row) {
    const Json rule = core::take(Json::parse(row.rule));
    const Filter where = core::take(Filter::from_json(rule["where"]));
    std::optional<Namespace> name;
    if (row.ns) name = reader_.name_of(*row.ns);
    const auto any = any_version(reader_, name, rule["subtree"].as_bool(), where);
    if (!any) return 0;
    const auto held = reader_.with_any_version(*any);
    return static_cast<std::size_t>(std::count_if(held.begin(), held.end(), [this](const MemoryId& id) { return all_.contains(id); }));
  }

  void enqueue(Writer& writer, const JobInput& input) {
    writer.insert_job(engine::make_job(store_, input), writer.ensure_namespace(input.name_space.to_string()));
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

Hold to_hold(Reader& reader, const storage::PolicyRow& row) {
  const Json rule = core::take(Json::parse(row.rule));
  Hold hold;
  hold.id = row.id;
  if (row.ns) hold.rule.name_space = reader.name_of(*row.ns);
  hold.rule.subtree = rule["subtree"].as_bool();
  hold.rule.where = core::take(Filter::from_json(rule["where"]));
  hold.rule.owner = row.owner;
  hold.rule.reason = row.reason;
  if (row.expires_at) hold.rule.expires_at = core::from_micros(*row.expires_at);
  hold.created_at = core::from_micros(row.created_at);
  hold.hits = static_cast<std::uint64_t>(row.hits);
  if (row.last_hit_at) hold.last_hit_at = core::from_micros(*row.last_hit_at);
  return hold;
}

Json ids_json(const std::vector<MemoryId>& ids) {
  std::vector<Json> texts;
  for (const MemoryId& id : ids) texts.emplace_back(id.to_string());
  return Json::array(texts);
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
        std::optional<std::int64_t> refused;
        erasing.check_holds(store.now(), refused);
        receipt = {};
        erasing.report(receipt);
        receipt.jobs = erasing.jobs().size();
        receipt.dry_run = true;
      });
      return receipt;
    }
    const std::int64_t now = store.now();
    std::optional<std::int64_t> refused;
    try {
      store.database.write(Durability::kFull, [&](Writer& writer) {
        Erasing erasing(store, writer, selection);
        erasing.check_holds(now, refused);
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

Result<std::int64_t> Admin::hold(const HoldInput& input) const {
  return guarded("hold", [&] {
    StoreImpl& store = require(impl_);
    if (input.owner.empty()) fail(kInvalid, "owner: empty");
    if (input.reason.empty()) fail(kInvalid, "reason: empty");
    engine::validate_name("owner", input.owner, store.options.limits);
    engine::validate_name("reason", input.reason, store.options.limits);
    check_where(input.where);
    if (input.subtree && !input.name_space) fail(kInvalid, "subtree: of no namespace");
    if (input.expires_at == kOpenEnd) fail(kInvalid, "expires_at: an open end");
    std::optional<std::string> path;
    if (input.name_space) path = core::take(input.name_space->normalized()).to_string();
    storage::PolicyRow row;
    row.rule = Json::object({{"where", input.where.to_json()}, {"subtree", input.subtree}}).dump();
    row.owner = input.owner;
    row.reason = input.reason;
    row.created_at = store.now();
    if (input.expires_at) row.expires_at = core::to_micros(*input.expires_at);
    std::int64_t id = 0;
    store.database.write(Durability::kFull, [&](Writer& writer) {
      if (path) row.ns = writer.ensure_namespace(*path);
      id = writer.insert_policy(kHold, row);
    });
    return id;
  });
}

Result<std::vector<Hold>> Admin::holds() const {
  return guarded("holds", [&] {
    std::vector<Hold> holds;
    require(impl_).database.read([&](Reader& reader) {
      holds.clear();
      for (const storage::PolicyRow& row : reader.policies(kHold)) holds.push_back(to_hold(reader, row));
    });
    return holds;
  });
}

Status Admin::release(std::int64_t hold) const {
  return guarded("release", [&] {
    require(impl_).database.write(Durability::kFull, [&](Writer& writer) {
      if (!writer.remove_policy(kHold, hold)) fail(StatusCode::kNotFound, "hold: no such hold");
    });
  });
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

JobInput engine::purge_input(const Namespace& name) {
  JobInput input;
  input.kind = kPurgeKind;
  input.name_space = name;
  input.key = "purge";
  input.max_attempts = 1000;  // somebody may read an older state for days
  return input;
}

Status engine::purge_file(StoreImpl& store, const Job& /*job*/, JobContext::Impl& /*context*/) {
  return guarded("", [&] { (void)store.database.purge(); });
}

Json to_json(const EraseReceipt& receipt) {
  return Json::object({{"erased", ids_json(receipt.erased)},
                       {"derived", ids_json(receipt.derived)},
                       {"unlinked", ids_json(receipt.unlinked)},
                       {"versions", std::uint64_t{receipt.versions}},
                       {"relations", std::uint64_t{receipt.relations}},
                       {"jobs", std::uint64_t{receipt.jobs}},
                       {"hashes", Json::array(std::vector<Json>(receipt.hashes.begin(), receipt.hashes.end()))},
                       {"erased_seq", receipt.erased_seq},
                       {"purged_seq", receipt.purged_seq},
                       {"dry_run", receipt.dry_run},
                       {"not_covered", Json::array(std::vector<Json>(receipt.not_covered.begin(), receipt.not_covered.end()))}});
}

Json to_json(const Erasure& erasure) {
  return Json::object({{"erased_seq", erasure.erased_seq},
                       {"at", to_string(erasure.at)},
                       {"by", erasure.by},
                       {"reason", erasure.reason},
                       {"memories", std::uint64_t{erasure.memories}},
                       {"purged_seq", erasure.purged_seq}});
}

Json to_json(const Hold& hold) {
  std::vector<Json::Member> members{{"id", hold.id}};
  if (hold.rule.name_space) members.emplace_back("namespace", hold.rule.name_space->to_string());
  members.emplace_back("subtree", hold.rule.subtree);
  members.emplace_back("where", hold.rule.where.to_json());
  members.emplace_back("owner", hold.rule.owner);
  members.emplace_back("reason", hold.rule.reason);
  members.emplace_back("created_at", to_string(hold.created_at));
  if (hold.rule.expires_at) members.emplace_back("expires_at", to_string(*hold.rule.expires_at));
  members.emplace_back("hits", hold.hits);
  if (hold.last_hit_at) members.emplace_back("last_hit_at", to_string(*hold.last_hit_at));
  return Json::object(members);
}

}  // namespace mnemic
