// SPDX-License-Identifier: Apache-2.0
// Json: verbatim text, reads, equality, limits.
#include "core/json_tree.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"

using namespace mnemic;
using namespace std::string_literals;

namespace {

Json parsed(std::string_view text) { return Json::parse(text).value(); }
std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

}  // namespace

TEST_CASE("json: a parsed value prints byte for byte", "[json]") {
  const std::string text = GENERATE(
      R"({"b":1,"a":2})", " { \"a\" : [ 1 , 2 ] } \n", R"("\u00e9\n\/")", "1e2", "1.0", "-0", "0.10", "1E+30",
      "null", " null ", "true", R"({"a":1,"a":2})", "123456789012345678901234567890", "\"é日😀\"", "[]", "{}", "\"\"");
  CAPTURE(text);
  CHECK(parsed(text).dump() == text);
  const Json copy = parsed(text);
  CHECK(Json(copy).dump() == text);
}

TEST_CASE("json: what is none is refused, and where is said", "[json]") {
  const std::vector<std::string> broken{"", " ", "{", "[1,]", "{\"a\":}", "{a:1}", "'a'", "nul", "01", "+1", ".5", "1.", "NaN", "Infinity", "[1 2]",
               "\"a", "\"\t\"", "\"\\x\"", "\"\\ud800\"", "1 2", "{} {}", "// c\n1", "\"a\x80z\"", "\"\xC0\x80\"", "\"\xED\xA0\x80\"",
               "1e999", "\"a\0b\""s};
  for (const std::string& text : broken) {
    CAPTURE(text);
    const auto result = Json::parse(text);
    REQUIRE_CODE(result, StatusCode::kInvalidArgument);
    CHECK(result.status().message().find("json") != std::string::npos);
  }
}

TEST_CASE("json: depth is bounded before the parser runs", "[json]") {
  CHECK(Json::parse(nested(64)).ok());
  REQUIRE_CODE(Json::parse(nested(65)), StatusCode::kInvalidArgument);
  REQUIRE_CODE(Json::parse(std::string(10'000'000, '[')), StatusCode::kInvalidArgument);
  REQUIRE_CODE(Json::parse(std::string(1'000'000, '{')), StatusCode::kInvalidArgument);
  CHECK(Json::parse("1", 0).ok());
  REQUIRE_CODE(Json::parse("[]", 0), StatusCode::kInvalidArgument);
  CHECK(Json::parse("[[],[],{}]", 2).ok());
  CHECK(Json::parse(R"("[[[[[[\"[[[")", 0).ok());  // brackets in a string nest nothing
  CHECK(core::depth_of(parsed("3")) == 0);
  CHECK(core::depth_of(parsed(R"({"a":[{}]})")) == 3);
  CHECK(core::depth_of(Json()) == 0);
}

TEST_CASE("json: built values print compactly, keys in the order given", "[json]") {
  CHECK(Json::object({{"trip", Json::object({{"n", 3}})}}).dump() == R"({"trip":{"n":3}})");
  CHECK(Json::object({{"z", 1}, {"a", nullptr}, {"m", true}}).dump() == R"({"z":1,"a":null,"m":true})");
  CHECK(Json::array({1, "two", 3.5, Json()}).dump() == R"([1,"two",3.5,null])");
  CHECK(Json::object({{"a", 1}, {"b", 2}, {"a", 3}})["a"] == Json(3));
  CHECK(Json::object({{"a", 1}, {"b", 2}, {"a", 3}}).size() == 2);
  CHECK(Json("a\"\\\n\x01é").dump() == "\"a\\\"\\\\\\n\\u0001é\"");
  CHECK(Json::object(std::vector<Json::Member>{}).dump() == "{}");
  CHECK(Json::array(std::vector<Json>{}).dump() == "[]");
}

TEST_CASE("json: broken UTF-8 in a built value does not come out of dump", "[json]") {
  const Json broken("a\x80z");
  CHECK_FALSE(core::is_valid_json_text(broken));
  CHECK_FALSE(core::is_valid_json_text(Json::object({{"k\xFF", 1}})));
  CHECK_FALSE(core::is_valid_json_text(Json::array({1, Json::array({"\xC3"})})));
  CHECK(core::is_valid_json_text(Json::object({{"é", "日"}})));
  CHECK(Json::parse(broken.dump()).ok());
}

TEST_CASE("json: types and typed reads", "[json]") {
  CHECK(Json().is_null());
  CHECK(Json(nullptr).is_null());
  CHECK(Json(true).is_bool());
  CHECK(Json(7).type() == Json::Type::kInteger);
  CHECK(Json(7.0).type() == Json::Type::kDouble);
  CHECK(Json("x").is_string());
  CHECK(parsed("[]").is_array());
  CHECK(parsed("{}").is_object());
  CHECK(parsed("7").type() == Json::Type::kInteger);
  CHECK(parsed("7.0").type() == Json::Type::kDouble);
  CHECK(parsed("7e0").type() == Json::Type::kDouble);

  CHECK(Json(7).as_double() == 7.0);
  CHECK(Json(7).as_string("no") == "no");
  CHECK(Json("7").as_integer(-1) == -1);
  CHECK(Json(7.5).as_integer(-1) == -1);
  CHECK(Json(1).as_bool(false) == false);
  CHECK(Json(true).as_bool() == true);
  CHECK(Json(true).as_integer(-1) == -1);
  CHECK(parsed(R"("a\u0000b")").as_string() == "a\0b"s);
}

TEST_CASE("json: large integers", "[json]") {
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  constexpr auto kMin = std::numeric_limits<std::int64_t>::min();
  CHECK(parsed("9223372036854775807").as_integer() == kMax);
  CHECK(parsed("-9223372036854775808").as_integer() == kMin);
  CHECK(Json(kMin).dump() == "-9223372036854775808");
  CHECK(Json(std::uint64_t{9'223'372'036'854'775'807U}).as_integer() == kMax);
  CHECK(parsed("9223372036854775808").type() == Json::Type::kDouble);
  CHECK(parsed("9223372036854775808").as_double() == 9223372036854775808.0);
  CHECK(parsed("9223372036854775808").as_integer(-1) == -1);
  CHECK(Json(std::numeric_limits<std::uint64_t>::max()).type() == Json::Type::kDouble);
  CHECK(parsed("18446744073709551615").as_double() == 18446744073709551615.0);
  CHECK(parsed("18446744073709551616").type() == Json::Type::kDouble);
}

TEST_CASE("json: a number that is none becomes null", "[json]") {
  CHECK(Json(std::nan("")).is_null());
  CHECK(Json(std::numeric_limits<double>::infinity()).is_null());
  CHECK(Json(-std::numeric_limits<double>::infinity()).is_null());
  CHECK(Json(std::nan("")).dump() == "null");
  CHECK(Json::array({std::nan("")}).dump() == "[null]");
  CHECK(Json(5e-324).as_double() == 5e-324);
}

TEST_CASE("json: equal as values", "[json]") {
  CHECK(parsed(R"({"a":1,"b":[2,3]})") == parsed(" { \"b\" : [ 2.0 , 3 ] , \"a\" : 1e0 } "));
  CHECK(Json(1) == Json(1.0));
  CHECK(Json() == parsed("null"));
  CHECK(parsed(R"("\u00e9")") == Json("é"));
  CHECK_FALSE(Json(1) == Json(true));
  CHECK_FALSE(Json(1) == Json("1"));
  CHECK_FALSE(Json(0) == Json());
  CHECK_FALSE(parsed("[1,2]") == parsed("[2,1]"));
  CHECK_FALSE(parsed("[1]") == parsed("[1,1]"));
  CHECK_FALSE(parsed(R"({"a":1})") == parsed(R"({"a":1,"b":1})"));
  CHECK_FALSE(parsed(R"({"a":1})") == parsed(R"({"b":1})"));
  CHECK_FALSE(parsed("{}") == parsed("[]"));
  CHECK(parsed("-0.0") == Json(0));
}

TEST_CASE("json: numbers beyond 64 bits signed are not equal to negative ones", "[json]") {
  CHECK_FALSE(parsed("18446744073709551615") == Json(-1));
  CHECK_FALSE(Json(-1) == parsed("18446744073709551615"));
  CHECK_FALSE(parsed("9223372036854775808") == parsed("-9223372036854775808"));
  CHECK(parsed("18446744073709551615") == parsed("18446744073709551615"));
}

TEST_CASE("json: members and items", "[json]") {
  const Json json = parsed(R"({"b": [10, {"x": "y"}], "a": null})");
  REQUIRE(json.size() == 2);
  const auto members = json.members();
  CHECK(members[0].first == "b");
  CHECK(members[1].first == "a");
  CHECK(members[1].second.is_null());
  CHECK(json.contains("a"));
  CHECK_FALSE(json.contains("c"));
  CHECK(json["c"].is_null());
  CHECK(json["b"].at(1)["x"].as_string() == "y");
  CHECK(json["b"].at(2).is_null());
  CHECK(json["b"].items().size() == 2);
  CHECK(json["b"].members().empty());
  CHECK(json.items().empty());
  CHECK(json.at(0).is_null());
  CHECK(Json(3)["a"].is_null());
  CHECK(Json(3).size() == 0);
  CHECK(Json("abc").size() == 0);
  CHECK_FALSE(Json().contains("a"));
  CHECK(Json().members().empty());
  CHECK(parsed(R"({"a":1,"a":2})")["a"] == Json(2));  // the last wins
  CHECK(parsed(R"({"a":1,"a":2})").size() == 1);
}

TEST_CASE("json: a part outlives the whole", "[json]") {
  Json part;
  {
    const Json whole = parsed(R"({"deep": {"list": ["kept"]}})");
    part = whole["deep"]["list"].at(0);
  }
  CHECK(part.as_string() == "kept");
  CHECK(part.dump() == "\"kept\"");
}

TEST_CASE("json: strings are mapped, and an unchanged value stays verbatim", "[json]") {
  const std::string text = R"({ "k" : ["a", {"k": "b"}], "n": 1.50 })";
  const auto nothing = [](std::string&) {};
  CHECK(core::map_strings(parsed(text), nothing).dump() == text);
  const auto shout = [](std::string& s) { s += "!"; };
  CHECK(core::map_strings(parsed(text), shout) == parsed(R"({"k":["a!",{"k":"b!"}],"n":1.5})"));
  CHECK(core::map_strings(Json("x"), shout) == Json("x!"));
  CHECK(core::map_strings(Json(), shout).is_null());
}

TEST_CASE("json: copies are read by many threads", "[json]") {
  const Json shared = parsed(R"({"list": [1, 2, {"name": "Ada"}], "n": 12345678901})");
  std::vector<int> good(4, 0);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < good.size(); ++t) {
    threads.emplace_back([&good, t, copy = shared] {
      for (int i = 0; i < 2000; ++i) {
        const Json again = copy;
        if (again["list"].at(2)["name"].as_string() == "Ada" && again == copy && again.members().size() == 2) ++good[t];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(good == std::vector<int>(4, 2000));
}
