// SPDX-License-Identifier: Apache-2.0
// What an erasure takes: selected and derived memories, found before anything is removed, then removed in a write transaction.
#pragma once

#include "engine/store_impl.hpp"
#include "storage/sqlite/writer.hpp"

#include <mnemic/lifecycle/erasure.hpp>
#include <mnemic/lifecycle/policies.hpp>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mnemic::engine {

class Erasing {
 public:
  using Ids = std::set<MemoryId>;

  /// @param reader  of the transaction in which it is applied, when it is.
  /// @throws StatusError kNotFound: an id of the selection without a version
  Erasing(StoreImpl& store, storage::Reader& reader, const EraseSelection& selection);

  [[nodiscard]] const Ids& all() const { return all_; }

  /// A policy, and what it holds of all.
  struct Held {
    Policy hold;
    Ids ids;
  };
  /// The first policy that holds any. @param would  gets those that only count
  std::optional<Held> held(Timestamp now, std::vector<PolicyId>* would = nullptr);
  /// @throws StatusError kFailedPrecondition when a policy holds one of them; `refused` is that policy
  /// @return  those that would hold one of them, but are dry runs
  std::vector<PolicyId> check_holds(Timestamp now, std::optional<PolicyId>& refused);

  /// What `apply` would say, but for the change.
  void foresee(EraseReceipt& receipt);
  /// Removes it all, with the jobs that name or quote it; a line of the ledger, tombstones, jobs to make chunks anew and to purge.
  EraseReceipt apply(storage::Writer& writer, const EraseOptions& options, std::int64_t now);

 private:
  void select(const EraseSelection& selection);
  void take(const MemoryId& id);
  void cascade();
  void report(EraseReceipt& receipt) const;
  std::vector<Job> jobs();
  bool quotes_a_source(const MemoryId& derived);
  [[nodiscard]] bool names(std::string_view text) const;
  [[nodiscard]] bool quotes(std::string_view text) const;

  StoreImpl& store_;
  storage::Reader& reader_;
  Ids selected_;
  Ids all_;
  Ids unlinked_;
  std::vector<std::string> ids_;  // of all, as texts
  std::set<std::string> texts_;   // of all their versions
  std::set<std::pair<storage::NamespaceId, std::string>> hashes_;
  std::size_t versions_ = 0;
};

bool is_held(storage::Reader& reader, const std::vector<Policy>& holds, const MemoryId& id);
/// Erases these with what was derived from them alone, but what a policy holds. @return how many
std::size_t erase_unheld(StoreImpl& store, storage::Writer& writer, const std::vector<MemoryId>& ids, const EraseOptions& why);

}  // namespace mnemic::engine
