// SPDX-License-Identifier: Apache-2.0
// One remembered thing as recall gives it, with where its score came from. Included by recall.hpp.
#pragma once

#include <mnemic/export.hpp>
#include <mnemic/json.hpp>
#include <mnemic/memory.hpp>
#include <mnemic/types.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace mnemic {

/// Where a hit's score came from. `score = (words + vector + neighbours) × recency × importance × author × window × layer + passes`;
/// a Reranker moves it further.
struct ScoreParts {
  double words = 0;        ///< what the words arm added: weight × calibrated BM25
  double vector = 0;       ///< what the vector arm added: weight × calibrated cosine
  double neighbours = 0;   ///< what the turns before and after it in its session lent
  double recency = 1;      ///< factor
  double importance = 1;   ///< factor
  double author = 1;       ///< factor: the query names its author
  double window = 1;       ///< factor: nearness to the window of time
  double layer = 1;        ///< factor: the weight of its layer
  double passes = 0;       ///< what follow-up passes added
  std::optional<double> bm25;             ///< raw; unset: the words arm did not find it
  std::optional<double> cosine;           ///< raw, in [-1, 1], of its best passage; unset: it has no vector in the asked space
  std::optional<std::size_t> words_rank;  ///< 1 = best of that arm
  std::optional<std::size_t> vector_rank;
  std::optional<double> rerank = std::nullopt;  ///< what the reranker gave it, raw; unset: it was not asked about this one
};

/// The half-open interval in which a fact holds.
struct Validity {
  Timestamp since{};
  std::optional<Timestamp> until = std::nullopt;  ///< unset: it still holds
};

/// The part of a long text that a query is about. A text of more than 300 bytes is split at the ends of sentences into passages of
/// at most 300, which overlap by up to 80 and have a vector each; a memory's cosine is that of its best one (docs/recall.md).
/// `context()` shows a text of more than 2,000 bytes by this passage and the two beside it.
struct Passage {
  std::size_t begin = 0;  ///< bytes [begin, end) of `memory.text`
  std::size_t end = 0;
  std::string text = {};  ///< these bytes
};

/// One remembered thing; `memory.layer` says of which layer.
struct Hit {
  Memory memory;
  double score = 0;  ///< higher is better; comparable within one answer only
  ScoreParts parts;
  std::optional<Validity> holds = std::nullopt;     ///< of semantic memories with an interval: facts
  std::optional<Passage> passage = std::nullopt;    ///< of long texts: the part that was found
};

/// As JSON, every field by its name above; unset ones are left out. These names are stable.
/// @threads Any. @since 0.1
MNEMIC_EXPORT Json to_json(const ScoreParts& parts);
MNEMIC_EXPORT Json to_json(const Hit& hit);

}  // namespace mnemic
