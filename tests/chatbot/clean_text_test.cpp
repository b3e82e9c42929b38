// SPDX-License-Identifier: Apache-2.0
#include "clean_text.hpp"
#include "support/catch.hpp"

#include <string>
#include <string_view>

using chatbot::Cleaner;

namespace {

// In pieces of `size` bytes.
std::string in_pieces(std::string_view text, std::size_t size, Cleaner::Lines lines) {
  Cleaner cleaner(lines);
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += size) out += cleaner.add(text.substr(i, size));
  return out + cleaner.end();
}

constexpr std::string_view kHostile =
    "  a \x1b[31mred\x1b[0m, \x1b]0;title\x07titled, \x1bPq#0\x1b\\drawn, \xe2\x80\xaeright\xe2\x80\xac, \xc2\x9b"
    "1m, "
    "caf\xc3\xa9 \xf0\x9f\x99\x82, zero\xe2\x80\x8bwidth, \x08\x7f"
    "bell\x07, \xff\xfe broken, \x1b";
constexpr std::string_view kHarmless =
    "a red, titled, drawn, right, 1m, café 🙂, zerowidth, bell, \uFFFD\uFFFD broken,";

}  // namespace

TEST_CASE("clean: nothing of a text acts on a terminal") {
  CHECK(chatbot::clean(kHostile) == kHarmless);
  CHECK(chatbot::clean("one\r\ntwo\tthree  \n") == "one two three");
  CHECK(chatbot::clean("").empty());
  CHECK(chatbot::clean("\x1b]0;never ended") == "");
  CHECK(chatbot::clean("\x1b]0;ended by a line\nshown") == "shown");
  CHECK(chatbot::clean("cut \xe2\x80") == "cut \uFFFD\uFFFD");
}

TEST_CASE("cleaner: pieces cut anywhere give what the whole gives") {
  for (std::size_t size = 1; size <= kHostile.size(); ++size) {
    CAPTURE(size);
    CHECK(in_pieces(kHostile, size, Cleaner::Lines::kJoined) == kHarmless);
  }
}

TEST_CASE("cleaner: lines are kept and indented, so that none passes for a prompt") {
  for (const std::size_t size : {1U, 3U, 100U}) {
    CHECK(in_pieces("\none\nyou> two\n\n\n\nthree\n", size, Cleaner::Lines::kIndented) == "one\n  you> two\n\n  three");
  }
}
