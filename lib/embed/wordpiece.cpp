// SPDX-License-Identifier: Apache-2.0
// Cleaning, splitting into words and marks, and the longest pieces of each.
#include "embed/wordpiece.hpp"

#include "core/error.hpp"
#include "core/utf8.hpp"
#include "text/ascii.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>

namespace mnemic::embed {
namespace {

constexpr std::size_t kLongestWord = 100;  // characters

enum class Kind : std::uint8_t { kSpace, kNothing, kMark, kIdeograph, kLetter };

constexpr std::array<Kind, 128> make_ascii_kinds() {
  std::array<Kind, 128> kinds{};
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const auto c = static_cast<char>(i);
    if (text::is_blank(c) || c == '\n' || c == '\r') {
      kinds[i] = Kind::kSpace;
    } else if (c < ' ' || c == 0x7F) {
      kinds[i] = Kind::kNothing;
    } else {
      kinds[i] = text::is_alnum(c) ? Kind::kLetter : Kind::kMark;
    }
  }
  return kinds;
}
constexpr std::array kAsciiKinds = make_ascii_kinds();

bool is_ideograph(char32_t c) {
  constexpr std::array<std::pair<char32_t, char32_t>, 8> kRanges{{{0x4E00, 0x9FFF}, {0x3400, 0x4DBF}, {0x20000, 0x2A6DF},
      {0x2A700, 0x2B73F}, {0x2B740, 0x2B81F}, {0x2B920, 0x2CEAF}, {0xF900, 0xFAFF}, {0x2F800, 0x2FA1F}}};
  return std::any_of(kRanges.begin(), kRanges.end(), [c](const auto& range) { return c >= range.first && c <= range.second; });
}

utf8proc_category_t category_of(char32_t c) { return utf8proc_category(static_cast<utf8proc_int32_t>(c)); }

/// Before anything is decomposed.
Kind kind_of(char32_t c) {
  if (c < 0x80) return kAsciiKinds[c];
  if (c == 0xFFFD) return Kind::kNothing;
  if (is_ideograph(c)) return Kind::kIdeograph;
  switch (category_of(c)) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return Kind::kSpace;
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CS: return Kind::kNothing;
    default: return Kind::kLetter;
  }
}

bool is_mark(char32_t c) {
  if (c < 0x80) return kAsciiKinds[c] == Kind::kMark;
  switch (category_of(c)) {
    case UTF8PROC_CATEGORY_PC:
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PO: return true;
    default: return false;
  }
}

}  // namespace

/// Gathers the words of one text.
class WordPiece::Reader {
 public:
  Reader(const WordPiece& pieces, std::vector<std::uint32_t>& ids) : pieces_(pieces), ids_(ids) {}

  void add(char32_t c) {
    switch (kind_of(c)) {
      case Kind::kNothing: return;
      case Kind::kSpace: end_word(); return;
      case Kind::kMark: alone(c); return;
      case Kind::kIdeograph:
        end_word();
        decompose(c);  // compatibility ideographs are others
        end_word();
        return;
      case Kind::kLetter:
        if (c < 0x80) {
          word_ += text::lower(static_cast<char>(c));
          ++characters_;
        } else {
          decompose(c);
        }
    }
  }
  void end_word() {
    if (characters_ > 0) pieces_.add_word(word_, characters_, ids_);
    word_.clear();
    characters_ = 0;
  }

 private:
  void alone(char32_t c) {
    end_word();
    core::append_utf8(word_, c);
    characters_ = 1;
    end_word();
  }

  /// Canonical decomposition without accents, in lower case. Marks that are no accents keep their order: nothing that has one
  /// is in a vocabulary.
  void decompose(char32_t c) {
    std::array<utf8proc_int32_t, 32> parts{};
    int boundary = 0;
    const auto count = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), parts.data(), static_cast<utf8proc_ssize_t>(parts.size()),
                                               UTF8PROC_DECOMPOSE, &boundary);
    for (utf8proc_ssize_t i = 0; i < count; ++i) {
      const utf8proc_int32_t part = parts[static_cast<std::size_t>(i)];
      if (utf8proc_category(part) == UTF8PROC_CATEGORY_MN) continue;
      const auto lower = static_cast<char32_t>(utf8proc_tolower(part));
      if (is_mark(lower)) {
        alone(lower);
      } else {
        core::append_utf8(word_, lower);
        ++characters_;
      }
    }
  }

  const WordPiece& pieces_;
  std::vector<std::uint32_t>& ids_;
  std::string word_;
  std::size_t characters_ = 0;
};

WordPiece::WordPiece(std::vector<std::string> vocabulary) : vocabulary_(std::move(vocabulary)) {
  for (std::size_t id = 0; id < vocabulary_.size(); ++id) {
    std::string_view token = vocabulary_[id];
    const bool continues = token.size() > 2 && token.starts_with("##");
    if (continues) token.remove_prefix(2);
    longest_ = std::max(longest_, token.size());
    if (!(continues ? continuations_ : beginnings_).emplace(token, static_cast<std::uint32_t>(id)).second) {
      core::fail(StatusCode::kInvalidArgument, "vocabulary: token {} stands there before", id);
    }
  }
  const auto unknown = beginnings_.find("[UNK]");
  if (unknown == beginnings_.end()) core::fail(StatusCode::kInvalidArgument, "vocabulary: no [UNK]");
  unknown_ = unknown->second;
}

void WordPiece::encode(std::string_view utf8, std::vector<std::uint32_t>& ids, std::size_t most) const {
  Reader reader(*this, ids);
  for (std::size_t at = 0; at < utf8.size() && ids.size() < most;) {
    const core::CodePoint point = core::code_point_at(utf8, at);
    at += point.size;
    if (point.valid) reader.add(point.value);
  }
  if (ids.size() < most) reader.end_word();
  if (ids.size() > most) ids.resize(most);
}

/// The longest piece that the rest of the word begins with, again and again.
void WordPiece::add_word(std::string_view word, std::size_t characters, std::vector<std::uint32_t>& ids) const {
  if (characters > kLongestWord) {
    ids.push_back(unknown_);
    return;
  }
  const std::size_t before = ids.size();
  for (std::size_t begin = 0; begin < word.size();) {
    const Pieces& pieces = begin == 0 ? beginnings_ : continuations_;
    std::size_t size = std::min(word.size() - begin, longest_);
    auto found = pieces.end();
    for (; size > 0 && found == pieces.end(); --size) found = pieces.find(word.substr(begin, size));
    if (found == pieces.end()) {  // then the whole word is unknown
      ids.resize(before);
      ids.push_back(unknown_);
      return;
    }
    ids.push_back(found->second);
    begin += found->first.size();
  }
}

}  // namespace mnemic::embed
