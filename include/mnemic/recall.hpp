// SPDX-License-Identifier: Apache-2.0
// Recall: the query, its options, the hits with their score parts, the packed context, and the explanation of a miss.
#pragma once

#include <mnemic/export.hpp>
#include <mnemic/filter.hpp>
#include <mnemic/memory.hpp>
#include <mnemic/models.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mnemic {

/// What is asked. Text, a vector, or both.
struct Query {
  std::string text = {};                              ///< UTF-8; any characters, there is no query syntax to get wrong
  std::optional<Vector> vector = std::nullopt;   ///< instead of embedding `text`; its space decides what it is compared with
  Filter where = {};                             ///< honoured inside the search: k hits come back if k memories match
};

/// The place of one layer among the hits.
struct LayerQuota {
  Layer layer = Layer::kSemantic;
  double weight = 1.0;       ///< the scores of its memories are multiplied by it; in [0, 100], 0: never found
  std::size_t at_least = 0;  ///< this many of the k are kept for its best, if it has as many, before scores decide
  std::size_t at_most = std::numeric_limits<std::size_t>::max();  ///< no more than this many of the k
};

struct RecallOptions {
  std::size_t k = 10;             ///< hits wanted, 1 to Limits::k; cost grows with it
  std::size_t token_budget = 0;   ///< for `context()`; 0: no bound. Hits are not cut by it
  std::vector<Layer> layers = {}; ///< empty: all
  std::vector<LayerQuota> per_layer = {};  ///< layers not named here: weight 1, no quota
  /// The moment at which facts must hold: those whose interval [event_time, event_end) does not contain it are not
  /// searched. Unset: the clock's now. Set to a time in the past it finds what was true then, superseded values included.
  std::optional<Timestamp> valid_at = std::nullopt;
  /// Recency: a hit's score is multiplied by 1 + `recency_boost` · 2^(-age / `recency_half_life`), age being the clock's
  /// now minus event_time (0 when in the future). Off by default: on conversations it costs recall of older facts
  /// (docs/quality.md).
  double recency_boost = 0.0;               ///< in [0, 1]
  std::chrono::hours recency_half_life{24 * 30};
  /// Importance: the score is multiplied by 1 + `importance_boost` · (importance - 0.5). 0 turns it off.
  double importance_boost = 0.2;            ///< in [0, 1]
  /// Share of the vector arm in the sum, in [0, 1]; words have the rest. Unset: 0.2 for the hashed embedder, 0.5 for any
  /// other (docs/quality.md). An arm that finds nothing leaves the whole weight to the other.
  std::optional<double> vector_weight = std::nullopt;
};

/// Where a hit's score came from. `score = (words + vector + neighbours) × recency × importance × layer`.
struct ScoreParts {
  double words = 0;        ///< what the words arm added: weight × calibrated BM25
  double vector = 0;       ///< what the vector arm added: weight × calibrated cosine
  double neighbours = 0;   ///< what the turns before and after it in its session lent
  double recency = 1;      ///< factor
  double importance = 1;   ///< factor
  double layer = 1;        ///< factor: the weight of its layer
  std::optional<double> bm25;             ///< raw; unset: the words arm did not find it
  std::optional<double> cosine;           ///< raw, in [-1, 1]; unset: it has no vector in the asked space
  std::optional<std::size_t> words_rank;  ///< 1 = best of that arm
  std::optional<std::size_t> vector_rank;
};

/// The half-open interval in which a fact holds.
struct Validity {
  Timestamp since{};
  std::optional<Timestamp> until = std::nullopt;  ///< unset: it still holds
};

/// One remembered thing; `memory.layer` says of which layer.
struct Hit {
  Memory memory;
  double score = 0;  ///< higher is better; comparable within one answer only
  ScoreParts parts;
  std::optional<Validity> holds = std::nullopt;  ///< of semantic memories with an interval: facts
};

/// A prompt part, packed.
struct PackedContext {
  std::string text;
  std::size_t tokens = 0;           ///< of `text`, by the store's TokenCounter
  std::vector<MemoryId> cited;      ///< [1], [2], … in this order
  std::vector<MemoryId> folded;     ///< left out because the same text already stands there
  std::vector<MemoryId> dropped;    ///< left out because the budget was full
};

/// What recall found. Owns everything; needs the store no more.
struct MNEMIC_EXPORT RecallResult {
  std::vector<Hit> hits;         ///< best first; ties by id
  /// Pinned memories of the asked scope and layers that match the filter, newest first, however they score: neither `k`
  /// nor a quota keeps them out of `context()`.
  std::vector<Memory> pinned;
  Seq seq = 0;                   ///< the state of the store that was asked: every change up to this one was seen
  std::size_t searched = 0;      ///< memories that passed the filter
  std::size_t token_budget = 0;  ///< as asked
  std::string time_zone;         ///< in which `context()` prints times
  std::string nonce;             ///< of the fence, fresh per call
  std::shared_ptr<TokenCounter> token_counter;

  /// The hits (pinned memories first) as one block for a prompt: numbered, with source, trust and time, inside a fence
  /// whose name holds this call's nonce. Memory text is data there: control, ANSI and bidirectional characters are
  /// removed, `<`, `>` and `&` are escaped, newlines become `\n`, so that nothing stored can close the fence, forge a
  /// citation or pass for a chat role. Duplicates are folded, the budget is kept. "" when there is nothing.
  /// @threads Any. @cost O(bytes), one token count per memory. @since 0.1
  [[nodiscard]] std::string context() const;
  /// As `context()`, with what was cited, folded and dropped; for another budget than the one asked (0: no bound).
  /// @threads Any. @since 0.1
  [[nodiscard]] PackedContext pack(std::size_t budget) const;
};

/// Why a memory was found, or not.
struct Explanation {
  enum class Verdict : std::uint8_t {
    kHit = 1,           ///< among the k
    kBelowCut = 2,      ///< ranked, but below the hits
    kNotNominated = 3,  ///< no arm gives it any score: no word in common, no similar vector
    kFiltered = 4,      ///< the query's filter or layers exclude it
    kExpired = 5,       ///< `expires_at` has passed
    kState = 6,         ///< rejected, superseded or quarantined
    kNotHolding = 7,    ///< a fact that does not hold at the asked moment
    kQuota = 8,         ///< ranked high enough, but the quotas of layers gave its place to another
  };
  Verdict verdict = Verdict::kNotNominated;
  std::optional<std::size_t> rank;      ///< 1 = best, over everything that was ranked
  double score = 0;
  double cut = 0;                       ///< the lowest score among the k hits; 0 when fewer were found
  ScoreParts parts;
  std::vector<std::string> terms;       ///< terms of the query as searched (folded, stemmed, stop words dropped)
  std::vector<std::string> matched;     ///< those of them the memory has
  std::string reason;                   ///< one sentence for people, without memory text
};

/// Stable lower-case name ("hit", "below_cut", "not_nominated", "filtered", "expired", "state", "not_holding", "quota").
/// @threads Any. @since 0.1
MNEMIC_EXPORT std::string_view to_string(Explanation::Verdict verdict) noexcept;

/// As JSON, every field by its name above; unset ones are left out. These names are stable.
/// @threads Any. @since 0.1
MNEMIC_EXPORT Json to_json(const ScoreParts& parts);
MNEMIC_EXPORT Json to_json(const Hit& hit);
MNEMIC_EXPORT Json to_json(const Explanation& explanation);

}  // namespace mnemic
