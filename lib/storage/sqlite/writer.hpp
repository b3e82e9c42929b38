// SPDX-License-Identifier: Apache-2.0
// Everything that can be changed inside one write transaction. It also reads, and sees its own changes.
#pragma once

#include "storage/sqlite/reader.hpp"

#include <mnemic/layers/facts.hpp>

#include <string_view>

namespace mnemic::storage {

class Writer : public Reader {
 public:
  using Reader::Reader;

  NamespaceId ensure_namespace(std::string_view path);
  /// Finds the space, or records it.
  /// @throws StatusError kInvalidArgument when it is known with another dimension.
  SpaceRow ensure_space(const EmbeddingSpace& space);
  void set_setting(std::string_view name, std::string_view value);

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

  /// Replaces the words of every tail row and the keys of every fact, for a new tokenizer. `retokenize` fills the terms and
  /// length of a text, `key_of` gives what a memory is looked up by as a fact.
  void rebuild_words(const std::function<void(std::string_view text, Tail& tail)>& retokenize,
                     const std::function<std::optional<FactKey>(Layer, const Json& metadata)>& key_of);

 private:
  Seq log(ChangeOp op, NamespaceId ns, std::int64_t at, std::string_view agent, const Record* record,
          std::optional<Seq> ended, std::string_view detail);
  void end_version(Seq seq_from, Seq seq_to);
  void end_relation_row(Seq seq_from, Seq seq_to);
  void insert_fact(const Record& record);
};

}  // namespace mnemic::storage
