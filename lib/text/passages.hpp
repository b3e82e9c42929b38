// SPDX-License-Identifier: Apache-2.0
// Passages of a long text: what is small enough to have one meaning.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace mnemic::text {

/// A text up to so many bytes is not split, and no passage is longer. docs/quality.md has what these numbers were chosen by.
inline constexpr std::size_t kPassageBytes = 300;
inline constexpr std::size_t kOverlapBytes = 80;

struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
  friend bool operator==(const Range& a, const Range& b) = default;
};

/// The passages of a text, in order: whole sentences while they fit, at most kPassageBytes, each beginning with the last sentences of
/// the one before, at most kOverlapBytes of them. A sentence longer than a passage is cut between words, or between
/// characters where there are none. A text that needs no splitting is one range. @cost O(bytes)
std::vector<Range> passages(std::string_view utf8);

}  // namespace mnemic::text
