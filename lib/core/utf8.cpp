// SPDX-License-Identifier: Apache-2.0
// UTF-8 validation and normalisation on top of utf8proc's tables.
#include "core/utf8.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace mnemic::core {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr std::uint64_t kHighBits = 0x8080808080808080u;

constexpr bool is_continuation(unsigned char byte) {
  return (byte & 0xC0u) == 0x80u;
}

/// The bytes from `at` on that are ASCII, eight at a time.
std::size_t skip_ascii(std::string_view bytes, std::size_t at) noexcept {
  std::uint64_t word = 0;
  while (at + sizeof word <= bytes.size()) {
    std::memcpy(&word, bytes.data() + at, sizeof word);
    if ((word & kHighBits) != 0) break;
    at += sizeof word;
  }
  while (at < bytes.size() && static_cast<unsigned char>(bytes[at]) < 0x80) ++at;
  return at;
}

int combining_class(char32_t value) {
  if (value < 0x300) return 0;
  return utf8proc_get_property(static_cast<utf8proc_int32_t>(value))->combining_class;
}

/// NFC of a stretch without ASCII behind its first character. ASCII never composes with what stands before it, so a
/// text may be cut in front of any ASCII character.
void append_nfc(std::string& out, std::string_view stretch) {
  std::u32string decomposed;
  decomposed.reserve(stretch.size());
  std::array<utf8proc_int32_t, 32> parts{};
  for (std::size_t at = 0; at < stretch.size();) {
    const CodePoint point = code_point_at(stretch, at);
    at += point.size;
    int boundary = 0;
    const auto count =
        utf8proc_decompose_char(static_cast<utf8proc_int32_t>(point.value), parts.data(),
                                static_cast<utf8proc_ssize_t>(parts.size()), UTF8PROC_DECOMPOSE, &boundary);
    if (count < 0 || count > static_cast<utf8proc_ssize_t>(parts.size())) {
      decomposed.push_back(point.value);
      continue;
    }
    for (utf8proc_ssize_t i = 0; i < count; ++i) decomposed.push_back(static_cast<char32_t>(parts[std::size_t(i)]));
  }
  sort_combining_marks(decomposed);
  const auto length = utf8proc_normalize_utf32(reinterpret_cast<utf8proc_int32_t*>(decomposed.data()),
                                               static_cast<utf8proc_ssize_t>(decomposed.size()),
                                               static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  if (length >= 0) decomposed.resize(static_cast<std::size_t>(length));
  for (const char32_t value : decomposed) append_utf8(out, value);
}

}  // namespace

CodePoint code_point_at(std::string_view utf8, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(utf8[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t left = utf8.size() - at;
  const CodePoint broken{kReplacement, 1, false};
  if (lead < 0xC2 || lead > 0xF4) return broken;
  const auto tail = [&](std::size_t i) { return static_cast<char32_t>(byte(at + i) & 0x3Fu); };
  if (left < 2 || !is_continuation(byte(at + 1))) return broken;
  if (lead < 0xE0) return {(char32_t(lead & 0x1Fu) << 6) | tail(1), 2, true};
  if (left < 3 || !is_continuation(byte(at + 2))) return broken;
  if (lead < 0xF0) {
    const char32_t value = (char32_t(lead & 0x0Fu) << 12) | (tail(1) << 6) | tail(2);
    if (value < 0x800 || (value >= 0xD800 && value <= 0xDFFF)) return broken;
    return {value, 3, true};
  }
  if (left < 4 || !is_continuation(byte(at + 3))) return broken;
  const char32_t value = (char32_t(lead & 0x07u) << 18) | (tail(1) << 12) | (tail(2) << 6) | tail(3);
  if (value < 0x10000 || value > 0x10FFFF) return broken;
  return {value, 4, true};
}

void append_utf8(std::string& out, char32_t value) {
  if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) value = kReplacement;
  const auto put = [&out](char32_t byte) { out.push_back(static_cast<char>(static_cast<unsigned char>(byte))); };
  if (value < 0x80) {
    put(value);
  } else if (value < 0x800) {
    put(0xC0u | (value >> 6));
    put(0x80u | (value & 0x3Fu));
  } else if (value < 0x10000) {
    put(0xE0u | (value >> 12));
    put(0x80u | ((value >> 6) & 0x3Fu));
    put(0x80u | (value & 0x3Fu));
  } else {
    put(0xF0u | (value >> 18));
    put(0x80u | ((value >> 12) & 0x3Fu));
    put(0x80u | ((value >> 6) & 0x3Fu));
    put(0x80u | (value & 0x3Fu));
  }
}

std::string_view utf8_prefix(std::string_view utf8, std::size_t max_bytes) noexcept {
  if (utf8.size() <= max_bytes) return utf8;
  std::size_t end = max_bytes;
  while (end > 0 && is_continuation(static_cast<unsigned char>(utf8[end]))) --end;
  return utf8.substr(0, end);
}

bool is_valid_utf8(std::string_view bytes) noexcept {
  for (std::size_t at = skip_ascii(bytes, 0); at < bytes.size();) {
    const CodePoint point = code_point_at(bytes, at);
    if (!point.valid) return false;
    at += point.size;
    if (at < bytes.size() && static_cast<unsigned char>(bytes[at]) < 0x80) at = skip_ascii(bytes, at);
  }
  return true;
}

std::string nfc(std::string_view utf8) {
  std::string out;
  out.reserve(utf8.size());
  std::size_t at = 0;
  while (at < utf8.size()) {
    const std::size_t end_of_ascii = skip_ascii(utf8, at);
    if (end_of_ascii == utf8.size()) return out.append(utf8.substr(at));
    const std::size_t from = end_of_ascii > at ? end_of_ascii - 1 : at;  // a mark may compose with the last of them
    std::size_t end = end_of_ascii;
    bool simple = true;  // all below U+0300: already NFC
    for (; end < utf8.size() && static_cast<unsigned char>(utf8[end]) >= 0x80; ++end) {
      const auto byte = static_cast<unsigned char>(utf8[end]);
      simple = simple && (is_continuation(byte) || (byte >= 0xC2 && byte < 0xCC));
    }
    if (simple && !is_valid_utf8(utf8.substr(end_of_ascii, end - end_of_ascii))) simple = false;
    if (simple) {
      out.append(utf8.substr(at, end - at));
    } else {
      out.append(utf8.substr(at, from - at));
      append_nfc(out, utf8.substr(from, end - from));
    }
    at = end;
  }
  return out;
}

bool has_control(std::string_view utf8) noexcept {
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    if (byte < 0x20 || byte == 0x7F) return true;
    if (byte == 0xC2 && i + 1 < utf8.size() && static_cast<unsigned char>(utf8[i + 1]) < 0xA0) return true;
  }
  return false;
}

void sort_combining_marks(std::u32string& text) {
  for (std::size_t i = 0; i < text.size();) {
    if (combining_class(text[i]) == 0) {
      ++i;
      continue;
    }
    std::size_t end = i + 1;
    while (end < text.size() && combining_class(text[end]) != 0) ++end;
    if (end - i > 1) {
      std::stable_sort(text.begin() + static_cast<std::ptrdiff_t>(i), text.begin() + static_cast<std::ptrdiff_t>(end),
                       [](char32_t a, char32_t b) { return combining_class(a) < combining_class(b); });
    }
    i = end;
  }
}

}  // namespace mnemic::core
