// SPDX-License-Identifier: Apache-2.0
#include "http/text.hpp"

#include <algorithm>
#include <cstddef>

namespace mnemic::http {
namespace {

constexpr std::size_t kExcerptBytes = 160;
constexpr std::string_view kRedacted = "[key]";

bool is_printable(unsigned char byte) noexcept {
  return byte > 0x20 && byte < 0x7f;
}

bool is_continuation(unsigned char byte) noexcept {
  return (byte & 0xc0U) == 0x80U;
}

/// Length of the character that starts at `at`; 0 when it is broken.
std::size_t character_size(std::string_view bytes, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[at + i]); };
  const std::size_t left = bytes.size() - at;
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const std::size_t size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (left < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if (!is_continuation(byte(i))) return 0;
  }
  const unsigned char second = byte(1);
  if (first == 0xe0 && second < 0xa0) return 0;  // overlong
  if (first == 0xed && second > 0x9f) return 0;  // surrogates
  if (first == 0xf0 && second < 0x90) return 0;  // overlong
  if (first == 0xf4 && second > 0x8f) return 0;  // above U+10FFFF
  return size;
}

void redact(std::string& text, std::string_view secret) {
  if (secret.empty()) return;
  for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + kRedacted.size())) {
    text.replace(at, secret.size(), kRedacted);
  }
  // The end may hold the beginning of it.
  for (std::size_t size = std::min(secret.size() - 1, text.size()); size >= 4; --size) {
    if (std::string_view(text).ends_with(secret.substr(0, size))) {
      text.replace(text.size() - size, size, kRedacted);
      return;
    }
  }
}

}  // namespace

bool is_valid_utf8(std::string_view bytes) noexcept {
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t size = character_size(bytes, at);
    if (size == 0) return false;
    at += size;
  }
  return true;
}

bool is_plain_ascii(std::string_view bytes) noexcept {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return is_printable(static_cast<unsigned char>(c)); });
}

std::string excerpt(std::string_view bytes, std::string_view secret) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_continuation(byte)) continue;
    if (is_printable(byte)) {
      text.push_back(c);
    } else if (byte >= 0x80) {
      text.push_back('?');
    } else if (!text.empty() && text.back() != ' ') {
      text.push_back(' ');
    }
  }
  if (!text.empty() && text.back() == ' ') text.pop_back();
  redact(text, secret);
  if (text.size() > kExcerptBytes) text = text.substr(0, kExcerptBytes) + "...";
  return text;
}

}  // namespace mnemic::http
