// SPDX-License-Identifier: Apache-2.0
// Namespaces: normal form, printed form, and what lies below what.
#include <mnemic/types.hpp>

#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace mnemic;
using namespace std::string_literals;

TEST_CASE("namespace: printed and parsed back", "[types]") {
  struct Case {
    std::vector<std::string> segments;
    std::string printed;
  };
  const auto [segments, printed] = GENERATE(values<Case>({
      {{"acme"}, "acme"},
      {{"acme", "ada"}, "acme/ada"},
      {{"a/b"}, "a%2Fb"},
      {{"a", "b"}, "a/b"},
      {{"%"}, "%25"},
      {{"%2F"}, "%252F"},
      {{"*", "?", "\\", "'"}, "*/?/\\/'"},
      {{"..."}, "..."},
      {{".a", "a."}, ".a/a."},
      {{" "}, " "},
      {{"日本", "é"}, "日本/é"},
      {{"😀"}, "😀"},
  }));
  CAPTURE(printed);
  const Namespace name(segments);
  CHECK(name.to_string() == printed);
  const auto parsed = Namespace::parse(printed);
  REQUIRE_OK(parsed);
  CHECK(*parsed == name);
  CHECK(parsed->segments() == segments);
}

TEST_CASE("namespace: two spellings of one name are one", "[types]") {
  const Namespace composed{"acme", "caf\xC3\xA9"}, decomposed{"acme", "cafe\xCC\x81"};
  CHECK(composed != decomposed);  // not yet normalised
  CHECK(composed.normalized().value() == decomposed.normalized().value());
  CHECK(composed.normalized().value() == composed);
  CHECK(Namespace::parse("acme/cafe\xCC\x81").value() == composed);
  CHECK(Namespace::parse("acme/cafe%CC%81").value() == composed);
  CHECK(Namespace{"Acme"}.normalized().value() != Namespace{"acme"}.normalized().value());      // case counts
  CHECK(Namespace{"\xEF\xBC\xA1"}.normalized().value() != Namespace{"A"}.normalized().value());  // no NFKC
}

TEST_CASE("namespace: bad names are refused", "[types]") {
  const std::vector<std::string> segments =
      GENERATE(std::vector<std::string>{}, std::vector<std::string>{""}, std::vector<std::string>{"a", ""},
               std::vector<std::string>{"", "a"}, std::vector<std::string>{"."}, std::vector<std::string>{".."},
               std::vector<std::string>{"a", "..", "b"}, std::vector<std::string>{"a\nb"}, std::vector<std::string>{"a\0b"s},
               std::vector<std::string>{"\x7F"}, std::vector<std::string>{"\xC2\x85"}, std::vector<std::string>{"\t"},
               std::vector<std::string>{"\xFF"}, std::vector<std::string>{"a\xC3"},
               std::vector<std::string>{std::string(256, 'a')}, std::vector<std::string>(17, "a"));
  REQUIRE_CODE(Namespace(segments).normalized(), StatusCode::kInvalidArgument);
}

TEST_CASE("namespace: sizes at the limit", "[types]") {
  CHECK(Namespace(std::vector<std::string>(16, "a")).normalized().ok());
  CHECK(Namespace(std::vector<std::string>(16, std::string(255, 'a'))).normalized().ok());
  // 300 bytes decomposed, 200 composed.
  std::string long_form;
  for (int i = 0; i < 100; ++i) long_form += "e\xCC\x81";
  const auto normal = Namespace({long_form}).normalized();
  REQUIRE_OK(normal);
  CHECK(normal->segments().front().size() == 200);
}

TEST_CASE("namespace: bad printed forms are refused", "[types]") {
  const std::string printed = GENERATE("", "/", "a/", "/a", "a//b", ".", "..", "a/..", "%", "%2", "a%", "a%2", "%GG", "%2G",
                                       "% 20", "%00", "%0A", "%7F", "a\nb", "%2E", "%2e%2E", "%FF");
  CAPTURE(printed);
  REQUIRE_CODE(Namespace::parse(printed), StatusCode::kInvalidArgument);
}

TEST_CASE("namespace: escapes are read in either case", "[types]") {
  CHECK(Namespace::parse("a%2fb").value() == Namespace{"a/b"});
  CHECK(Namespace::parse("a%2Fb").value() == Namespace{"a/b"});
  CHECK(Namespace::parse("%61").value() == Namespace{"a"});
  CHECK(Namespace::parse("%61").value().to_string() == "a");
}

TEST_CASE("namespace: what lies below", "[types]") {
  const Namespace acme{"acme"}, ada{"acme", "ada"}, notes{"acme", "ada", "notes"};
  CHECK(acme.contains(acme));
  CHECK(acme.contains(ada));
  CHECK(acme.contains(notes));
  CHECK(ada.contains(notes));
  CHECK_FALSE(ada.contains(acme));
  CHECK_FALSE(acme.contains(Namespace{"acme2"}));
  CHECK_FALSE(acme.contains(Namespace{"acm"}));
  CHECK_FALSE(acme.contains(Namespace{"acme/ada"}));  // one segment with a slash in it
  CHECK_FALSE(Namespace{"a"}.contains(Namespace{"a/b"}));
}
