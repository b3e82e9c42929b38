// SPDX-License-Identifier: Apache-2.0
// Status, Result, Error, and how failures become a Status.
#include <mnemic/status.hpp>

#include "core/error.hpp"

#include <map>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"

using namespace mnemic;

// `for (auto& x : f().value())` must not read freed memory: the rvalue form gives a value, not a reference.
static_assert(std::is_same_v<decltype(std::declval<Result<std::string>>().value()), std::string>);
static_assert(std::is_same_v<decltype(*std::declval<Result<std::string>>()), std::string>);
static_assert(std::is_same_v<decltype(std::declval<Result<std::string>&>().value()), std::string&>);
static_assert(std::is_same_v<decltype(std::declval<const Result<std::string>&>().value()), const std::string&>);
static_assert(!std::is_convertible_v<Status, bool> && !std::is_convertible_v<Result<int>, bool>);
static_assert(std::is_base_of_v<std::runtime_error, Error> && std::is_nothrow_copy_constructible_v<Error>);

TEST_CASE("status: the default is ok", "[status]") {
  const Status status;
  CHECK(status.ok());
  CHECK(static_cast<bool>(status));
  CHECK(status.code() == StatusCode::kOk);
  CHECK(status.message().empty());
  CHECK(status.extended_code() == 0);
}

TEST_CASE("status: a failure says what, and prints it", "[status]") {
  const Status status(StatusCode::kBusy, "put: locked", 517);
  CHECK_FALSE(status.ok());
  CHECK(status.code() == StatusCode::kBusy);
  CHECK(status.extended_code() == 517);
  CHECK(status.to_string() == "kBusy: put: locked");
}

TEST_CASE("status: numbers and names never change", "[status]") {
  const std::map<int, std::string> codes = {{0, "kOk"},
                                            {1, "kInvalidArgument"},
                                            {2, "kNotFound"},
                                            {3, "kPermissionDenied"},
                                            {4, "kAlreadyExists"},
                                            {5, "kFailedPrecondition"},
                                            {6, "kBusy"},
                                            {7, "kAborted"},
                                            {8, "kCancelled"},
                                            {9, "kResourceExhausted"},
                                            {10, "kCorruption"},
                                            {11, "kIo"},
                                            {12, "kUnsupported"},
                                            {13, "kInternal"}};
  for (const auto& [number, name] : codes) CHECK(to_string(static_cast<StatusCode>(number)) == name);
  CHECK(to_string(static_cast<StatusCode>(99)) == "kInternal");
}

TEST_CASE("result: holds a value, or says why there is none", "[status]") {
  Result<std::string> good = std::string("tea");
  REQUIRE(good.ok());
  CHECK(good);
  CHECK(*good == "tea");
  CHECK(good->size() == 3);
  CHECK(good.value() == "tea");
  CHECK(good.status().ok());
  CHECK(good.value_or("coffee") == "tea");
  good.value() += "s";
  CHECK(*good == "teas");

  const Result<std::string> bad = Status(StatusCode::kNotFound, "no tea");
  CHECK_FALSE(bad.ok());
  CHECK_FALSE(bad);
  CHECK(bad.status().code() == StatusCode::kNotFound);
  CHECK(bad.value_or("coffee") == "coffee");
}

TEST_CASE("result: an ok status without a value is a bug of ours", "[status]") {
  const Result<int> odd = Status();
  CHECK_FALSE(odd.ok());
  CHECK(odd.status().code() == StatusCode::kInternal);
}

TEST_CASE("result: value() throws Error with the status", "[status]") {
  Result<int> bad = Status(StatusCode::kIo, "disk", 10);
  const Result<int>& constant = bad;
  CHECK_THROWS_AS(bad.value(), Error);
  CHECK_THROWS_AS(constant.value(), Error);
  CHECK_THROWS_AS(std::move(bad).value(), Error);
  try {
    (void)constant.value();
    FAIL("did not throw");
  } catch (const Error& error) {
    const Error copy = error;
    CHECK(copy.status().code() == StatusCode::kIo);
    CHECK(copy.status().extended_code() == 10);
    CHECK(std::string(copy.what()) == "kIo: disk");
  }
}

TEST_CASE("result: a temporary gives its value away", "[status]") {
  const auto make = [] { return Result<std::vector<int>>(std::vector<int>{1, 2, 3}); };
  int sum = 0;
  for (const int i : make().value()) sum += i;
  CHECK(sum == 6);

  Result<std::unique_ptr<int>> owner = std::make_unique<int>(7);  // works without copies
  CHECK(**owner == 7);
  const std::unique_ptr<int> taken = std::move(owner).value();
  CHECK(*taken == 7);
}

TEST_CASE("guarded: whatever is thrown comes out as a status naming the operation", "[status]") {
  const auto code_of = [](auto&& body) { return core::guarded("brew", body); };
  CHECK(code_of([] {}).ok());
  const Status own = code_of([] { core::fail(StatusCode::kBusy, "{} cups", 3); });
  CHECK(own.to_string() == "kBusy: brew: 3 cups");
  CHECK(code_of([] { throw core::StatusError(Status(StatusCode::kIo, "x", 522)); }).extended_code() == 522);
  CHECK(code_of([] { throw Error(Status(StatusCode::kAborted, "x")); }).code() == StatusCode::kAborted);
  CHECK(code_of([] { throw std::bad_alloc(); }).code() == StatusCode::kResourceExhausted);
  const Status other = code_of([] { throw std::logic_error("kettle"); });
  CHECK(other.to_string() == "kInternal: brew: kettle");
  CHECK(code_of([] { throw 7; }).code() == StatusCode::kInternal);

  const Result<int> value = core::guarded("brew", [] { return 7; });
  REQUIRE_OK(value);
  CHECK(*value == 7);
}
