// SPDX-License-Identifier: Apache-2.0
// UTF-8: validation, NFC, and reading or writing one code point. Everything here is pure and linear in the input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mnemic::core {

/// Strict: no overlong forms, no surrogates, nothing above U+10FFFF, nothing cut off. NUL is valid.
bool is_valid_utf8(std::string_view bytes) noexcept;

/// Unicode normalisation form C. Expects valid UTF-8; broken bytes come out as U+FFFD.
std::string nfc(std::string_view utf8);

/// Whether any C0 or C1 control (newline and tab included) or DEL is in it.
bool has_control(std::string_view utf8) noexcept;

/// One code point of a text. Broken bytes read as U+FFFD, one byte at a time.
struct CodePoint {
  char32_t value = 0;
  std::size_t size = 0;  ///< bytes taken; at least 1
  bool valid = true;     ///< false for a broken byte
};

/// Reads the code point at `at`, which must be inside `utf8`.
CodePoint code_point_at(std::string_view utf8, std::size_t at) noexcept;

/// Appends one code point; what is no scalar value becomes U+FFFD.
void append_utf8(std::string& out, char32_t value);

/// The longest prefix of at most `max_bytes` that cuts no character of valid `utf8` in two.
std::string_view utf8_prefix(std::string_view utf8, std::size_t max_bytes) noexcept;

/// Sorts runs of combining marks by their class, as NFD and NFC ask. O(n log n) whatever the order: utf8proc's own
/// ordering takes quadratic time on a long hostile run of marks.
void sort_combining_marks(std::u32string& text);

}  // namespace mnemic::core
