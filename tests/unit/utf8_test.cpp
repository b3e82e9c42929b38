// SPDX-License-Identifier: Apache-2.0
// UTF-8 validation and normalisation.
#include "core/utf8.hpp"

#include <string>

#include "support/catch.hpp"

using namespace mnemic::core;
using namespace std::string_literals;

TEST_CASE("utf8: valid texts", "[utf8]") {
  const std::string text = GENERATE("", "abc", "é", "日本語", "😀", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF",
                                    "\xEE\x80\x80", "long ascii before it: é and after it");
  CAPTURE(text);
  CHECK(is_valid_utf8(text));
  CHECK(is_valid_utf8("a\0b"s));
}

TEST_CASE("utf8: broken texts", "[utf8]") {
  const std::string text =
      GENERATE("\x80"s, "\xBF"s, "\xC0\x80"s, "\xC1\xBF"s, "\xC2"s, "\xC2\x41"s, "\xE0\x80\x80"s, "\xE0\x9F\xBF"s,
               "\xE2\x82"s, "\xED\xA0\x80"s, "\xED\xBF\xBF"s, "\xF0\x80\x80\x80"s, "\xF0\x8F\xBF\xBF"s, "\xF0\x9F\x98"s,
               "\xF4\x90\x80\x80"s, "\xF5\x80\x80\x80"s, "\xF8\x88\x80\x80\x80"s, "\xFE"s, "\xFF"s);
  CHECK_FALSE(is_valid_utf8(text));
  CHECK_FALSE(is_valid_utf8("eight or more ascii bytes" + text));
  CHECK_FALSE(is_valid_utf8(text + "eight or more ascii bytes"));
  CHECK(is_valid_utf8(nfc(text)));  // broken bytes come out as U+FFFD
}

TEST_CASE("utf8: every prefix of a text is valid exactly at character boundaries", "[utf8]") {
  const std::string text = "aé日😀b";
  std::size_t valid = 0;
  for (std::size_t n = 0; n <= text.size(); ++n) {
    const bool boundary = n == text.size() || (static_cast<unsigned char>(text[n]) & 0xC0u) != 0x80u;
    CHECK(is_valid_utf8(text.substr(0, n)) == boundary);
    CHECK(is_valid_utf8(utf8_prefix(text, n)));
    CHECK(utf8_prefix(text, n).size() + 4 > n);
    valid += boundary ? 1 : 0;
  }
  CHECK(valid == 6);
}

TEST_CASE("utf8: code points are read and written back", "[utf8]") {
  for (char32_t c = 0; c <= 0x10FFFF; c += c < 0x3000 ? 1 : 251) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string bytes;
    append_utf8(bytes, c);
    const CodePoint point = code_point_at(bytes, 0);
    if (point.value != c || point.size != bytes.size() || !point.valid) FAIL("code point " << std::uint32_t{c});
  }
  std::string bytes;
  append_utf8(bytes, 0xD800);
  append_utf8(bytes, 0x110000);
  CHECK(bytes == "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("utf8: NFC", "[utf8]") {
  struct Case {
    std::string from, to;
  };
  const auto [from, to] = GENERATE(values<Case>({
      {"", ""},
      {"plain", "plain"},
      {"e\xCC\x81", "é"},                                        // after ASCII
      {"xe\xCC\x81y", "xéy"},                                    // amid ASCII
      {"é", "é"},                                                // already composed
      {"a\xCC\xA3\xCC\x82", "\xE1\xBA\xAD"},                     // two marks: ậ
      {"a\xCC\x82\xCC\xA3", "\xE1\xBA\xAD"},                     // in the other order
      {"\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", "한"},            // jamo
      {"\xE3\x81\x8B\xE3\x82\x99", "が"},                        // voicing mark
      {"\xE2\x84\xAB", "Å"},                                     // ångström sign
      {"\xEF\xAC\x81", "\xEF\xAC\x81"},                          // a ligature stays under NFC
      {"\xE0\xA4\x95\xE0\xA4\xBC", "\xE0\xA4\x95\xE0\xA4\xBC"},  // composition exclusion
      {"a\x80z", "a\xEF\xBF\xBDz"},                              // broken
  }));
  CHECK(nfc(from) == to);
  CHECK(nfc(nfc(from)) == nfc(from));
}

TEST_CASE("utf8: controls", "[utf8]") {
  CHECK_FALSE(has_control(""));
  CHECK_FALSE(has_control("Ada é 日本 😀 \xC2\xA0"));
  for (const char* text : {"\n", "a\tb", "\x1b", "\x7f", "\xC2\x80", "\xC2\x9F", "x\x01"}) CHECK(has_control(text));
  CHECK(has_control("\0"s));
}

TEST_CASE("utf8: a long hostile run of marks takes no quadratic time", "[utf8]") {
  std::string text = "a";
  for (int i = 0; i < 200'000; ++i) text += i % 2 == 0 ? "\xCC\x81" : "\xCC\xA3";  // classes 230 and 220 in turn
  const std::string composed = nfc(text);  // sorted pairwise this would take minutes
  CHECK(composed.starts_with("\xE1\xBA\xA1"));
  CHECK(nfc(composed) == composed);
}
