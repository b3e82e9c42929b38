// SPDX-License-Identifier: Apache-2.0
// Memory: the one record of every layer; what a caller gives (MemoryInput, MemoryChange) and gets back (Memory).
#pragma once

#include <mnemic/json.hpp>
#include <mnemic/types.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mnemic {

/// A vector in a named embedding space. Spaces are compared by cosine: a vector is normalised when stored and kept in
/// 16-bit fixed point, so what comes back has length 1 and each component is within 2e-5 of the normalised one given.
struct Vector {
  std::string space = {};          ///< "" means the store's own embedder; other names are the caller's, made on first use
  std::vector<float> values = {};  ///< shape (d,), finite, not all zero; d is fixed by the first vector of a space
};

/// Where a memory came from.
struct Provenance {
  std::string source = {};                  ///< free: "chat", "import:notes.jsonl", "tool:calendar"
  std::string model = {};                   ///< the model that wrote or extracted it, if any
  std::string trace = {};                   ///< the caller's trace id
  std::vector<MemoryId> derived_from = {};  ///< the memories it was made from
  std::int64_t expires_by = 0;              ///< the policy that set `expires_at` when it was put; 0: none, whatever is given
};

/// A link to write together with a memory: from that memory to another one.
struct RelationInput {
  std::string type = {};  ///< 1 to 64 of [A-Za-z0-9_.-]: "supersedes", "derived_from", "evidence_for", …; no type is special
  MemoryId to = {};
  Json metadata = {};     ///< null or an object; bounded as a memory's
};

/// A typed, directed link between two memories. It belongs to the namespace of `from`; there is at most one of a type
/// between the same two ends, and it goes when one of them is forgotten.
struct Relation {
  MemoryId from;
  std::string type;
  MemoryId to;
  Json metadata;
  Timestamp created_at{};  ///< when it was made, or its metadata last changed
  Seq seq = 0;             ///< the change that did it
};

/// A memory to store. Only what is stated is meant; the scope fills `user`, `agent` and `session` when they are empty.
/// At least one of text, content and vectors must be given.
struct MemoryInput {
  std::string key = {};                       ///< the caller's own id, unique per namespace and layer; "" = none
  Layer layer = Layer::kSemantic;
  std::string text = {};                      ///< UTF-8; what words and the embedder see
  Json content = {};                          ///< any JSON, kept verbatim
  std::vector<Vector> vectors = {};           ///< for the store's space: instead of calling the embedder
  std::string user = {};
  std::string agent = {};
  std::string session = {};
  std::string author = {};                    ///< who said it: a role ("user", "assistant", "tool") or a name
  std::optional<Timestamp> event_time = {};   ///< when it happened or began; the clock's now when unset
  std::optional<Timestamp> event_end = {};    ///< when it ended, not before event_time; kOpenEnd: not yet; unset: no interval
  std::string time_zone = {};                 ///< IANA name it was said in; "" = the scope's
  std::optional<Timestamp> expires_at = {};   ///< from this instant it is not read any more
  double importance = 0.5;               ///< in [0, 1]; raises recall by at most a documented factor (RecallOptions)
  double strength = 1.0;                 ///< in [0, 1]; for forgetting curves; kept, not used yet
  bool pinned = false;                   ///< always offered to `context()`, before the hits
  Trust trust = Trust::kExternal;
  State state = State::kActive;
  std::vector<std::string> tags = {};         ///< no duplicates, none empty
  Json metadata = {};                         ///< null or an object, no NUL in its strings; filterable as `metadata.<path>`
  Provenance provenance = {};
  std::vector<RelationInput> relations = {};  ///< links to write with it, besides those it has
};

/// A change of an existing memory: what is set is replaced, the rest stays. Changing the text embeds it anew and drops
/// the vectors of the store's own space; vectors of other spaces stay unless replaced.
struct MemoryChange {
  std::optional<std::string> text = {};
  std::optional<Json> content = {};
  std::vector<Vector> vectors = {};  ///< replaced space by space
  std::optional<std::string> author = {};
  std::optional<Timestamp> event_time = {};
  std::optional<std::optional<Timestamp>> event_end = {};   ///< set to nullopt to clear it
  std::optional<std::optional<Timestamp>> expires_at = {};  ///< likewise
  std::optional<double> importance = {};
  std::optional<double> strength = {};
  std::optional<bool> pinned = {};
  std::optional<Trust> trust = {};
  std::optional<State> state = {};
  std::optional<std::vector<std::string>> tags = {};
  std::optional<Json> metadata = {};
  std::optional<Provenance> provenance = {};
};

/// A stored memory, as of one version. Owns everything it holds.
struct Memory {
  MemoryId id;
  Namespace name_space;
  std::string key;
  Layer layer = Layer::kSemantic;
  std::string text;
  Json content;
  std::vector<Vector> vectors;  ///< filled by `get` with `ReadOptions::vectors`; otherwise empty
  std::string user;
  std::string agent;
  std::string session;
  std::string author;
  std::optional<std::uint64_t> turn;  ///< place in its session, from 0, never reused; conversational memories with a session only
  Timestamp event_time{};
  std::optional<Timestamp> event_end;  ///< end of the interval [event_time, event_end); of a fact: in which it holds
  std::string time_zone;
  Timestamp created_at{};  ///< when its first version was written
  Timestamp updated_at{};  ///< when this version was written
  std::optional<Timestamp> expires_at;
  double importance = 0.5;
  double strength = 1.0;
  bool pinned = false;
  Trust trust = Trust::kExternal;
  State state = State::kActive;
  std::vector<std::string> tags;
  Json metadata;
  Provenance provenance;
  std::uint64_t version = 1;      ///< 1, 2, 3, … per memory; what `if_version` compares
  Seq seq_from = 0;               ///< the change that wrote this version
  std::optional<Seq> seq_to;      ///< the change that ended it; unset: this is the current version
};

/// The memory as JSON: every field by its name above, times as RFC 3339, ids as strings, empty and unset ones left out
/// except `id`, `layer`, `text` and `version`. These names are stable.
/// @threads Any. @since 0.1
MNEMIC_EXPORT Json to_json(const Memory& memory);
MNEMIC_EXPORT Json to_json(const Relation& relation);

}  // namespace mnemic
