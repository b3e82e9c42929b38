// SPDX-License-Identifier: Apache-2.0
// The memories that are scored, with what each arm gives them and who stands beside them.
#pragma once

#include "recall/search.hpp"
#include "recall/vectors.hpp"
#include "recall/words.hpp"

#include <cstdint>
#include <limits>
#include <vector>

namespace mnemic::recall {

struct Member {
  static constexpr std::uint32_t kNobody = std::numeric_limits<std::uint32_t>::max();

  std::size_t flat = 0;
  std::size_t view = 0;
  const index::Doc* doc = nullptr;
  double bm25 = 0;
  std::int32_t dot = kNoVector;
  std::uint32_t previous = kNobody;  // the visible turns beside it in its session: places in the pool
  std::uint32_t next = kNobody;
  bool candidate = false;            // its neighbours are here, and it may be found
};

/// Ascending by flat number, which is the order of every sum.
struct Pool {
  std::vector<Member> members;
  /// No memory outside scores higher in the arm.
  double words_floor = 0;
  std::int32_t vectors_floor = kNoVector;
};

/// Everything visible.
Pool everything(const Field& field, const WordQuery& words, const VectorQuery& vectors);

/// How many each arm nominates.
std::size_t nominees(const SearchRequest& request);

/// What the arms nominate, and those beside them in their sessions: the best of all, of what the filter lets through, of each
/// layer whose places among the hits are counted, and of the times that a boost favours.
Pool nominated(const Field& field, const WordQuery& words, const VectorQuery& vectors, const SearchRequest& request);

}  // namespace mnemic::recall
