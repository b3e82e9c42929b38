// SPDX-License-Identifier: Apache-2.0
// A store with something in it, and the question every bad-input test ends with: did anything change?
#pragma once

#include "support/catch.hpp"
#include "support/clock.hpp"
#include "support/ledger.hpp"
#include "support/temp_dir.hpp"

#include <mnemic/mnemic.hpp>

#include <memory>
#include <string>
#include <utility>

namespace mnemic::test {

struct Fixture {
  explicit Fixture(Options options = {}) : Fixture(":memory:", std::move(options)) {}
  Fixture(const std::filesystem::path& path, Options options)
      : store(Store::open(path, options).value()), scope(store.scope({"acme", "ada"}, {.user = "ada"}).value()) {
    MemoryInput input;
    input.key = "seat";
    input.text = "Prefers a window seat on the train.";
    input.tags = {"travel"};
    input.metadata = Json::object({{"n", 3}});
    id = scope.put(input).value();
    turn = scope.session("s1").append(Turn{.author = "user", .text = "Where shall we sit?", .key = "m1"}).value();
    seq = store.stats().value().seq;
  }

  /// Nothing was written since the fixture was made, and the store still answers.
  void require_unchanged() const {
    const auto stats = store.stats();
    REQUIRE_OK(stats);
    REQUIRE(stats->seq == seq);
    REQUIRE(stats->memories == 2);
    const auto got = scope.get(id);
    REQUIRE_OK(got);
    REQUIRE(got->version == 1);
    REQUIRE(got->text == "Prefers a window seat on the train.");
    REQUIRE(scope.session("s1").size().value() == 1);
  }

  Store store;
  Scope scope;
  MemoryId id;
  MemoryId turn;
  Seq seq = 0;
};

/// Not UTF-8, each in its own way.
inline const std::vector<std::string>& broken_utf8() {
  static const std::vector<std::string> all{
      "\xff",             // never a byte of UTF-8
      "abc\x80",          // a continuation without a start
      "caf\xc3",          // cut off
      "\xc0\xaf",         // overlong "/"
      "\xed\xa0\x80",     // a surrogate
      "\xf4\x90\x80\x80",  // beyond U+10FFFF
      "\xe2\x82",         // two of three
  };
  return all;
}

inline bool mentions(const Status& status, const std::string& word) { return status.message().find(word) != std::string::npos; }

}  // namespace mnemic::test

/// The call answers `code`, its message names `word`, and nothing changed.
#define REQUIRE_REFUSED(fixture, expr, code_, word)                      \
  do {                                                                   \
    const auto refused_result = (expr);                                  \
    REQUIRE_CODE(refused_result, code_);                                 \
    const ::mnemic::Status& refused = ::mnemic::test::status_part(refused_result); \
    INFO(#expr << ": " << refused.to_string());                          \
    REQUIRE(::mnemic::test::mentions(refused, word));                    \
    (fixture).require_unchanged();                                       \
  } while (false)

namespace mnemic::test {
inline const Status& status_part(const Status& status) { return status; }
template <typename T>
const Status& status_part(const Result<T>& result) {
  return result.status();
}
}  // namespace mnemic::test
