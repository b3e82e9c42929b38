// SPDX-License-Identifier: Apache-2.0
// What the tables hold, as values.
#pragma once

#include <mnemic/memory.hpp>
#include <mnemic/models.hpp>
#include <mnemic/types.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic::storage {

using NamespaceId = std::int64_t;
using SpaceId = std::uint32_t;

/// `seq_to` of a version that is still current.
inline constexpr std::int64_t kCurrent = std::numeric_limits<std::int64_t>::max();

/// The setting that tells a store and its copies from other stores.
inline constexpr std::string_view kIdentity = "identity";

/// `event_end` of what has not ended: kOpenEnd in microseconds.
inline constexpr std::int64_t kOpen = kOpenEnd.time_since_epoch().count();

/// What a fact is looked up by: subject and attribute as they are compared (layers/semantic/fact.hpp).
struct FactKey {
  std::string subject;
  std::string attribute;
};

/// One version of a memory. Its row is named by the seq that wrote it (`memory.seq_from`).
struct Record {
  NamespaceId ns = 0;
  Memory memory;  // without name_space and vectors
  std::optional<FactKey> fact;  // written with a fact, not read back
};

struct SpaceRow {
  SpaceId id = 0;
  EmbeddingSpace space;
};

/// What a change did. Stored: do not renumber.
enum class ChangeOp : std::uint8_t {
  kPut = 1,
  kUpdate = 2,
  kForget = 3,
  kGrant = 4,
  kRevoke = 5,
  kRelate = 6,
  kUnrelate = 7,
  kDeclare = 8,
  kErase = 9,    ///< a memory: `ended` is the version that was current, if one was
  kErased = 10,  ///< was a change whose memory or relation has been erased since: nothing else is left of it
};

/// A relation as its row has it, with the namespace it belongs to.
struct RelationRow {
  NamespaceId ns = 0;
  Relation relation;
};

/// A line of the change log about a memory: a version was written (`written`), one was ended (`ended`), or both.
struct Change {
  Seq seq = 0;
  ChangeOp op = ChangeOp::kPut;
  NamespaceId ns = 0;
  Layer layer = Layer::kSemantic;
  MemoryId id;
  std::optional<Seq> ended;  // seq_from of the version this change ended
};

/// The searchable form of the versions of a partition that the changes (after, last] wrote and that were current at change
/// `sealed`, as bytes (index/chunk_codec.hpp). A function of these versions: it can be made anew at any time.
struct ChunkRow {
  std::int64_t id = 0;
  NamespaceId ns = 0;
  Layer layer = Layer::kSemantic;
  Seq after = 0;
  Seq last = 0;
  Seq sealed = 0;
  std::size_t count = 0;  // versions
};

/// A line of the ledger of erasures.
struct ErasureRow {
  Seq seq = 0;  // its last change: from here on they are gone
  std::int64_t at = 0;
  std::string by;
  std::string reason;
  std::size_t memories = 0;
};

/// What restoring an older state has to erase again.
struct ErasedMemory {
  MemoryId id;
  std::string ns;  // printed
};
struct TombstoneRow {
  std::string ns;    // printed
  std::string hash;  // of a text, or of 16 bytes: a memory's id
  Seq seq = 0;
  std::optional<std::int64_t> at;  // of that change
  std::int64_t hits = 0;
  std::optional<std::int64_t> last_hit_at;
};

/// A policy: a rule in JSON with an owner and a life.
struct PolicyRow {
  std::int64_t id = 0;
  std::string kind;
  std::optional<NamespaceId> ns;  // unset: every one
  std::string rule;
  std::string owner;
  std::string reason;
  bool dry_run = false;
  std::int64_t created_at = 0;
  std::optional<std::int64_t> expires_at;
  std::int64_t hits = 0;
  std::optional<std::int64_t> last_hit_at;
};

/// What went with one memory.
struct ErasedRows {
  NamespaceId ns = 0;
  Layer layer = Layer::kSemantic;
  std::size_t versions = 0;
  std::size_t relations = 0;
  std::vector<ChunkRow> chunks = {};  // that held words and vectors of it, and are gone
};

}  // namespace mnemic::storage
