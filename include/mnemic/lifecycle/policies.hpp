// SPDX-License-Identifier: Apache-2.0
// Policies: rules with an owner, a reason and an end, about what expires, what is erased by itself, what must not be erased, and what
// must not be written. Included by store.hpp; docs/policies.md explains each kind.
#pragma once

#include <mnemic/export.hpp>
#include <mnemic/filter.hpp>
#include <mnemic/json.hpp>
#include <mnemic/types.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic {

struct StoreImpl;
using PolicyId = std::int64_t;

enum class PolicyKind : std::uint8_t {
  /// Gives what is put without `expires_at` a life of `after` from then on; `Provenance::expires_by` says so. Of several, the shortest.
  /// What was there before the rule, and what an import brings, keep what they have.
  kExpiry = 1,
  /// A job of `maintain` erases memories whose newest version was written `after` ago or longer, forgotten or not.
  kRetention = 2,
  kHold = 3,     ///< `erase`, and jobs that erase, leave these memories alone, whatever they were asked
  kRefusal = 4,  ///< a write that passes is refused (kPermissionDenied), or with `quarantine` kept in quarantine
};

/// A rule: what it does, to memories of which namespaces, and those of them that pass a filter. Of retention and holds any version
/// may pass; of expiry and refusal the one that is written, whose `seq`, `id` and version are not known yet.
struct PolicyInput {
  PolicyKind kind = PolicyKind::kHold;
  std::optional<Namespace> name_space = std::nullopt;  ///< unset: all
  bool subtree = false;                                ///< with `name_space`: and all below it
  Filter where = {};                                   ///< `{"layer": "episodic"}` makes it the rule of a layer
  /// kExpiry and kRetention: 1 s to 100 years. Otherwise 0.
  std::chrono::seconds after{0};
  /// kExpiry: what is recalled or read by `get` lives for `after` from then on. Written, as a next version with Durability::kRelaxed, once
  /// a tenth of `after` has gone by since the last time; what cannot be written then is left, and the call answers all the same.
  bool refresh_on_use = false;
  bool quarantine = false;  ///< kRefusal
  std::string owner = {};   ///< who is responsible; 1 to Limits::name_bytes
  std::string reason = {};  ///< what those are told whom it concerns; likewise
  std::optional<Timestamp> expires_at = std::nullopt;  ///< from then on it does nothing, and is listed as ended
  bool dry_run = false;     ///< only counts what it would have done
};

struct Policy {
  PolicyId id = 0;
  PolicyInput rule;
  Timestamp created_at{};
  bool ended = false;       ///< `rule.expires_at` has passed
  /// Lives given or prolonged, memories erased, erasures or writes refused; in a dry run, what would have been. (A retention rule in
  /// dry run counts what is due each time it is looked at, at most once an hour.)
  std::uint64_t hits = 0;
  std::optional<Timestamp> last_hit_at = std::nullopt;
};

/// The policies of a store; made by `Store::policies`. For the application, like Admin: it sees every namespace. Every call may also
/// answer kFailedPrecondition (closed; or read-only, for those that write), kBusy, kIo, kResourceExhausted, kCorruption.
/// Whatever a rule did, an ended or removed one does no more: what it let expire stays so.
class MNEMIC_EXPORT Policies {
 public:
  /// @errors  kInvalidArgument: an empty owner or reason, a bad namespace or filter, `after` out of bounds, a field that is not of this
  ///          kind, an open end. @threads Any. @cost one commit. @since 0.1
  Result<PolicyId> add(const PolicyInput& input) const;
  /// What a rule would concern now, without adding it: of retention, what is due; of the others, what passes. By id.
  /// @errors  as `add`. @threads Any. @cost looks at every version of the namespaces. @since 0.1
  Result<std::vector<MemoryId>> preview(const PolicyInput& input) const;
  /// @errors  kNotFound: no such policy. @threads Any. @since 0.1
  Result<Policy> get(PolicyId id) const;
  /// By id, ended ones too. @threads Any. @since 0.1
  Result<std::vector<Policy>> list() const;
  /// @errors  kNotFound: no such policy. @threads Any. @cost one commit. @since 0.1
  Status remove(PolicyId id) const;

 private:
  friend class Store;
  explicit Policies(std::shared_ptr<StoreImpl> impl);
  std::shared_ptr<StoreImpl> impl_;
};

/// "expiry", "retention", "hold", "refusal".
/// @errors  kInvalidArgument (parse): an unknown name. @threads Any. @since 0.1
MNEMIC_EXPORT std::string_view to_string(PolicyKind kind) noexcept;
MNEMIC_EXPORT Result<PolicyKind> parse_policy_kind(std::string_view name);

/// As JSON, every field by its name above, those of the rule among them; `after` in seconds; unset ones are left out. These names are
/// stable. @threads Any. @since 0.1
MNEMIC_EXPORT Json to_json(const Policy& policy);

}  // namespace mnemic
