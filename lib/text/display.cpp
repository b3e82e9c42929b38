// SPDX-License-Identifier: Apache-2.0
// Takes out of a text what a terminal or a language model would act on instead of showing.
#include "text/display.hpp"

#include <cstddef>

#include "core/utf8.hpp"

namespace mnemic::text {
namespace {

constexpr char32_t kEscape = 0x1B;

bool is_line_break(char32_t c) {
  return (c >= '\n' && c <= '\r') || c == 0x85 || c == 0x2028 || c == 0x2029;  // \n \v \f \r NEL LS PS
}

bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F);
}

/// Characters without ink that reorder, join, annotate or carry hidden data.
bool is_invisible(char32_t c) {
  return c == 0x00AD || c == 0x061C || c == 0x180E ||    // soft hyphen, Arabic letter mark, Mongolian separator
         (c >= 0x200B && c <= 0x200F) ||                 // zero width, left-to-right and right-to-left marks
         (c >= 0x202A && c <= 0x202E) ||                 // bidirectional embeddings and overrides
         (c >= 0x2060 && c <= 0x206F) ||                 // word joiner, invisible operators, isolates
         (c >= 0xFE00 && c <= 0xFE0E) ||                 // variation selectors but the emoji one
         c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||  // byte order mark, interlinear annotation
         (c >= 0xE0000 && c <= 0xE0FFF);                 // tags and further variation selectors
}

/// The end of a CSI sequence whose parameters start at `at`; `at` itself when it is not complete.
std::size_t end_of_csi(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && text[end] >= 0x20 && text[end] <= 0x3F) ++end;
  return end < text.size() && text[end] >= 0x40 && text[end] <= 0x7E ? end + 1 : at;
}

/// The end of a control string (OSC, DCS, SOS, PM, APC) whose body starts at `at`; `at` itself when nothing ends it
/// before the line or the next escape does.
std::size_t end_of_control_string(std::string_view text, std::size_t at) {
  for (std::size_t end = at; end < text.size(); ++end) {
    if (text[end] == '\x07') return end + 1;
    if (text[end] == '\n') return at;
    if (text[end] == '\x1b') return end + 1 < text.size() && text[end + 1] == '\\' ? end + 2 : at;
    if (text[end] == '\xC2' && end + 1 < text.size()) {
      const char next = text[end + 1];
      if (next == '\x9C') return end + 2;                                                            // ST
      if (static_cast<unsigned char>(next) < 0xA0 && static_cast<signed char>(next) < 0) return at;  // another C1
    }
  }
  return at;
}

/// The end of the escape sequence whose introducer, ESC or a C1 control, ends at `at`.
std::size_t end_of_escape(std::string_view text, std::size_t at, char32_t introducer) {
  char32_t kind = introducer;
  if (introducer == kEscape) {
    if (at >= text.size()) return at;
    const char next = text[at];
    if (next >= 0x40 && next <= 0x5F) {
      kind = static_cast<char32_t>(next) + 0x40;  // ESC [ is CSI, ESC ] is OSC, ...
      ++at;
    } else {
      std::size_t end = at;
      while (end < text.size() && text[end] >= 0x20 && text[end] <= 0x2F) ++end;
      return end < text.size() && text[end] >= 0x30 && text[end] <= 0x7E ? end + 1 : at;
    }
  }
  switch (kind) {
    case 0x9B:
      return end_of_csi(text, at);
    case 0x90:
    case 0x98:
    case 0x9D:
    case 0x9E:
    case 0x9F:
      return end_of_control_string(text, at);
    default:
      return at;
  }
}

enum class Entities { kNo, kYes };

std::string cleaned(std::string_view text, Entities entities) {
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  for (std::size_t at = 0; at < text.size();) {
    const core::CodePoint point = core::code_point_at(text, at);
    const std::size_t from = at;
    at += point.size;
    const char32_t c = point.value;
    if (is_line_break(c)) {
      if (c == '\r' && at < text.size() && text[at] == '\n') ++at;
      out += "\\n";
    } else if (c == '\t') {
      out += ' ';
    } else if (is_control(c)) {
      at = end_of_escape(text, at, c);
    } else if (is_invisible(c)) {
      continue;
    } else if (entities == Entities::kYes && c == '&') {
      out += "&amp;";
    } else if (entities == Entities::kYes && c == '<') {
      out += "&lt;";
    } else if (entities == Entities::kYes && c == '>') {
      out += "&gt;";
    } else if (entities == Entities::kYes && c == '[') {
      out += "&#91;";
    } else if (!point.valid) {
      core::append_utf8(out, c);
    } else {
      out.append(text.substr(from, point.size));
    }
  }
  return out;
}

}  // namespace

std::string printable(std::string_view text) {
  return cleaned(text, Entities::kNo);
}

std::string escape_for_prompt(std::string_view text) {
  return cleaned(text, Entities::kYes);
}

}  // namespace mnemic::text
