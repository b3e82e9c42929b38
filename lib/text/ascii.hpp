// SPDX-License-Identifier: Apache-2.0
// Classes of ASCII characters, whatever the locale, and steps through them.
#pragma once

#include <cstddef>
#include <string_view>

namespace mnemic::text {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
constexpr bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
constexpr bool is_alnum(char c) {
  return is_digit(c) || is_lower(c) || is_upper(c);
}
constexpr bool is_upper_alnum(char c) {
  return is_digit(c) || is_upper(c);
}
constexpr bool is_key_char(char c) {
  return is_alnum(c) || c == '-' || c == '_';
}
constexpr bool is_base64(char c) {
  return is_alnum(c) || c == '+' || c == '/' || c == '=';
}
constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
constexpr bool is_space(char c) {
  return is_blank(c) || (c >= '\n' && c <= '\r');
}
constexpr char lower(char c) {
  return is_upper(c) ? static_cast<char>(c + ('a' - 'A')) : c;
}

template <typename Predicate>
std::size_t skip(std::string_view text, std::size_t at, Predicate predicate) {
  while (at < text.size() && predicate(text[at])) ++at;
  return at;
}

inline bool starts_with_folded(std::string_view text, std::size_t at, std::string_view lowered) {
  if (text.size() - at < lowered.size()) return false;
  for (std::size_t i = 0; i < lowered.size(); ++i) {
    if (lower(text[at + i]) != lowered[i]) return false;
  }
  return true;
}

}  // namespace mnemic::text
