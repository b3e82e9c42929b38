// SPDX-License-Identifier: Apache-2.0
// What an erasure takes: selected and derived memories, found before anything is removed, then removed in a write transaction.
#pragma once

#include "engine/store_impl.hpp"
#include "storage/sqlite/writer.hpp"

#include <mnemic/lifecycle/erasure.hpp>

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

  /// A hold, and what it covers of all.
  struct Held {
    storage::PolicyRow hold;
    Ids ids;
  };
  /// The first hold that covers any.
  std::optional<Held> held(std::int64_t now);
  /// @throws StatusError kFailedPrecondition when a hold covers one of them; `refused` is that hold
  void check_holds(std::int64_t now, std::optional<std::int64_t>& refused);

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

}  // namespace mnemic::engine
