// SPDX-License-Identifier: Apache-2.0
// A write: prepared, then applied inside its transaction.
#pragma once

#include "engine/policies.hpp"
#include "engine/prepare.hpp"
#include "engine/tombstones.hpp"
#include "storage/sqlite/writer.hpp"

#include <mnemic/batch.hpp>

#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace mnemic::engine {

/// A vector as it stands in a row; its space gets a number if it has none.
storage::CodedVector coded(storage::Writer& writer, SpacedVector vector);

/// Changes under the rights of one scope, inside a write transaction. Everything throws StatusError, and then nothing of
/// the transaction is kept.
class Applier {
 public:
  /// All three must outlive it.
  Applier(const ScopeImpl& scope, storage::Writer& writer, const PreparedWrite& write)
      : scope_(scope), writer_(writer), late_(write.late), now_(write.now) {}

  Written apply(PreparedPut& put);
  Written apply(PreparedUpdate& update);
  Written apply(const PreparedForget& forget);
  /// The next version of a forgotten memory, and its relations.
  Written recover(const MemoryId& id);
  Written apply(const PreparedRelate& relate);
  Written apply(const PreparedUnrelate& unrelate);

  /// Gives a rejected fact a tombstone of its own id: its values are refused because it is there, so no hash is needed.
  void count_refusals_of(const MemoryId& rejected);
  /// A fact of the value of that one: refused, or put in quarantine.
  void refuse_rejected(const MemoryId& rejected, State& state);

  /// What a layer's write was made from: gives the put a `derived_from` relation and a provenance for each source, and the
  /// least of their trusts, or what was stated if that is less.
  void derive(PreparedPut& put, std::span<const MemoryId> sources, std::optional<Trust> stated);
  /// Links a memory of the scope's own namespace to one that it reads, unless they are linked.
  void relate(const MemoryId& from, std::string_view type, const MemoryId& to);

  /// A memory of the scope's own namespace, if the scope may see it; unknown, foreign and filtered ids fail alike.
  storage::Record find_own(const MemoryId& id, std::string_view field = "id");
  /// The next version of a record that was read here and whose attributes were then changed: its words and vectors stay.
  Written revise(storage::Record record);
  /// A new memory like a record that was read here and then changed: its words and vectors are copied.
  Written copy(storage::Record record, const MemoryId& id);

  [[nodiscard]] storage::Writer& reader() { return writer_; }
  [[nodiscard]] Timestamp now() const { return now_; }
  /// The selection of what the scope may see of its own namespace.
  [[nodiscard]] storage::Selection own() { return scope_.own(writer_, now_.time_since_epoch().count()); }
  storage::NamespaceId own_namespace();
  /// Set when a tombstone or a policy refused a write.
  [[nodiscard]] const CountRefusal& refused() const { return refused_; }

 private:
  const WriteRules& rules();
  /// A version that is about to be written, against tombstones and policies.
  void admit(storage::Record& record, const std::string& erasure_hash);
  void refuse_erased(storage::NamespaceId ns, const std::string& hash, State& state);
  bool hidden(const storage::Record& record);
  storage::Record find_readable(const MemoryId& id, std::string_view field);
  storage::Tail carried(Seq from);
  void add_vectors(storage::Tail& tail, std::vector<SpacedVector>& vectors);
  Written link(storage::NamespaceId ns, const MemoryId& from, const RelationInput& input);
  Written insert(storage::Record& record, const storage::Tail& tail, std::optional<Seq> ended);

  const ScopeImpl& scope_;
  storage::Writer& writer_;
  const std::map<std::string, std::vector<SpacedVector>>& late_;
  Timestamp now_;
  std::optional<storage::NamespaceId> namespace_;
  std::optional<WriteRules> rules_;
  CountRefusal refused_;
};

/// Applies every operation, inside a transaction. What was prepared is used up.
std::vector<Written> apply_all(Applier& applier, PreparedWrite& write);

/// Applies every operation in one commit, or throws at the first that fails.
/// @param append  the puts are turns: a key taken in the same session is left as it is
/// @param each    what an error is said to be in: "operation"; "" when there is but one
std::vector<Written> write(const ScopeImpl& scope, const std::vector<Batch::Operation>& operations, bool append,
                           std::string_view each, std::optional<Durability> durability);

/// Runs `work` in the write transaction of a prepared write, once, possibly on another thread while this one waits.
void transact(const ScopeImpl& scope, const PreparedWrite& prepared, std::optional<Durability> durability,
              const std::function<void(Applier&)>& work);

}  // namespace mnemic::engine
