// SPDX-License-Identifier: Apache-2.0
// A second look at the first few of a ranking, by something slower and better. Included by recall.hpp.
#pragma once

#include <mnemic/export.hpp>
#include <mnemic/models.hpp>
#include <mnemic/status.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace mnemic {

/// Says how well texts answer a query: a cross-encoder, a language model, the caller's own rules. Called on the thread of the call
/// with no lock held and no transaction open, possibly from several threads at once.
class MNEMIC_EXPORT Reranker {
 public:
  virtual ~Reranker();
  /// @param query  the text of the query, not empty.
  /// @param texts  n of them, n > 0, as `Hit::passage` or the memory's text has them: UTF-8, possibly empty.
  /// @returns n finite numbers, higher is better; they are compared within one recall only.
  /// @errors  kBusy, kIo: not now: what it has not scored stays where it is, and `RecallResult::dropped` says so. Any other code
  ///          fails the recall, and so do a wrong number of scores, one that is not finite (kInvalidArgument) and what is thrown
  ///          (kInternal).
  /// @threads As above. @since 0.1
  virtual Result<std::vector<double>> score(std::string_view query, std::span<const std::string_view> texts) = 0;
};

/// The second look at the first few of a ranking, before quotas and diversity choose the hits.
///
/// The first `top` of those that score, best first, are given to the reranker in batches of `batch`, until all have a score or
/// `budget` is over: it is asked before each batch, never within one. A score s becomes (1 - weight) · s + weight · r, r being the
/// reranker's numbers spread evenly over the span from the lowest to the highest s of those it has seen. So none of these falls
/// behind one that it has not seen. One number for all leaves the ranking as it is.
struct RerankOptions {
  std::shared_ptr<Reranker> reranker = nullptr;  ///< null: none
  std::size_t top = 20;                          ///< 1 to Limits::k; the k and the pool of other stages grow to it
  std::size_t batch = 20;                        ///< 1 or more
  std::chrono::microseconds budget{100'000};     ///< above 0, from the first batch on; `RecallOptions::deadline` ends it too
  double weight = 0.25;                          ///< in [0, 1]; 1: the reranker alone puts them in order
};

/// The one that ships: late interaction (Khattab and Zaharia, "ColBERT", SIGIR 2020) with the token vectors of the static
/// embedder. Each token of the query looks for its nearest in the text; their cosines are averaged by the squared lengths of the
/// query's token vectors, which are long for rare words. In [0, 1]; 0 for what has no token it knows. docs/quality.md has what it
/// gains. Deterministic.
/// @returns null in a build without the table (MNEMIC_STATIC_TABLE=OFF).
/// @threads Any. @cost about 20 microseconds per text of 300 bytes. @since 0.1
MNEMIC_EXPORT std::shared_ptr<Reranker> late_interaction_reranker();

/// Scores by the cosine of vectors of `embedder`, which may be a better one than the store goes by: a store searched with the
/// static embedder and reranked with an encoder (docs/quality.md has what that gains).
/// @errors of its `score`: those of the embedder.
/// @threads Any that the embedder allows. @cost two calls of the embedder for each batch: query and texts. @since 0.1
MNEMIC_EXPORT std::shared_ptr<Reranker> embedding_reranker(std::shared_ptr<Embedder> embedder);

}  // namespace mnemic
