// SPDX-License-Identifier: Apache-2.0
// The words arm: BM25 over everything, over the best few, or over given memories. All three give a memory the same bits.
#pragma once

#include "recall/field.hpp"
#include "recall/top.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace mnemic::recall {

/// The terms of a query, with the statistics of what is visible and where they stand in each view.
class WordQuery {
 public:
  /// @param terms  distinct term hashes, in query order, which is the order of every sum.
  WordQuery(const Field& field, std::span<const std::uint64_t> terms);

  [[nodiscard]] bool empty() const { return empty_; }

  /// BM25 of every row of a view, 0 where no term occurs; hidden rows too.
  void score_all(std::size_t view, std::vector<double>& scores) const;
  /// BM25 of some rows, ascending.
  void score(std::size_t view, std::span<const index::Row> rows, std::span<double> scores) const;
  /// The `most` best rows of `views` that are in their set and have a term.
  std::vector<Scored<double>> top(std::span<const std::size_t> views, const RowsOf& rows_of, std::size_t most) const;

 private:
  [[nodiscard]] double score(std::size_t term, std::uint32_t count, std::uint32_t length) const;
  [[nodiscard]] double bound(std::size_t view, std::size_t term) const;
  [[nodiscard]] const index::PostingList& list(std::size_t view, std::size_t term) const { return lists_[view * idf_.size() + term]; }
  void top_of_view(std::size_t view, const RowSet& set, std::vector<double>& sums, Top<double>& top) const;

  const Field& field_;
  bool empty_ = true;                      // no visible memory has a term
  std::vector<double> idf_;                // per term
  std::vector<index::PostingList> lists_;  // shape (views, terms)
  double average_ = 0;                     // mean length of a visible memory, plus the prior
};

}  // namespace mnemic::recall
