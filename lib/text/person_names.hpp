// SPDX-License-Identifier: Apache-2.0
// Names of people, so that a question that names somebody finds what they said.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace mnemic::text {

/// A name as a number: its folded words, in order. 0: it has none.
std::uint64_t name_hash(std::string_view name);

/// The names that a text may hold: every one to three words in a row, English stop words alone excepted.
class NamesIn {
 public:
  explicit NamesIn(std::string_view text);
  [[nodiscard]] bool contains(std::uint64_t name) const;

 private:
  std::vector<std::uint64_t> names_;  // sorted
  std::uint64_t sketch_ = 0;          // one bit for each, so that most others are told at once
};

}  // namespace mnemic::text
