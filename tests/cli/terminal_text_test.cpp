// SPDX-License-Identifier: Apache-2.0
// Stored text cannot act on a terminal.
#include "cli/terminal_text.hpp"

#include <mnemic/json.hpp>

#include "support/catch.hpp"

#include <string>

using namespace mnemic::cli;
using namespace std::string_literals;

TEST_CASE("control, ANSI and bidirectional characters go", "[terminal_text]") {
  CHECK(clean_line("a\x1B[31mred\x1B[0m b") == "ared b");
  CHECK(clean_line("\x1B[2J\x1B[1;1Hx") == "x");
  CHECK(clean_line("\x1B]0;title\x07x") == "0;titlex");  // what a sequence carried stays visible
  CHECK(clean_line("\xC2\x9B"
                   "31mred") == "red");  // the one-character CSI
  CHECK(clean_line("a\u202Eb\u2066c\u200Fd\uFEFFe") == "abcde");
  CHECK(clean_line("a\x07\x08\x7F\0b"s) == "ab");
  CHECK(clean_line("tag\U000E0041s") == "tags");
  CHECK(clean_line("\x1B") == "");
  CHECK(clean_line("\x1B[") == "");
  CHECK(clean_line("\x1B[12") == "");
}

TEST_CASE("one line stays one line, a block keeps its lines", "[terminal_text]") {
  CHECK(clean_line(" a\r\n\t b\u2028c \n") == "a b c");
  CHECK(clean_block("a\r\n\tb\u2028c") == "a\n\tb\nc");
  CHECK(clean_block("a\rb\x1B[Ac") == "abc");
}

TEST_CASE("broken UTF-8 is replaced byte by byte", "[terminal_text]") {
  const std::string r = "\xEF\xBF\xBD";
  CHECK(clean_line("a\xFFz") == "a" + r + "z");
  CHECK(clean_line("a\xC3") == "a" + r);
  CHECK(clean_line("\xED\xA0\x80") == r + r + r);  // a surrogate
  CHECK(clean_line("\xC0\x80") == r + r);          // an overlong form
  CHECK(clean_line("\xE4\xBD\xA0好") == "你好");
}

TEST_CASE("JSON keeps its value and loses its teeth", "[terminal_text]") {
  const std::string hostile =
      "{\"a\":\"x\u202Ey\xC2\x9B"
      "31m\x7F\U000E0041\"}";
  const std::string cleaned = clean_json(hostile);
  CHECK(cleaned == R"({"a":"x\u202ey\u009b31m\u007f\udb40\udc41"})");
  CHECK(mnemic::Json::parse(cleaned).value() == mnemic::Json::parse(hostile).value());
  CHECK(clean_json("{\n \"a\": \"é\"\n}") == "{\n \"a\": \"é\"\n}");
}

TEST_CASE("width counts columns, cutting keeps within them", "[terminal_text]") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("你好") == 4);
  CHECK(display_width("e\u0301") == 1);
  CHECK(cut("abcdef", 6) == "abcdef");
  CHECK(cut("abcdef", 5) == "abcd…");
  CHECK(cut("你好吗", 5) == "你好…");
  CHECK(cut("你好吗", 4) == "你…");
  CHECK(cut("abc", 0).empty());
  CHECK(cut("abc", 1) == "…");
  CHECK(fit("ab", 4) == "ab  ");
  CHECK(display_width(fit("你好吗", 4)) == 4);
}
