// SPDX-License-Identifier: Apache-2.0
// Filling the pool.
#include "recall/pool.hpp"

#include "core/time.hpp"
#include "recall/constants.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <tuple>
#include <utility>

namespace mnemic::recall {
namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

/// A memory that may become a hit, and the visible turns before and after it in its session; flat numbers.
struct Candidate {
  std::size_t flat = kNone;
  std::size_t previous = kNone;
  std::size_t next = kNone;
  friend bool operator<(const Candidate& a, const Candidate& b) { return a.flat < b.flat; }
  friend bool operator==(const Candidate& a, const Candidate& b) { return a.flat == b.flat; }
};

/// Sorted, each once.
template <typename T>
void tidy(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

Candidate with_neighbours(const Field& field, std::size_t flat) {
  Candidate found{flat};
  const View& view = field.view_of(flat);
  const std::size_t offset = field.parts()[view.part].offset;
  const auto place = static_cast<index::DocIndex>(flat - offset);
  const auto turns = view.partition->session_of(place);
  if (turns.empty()) return found;
  const auto& docs = view.partition->docs();
  auto here = std::lower_bound(turns.begin(), turns.end(), docs[place].turn,
                               [&](index::DocIndex other, std::int64_t turn) { return docs[other].turn < turn; });
  here = std::find(here, turns.end(), place);
  for (auto other = here; other != turns.begin();) {
    if (field.visible(offset + *--other)) {
      found.previous = offset + *other;
      break;
    }
  }
  for (auto other = here; ++other != turns.end();) {
    if (field.visible(offset + *other)) {
      found.next = offset + *other;
      break;
    }
  }
  return found;
}

/// @param products  known already, ascending.
void fill(const Field& field, const WordQuery& words, const VectorQuery& vectors, const std::vector<std::pair<std::size_t, std::int32_t>>& products,
          std::vector<Member>& members) {
  auto known = products.begin();
  std::vector<index::Row> rows;
  std::vector<double> scores;
  for (auto first = members.begin(); first != members.end();) {
    const std::size_t number = field.view_number(first->flat);
    const View& view = field.views()[number];
    const auto last = std::find_if(first, members.end(), [&](const Member& member) { return member.flat >= view.offset + view.chunk->size(); });
    rows.clear();
    for (auto member = first; member != last; ++member) rows.push_back(static_cast<index::Row>(member->flat - view.offset));
    scores.resize(rows.size());
    words.score(number, rows, scores);
    for (std::size_t i = 0; i < rows.size(); ++i, ++first) {
      first->view = number;
      first->doc = &view.doc(rows[i]);
      first->bm25 = scores[i];
      while (known != products.end() && known->first < first->flat) ++known;
      const bool is_known = known != products.end() && known->first == first->flat;
      first->dot = is_known ? known->second : vectors.dot(number, rows[i]);
    }
  }
}

}  // namespace

Pool everything(const Field& field, const WordQuery& words, const VectorQuery& vectors) {
  Pool pool;
  pool.members.reserve(field.visible_count());
  std::vector<std::uint32_t> places(field.size(), Member::kNobody);
  std::vector<double> scores;
  for (std::size_t i = 0; i < field.views().size(); ++i) {
    const View& view = field.views()[i];
    words.score_all(i, scores);
    view.visible.for_each([&](index::Row row) {
      places[view.offset + row] = static_cast<std::uint32_t>(pool.members.size());
      pool.members.push_back({view.offset + row, i, &view.doc(row), scores[row], vectors.dot(i, row)});
      pool.members.back().candidate = view.allowed.has(row);
    });
  }
  for (const Field::Part& part : field.parts()) {
    part.partition->for_each_session([&](std::span<const index::DocIndex> turns) {
      std::uint32_t previous = Member::kNobody;
      for (const index::DocIndex turn : turns) {
        const std::uint32_t here = places[part.offset + turn];
        if (here == Member::kNobody) continue;
        pool.members[here].previous = previous;
        if (previous != Member::kNobody) pool.members[previous].next = here;
        previous = here;
      }
    });
  }
  return pool;
}

namespace {

using Views = std::vector<std::size_t>;

/// Gathers what the arms nominate.
class Nominations {
 public:
  Nominations(const Field& field, const WordQuery& words, const VectorQuery& vectors, std::size_t most)
      : field_(field), words_(words), vectors_(vectors), most_(most) {}

  /// The best of these rows of these views; `sets` by view. @return what no row outside exceeds, per arm.
  template <typename Sets>
  std::pair<double, std::int32_t> add(const Views& views, const Sets& sets) {
    const auto by_words = words_.top(views, sets, most_);
    const auto by_vectors = vectors_.top(views, sets, most_);
    for (const auto& [flat, score] : by_words) flats.push_back(flat);
    for (const auto& [flat, dot] : by_vectors) flats.push_back(flat);
    for (const auto& [flat, dot] : by_vectors) products.emplace_back(flat, dot);
    return {by_words.size() < most_ ? 0 : by_words.back().score, by_vectors.size() < most_ ? kNoVector : by_vectors.back().score};
  }
  /// What happened in [begin, end) of what may be found.
  void add_times(const Views& views, std::int64_t begin, std::int64_t end) {
    std::vector<RowSet> in_time(field_.views().size());
    std::size_t count = 0;
    for (const std::size_t i : views) {
      in_time[i] = field_.views()[i].allowed_within(begin, end);
      count += in_time[i].count();
    }
    if (count == field_.allowed_count()) return;
    add(views, [&](std::size_t view) -> const RowSet& { return in_time[view]; });
  }

  std::vector<std::size_t> flats;
  std::vector<std::pair<std::size_t, std::int32_t>> products;  // known dot products

 private:
  const Field& field_;
  const WordQuery& words_;
  const VectorQuery& vectors_;
  std::size_t most_;
};

}  // namespace

std::size_t nominees(const SearchRequest& request) {
  const bool fused = !request.terms.empty() && !request.vector.empty();
  return (fused && request.vector_weight > kWeak ? kMoreNominees : kNominees) + 2 * request.options.k;
}

Pool nominated(const Field& field, const WordQuery& words, const VectorQuery& vectors, const SearchRequest& request) {
  const RecallOptions& options = request.options;
  Pool pool;
  Nominations nominations(field, words, vectors, nominees(request));
  Views all(field.views().size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  const auto visible = [&](std::size_t view) -> const RowSet& { return field.views()[view].visible; };
  const auto allowed = [&](std::size_t view) -> const RowSet& { return field.views()[view].allowed; };
  std::tie(pool.words_floor, pool.vectors_floor) = nominations.add(all, visible);
  if (field.filtered()) {
    if (field.allowed_count() > kExact) {
      nominations.add(all, allowed);
    } else {
      for (const View& view : field.views()) view.allowed.for_each([&](index::Row row) { nominations.flats.push_back(view.offset + row); });
    }
  }
  for (const LayerQuota& quota : options.per_layer) {
    Views own;
    Views others;
    for (const std::size_t view : all) (field.views()[view].layer == quota.layer ? own : others).push_back(view);
    if (!others.empty()) nominations.add(own, allowed);
    if (quota.at_most < options.k || quota.weight < 1) nominations.add(others, allowed);  // they may have its places
  }
  if (options.window && options.window_boost > 0) {
    nominations.add_times(all, core::to_micros(options.window->begin), core::to_micros(options.window->end));
  }
  if (options.recency_boost > 0) {
    const std::int64_t half_life = std::chrono::microseconds(options.recency_half_life).count();
    const std::int64_t since = request.field.now > half_life ? request.field.now - half_life : std::numeric_limits<std::int64_t>::min();
    nominations.add_times(all, since, std::numeric_limits<std::int64_t>::max());
  }

  // Candidates are the nominees and those beside them; a candidate's score needs those beside it.
  std::vector<std::size_t>& flats = nominations.flats;
  auto& products = nominations.products;
  tidy(flats);
  tidy(products);
  std::vector<Candidate> candidates;
  for (const std::size_t flat : flats) candidates.push_back(with_neighbours(field, flat));
  for (std::size_t i = 0; i < flats.size(); ++i) {
    const Candidate nominee = candidates[i];
    for (const std::size_t other : {nominee.previous, nominee.next}) {
      if (other != kNone && !std::binary_search(flats.begin(), flats.end(), other)) candidates.push_back(with_neighbours(field, other));
    }
  }
  tidy(candidates);
  for (const Candidate& candidate : candidates) {
    for (const std::size_t flat : {candidate.flat, candidate.previous, candidate.next}) {
      if (flat != kNone) flats.push_back(flat);
    }
  }
  tidy(flats);
  pool.members.reserve(flats.size());
  for (const std::size_t flat : flats) pool.members.push_back({.flat = flat});
  fill(field, words, vectors, products, pool.members);
  const auto place_of = [&](std::size_t flat) {
    if (flat == kNone) return Member::kNobody;
    const auto found = std::lower_bound(pool.members.begin(), pool.members.end(), flat, [](const Member& m, std::size_t f) { return m.flat < f; });
    return static_cast<std::uint32_t>(found - pool.members.begin());
  };
  for (const Candidate& candidate : candidates) {
    Member& member = pool.members[place_of(candidate.flat)];
    member.previous = place_of(candidate.previous);
    member.next = place_of(candidate.next);
    member.candidate = field.allowed(candidate.flat);
  }
  return pool;
}

}  // namespace mnemic::recall
