// SPDX-License-Identifier: Apache-2.0
// The rules of splitting: which characters make words, which make runs, and what apostrophes and camelCase mean.
#include "text/splitter.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/utf8.hpp"
#include "text/ascii.hpp"
#include "text/fold.hpp"

namespace mnemic::text {
namespace {

constexpr std::size_t kLongestWord = 64;  // code points
constexpr std::size_t kShortestCamelPart = 3;

enum class Class { kSeparator, kWord, kNoSpace };

struct Range {
  char32_t first;
  char32_t last;
};

/// Scripts written without spaces, and Hangul, whose words carry their endings.
constexpr std::array kNoSpaceScripts = {
    Range{0x0E00, 0x0EFF}, Range{0x1000, 0x109F}, Range{0x1780, 0x17FF}, Range{0x3005, 0x3007}, Range{0x3040, 0x30FF},
    Range{0x3400, 0x4DBF}, Range{0x4E00, 0x9FFF}, Range{0xAC00, 0xD7A3}, Range{0xF900, 0xFAFF}, Range{0x20000, 0x3FFFF},
};

Class class_of(char32_t c) {
  if (c < 0x80) return is_alnum(static_cast<char>(c)) ? Class::kWord : Class::kSeparator;
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  if (category < UTF8PROC_CATEGORY_LU || category > UTF8PROC_CATEGORY_NO) return Class::kSeparator;  // L*, M*, N*
  const bool no_space = std::any_of(kNoSpaceScripts.begin(), kNoSpaceScripts.end(),
                                    [c](const Range& range) { return c >= range.first && c <= range.last; });
  return no_space ? Class::kNoSpace : Class::kWord;
}

struct Classified {
  Class kind;
  std::size_t size;
};

Classified class_at(std::string_view text, std::size_t at) {
  const core::CodePoint point = core::code_point_at(text, at);
  return {class_of(point.value), point.size};
}

/// The end of the camelCase part of `run` that begins at `at`: `getUserName`, `PDF|Reader`, `GPT|4`.
std::size_t camel_part_end(std::string_view run, std::size_t at) {
  if (is_digit(run[at])) return skip(run, at, is_digit);
  if (is_lower(run[at])) return skip(run, at, is_lower);
  const std::size_t end = skip(run, at, is_upper);
  if (end == run.size() || !is_lower(run[end])) return end;
  return end - at == 1 ? skip(run, end, is_lower) : end - 1;
}

std::string_view first_code_points(std::string_view word, std::size_t count) {
  if (word.size() <= count) return word;
  std::size_t at = 0;
  for (std::size_t seen = 0; at < word.size(); ++at) {
    const bool starts = (static_cast<unsigned char>(word[at]) & 0xC0u) != 0x80u;
    if (starts && seen++ == count) break;
  }
  return word.substr(0, at);
}

}  // namespace

const std::vector<Piece>& Splitter::split(std::string_view utf8) {
  pieces_.clear();
  split_camel_case(utf8);
  fold(utf8, folded_);
  split_folded();
  return pieces_;
}

void Splitter::release() {
  constexpr std::size_t kKept = std::size_t{1} << 18;
  if (folded_.capacity() <= kKept && camel_.capacity() <= kKept && pieces_.capacity() <= kKept / 8) return;
  folded_ = {};
  camel_ = {};
  pieces_ = {};
}

void Splitter::split_camel_case(std::string_view utf8) {
  camel_.clear();
  for (std::size_t at = 0; at < utf8.size();) {
    if (!is_alnum(utf8[at])) {
      ++at;
      continue;
    }
    const std::size_t end = skip(utf8, at, is_alnum);
    const std::string_view run = utf8.substr(at, end - at);
    at = end;
    if (std::none_of(run.begin() + 1, run.end(), is_upper)) continue;
    if (camel_part_end(run, 0) == run.size()) continue;
    if (camel_.empty()) camel_.reserve(utf8.size());  // never grows below: pieces point into it
    for (std::size_t from = 0; from < run.size();) {
      const std::size_t to = camel_part_end(run, from);
      const std::string_view part = run.substr(from, to - from);
      from = to;
      if (part.size() < kShortestCamelPart || is_digit(part.front())) continue;
      const std::size_t begin = camel_.size();
      for (const char c : part.substr(0, kLongestWord)) camel_.push_back(is_upper(c) ? static_cast<char>(c | 0x20) : c);
      pieces_.push_back({PieceKind::kWord, std::string_view(camel_).substr(begin)});
    }
  }
}

void Splitter::split_folded() {
  for (std::size_t at = 0; at < folded_.size();) {
    const Classified first = class_at(folded_, at);
    std::size_t end = at + first.size;
    if (first.kind == Class::kNoSpace) {
      while (end < folded_.size()) {
        const Classified next = class_at(folded_, end);
        if (next.kind != Class::kNoSpace) break;
        end += next.size;
      }
      pieces_.push_back({PieceKind::kRun, std::string_view(folded_).substr(at, end - at)});
    } else if (first.kind == Class::kWord) {
      end = word_end(end);
      add_word(at, end);
    }
    at = end;
  }
}

/// The end of the word whose first character ends at `at`. An apostrophe between two word characters belongs to it.
std::size_t Splitter::word_end(std::size_t at) const {
  while (at < folded_.size()) {
    const bool apostrophe = folded_[at] == '\'';
    if (apostrophe && at + 1 == folded_.size()) break;
    const std::size_t from = apostrophe ? at + 1 : at;
    const Classified next = class_at(folded_, from);
    if (next.kind != Class::kWord) break;
    at = from + next.size;
  }
  return at;
}

/// Adds folded_[begin, end) without `'s` at its end and without apostrophes, which are closed up in place.
void Splitter::add_word(std::size_t begin, std::size_t end) {
  std::string_view word = std::string_view(folded_).substr(begin, end - begin);
  if (word.ends_with("'s")) word.remove_suffix(2);
  if (word.find('\'') != std::string_view::npos) {
    const auto first = folded_.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = std::remove(first, first + static_cast<std::ptrdiff_t>(word.size()), '\'');
    word = word.substr(0, static_cast<std::size_t>(last - first));
  }
  word = first_code_points(word, kLongestWord);
  if (!word.empty()) pieces_.push_back({PieceKind::kWord, word});
}

}  // namespace mnemic::text
