// SPDX-License-Identifier: Apache-2.0
// Everything that can be changed inside one write transaction. It also reads, and sees its own changes.
#pragma once

#include "storage/sqlite/reader.hpp"

#include <mnemic/layers/facts.hpp>

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mnemic::storage {

/// How a job is claimed: of `kinds`, a JSON array, at `now`, until `until`, by a holder of the token `owner`.
struct Claim {
  std::string kinds;
  std::string owner;
  std::int64_t now = 0;
  std::int64_t until = 0;
};

/// A claimed job, if one was due; and how many were found dead instead: their last attempt never ended.
struct Claimed {
  std::optional<Job> job;
  std::size_t parked = 0;
};

/// Rows that never change and are never deleted: looked up once. Forgotten when anything is rolled back, for they may have been
/// made in what is undone.
struct Known {
  std::unordered_map<std::string, NamespaceId> namespaces;
  std::vector<SpaceRow> spaces;
  void forget() {
    namespaces.clear();
    spaces.clear();
  }
};

class Writer : public Reader {
 public:
  /// Both must outlive it.
  Writer(Connection& connection, Known& known) : Reader(connection), known_(known) {}

  NamespaceId ensure_namespace(std::string_view path);
  /// Finds the space, or records it. Valid until the next call.
  /// @throws StatusError kInvalidArgument when it is known with another dimension.
  const SpaceRow& ensure_space(const EmbeddingSpace& space);
  /// Takes its name: nobody finds the space any more, and another may have the name.
  void retire_space(SpaceId space);
  void set_setting(std::string_view name, std::string_view value);
  void remove_setting(std::string_view name);
  /// To be called by whoever deletes rows of `versions`, `tail` or `relations`, or changes one in place: accounts are then counted anew.
  void rows_removed();

  /// The place a new turn of this session gets.
  std::uint64_t next_turn(NamespaceId ns, std::string_view session);

  /// Writes a version with its tail row and its line in the change log, and ends `ended` (the version it replaces).
  /// Sets record.memory.seq_from. `agent` is who made the change.
  void insert(Record& record, const Tail& tail, std::optional<Seq> ended, std::string_view agent);
  /// Ends the current version without a successor, and the relations it was an end of.
  /// @return the seq of the change.
  Seq forget(const Record& record, std::int64_t at, std::string_view agent);

  /// Writes a relation and its line in the change log, and ends `ended` (the one it replaces). Sets relation.seq.
  void insert_relation(RelationRow& row, std::optional<Seq> ended, std::int64_t at, std::string_view agent);
  /// Ends a relation. @return the seq of the change.
  Seq end_relation(const RelationRow& row, std::int64_t at, std::string_view agent);

  /// Declares an attribute of facts, or declares it anew.
  void declare(NamespaceId ns, std::string_view name, Cardinality cardinality, std::int64_t at, std::string_view agent);

  void grant(NamespaceId reader, NamespaceId target, std::int64_t at);
  bool revoke(NamespaceId reader, NamespaceId target, std::int64_t at);

  void insert_chunk(const ChunkRow& chunk, std::string_view body);
  void remove_chunk(std::int64_t id);
  void remove_all_chunks();

  /// Jobs (jobs.cpp). What is stored: everything but the id. A job that has the key already is answered instead.
  JobId insert_job(const Job& job, NamespaceId ns);
  /// The next one in turn: of the namespace served longest ago that has one due, that of highest priority, then the one due
  /// longest.
  Claimed claim_job(const Claim& claim);
  /// These answer false, and change nothing, when the job is no longer held by `owner`.
  bool complete_job(JobId id, std::string_view owner);
  bool extend_job(JobId id, std::string_view owner, std::int64_t now, std::int64_t until);
  /// Gives a claimed job back with state, attempts, escalations, not_before and error of `job`.
  bool release_job(const Job& job, std::string_view owner);
  void count_escalation();
  /// Makes a dead one wait. False when another job has its key.
  bool revive_job(const Job& job, std::int64_t now);
  void remove_job(const Job& job);

  /// Erasure (erase.cpp). Removes every version of a memory with all that is about it; nothing when there is none. The pages
  /// keep bytes of it until they are purged.
  ErasedRows erase(const MemoryId& id, Seq erasure, std::int64_t at, std::string_view agent);
  /// Takes sources that are gone out of what a memory says of itself, in all its versions.
  void unlink(const MemoryId& derived, const std::function<bool(const MemoryId&)>& is_gone);
  void insert_erasure(const ErasureRow& row);  ///< once, with all that it erases
  void insert_erased(const MemoryId& id, NamespaceId ns, Seq erasure);
  void insert_tombstone(NamespaceId ns, std::string_view hash, Seq erasure);
  void count_tombstone(NamespaceId ns, std::string_view hash, std::int64_t at);
  std::int64_t insert_policy(const PolicyRow& row);
  bool remove_policy(std::int64_t id);
  void count_policy(std::int64_t id, std::int64_t at, std::size_t hits = 1);

  /// Replaces the words of every tail row and the keys of every fact, for a new tokenizer. `retokenize` fills the terms and
  /// length of a text, `key_of` gives what a memory is looked up by as a fact.
  void rebuild_words(const std::function<void(std::string_view text, Tail& tail)>& retokenize,
                     const std::function<std::optional<FactKey>(Layer, const Json& metadata)>& key_of);

  /// Mending (store.check): derived rows in the place of what is there, and every index made anew.
  void replace_tail(Seq seq_from, const Tail& tail);
  void replace_fact(const Record& record);
  void reindex() { connection_.execute("REINDEX"); }

 private:
  Seq log(ChangeOp op, NamespaceId ns, std::int64_t at, std::string_view agent, const Record* record,
          std::optional<Seq> ended, std::string_view detail);
  void end_version(Seq seq_from, Seq seq_to);
  void end_relation_row(Seq seq_from, Seq seq_to);
  void insert_fact(const Record& record);
  SpaceRow insert_space(const EmbeddingSpace& space);
  void ensure_turn(NamespaceId ns);
  void end_turn(NamespaceId ns);
  void advance_mark(std::string_view kind, NamespaceId ns);

  Known& known_;
};

}  // namespace mnemic::storage
