// SPDX-License-Identifier: Apache-2.0
#include "clean_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace chatbot {
namespace {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;  ///< how many bytes it takes; a broken byte is U+FFFD and takes one
};

// Bytes of the character that begins with `lead`; 1 for a byte that begins none.
std::size_t length_of(std::uint8_t lead) {
  if (lead < 0xC2 || lead > 0xF4) return 1;
  return lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
}

CodePoint decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = length_of(lead);
  if (bytes == 1 || text.size() < bytes) return {0xFFFD, 1};
  char32_t value = lead & (0xFFu >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {0xFFFD, 1};
    value = (value << 6) | (byte(i) & 0x3Fu);
  }
  constexpr std::array<char32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};  // a longer form than needed is broken
  if (value < kLeast[bytes] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return {0xFFFD, 1};
  return {value, bytes};
}

// True when `text` is the beginning of one character and nothing else.
bool is_cut(std::string_view text) {
  return text.size() < length_of(static_cast<std::uint8_t>(text[0])) &&
         std::ranges::all_of(text.substr(1), [](char c) { return (static_cast<std::uint8_t>(c) & 0xC0) == 0x80; });
}

bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F);
}

bool is_invisible(char32_t c) {
  return c == 0xAD || c == 0x61C || (c >= 0x200B && c <= 0x200F && c != 0x200D) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xE0000 && c <= 0xE0FFF);
}

constexpr std::string_view kIndent = "  ";

}  // namespace

std::string clean(std::string_view text) {
  Cleaner cleaner(Cleaner::Lines::kJoined);
  const std::string out = cleaner.add(text);
  return out + cleaner.end();
}

std::string Cleaner::add(std::string_view piece) {
  return take(std::exchange(cut_, {}) + std::string(piece));
}

std::string Cleaner::end() {
  std::string out;
  for ([[maybe_unused]] const char broken : std::exchange(cut_, {})) show(0xFFFD, {}, out);
  return out;
}

std::string Cleaner::take(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    if (in_escape(static_cast<unsigned char>(rest[0]))) {
      ++i;
      continue;
    }
    if (is_cut(rest)) {
      cut_ = rest;
      break;
    }
    const auto [c, bytes] = decode(rest);
    i += bytes;
    if (c == 0x1B) {
      state_ = State::kEscape;
    } else {
      show(c, rest.substr(0, bytes), out);
    }
  }
  return out;
}

// True when `byte` belongs to an escape sequence, so that "ESC [ 3 1 m" leaves no "[31m" behind.
bool Cleaner::in_escape(unsigned char byte) {
  switch (state_) {
    case State::kText:
      return false;
    case State::kEscape:
      if (byte == '[') {
        state_ = State::kControl;  // parameters follow, then one final byte
        return true;
      }
      if (byte == ']' || byte == 'P' || byte == 'X' || byte == '^' || byte == '_') {
        state_ = State::kString;  // up to BEL, the next escape sequence or the end of the line
        return true;
      }
      state_ = State::kText;
      return byte == '\\';
    case State::kControl:
      if (byte >= 0x20 && byte <= 0x3F) return true;
      state_ = State::kText;
      return byte >= 0x40 && byte <= 0x7E;
    case State::kString:
      if (byte != '\a' && byte != 0x1B && byte != '\n') return true;
      state_ = byte == 0x1B ? State::kEscape : State::kText;
      return byte != '\n';
  }
  return false;
}

void Cleaner::show(char32_t c, std::string_view bytes, std::string& out) {
  if (c == '\n' && lines_ == Lines::kIndented) {
    ++breaks_;
  } else if (c == '\n' || c == '\r' || c == '\t' || c == ' ' || c == 0x2028 || c == 0x2029) {
    space_ = true;
  } else if (!is_control(c) && !is_invisible(c)) {
    if (any_ && breaks_ > 0) {
      out.append(std::min<std::size_t>(breaks_, 2), '\n');
      out += kIndent;
    } else if (any_ && space_) {
      out += ' ';
    }
    breaks_ = 0;
    space_ = false;
    any_ = true;
    out += c == 0xFFFD ? std::string_view("\uFFFD") : bytes;
  }
}

}  // namespace chatbot
