// SPDX-License-Identifier: Apache-2.0
// How a recall is made: how many, of which layers, when, how deep, and in how much time. Included by recall.hpp.
#pragma once

#include <mnemic/recall/planner.hpp>
#include <mnemic/recall/reranker.hpp>
#include <mnemic/types.hpp>

#include <chrono>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

namespace mnemic {

/// The place of one layer among the hits.
struct LayerQuota {
  Layer layer = Layer::kSemantic;
  double weight = 1.0;       ///< the scores of its memories are multiplied by it; in [0, 100], 0: never found
  std::size_t at_least = 0;  ///< this many of the k are kept for its best, if it has as many, before scores decide
  std::size_t at_most = std::numeric_limits<std::size_t>::max();  ///< no more than this many of the k
};

/// How to recall. What the numbers are measured by: docs/quality.md; what each option does: docs/recall.md.
struct RecallOptions {
  std::size_t k = 10;             ///< hits wanted, 1 to Limits::k; cost grows with it
  std::size_t token_budget = 0;   ///< for `context()`; 0: no bound. Hits are not cut by it
  std::vector<Layer> layers = {}; ///< empty: all
  std::vector<LayerQuota> per_layer = {};  ///< layers not named here: weight 1, no quota
  /// The moment at which facts must hold: those whose interval [event_time, event_end) does not contain it are not
  /// searched. Unset: the clock's now. Set to a time in the past it finds what was true then, superseded values included.
  std::optional<Timestamp> valid_at = std::nullopt;
  /// Answers as this change of the store left it: what was current then, in the words it had, with what was changed, superseded
  /// or forgotten since; all that was written since is unknown. Any `RecallResult::seq` or `Memory::seq_from`. Expiry and
  /// `valid_at` keep to the clock, grants and the attributes of facts to now. The first such call loads the
  /// scope with all its versions (docs/recall.md); after it, time is as ever. @errors kInvalidArgument: newer than the store.
  std::optional<Seq> as_of = std::nullopt;
  /// Recency: a hit's score is multiplied by 1 + `recency_boost` · 2^(-age / `recency_half_life`), age being the clock's
  /// now minus event_time (0 when in the future). Off by default: on conversations it costs recall of older facts
  /// (docs/quality.md).
  double recency_boost = 0.0;               ///< in [0, 1]
  std::chrono::hours recency_half_life{24 * 30};
  /// Importance: the score is multiplied by 1 + `importance_boost` · (importance - 0.5). 0 turns it off.
  double importance_boost = 0.2;            ///< in [0, 1]
  /// Whoever the query names said more of what it is about: the scores of memories whose `author` has a name that stands in the
  /// query, in any case, are multiplied by 1 + `author_boost`. A name is all its words, at most three. 0 turns it off.
  double author_boost = 0.25;               ///< in [0, 1]
  /// Share of the vector arm in the sum, in [0, 1]; words have the rest. Unset: 0.3 for the static embedder, 0.05 for the
  /// hashed one, 0.5 for any other (docs/quality.md). An arm that finds nothing leaves the whole weight to the other.
  std::optional<double> vector_weight = std::nullopt;
  /// Every arm scores every memory: no approximate first pass. Costs time that grows with the scope.
  bool exact = false;
  bool neighbours = true;  ///< false: turns are lent nothing by those beside them in their session (docs/quality.md)
  /// Least scores. `min_score` is of the final score, at least 0: what is below is no hit. The others are shares of an arm's
  /// best in [0, 1], before the weights (docs/quality.md): an arm gives a memory below its minimum nothing. Raised: fewer hits.
  double min_score = 0;
  double min_words = 0;    ///< of BM25 / best BM25
  double min_vector = 0;   ///< of (cosine - mean) / (best cosine - mean)
  /// Maximal marginal relevance (Carbonell and Goldstein, 1998), in [0, 1]: the k hits are picked one after the other by
  /// (1 - diversity) · score / best score - diversity · greatest likeness to one picked before, then stand by their scores.
  /// Likeness is the cosine of two vectors, or the shared part of their terms; looked for in a pool of the best (docs/recall.md). 0: off.
  double diversity = 0;
  /// A soft window of time: a score is multiplied by 1 + `window_boost` · n, n being 1 for a memory whose event_time or
  /// interval lies in the window, else 2^(-distance / length), length being the window's, from a day to a year.
  /// Unset: taken from a time expression in the query ("last May"), in the scope's zone, if there is one.
  std::optional<TimeWindow> window = std::nullopt;
  double window_boost = 1.0;                              ///< in [0, 1]; docs/quality.md
  bool time_expressions = true;                           ///< false: the query's words set no window
  std::optional<Timestamp> reference_time = std::nullopt; ///< what "yesterday" is relative to; unset: the clock's now
  Depth depth = Depth::kShallow;
  std::shared_ptr<Planner> planner = nullptr;  ///< of the follow-up passes of kMulti; null: the built-in one (recall/planner.hpp)
  std::size_t max_passes = 4;                  ///< follow-up passes, 0 to 32; each costs about as much as the first
  RerankOptions rerank = {};                   ///< a second look at the first few (recall/reranker.hpp)
  /// Time for the call, from its start, by a steady clock; above 0. When it is over, or `cancel` is requested, the call does
  /// not fail: what has not begun is left out, in the order of `Stage`, and `RecallResult::dropped` says what.
  std::optional<std::chrono::microseconds> deadline = std::nullopt;
  std::stop_token cancel = {};
};

}  // namespace mnemic
