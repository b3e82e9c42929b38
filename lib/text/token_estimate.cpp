// SPDX-License-Identifier: Apache-2.0
// The default TokenCounter: an estimate from the kinds of characters alone, made to err on the high side.
#include <mnemic/models.hpp>

#include <utf8proc.h>

#include "core/utf8.hpp"

namespace mnemic {
namespace {

bool is_ascii_alnum(char32_t c) {
  return (c >= '0' && c <= '9') || ((c | 0x20u) >= 'a' && (c | 0x20u) <= 'z');
}

bool is_ascii_space(char32_t c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/// Latin, Greek, Cyrillic, Hebrew, Arabic and their neighbours, where about two letters share a token. Syllabic scripts
/// (Thai, Devanagari, Ethiopic, kana, ...) are left to one token per character.
bool in_alphabetic_script(char32_t c) {
  return (c >= 0x80 && c < 0x0900) || (c >= 0x10A0 && c <= 0x10FF) || (c >= 0x1C80 && c <= 0x1CBF) ||
         (c >= 0x1D00 && c <= 0x1FFF) || (c >= 0x2C00 && c <= 0x2D2F) || (c >= 0x2DE0 && c <= 0x2DFF) ||
         (c >= 0xA640 && c <= 0xA69F) || (c >= 0xA720 && c <= 0xA7FF) || (c >= 0xAB30 && c <= 0xAB6F) ||
         (c >= 0xFB00 && c <= 0xFDFF) || (c >= 0xFE70 && c <= 0xFEFC);
}

bool is_alphabetic_letter(char32_t c) {
  if (!in_alphabetic_script(c)) return false;
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_ME;  // letters and marks
}

class EstimatingTokenCounter final : public TokenCounter {
 public:
  std::size_t count(std::string_view text) override {
    std::size_t tokens = 0;
    std::size_t ascii_run = 0;
    std::size_t letter_run = 0;
    for (std::size_t at = 0; at < text.size();) {
      const core::CodePoint point = core::code_point_at(text, at);
      at += point.size;
      if (is_ascii_alnum(point.value)) {
        tokens += (letter_run + 1) / 2;
        letter_run = 0;
        ++ascii_run;
        continue;
      }
      tokens += (ascii_run + 3) / 4;
      ascii_run = 0;
      if (is_alphabetic_letter(point.value)) {
        ++letter_run;
        continue;
      }
      tokens += (letter_run + 1) / 2;
      letter_run = 0;
      if (!is_ascii_space(point.value)) ++tokens;
    }
    return tokens + (ascii_run + 3) / 4 + (letter_run + 1) / 2;
  }
};

}  // namespace

std::shared_ptr<TokenCounter> estimating_token_counter() {
  return std::make_shared<EstimatingTokenCounter>();
}

}  // namespace mnemic
