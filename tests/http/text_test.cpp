// SPDX-License-Identifier: Apache-2.0
// What may stand in a message.
#include "http/text.hpp"
#include "http/parse_json.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <string>

using namespace mnemic::http;

TEST_CASE("text: UTF-8 is checked strictly") {
  for (const std::string good : {"", "a", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                                 "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    CHECK(is_valid_utf8(good));
  }
  CHECK(is_valid_utf8(std::string(1, '\0')));
  for (const std::string bad :
       {"\xff", "a\x80", "\xc3", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe2\x82", "\xe2\x28\xa1",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf0\x9f\x99"}) {
    CHECK_FALSE(is_valid_utf8(bad));
  }
}

TEST_CASE("text: an excerpt is one short line of ASCII") {
  CHECK(excerpt("  a\r\n\tb\x1b[31m \x7f ", "") == "a b [31m");
  CHECK(excerpt("caf\xc3\xa9 \xf0\x9f\x99\x82\xff", "") == "caf? ??");
  CHECK(excerpt(std::string(1000, 'x'), "") == std::string(160, 'x') + "...");
  CHECK(excerpt("", "key").empty());
}

TEST_CASE("text: an excerpt never holds the secret, whole or begun") {
  CHECK(excerpt("the key is sesame-1, sesame-1!", "sesame-1") == "the key is [key], [key]!");
  CHECK(excerpt("ses\x80"
                "ame-1",
                "sesame-1") == "[key]");  // what cleaning joins is seen
  CHECK(excerpt("cut off: sesame", "sesame-1") == "cut off: [key]");
  CHECK(excerpt("cut off: ses", "sesame-1") == "cut off: ses");  // three letters say nothing
  CHECK(excerpt(std::string(155, 'x') + " sesame-1", "sesame-1") == std::string(155, 'x') + " [key...");
  CHECK(excerpt("ababab", "abab") == "[key]ab");
  CHECK(excerpt("k", "k") == "[key]");
}

TEST_CASE("text: JSON is parsed to a depth of 64") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK_FALSE(parse_json(nested(64)).is_discarded());
  CHECK(parse_json(nested(65)).is_discarded());
  CHECK(parse_json(R"(["\"[[", ")" + std::string(100, '[') + R"(", {"a": "\\"}])").size() == 3);
  for (const std::string bad : {"", "{", "]", "nul", "[1,]", "{} {}", "\"caf\xe9\"", "\"\\ud83d\"", "1e999"}) {
    INFO(bad);
    CHECK(parse_json(bad).is_discarded());
  }
}
