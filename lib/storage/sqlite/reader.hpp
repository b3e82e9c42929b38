// SPDX-License-Identifier: Apache-2.0
// Everything that can be asked inside one read transaction.
#pragma once

#include "storage/account.hpp"
#include "storage/record.hpp"
#include "storage/sqlite/copy.hpp"
#include "storage/sqlite/filter_sql.hpp"
#include "storage/sqlite/sqlite.hpp"
#include "storage/tail.hpp"

#include <mnemic/layers/facts.hpp>
#include <mnemic/layers/session.hpp>
#include <mnemic/scope.hpp>
#include <mnemic/store.hpp>

#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mnemic::storage {

/// Which versions are meant: of those that are current, or were at change `at`, those of `namespaces` that pass every filter
/// and have not expired at `now`.
struct Selection {
  std::vector<NamespaceId> namespaces;
  std::vector<const Filter*> filters;
  std::vector<Layer> layers;  // empty: all
  std::int64_t now = 0;       // microseconds
  std::optional<Seq> at = std::nullopt;
};

/// Where a page starts: after this memory in the listing's order.
struct After {
  std::int64_t time = 0;
  MemoryId id;
};

/// What a partition needs of one version.
struct PartitionRow {
  Seq seq_from = 0;
  Seq seq_to = static_cast<Seq>(kCurrent);
  MemoryId id;
  std::string_view session;
  std::optional<std::int64_t> turn;
  std::int64_t event_time = 0;
  std::optional<std::int64_t> event_end;
  std::optional<std::int64_t> expires_at;
  double importance = 0;
  State state = State::kActive;
  std::string_view author;
  const Tail* tail = nullptr;
};

/// The versions that the changes (after, last] wrote and that were current at change `at`, or had ended too; at most `limit`.
struct Run {
  Seq after = 0;
  Seq last = static_cast<Seq>(kCurrent);
  Seq at = 0;
  bool ended = false;
  std::size_t limit = std::numeric_limits<std::int32_t>::max();
};

/// The newest version of a memory, be it forgotten.
struct LastVersion {
  NamespaceId ns = 0;
  Layer layer = Layer::kSemantic;
  Seq seq_from = 0;
  std::uint64_t version = 0;
  std::optional<Timestamp> forgotten_at;
};

/// A version that a change ended: the memory was forgotten, or written anew, or erased with all its versions.
struct EndedVersion {
  Seq by = 0;
  Timestamp at{};
  MemoryId id;
  Layer layer = Layer::kSemantic;
  bool erased = false;
};

/// Jobs that may be claimed at a moment, and when the next one may.
struct DueJobs {
  std::size_t count = 0;
  std::optional<std::int64_t> oldest;  // since when the one that waits longest has been due
  std::optional<std::int64_t> next;
};

/// One more finding, unless there are 1,000.
void add_issue(CheckReport& report, std::string where, std::string what);

/// Memories of which any version, current or not, passes all that is set.
struct AnyVersion {
  std::optional<MemoryId> id = {};
  std::optional<std::vector<NamespaceId>> namespaces = {};
  std::string user = {}, author = {}, session = {};
  const Filter* where = nullptr;
};
/// " AND …" over a row `v` of `versions`, or nothing.
Sql any_version_sql(const AnyVersion& of);

/// Lives inside a transaction that Database opens and ends.
class Reader {
 public:
  explicit Reader(Connection& connection) : connection_(connection) {}

  Seq seq();  ///< the newest change this transaction sees

  std::optional<NamespaceId> find_namespace(std::string_view path);
  std::string namespace_path(NamespaceId id);
  /// As a name. @throws StatusError kCorruption when it is missing, or is none
  Namespace name_of(NamespaceId id) { return to_name(namespace_path(id)); }
  /// @throws StatusError kCorruption when what was stored is no name
  static Namespace to_name(std::string_view path);
  std::vector<std::pair<NamespaceId, std::string>> namespaces();  ///< by path
  std::vector<NamespaceId> subtree(std::string_view path);        ///< the namespace itself included, if it exists
  std::vector<NamespaceId> granted_to(NamespaceId reader);
  std::vector<Grant> grants();

  std::optional<Record> current(const MemoryId& id);
  std::optional<Record> current_by_key(NamespaceId ns, Layer layer, std::string_view key);
  /// @throws StatusError kCorruption when it is missing
  Record version(Seq seq_from);
  /// As above, found by the index of ids.
  /// @throws StatusError kCorruption also when it is another memory: the index is damaged
  Record version(Seq seq_from, const MemoryId& id);
  std::vector<Record> history(const MemoryId& id);
  /// The current version of a memory, if it is in the selection: one statement, the same for unknown, foreign and
  /// filtered ids.
  std::optional<Seq> find(const Selection& selection, const MemoryId& id);

  std::vector<Record> list(const Selection& selection, Order order, const std::optional<After>& after, std::size_t limit);
  std::size_t count(const Selection& selection);
  /// seq_from of every selected version, ascending.
  std::vector<Seq> select(const Selection& selection);
  std::vector<SessionInfo> sessions(const Selection& selection);
  /// Turns of a session before place `before`, newest first.
  std::vector<Record> turns(const Selection& selection, std::string_view session, std::int64_t before, std::size_t limit);
  /// Pinned ones that recall may give; facts only if they hold at `valid_at`.
  std::vector<Record> pinned(const Selection& selection, std::int64_t valid_at);

  /// The relation that stands between two memories.
  std::optional<RelationRow> relation(const MemoryId& from, std::string_view type, const MemoryId& to);
  /// The other ends of the relations of a type that stand, from `id` or to it.
  std::vector<MemoryId> ends(const MemoryId& id, std::string_view type, Direction direction);
  /// The relations of `id` that ended because it or the other end was forgotten, the last of those of one type and other end.
  std::vector<RelationRow> ended_by_forgetting(const MemoryId& id);
  /// Relations of `id` made after a change, in order, with the selected memories at their other ends. `type` "": any.
  std::vector<std::pair<RelationRow, Record>> related(const Selection& others, const MemoryId& id, std::string_view type,
                                                      Direction direction, Seq after, std::size_t limit);
  /// Selected facts of a subject, by their beginning, then by id. `attribute` "": any.
  std::vector<Record> facts(const Selection& selection, const std::string& subject, const std::string& attribute);
  std::optional<Cardinality> cardinality(NamespaceId ns, std::string_view attribute);
  std::vector<Attribute> attributes(NamespaceId ns);

  Tail tail(Seq seq_from);
  /// Versions of a partition that a run of changes wrote, ascending.
  void partition_rows(NamespaceId ns, Layer layer, const Run& run, const std::function<void(const PartitionRow&)>& each);
  std::vector<Change> changes(NamespaceId ns, Seq after);

  /// Sealed chunks of a partition (chunks.cpp), by where they end.
  std::vector<ChunkRow> chunks(NamespaceId ns, Layer layer);
  std::vector<ChunkRow> all_chunks();
  std::optional<ChunkRow> chunk_of(NamespaceId ns, Layer layer, Seq version);  ///< the one that covers its change
  /// @throws StatusError kCorruption, naming the row, when it is missing or its checksum does not hold
  std::string chunk_body(const ChunkRow& chunk);
  /// Calls `each` with what the changes after `after` ended, relations included, and when.
  void ended_since(NamespaceId ns, Seq after, const std::function<void(Seq ended, Seq by)>& each);
  /// The partitions that changes after `after` wrote to or ended something of.
  std::vector<std::pair<NamespaceId, Layer>> changed_partitions(Seq after);
  /// Current versions that no chunk has; counts up to `limit`.
  std::size_t count_unsealed(NamespaceId ns, Layer layer, std::size_t limit);

  /// What exports and imports ask besides (transfer.cpp).
  std::optional<Record> find_version(Seq seq_from);
  std::optional<LastVersion> last_version(const MemoryId& id);
  /// Whether any version of another memory has, or had, this place of a session.
  bool place_taken(NamespaceId ns, std::string_view session, std::uint64_t turn, const MemoryId& other_than);
  /// Relations that stood at change `at`, made after change `after`, in order.
  std::vector<RelationRow> relations_at(Seq at, Seq after, std::size_t limit);
  /// Relations that the changes (after, up_to] ended; `created_at` is when they did.
  std::vector<RelationRow> ended_relations(Seq after, Seq up_to);
  /// Versions of memories that the changes (after, up_to] ended, in order.
  std::vector<EndedVersion> ended_versions(NamespaceId ns, Seq after, Seq up_to);
  /// Grants that these changes revoked; `granted_at` is when they did.
  std::vector<Grant> revoked_grants(Seq after, Seq up_to);
  /// Whether what a file says of itself is this store's past, or its present (copy.cpp).
  bool has_past(const FileFacts& older);

  std::vector<SpaceRow> spaces();
  std::optional<SpaceRow> find_space(std::string_view name, std::string_view version);
  std::string setting(std::string_view name);  ///< "" when unset
  Seq seq_setting(std::string_view name);      ///< a change that was written down; 0 when unset

  /// Jobs (jobs.cpp). `kinds` is a JSON array of strings.
  std::optional<Job> job(JobId id);
  std::vector<Job> jobs(const JobListOptions& options, std::optional<NamespaceId> ns);
  DueJobs due_jobs(const std::string& kinds, std::int64_t now);
  JobId processed_up_to(std::string_view kind, NamespaceId ns);
  struct LeftJobs {
    std::size_t to_do = 0;  ///< waiting or leased
    std::size_t dead = 0;
  };
  LeftJobs left_jobs(std::string_view kind);
  /// Current versions of memories with text and no vector in `space`, not quarantined, with seq_from in (after, up_to],
  /// newest first, until `each` answers false.
  void without_vector(std::optional<NamespaceId> ns, SpaceId space, Seq after, Seq up_to,
                      const std::function<bool(NamespaceId ns, Seq seq_from)>& each);

  /// Current memories with text, quarantined ones excepted, and those of them without a vector in `space`.
  void count_vectors(SpaceId space, std::size_t& total, std::size_t& missing);
  /// Brings an account up to this transaction (accounting.cpp). An empty one is counted from all rows.
  void count(Account& account);
  /// Fills what is counted anew each time: jobs, chunks, namespaces.
  void count_into(StoreStats& stats, std::int64_t now);
  /// Everything in the file that must agree, as far as SQL and checksums can tell. Calls `each` for every version, with nullptr for
  /// what is damaged of it. @return false: it got no further than the pages, because the codes of some encrypted ones do not hold
  bool check(CheckReport& report, const std::function<void(const Record*, const Tail*, Seq)>& each);
  /// What a version is looked up by as a fact, if it has a row for that.
  std::optional<FactKey> fact_row(Seq seq_from);

  /// Erasure (erase.cpp).
  std::vector<MemoryId> with_any_version(const AnyVersion& of);
  /// Calls `each` with who says, or said in some version, to be derived from whom; repetitions included. Looks at all.
  void derivations(const std::function<void(const MemoryId& derived, const MemoryId& source)>& each);
  /// Every relation from or to it, those that have ended too, by the change that made it.
  std::vector<Seq> relations_of(const MemoryId& id);
  /// The erasure that took it last. @param of  only if it was of one of these namespaces
  std::optional<Seq> erasure_of(const MemoryId& id, const std::vector<NamespaceId>* of = nullptr);
  std::vector<ErasureRow> erasures();
  Seq last_erasure();  ///< 0: none
  std::vector<ErasedMemory> erased_memories();
  std::vector<TombstoneRow> tombstones();  ///< oldest first
  /// The erasure that took a text with this hash.
  std::optional<Seq> tombstone(NamespaceId ns, std::string_view hash);

  /// Policies (policies.cpp). What is looked for goes on until `each` answers false.
  std::vector<PolicyRow> policies();
  /// Whether a version, stored or not, passes.
  bool passes(const Record& record, const Filter& where);
  /// Memories of which no version was written after `before`.
  void unwritten_since(std::int64_t before, const AnyVersion& of, const std::function<bool(const MemoryId&)>& each);
  /// Those forgotten and not recovered, and those expired and not forgotten, by then.
  void forgotten_since(std::int64_t before, const std::function<bool(const MemoryId&)>& each);
  void expired_since(std::int64_t before, const std::function<bool(const MemoryId&)>& each);

 protected:
  Connection& connection_;
};

}  // namespace mnemic::storage
