// SPDX-License-Identifier: Apache-2.0
// One call of recall or why: its passes, what they found, and which of it are the hits.
#pragma once

#include "engine/recall_query.hpp"
#include "recall/rerank.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <vector>

namespace mnemic::engine {

class RecallRun {
 public:
  /// What was found, in the transaction of one snapshot.
  struct Answer {
    std::vector<recall::Found> ranked;  // best first, `hit` set on the k
    std::vector<bool> without_diversity;  // what would be the hits without it; empty when it took no part
    std::size_t searched = 0;
    Seq seq = 0;
  };
  /// Answers false when what it read itself was overtaken: begin anew.
  using Use = std::function<bool(storage::Reader& reader, const Answer& answer)>;

  /// Checks and prepares. `query` must outlive the run.
  /// @param everything  rank all that has a score, if the call has one pass and no diversity
  RecallRun(const ScopeImpl& scope, const Query& query, const RecallOptions& options, bool everything = false);
  RecallRun(const RecallRun&) = delete;
  RecallRun& operator=(const RecallRun&) = delete;

  /// Lets the planner ask for follow-up passes until it has enough, then the reranker see the best, with no transaction open
  /// meanwhile.
  void settle();
  /// Makes the passes and hands the answer to `use`, in one transaction; begins anew when it was overtaken.
  void answer(const Use& use);

  [[nodiscard]] const PlannedQuery& first() const { return passes_.front().planned; }
  /// The hits of an answer, read inside its transaction.
  [[nodiscard]] std::vector<Hit> read_hits(storage::Reader& reader, const Answer& answer) const;
  /// More than one pass, a reranker or diversity: hits come from a pool of the best.
  [[nodiscard]] bool pooled() const { return pooled_; }
  [[nodiscard]] std::vector<Pass> plan() const;
  [[nodiscard]] std::vector<Stage> dropped() const { return deadline_.dropped(); }

  /// All that the first pass gives a score, whatever the least score, and with `any_share` whatever the arms' minima; of no
  /// pool. For a `use`; unset: overtaken.
  std::optional<std::vector<recall::Found>> first_pass_over_everything(storage::Reader& reader, bool any_share);

 private:
  struct MadePass {
    Pass pass;
    Query query;  // of a follow-up pass: what the planned query points into
    PlannedQuery planned;
    std::optional<recall::Findings> findings;
    Seq seq = 0;  // of the findings
    bool left_out = false;
  };

  [[nodiscard]] bool reranks() const { return options_.rerank.reranker != nullptr && !query_.text.empty(); }
  void follow_up();
  void rerank();
  [[nodiscard]] Hit read_hit(storage::Reader& reader, const recall::Found& found) const;
  bool search(storage::Reader& reader);
  Answer rank(storage::Reader& reader);
  std::vector<bool> diverse(storage::Reader& reader, const std::vector<recall::Found>& ranked, std::size_t count);
  void add(Pass pass, std::size_t index);
  [[nodiscard]] std::vector<const MadePass*> made() const;
  void credit(const std::vector<recall::Found>& ranked);

  const ScopeImpl& scope_;
  const Query& query_;
  RecallOptions options_;  // as given, with the window that was found
  recall::Deadline deadline_;
  bool pooled_ = false;
  std::optional<bool> diverse_;  // unset: not decided yet
  recall::Reranked reranked_;
  std::deque<MadePass> passes_;  // the query itself first; their places in memory stay
};

/// The interval in which a fact holds.
std::optional<Validity> validity_of(const Memory& memory);

}  // namespace mnemic::engine
