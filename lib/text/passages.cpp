// SPDX-License-Identifier: Apache-2.0
#include "text/passages.hpp"

#include "core/utf8.hpp"
#include "text/ascii.hpp"

namespace mnemic::text {
namespace {

bool ends_sentence(char32_t c) {
  switch (c) {
    case U'.': case U'!': case U'?': case U'\u2026':                 // Latin, Greek, Cyrillic
    case U'\u3002': case U'\uFF01': case U'\uFF1F': case U'\uFF61':  // Chinese, Japanese
    case U'\u0964': case U'\u061F': case U'\u06D4': case U'\u1362': return true;  // Devanagari, Arabic, Ethiopic
    default: return false;
  }
}

/// Full stops that need no space after them.
bool closes_alone(char32_t c) { return c > U'\u2FFF'; }

/// Quotes and brackets that still belong to the sentence before.
bool closes_quote(char32_t c) {
  return c == U'"' || c == U'\'' || c == U')' || c == U']' || c == U'\u2019' || c == U'\u201D' || c == U'\u300D' || c == U'\u300F' || c == U'\uFF09';
}

/// The end of the sentence that begins at `at`, with the space after it: before a new line too.
std::size_t sentence_end(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    core::CodePoint point = core::code_point_at(text, at);
    at += point.size;
    if (point.value == U'\n') break;
    if (!ends_sentence(point.value)) continue;
    bool alone = closes_alone(point.value);
    while (at < text.size()) {
      point = core::code_point_at(text, at);
      if (!ends_sentence(point.value) && !closes_quote(point.value)) break;
      alone = alone || closes_alone(point.value);
      at += point.size;
    }
    if (alone || at == text.size() || is_space(text[at])) break;
  }
  return skip(text, at, is_space);
}

/// As much of a long sentence as fits: up to the last space in its second half, or to the last character.
std::size_t cut(std::string_view text, std::size_t at, std::size_t most) {
  const std::size_t end = at + core::utf8_prefix(text.substr(at), most).size();
  for (std::size_t space = end; space > at + most / 2; --space) {
    if (is_space(text[space - 1])) return space;
  }
  return end;
}

}  // namespace

std::vector<Range> passages(std::string_view utf8) {
  if (utf8.size() <= kPassageBytes) return {{0, utf8.size()}};
  std::vector<Range> found;
  std::vector<std::size_t> begins;  // of the sentences of the passage
  std::size_t begin = 0;
  for (std::size_t at = 0; at < utf8.size();) {
    std::size_t end = sentence_end(utf8, at);
    if (end - at > kPassageBytes) end = cut(utf8, at, kPassageBytes);
    if (end - begin > kPassageBytes) {
      found.push_back({begin, at});
      std::size_t next = at;
      while (!begins.empty() && at - begins.back() <= kOverlapBytes && end - begins.back() <= kPassageBytes) {
        next = begins.back();
        begins.pop_back();
      }
      begins.clear();
      if (next < at) begins.push_back(next);
      begin = next;
    }
    begins.push_back(at);
    at = end;
  }
  found.push_back({begin, utf8.size()});
  return found;
}

}  // namespace mnemic::text
