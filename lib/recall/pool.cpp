// SPDX-License-Identifier: Apache-2.0
// Filling the pool.
#include "recall/pool.hpp"

#include "recall/constants.hpp"

#include <algorithm>
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
    const View& view = field.view_of(first->flat);
    const auto number = static_cast<std::size_t>(&view - field.views().data());
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

Pool nominated(const Field& field, const WordQuery& words, const VectorQuery& vectors, std::size_t most, const RecallOptions& options) {
  Pool pool;
  std::vector<std::size_t> flats;
  std::vector<std::pair<std::size_t, std::int32_t>> products;
  std::vector<std::size_t> all(field.views().size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  const auto nominate = [&](std::span<const std::size_t> views, RowSet View::*set) {
    const auto by_words = words.top(views, set, most);
    const auto by_vectors = vectors.top(views, set, most);
    for (const auto& [flat, score] : by_words) flats.push_back(flat);
    for (const auto& [flat, dot] : by_vectors) flats.push_back(flat);
    for (const auto& [flat, dot] : by_vectors) products.emplace_back(flat, dot);
    return std::pair(by_words.size() < most ? 0 : by_words.back().score, by_vectors.size() < most ? kNoVector : by_vectors.back().score);
  };
  std::tie(pool.words_floor, pool.vectors_floor) = nominate(all, &View::visible);
  if (field.filtered()) {
    if (field.allowed_count() > kExact) {
      nominate(all, &View::allowed);
    } else {
      for (const View& view : field.views()) view.allowed.for_each([&](index::Row row) { flats.push_back(view.offset + row); });
    }
  }
  for (const LayerQuota& quota : options.per_layer) {
    std::vector<std::size_t> views;
    std::copy_if(all.begin(), all.end(), std::back_inserter(views), [&](std::size_t i) { return field.views()[i].layer == quota.layer; });
    if (views.size() < all.size()) nominate(views, &View::allowed);
    std::vector<std::size_t> others;
    std::set_difference(all.begin(), all.end(), views.begin(), views.end(), std::back_inserter(others));
    if (quota.at_most < options.k || quota.weight < 1) nominate(others, &View::allowed);  // they may have its places
  }

  // Candidates are the nominees and those beside them; a candidate's score needs those beside it.
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
