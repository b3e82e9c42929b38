// SPDX-License-Identifier: Apache-2.0
// Recall: the query, the hits with their score parts, the packed context. The options are in recall/options.hpp.
#pragma once

#include <mnemic/export.hpp>
#include <mnemic/filter.hpp>
#include <mnemic/memory.hpp>
#include <mnemic/models.hpp>
#include <mnemic/recall/hit.hpp>
#include <mnemic/recall/options.hpp>
#include <mnemic/recall/planner.hpp>
#include <mnemic/recall/reranker.hpp>

#include <cstddef>
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
  std::optional<TimeWindow> window;  ///< the soft window of time that was used
  std::vector<Pass> plan;            ///< the passes made, the query itself first
  std::vector<Stage> dropped;        ///< left out because of the deadline or the cancel token, in the order of `Stage`
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

}  // namespace mnemic
