// SPDX-License-Identifier: Apache-2.0
// Times in and out of text, and local times.
#include "core/time.hpp"

#include <cstdlib>
#include <string>

#include "support/catch.hpp"
#include "support/random.hpp"

using namespace mnemic;
using std::chrono::microseconds;

namespace {

Timestamp at(std::int64_t micros) { return Timestamp(microseconds(micros)); }
constexpr std::int64_t kSecond = 1'000'000;

}  // namespace

TEST_CASE("time: printed", "[types]") {
  struct Case {
    std::int64_t micros;
    std::string text;
  };
  const auto [micros, text] = GENERATE(values<Case>({
      {0, "1970-01-01T00:00:00Z"},
      {1, "1970-01-01T00:00:00.000001Z"},
      {-1, "1969-12-31T23:59:59.999999Z"},
      {500'000, "1970-01-01T00:00:00.500000Z"},
      {1'778'248'560 * kSecond, "2026-05-08T13:56:00Z"},
      {951'782'400 * kSecond, "2000-02-29T00:00:00Z"},
      {-62'167'219'200 * kSecond, "0000-01-01T00:00:00Z"},
      {253'402'300'799 * kSecond + 999'999, "9999-12-31T23:59:59.999999Z"},
  }));
  CHECK(to_string(at(micros)) == text);
  CHECK(parse_time(text).value() == at(micros));
}

TEST_CASE("time: spellings of one moment", "[types]") {
  const std::string text =
      GENERATE("2026-05-08T13:56:00Z", "2026-05-08t13:56:00z", "2026-05-08 13:56:00Z", "2026-05-08T13:56:00+00:00",
               "2026-05-08T13:56:00-00:00", "2026-05-08T14:56:00+01:00", "2026-05-08T08:26:00-05:30",
               "2026-05-09T03:56:00+14:00", "2026-05-08T13:56:00.0Z", "2026-05-08T13:56:00.0000000000000000000000001Z",
               "2026-05-07T13:57:00-23:59", "2026-05-08T13:55:60Z");
  CAPTURE(text);
  CHECK(to_string(parse_time(text).value()) == "2026-05-08T13:56:00Z");
}

TEST_CASE("time: fractions", "[types]") {
  CHECK(parse_time("1970-01-01T00:00:00.1Z").value() == at(100'000));
  CHECK(parse_time("1970-01-01T00:00:00.123456Z").value() == at(123'456));
  CHECK(parse_time("1970-01-01T00:00:00.1234569Z").value() == at(123'456));  // cut, not rounded into the next second
  CHECK(parse_time("1969-12-31T23:59:59.999999999Z").value() == at(-1));
  CHECK(parse_time("1970-01-01T01:00:00.5+01:00").value() == at(500'000));
}

TEST_CASE("time: a plain date is its midnight in UTC", "[types]") {
  CHECK(to_string(parse_time("2024-02-29").value()) == "2024-02-29T00:00:00Z");
  CHECK(parse_time("1970-01-02").value() == at(86'400 * kSecond));
}

TEST_CASE("time: what is none is refused", "[types]") {
  const std::string text = GENERATE(
      "", " ", "now", "2026", "2026-05", "2026-5-8", "26-05-08", "2026-13-01", "2026-00-01", "2026-01-00", "2026-01-32",
      "2026-02-29", "2026-04-31", "2100-02-29", "10000-01-01", "-001-01-01", "2026/05/08", "2026-05-08T", "2026-05-08Z",
      "2026-05-08T13", "2026-05-08T13:", "2026-05-08T1:56:00Z", "2026-05-08T24:00:00Z", "2026-05-08T13:60:00Z",
      "2026-05-08T13:56:61Z", "2026-05-08T13:56:00.Z", "2026-05-08T13:56:00,5Z", "2026-05-08T13:56:00Zx",
      "2026-05-08T13:56:00 Z", "2026-05-08T13:56:00+1:00", "2026-05-08T13:56:00+0100", "2026-05-08T13:56:00+01",
      "2026-05-08T13:56:00+24:00", "2026-05-08T13:56:00+01:60", "2026-05-08T13:56:00+01:00Z", " 2026-05-08",
      "2026-05-08 ", "2026-05-08T13:56:00ZZ", "2026-05-08_13:56:00Z", "２０２６-05-08", "2026-05-08T13:56.5Z");
  CAPTURE(text);
  REQUIRE_CODE(parse_time(text), StatusCode::kInvalidArgument);
}

TEST_CASE("time: an offset cannot lead out of the years 0000 to 9999", "[types]") {
  CHECK(parse_time("0000-01-01T00:00:00Z").ok());
  CHECK(parse_time("0000-01-01T01:00:00+01:00").ok());
  CHECK(parse_time("9999-12-31T23:00:00+01:00").ok());
  REQUIRE_CODE(parse_time("0000-01-01T00:59:59+01:00"), StatusCode::kInvalidArgument);
  REQUIRE_CODE(parse_time("9999-12-31T23:00:00-01:00"), StatusCode::kInvalidArgument);
  REQUIRE_CODE(parse_time("9999-12-31T23:59:60Z"), StatusCode::kInvalidArgument);
}

TEST_CASE("time: what was printed is read back", "[types]") {
  test::Random random(3);
  for (int i = 0; i < 5000; ++i) {
    const Timestamp time = at(random.between(-62'167'219'200 * kSecond, 253'402'300'799 * kSecond));
    const auto back = parse_time(to_string(time));
    if (!back || *back != time) FAIL(to_string(time));
  }
}

TEST_CASE("time: local time over the change of the clocks in Lisbon", "[types]") {
  const auto local = [](const char* utc) { return to_local_string(parse_time(utc).value(), "Europe/Lisbon"); };
  CHECK(local("2026-03-29T00:59:59Z") == "2026-03-29 00:59 WET");
  CHECK(local("2026-03-29T01:00:00Z") == "2026-03-29 02:00 WEST");
  CHECK(local("2026-10-25T00:59:00Z") == "2026-10-25 01:59 WEST");
  CHECK(local("2026-10-25T01:00:00Z") == "2026-10-25 01:00 WET");
  CHECK(local("2026-05-08T13:56:59.999999Z") == "2026-05-08 14:56 WEST");
}

TEST_CASE("time: zones are named by the caller, never by TZ", "[types]") {
  const Timestamp time = parse_time("2026-01-01T12:00:00Z").value();
  ::setenv("TZ", "Asia/Tokyo", 1);
  CHECK(to_local_string(time, "UTC") == "2026-01-01 12:00 UTC");
  CHECK(to_local_string(time, "America/New_York") == "2026-01-01 07:00 EST");
  ::unsetenv("TZ");
  CHECK(to_local_string(time, "Mars/Olympus") == "2026-01-01T12:00:00Z");
  CHECK(to_local_string(parse_time("1969-12-31T23:59:59.5Z").value(), "UTC") == "1969-12-31 23:59 UTC");
}

TEST_CASE("time: known zones", "[types]") {
  for (const char* zone : {"UTC", "Europe/Lisbon", "America/Argentina/Buenos_Aires", "Asia/Kolkata"}) {
    CHECK(core::is_time_zone(zone));
  }
  for (const char* zone : {"", "Europe/Nowhere", "europe/lisbon", "../../etc/passwd", "/etc/localtime", "UTC+1 "}) {
    CAPTURE(zone);
    CHECK_FALSE(core::is_time_zone(zone));
  }
}

TEST_CASE("time: civil times are read in their zone", "[time]") {
  const auto utc = [](const char* text, const char* zone) { return to_string(parse_local_time(text, zone).value()); };
  CHECK(utc("2026-07-01", "Europe/Lisbon") == "2026-06-30T23:00:00Z");
  CHECK(utc("2026-07-01 12:30", "Europe/Lisbon") == "2026-07-01T11:30:00Z");
  CHECK(utc("2026-01-01T12:30:15.5", "Asia/Tokyo") == "2026-01-01T03:30:15.500000Z");
  CHECK(utc("2026-07-01T12:30:00Z", "Europe/Lisbon") == "2026-07-01T12:30:00Z");
  CHECK(utc("2026-07-01T12:30:00+05:00", "Europe/Lisbon") == "2026-07-01T07:30:00Z");
  CHECK(utc("2026-03-29 02:30", "Europe/Berlin") == "2026-03-29T01:00:00Z");  // skipped: the moment of the change
  CHECK(utc("2026-10-25 02:30", "Europe/Berlin") == "2026-10-25T00:30:00Z");  // repeated: the first of the two
  CHECK(utc("open", "UTC") == "open");
  REQUIRE_CODE(parse_local_time("2026-07-01", "Mars/Olympus"), StatusCode::kInvalidArgument);
  REQUIRE_CODE(parse_local_time("yesterday", "UTC"), StatusCode::kInvalidArgument);
  REQUIRE_CODE(parse_local_time("2026-07-01 12:30 WEST", "UTC"), StatusCode::kInvalidArgument);
  CHECK(parse_local_time("0000-01-01", "Asia/Tokyo").ok() == false);  // a year before the first in UTC
}

TEST_CASE("time: an open end is later than every time, and named", "[time]") {
  CHECK(to_string(kOpenEnd) == "open");
  CHECK(to_local_string(kOpenEnd, "Europe/Lisbon") == "open");
  CHECK(parse_time("open").value() == kOpenEnd);
  CHECK(parse_time("9999-12-31T23:59:59Z").value() < kOpenEnd);
  REQUIRE_CODE(parse_time("Open"), StatusCode::kInvalidArgument);
}
