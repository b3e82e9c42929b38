// SPDX-License-Identifier: Apache-2.0
// Policies as their rows have them, and those of them that are about writes.
#pragma once

#include "engine/store_impl.hpp"
#include "storage/sqlite/writer.hpp"

#include <mnemic/lifecycle/policies.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mnemic::engine {

/// All of them, by id.
std::vector<Policy> policies(storage::Reader& reader, Timestamp now);
/// Those of a kind that are in force, dry runs among them.
std::vector<Policy> policies_in_force(storage::Reader& reader, PolicyKind kind, Timestamp now);
/// "policy 3 of ops: leases end"
std::string described(const Policy& policy);
/// Whether a rule is about a version, stored or not, in the namespace that is printed so.
bool covers(storage::Reader& reader, const PolicyInput& rule, const std::string& path, const storage::Record& record);

/// What a rule or a selection says, as the file knows it; points to `where`. Unset: of a namespace that never was.
std::optional<storage::AnyVersion> any_version(storage::Reader& reader, const std::optional<Namespace>& name, bool subtree, const Filter& where);
/// @throws StatusError kInvalidArgument naming `where`
void check_where(const Filter& where);

/// The rules of expiry and refusal, as one write transaction sees them.
class WriteRules {
 public:
  WriteRules(storage::Reader& reader, Timestamp now);

  /// Gives a version that is about to be put a life, unless it has one.
  void expire(storage::Writer& writer, const std::string& path, storage::Record& record) const;
  /// Puts a version that is about to be written into quarantine, if a rule wants that. Counts if `writer` is given.
  /// @return  the rule that refuses it
  const Policy* refuse(storage::Reader& reader, storage::Writer* writer, const std::string& path, storage::Record& record) const;
  [[nodiscard]] bool may_refuse() const { return !refusal_.empty(); }

 private:
  Timestamp now_;
  std::vector<Policy> expiry_;
  std::vector<Policy> refusal_;
};

/// Of memories that were recalled or read: prolongs the lives that their policies let use prolong. Never fails.
void refresh_used(const std::shared_ptr<StoreImpl>& store, const std::vector<MemoryId>& used);
/// Whether use may prolong its life.
inline bool may_refresh(const Memory& memory) { return memory.expires_at && memory.provenance.expires_by != 0; }

}  // namespace mnemic::engine
