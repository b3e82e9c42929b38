// SPDX-License-Identifier: Apache-2.0
// The default token counter.
#include <mnemic/models.hpp>

#include <string>

#include "support/catch.hpp"

TEST_CASE("token estimate: by kinds of characters", "[text]") {
  struct Case {
    std::string text;
    std::size_t tokens;
  };
  const auto [text, tokens] = GENERATE(values<Case>({
      {"", 0},
      {" \t\r\n", 0},
      {"a", 1},
      {"abcd", 1},
      {"abcde", 2},
      {"abcd efgh", 2},
      {"gpt4turbo", 3},
      {"a.b", 3},
      {"...", 3},
      {"\x01", 1},
      {"привет", 3},  // two letters a token
      {"приветы", 4},
      {"café", 2},  // caf + é
      {"Ελλάδα мир", 3 + 2},
      {"مرحبا", 3},
      {"日本語", 3},
      {"ภาษา", 4},  // syllabic: one each
      {"😀😀", 2},
      {"日 本", 2},
      {"“x”", 3},
      {"\xFF\xFE", 2},  // broken bytes
      {"Hello, world!", 2 + 1 + 2 + 1},
  }));
  CAPTURE(text);
  CHECK(mnemic::estimating_token_counter()->count(text) == tokens);
}

TEST_CASE("token estimate: never falls when text is added", "[text]") {
  const auto counter = mnemic::estimating_token_counter();
  const std::string text = "Ada wrote: “naïve” 日本 x² — приве́т, 3.14 😀\n\tконец";
  std::size_t last = 0;
  for (std::size_t n = 0; n <= text.size(); ++n) {
    if (n < text.size() && (static_cast<unsigned char>(text[n]) & 0xC0u) == 0x80u) continue;
    const std::size_t tokens = counter->count(std::string_view(text).substr(0, n));
    CHECK(tokens >= last);
    last = tokens;
  }
}
