// SPDX-License-Identifier: Apache-2.0
// Catch2, version 3 or 2, and the two assertions on a Status or a Result.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <mnemic/status.hpp>

namespace mnemic::test {

inline Status status_of(const Status& status) {
  return status;
}

template <typename T>
Status status_of(const Result<T>& result) {
  return result.status();
}

}  // namespace mnemic::test

/// The Status or Result is ok; shows its message when not. Evaluates the expression once.
#define REQUIRE_OK(...)                                                                \
  do {                                                                                 \
    const ::mnemic::Status require_ok_status = ::mnemic::test::status_of(__VA_ARGS__); \
    INFO(require_ok_status.to_string());                                               \
    REQUIRE(require_ok_status.ok());                                                   \
  } while (false)

/// The Status or Result failed with this StatusCode. There is no "not ok" check: say which code.
#define REQUIRE_CODE(expression, expected_code)                                                     \
  do {                                                                                              \
    const ::mnemic::Status require_code_status = ::mnemic::test::status_of(expression);             \
    INFO(require_code_status.to_string());                                                          \
    REQUIRE(::mnemic::to_string(require_code_status.code()) == ::mnemic::to_string(expected_code)); \
  } while (false)
