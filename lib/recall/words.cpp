// SPDX-License-Identifier: Apache-2.0
// BM25, with MaxScore pruning for the best few (Turtle and Flood, "Query evaluation: strategies and optimizations", 1995; in
// blocks of a chunk, as Ding and Suel, "Faster top-k document retrieval using block-max indexes", 2011).
#include "recall/words.hpp"

#include "core/exact_math.hpp"
#include "recall/constants.hpp"

#include <algorithm>

namespace mnemic::recall {
namespace {

/// Sums of the same terms in another order may differ by this share.
constexpr double kRounding = 1e-12;

std::uint64_t frequency(const View& view, std::span<const index::Posting> postings) {
  if (view.visible.all()) return postings.size();
  return static_cast<std::uint64_t>(
      std::count_if(postings.begin(), postings.end(), [&](const index::Posting& posting) { return view.visible.has(posting.row); }));
}

/// The postings from a row on.
std::span<const index::Posting> from(std::span<const index::Posting> postings, index::Row row) {
  const auto found = std::lower_bound(postings.begin(), postings.end(), row,
                                      [](const index::Posting& posting, index::Row wanted) { return posting.row < wanted; });
  return postings.subspan(static_cast<std::size_t>(found - postings.begin()));
}

std::uint32_t count_in(std::span<const index::Posting> postings, index::Row row) {
  const auto found = from(postings, row);
  return !found.empty() && found.front().row == row ? found.front().count : 0;
}

}  // namespace

WordQuery::WordQuery(const Field& field, std::span<const std::uint64_t> terms) : field_(field) {
  if (terms.empty() || field.visible_count() == 0) return;
  std::uint64_t length = 0;
  for (const View& view : field.views()) {
    length += view.chunk->total_length();
    view.visible.for_each_missing([&](index::Row row) { length -= view.chunk->lengths()[row]; });
  }
  const auto n = static_cast<double>(field.visible_count());
  average_ = static_cast<double>(length) / n + kLengthPrior;

  idf_.resize(terms.size());
  lists_.reserve(field.views().size() * terms.size());
  std::vector<std::uint64_t> df(terms.size());
  for (const View& view : field.views()) {
    for (std::size_t term = 0; term < terms.size(); ++term) {
      lists_.push_back(view.chunk->postings(terms[term]));
      df[term] += frequency(view, lists_.back().postings);
    }
  }
  for (std::size_t term = 0; term < terms.size(); ++term) {
    if (df[term] == 0) continue;  // hidden memories alone have it
    const auto count = static_cast<double>(df[term]);
    idf_[term] = core::exact_log(1 + (n - count + 0.5) / (count + 0.5));
    empty_ = false;
  }
}

double WordQuery::score(std::size_t term, std::uint32_t count, std::uint32_t length) const {
  const double tf = count;
  const double norm = (length + kLengthPrior) / average_;
  return idf_[term] * tf * (kK1 + 1) / (tf + kK1 * norm);
}

/// The most that a term can add to a row of a view; 0 when it does not stand there.
double WordQuery::bound(std::size_t view, std::size_t term) const {
  const index::PostingList& postings = list(view, term);
  return postings.postings.empty() ? 0 : score(term, postings.max_count, postings.min_length);
}

void WordQuery::score_all(std::size_t view, std::vector<double>& scores) const {
  const auto& lengths = field_.views()[view].chunk->lengths();
  scores.assign(lengths.size(), 0.0);
  for (std::size_t term = 0; term < idf_.size(); ++term) {
    for (const auto& [row, count] : list(view, term).postings) scores[row] += score(term, count, lengths[row]);
  }
}

void WordQuery::score(std::size_t view, std::span<const index::Row> rows, std::span<double> scores) const {
  const auto& lengths = field_.views()[view].chunk->lengths();
  std::fill(scores.begin(), scores.end(), 0.0);
  for (std::size_t term = 0; term < idf_.size(); ++term) {
    std::span<const index::Posting> left = list(view, term).postings;
    for (std::size_t i = 0; i < rows.size() && !left.empty(); ++i) {
      left = from(left, rows[i]);
      if (!left.empty() && left.front().row == rows[i]) scores[i] += score(term, left.front().count, lengths[rows[i]]);
    }
  }
}

void WordQuery::top_of_view(std::size_t view, const RowSet& set, std::vector<double>& sums, Top<double>& top) const {
  const View& of = field_.views()[view];
  const auto& lengths = of.chunk->lengths();
  const double floor = top.floor() * (1 - kRounding);

  // Terms by what they can add at most; the first few together stay below the floor: a row with none but those is no hit.
  struct Bounded {
    std::size_t term;
    double most;
  };
  std::vector<Bounded> terms;
  for (std::size_t term = 0; term < idf_.size(); ++term) {
    if (!list(view, term).postings.empty()) terms.push_back({term, bound(view, term)});
  }
  std::stable_sort(terms.begin(), terms.end(), [](const Bounded& a, const Bounded& b) { return a.most < b.most; });
  double optional_most = 0;
  std::size_t optional = 0;
  while (optional < terms.size() && optional_most + terms[optional].most < floor) optional_most += terms[optional++].most;
  if (optional == terms.size()) return;

  std::vector<std::size_t> needed;
  for (std::size_t i = optional; i < terms.size(); ++i) needed.push_back(terms[i].term);
  std::sort(needed.begin(), needed.end());  // query order: with no optional term the sums are the scores
  sums.assign(lengths.size(), 0.0);
  std::vector<index::Row> touched;
  for (const std::size_t term : needed) {
    for (const auto& [row, count] : list(view, term).postings) {
      if (sums[row] == 0) touched.push_back(row);
      sums[row] += score(term, count, lengths[row]);
    }
  }
  std::vector<index::Row> rows;  // whose score is still to be computed
  for (const index::Row row : touched) {
    if (!set.has(row) || sums[row] + optional_most < top.floor() * (1 - kRounding)) continue;
    if (optional == 0) {
      top.add(of.offset + row, sums[row]);
      continue;
    }
    double most = optional_most;
    double sum = sums[row];
    for (std::size_t i = optional; i-- > 0 && sum + most >= floor;) {
      most -= terms[i].most;
      if (const std::uint32_t count = count_in(list(view, terms[i].term).postings, row)) sum += score(terms[i].term, count, lengths[row]);
    }
    if (sum + std::max(0.0, most) >= floor) rows.push_back(row);
  }
  std::sort(rows.begin(), rows.end());
  std::vector<double> scores(rows.size());
  score(view, rows, scores);
  for (std::size_t i = 0; i < rows.size(); ++i) top.add(of.offset + rows[i], scores[i]);
}

std::vector<Scored<double>> WordQuery::top(std::span<const std::size_t> views, const RowsOf& rows_of, std::size_t most) const {
  // The most promising views first: the floor rises sooner.
  std::vector<Scored<double>> order;
  for (const std::size_t view : views) {
    double most_there = 0;
    for (std::size_t term = 0; term < idf_.size(); ++term) most_there += bound(view, term);
    if (most_there > 0 && rows_of(view).count() > 0) order.push_back({view, most_there});
  }
  std::sort(order.begin(), order.end());
  Top<double> top(most);
  std::vector<double> sums;
  for (const auto& [view, most_there] : order) {
    if (most_there < top.floor() * (1 - kRounding)) break;
    top_of_view(view, rows_of(view), sums, top);
  }
  return top.take();
}

}  // namespace mnemic::recall
