// SPDX-License-Identifier: Apache-2.0
// The best few of many scores.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <vector>

namespace mnemic::recall {

template <typename Score>
struct Scored {
  std::size_t flat = 0;
  Score score{};
  /// Better first; of equal ones the later: of the same said twice the newer counts.
  friend bool operator<(const Scored& a, const Scored& b) { return a.score != b.score ? a.score > b.score : a.flat > b.flat; }
};

/// Keeps the `most` best in whatever order they come; constant time for each, all in all.
template <typename Score>
class Top {
 public:
  explicit Top(std::size_t most) : most_(most) {}

  /// What scores less cannot be among them any more.
  [[nodiscard]] Score floor() const { return floor_; }
  /// These are all going to be added: raises the floor to what `most` of them reach, so that less is not even kept for a while.
  void expect(std::vector<Score> scores) {
    if (most_ == 0 || scores.size() <= most_) return;
    const auto last = scores.begin() + static_cast<std::ptrdiff_t>(most_) - 1;
    std::nth_element(scores.begin(), last, scores.end(), std::greater<>());
    floor_ = std::max(floor_, *last);
  }
  void add(std::size_t flat, Score score) {
    if (score < floor_ || most_ == 0) return;
    entries_.push_back({flat, score});
    if (entries_.size() >= 2 * most_) shrink();
  }
  /// Best first.
  std::vector<Scored<Score>> take() {
    if (entries_.size() > most_) shrink();
    std::sort(entries_.begin(), entries_.end());
    return std::move(entries_);
  }

 private:
  void shrink() {
    const auto last = entries_.begin() + static_cast<std::ptrdiff_t>(most_) - 1;
    std::nth_element(entries_.begin(), last, entries_.end());
    floor_ = last->score;
    entries_.resize(most_);
  }

  std::size_t most_;
  Score floor_ = std::numeric_limits<Score>::lowest();
  std::vector<Scored<Score>> entries_;
};

}  // namespace mnemic::recall
