// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace mnemic::cli {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Range {
  char32_t first, last;
};

template <std::size_t N>
bool in(const std::array<Range, N>& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(), [c](Range r) { return c >= r.first && c <= r.last; });
}

// clang-format off
// Bidirectional controls (UAX #9), other invisible format characters, the byte order mark, and the tags.
constexpr std::array<Range, 7> kInvisible{{
    {0x061C, 0x061C}, {0x200E, 0x200F}, {0x202A, 0x202E}, {0x2060, 0x206F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB},
    {0xE0000, 0xE007F}}};
// East Asian width W and F, and the emoji blocks, coarsely (UAX #11).
constexpr std::array<Range, 13> kWide{{
    {0x1100, 0x115F}, {0x2E80, 0x303E}, {0x3041, 0x4DBF}, {0x4E00, 0xA4CF}, {0xA960, 0xA97C}, {0xAC00, 0xD7A3},
    {0xF900, 0xFAFF}, {0xFE30, 0xFE6F}, {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F}, {0x1F680, 0x1FAFF},
    {0x20000, 0x3FFFD}}};
// Combining marks of common scripts, joiners, variation selectors.
constexpr std::array<Range, 9> kZero{{
    {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x064B, 0x065F}, {0x1AB0, 0x1AFF}, {0x200B, 0x200D},
    {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}}};
// clang-format on

bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F);
}
bool is_break(char32_t c) {
  return c == '\n' || c == 0x2028 || c == 0x2029 || c == 0x85;
}

// Decodes the character at `at` and moves past it; one byte of broken UTF-8 is one U+FFFD.
char32_t next(std::string_view text, std::size_t& at) {
  const auto byte = [&text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(at);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length == 1) return ++at, lead;
  if (length == 0 || at + length > text.size()) return ++at, kReplacement;
  char32_t c = lead & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return ++at, kReplacement;
    c = (c << 6) | (byte(at + i) & 0x3Fu);
  }
  constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  if (c < kLeast[length] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) return ++at, kReplacement;
  at += length;
  return c;
}

// After an escape character: moves past the rest of the sequence. Sequences that carry text (titles, links) lose their
// introducer only, so that nothing can be hidden in one.
void skip_escape(std::string_view text, std::size_t& at, bool control_sequence) {
  if (!control_sequence) {
    if (at >= text.size()) return;
    control_sequence = text[at] == '[';
    if (text[at] >= 0x20 && text[at] <= 0x7E) ++at;
    if (!control_sequence) return;
  }
  while (at < text.size() && text[at] >= 0x20 && text[at] <= 0x3F) ++at;  // parameters
  if (at < text.size() && text[at] >= 0x40 && text[at] <= 0x7E) ++at;     // the final byte
}

std::string clean(std::string_view text, bool one_line) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    const char32_t c = next(text, at);
    if (c == 0x1B || c == 0x9B) {
      skip_escape(text, at, c == 0x9B);
    } else if (is_break(c) || c == '\t' || c == ' ' || c == '\r') {
      if (!one_line) {
        if (c != '\r') out += is_break(c) ? '\n' : static_cast<char>(c);
      } else if (!out.empty() && out.back() != ' ') {
        out += ' ';
      }
    } else if (c == kReplacement) {
      out += "\xEF\xBF\xBD";
    } else if (!is_control(c) && !in(kInvisible, c)) {
      out.append(text, start, at - start);
    }
  }
  if (one_line && !out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::size_t width_of(char32_t c) {
  return in(kZero, c) ? 0 : in(kWide, c) ? 2 : 1;
}

}  // namespace

std::string clean_line(std::string_view text) {
  return clean(text, true);
}
std::string clean_block(std::string_view text) {
  return clean(text, false);
}

std::string clean_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t at = 0; at < json.size();) {
    const std::size_t start = at;
    const char32_t c = next(json, at);
    const bool white_space = c == '\n' || c == '\t' || c == '\r';  // between tokens: strings hold none unescaped
    if (white_space || !(is_control(c) || c == 0x2028 || c == 0x2029 || in(kInvisible, c))) {
      out.append(json, start, at - start);
    } else if (c <= 0xFFFF) {
      out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(c));
    } else {
      const auto rest = static_cast<std::uint32_t>(c) - 0x10000u;
      out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800u + (rest >> 10), 0xDC00u + (rest & 0x3FFu));
    }
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t at = 0; at < text.size();) columns += width_of(next(text, at));
  return columns;
}

std::string cut(std::string_view text, std::size_t columns) {
  if (columns == 0) return {};
  std::size_t used = 0;
  std::size_t room_for_ellipsis = 0;  // the longest prefix that leaves one column free
  for (std::size_t at = 0; at < text.size();) {
    used += width_of(next(text, at));
    if (used <= columns - 1) room_for_ellipsis = at;
    if (used > columns) return std::string(text.substr(0, room_for_ellipsis)) + "…";
  }
  return std::string(text);
}

std::string fit(std::string_view text, std::size_t columns) {
  std::string out = cut(text, columns);
  out.append(columns - std::min(columns, display_width(out)), ' ');
  return out;
}

}  // namespace mnemic::cli
