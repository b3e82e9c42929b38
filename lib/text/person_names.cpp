// SPDX-License-Identifier: Apache-2.0
#include "text/person_names.hpp"

#include "text/ascii.hpp"
#include "text/fold.hpp"
#include "text/splitter.hpp"
#include "text/stop_words.hpp"
#include "text/tokenizer.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace mnemic::text {
namespace {

constexpr std::size_t kMostWords = 3;      // of a name
constexpr std::size_t kLongestText = 4096; // bytes of a text that are looked at: names stand in questions, not in pages

/// Folded first, so that the splitter sees no camelCase.
std::vector<std::string> words_of(std::string_view utf8) {
  std::string folded;
  fold(utf8, folded);
  Splitter splitter;
  std::vector<std::string> words;
  for (const Piece& piece : splitter.split(folded)) words.emplace_back(piece.text);
  return words;
}

std::uint64_t joined(const std::string* begin, const std::string* end) {
  std::string name;
  for (const std::string* word = begin; word != end; ++word) {
    if (!name.empty()) name += ' ';
    name += *word;
  }
  return name.empty() ? 0 : term_hash(name);
}

constexpr std::uint64_t bit_of(std::uint64_t name) { return std::uint64_t{1} << (name & 63U); }

}  // namespace

std::uint64_t name_hash(std::string_view name) {
  std::array<char, 64> small{};
  if (!name.empty() && name.size() <= small.size() && std::all_of(name.begin(), name.end(), is_alnum)) {  // one plain word
    std::transform(name.begin(), name.end(), small.begin(), [](char c) { return lower(c); });
    return term_hash({small.data(), name.size()});
  }
  const auto words = words_of(name);
  return joined(words.data(), words.data() + words.size());
}

NamesIn::NamesIn(std::string_view text) {
  const auto words = words_of(text.substr(0, kLongestText));
  for (std::size_t i = 0; i < words.size(); ++i) {
    for (std::size_t n = 1; n <= kMostWords && i + n <= words.size(); ++n) {
      if (n == 1 && is_stop_word(words[i])) continue;
      names_.push_back(joined(&words[i], &words[i] + n));
    }
  }
  std::sort(names_.begin(), names_.end());
  for (const std::uint64_t name : names_) sketch_ |= bit_of(name);
}

bool NamesIn::contains(std::uint64_t name) const {
  return (sketch_ & bit_of(name)) != 0 && std::binary_search(names_.begin(), names_.end(), name);
}

}  // namespace mnemic::text
