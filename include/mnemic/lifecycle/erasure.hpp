// SPDX-License-Identifier: Apache-2.0
// Erasure: what must not be kept leaves the file, and a receipt says so. Included by store.hpp. What must stay: lifecycle/policies.hpp.
#pragma once

#include <mnemic/export.hpp>
#include <mnemic/filter.hpp>
#include <mnemic/json.hpp>
#include <mnemic/types.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic {

/// Which memories to erase: those of which any version, forgotten and overwritten ones included, passes everything that is set.
/// At least one field must be set.
struct EraseSelection {
  std::vector<MemoryId> ids = {};  ///< empty: any
  std::optional<Namespace> name_space = std::nullopt;
  bool subtree = false;      ///< with `name_space`: and all below it
  std::string user = {};
  std::string author = {};
  std::string session = {};
  Filter where = {};
};

struct EraseOptions {
  bool dry_run = false;      ///< only say what would be erased
  std::string reason = {};   ///< kept in the ledger, for people; at most Limits::name_bytes, and nothing of what is erased
  std::string by = {};       ///< who asks, likewise
};

/// What an erasure took, and how far it is. The ledger in the file keeps it, without any text.
struct EraseReceipt {
  std::vector<MemoryId> erased;    ///< as asked for
  std::vector<MemoryId> derived;   ///< erased with them: derived from nothing else, or quoting them
  std::vector<MemoryId> unlinked;  ///< derived from others too, and still there: the link is gone
  std::size_t versions = 0;
  std::size_t relations = 0;
  std::size_t jobs = 0;            ///< that named or quoted them, dead ones included
  std::vector<std::string> hashes;  ///< keyed hashes of the texts, 64 hexadecimal digits; none without Options::erasure_key
  Seq erased_seq = 0;              ///< from this change on they are gone for every call
  Seq purged_seq = 0;              ///< `erased_seq` or later once no byte is left in the file or beside it; 0: not yet, call `purge`
  bool dry_run = false;
  /// What this cannot reach, in words: copies made before, and what has no key.
  std::vector<std::string> not_covered;
};

/// One line of the ledger.
struct Erasure {
  Seq erased_seq = 0;
  Timestamp at{};
  std::string by;
  std::string reason;
  std::size_t memories = 0;
  Seq purged_seq = 0;  ///< as EraseReceipt
};

enum class TombstoneKind : std::uint8_t {
  kErased = 1,    ///< a text that was erased while there was an Options::erasure_key; known again with the same key only
  kRejected = 2,  ///< the value of a fact that was rejected, for the same subject and attribute
};

/// What an erased text or a rejected value leaves behind, so that it does not come back to its namespace. Which writes are kept out is
/// said by the handle that writes: they are refused (kPermissionDenied), or with Options::quarantine_erased kept in quarantine.
struct Tombstone {
  TombstoneKind kind = TombstoneKind::kErased;
  Namespace name_space;
  std::string hash = {};                        ///< kErased: as one of EraseReceipt::hashes
  std::optional<MemoryId> memory = std::nullopt;  ///< kRejected: the fact, which may have been erased since
  Seq seq = 0;                                  ///< the erasure (Erasure::erased_seq), or the change that rejected the fact; of a restored
                                                ///< store those that came over from the replaced one have that of the restore
  std::optional<Timestamp> created_at = std::nullopt;  ///< when that change was made; unset: the file does not say
  std::uint64_t hits = 0;                       ///< writes that it kept out, or in quarantine
  std::optional<Timestamp> last_hit_at = std::nullopt;
};

/// "erased", "rejected".
/// @threads Any. @since 0.1
MNEMIC_EXPORT std::string_view to_string(TombstoneKind kind) noexcept;

/// As JSON, every field by its name above (`namespace`); unset ones and an empty `hash` are left out. These names are stable.
/// @threads Any. @since 0.1
MNEMIC_EXPORT Json to_json(const EraseReceipt& receipt);
MNEMIC_EXPORT Json to_json(const Erasure& erasure);
MNEMIC_EXPORT Json to_json(const Tombstone& tombstone);

}  // namespace mnemic
