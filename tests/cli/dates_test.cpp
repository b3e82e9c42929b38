// SPDX-License-Identifier: Apache-2.0
// The free forms of dates that an import understands.
#include "cli/dates.hpp"

#include "support/catch.hpp"

#include <string>

namespace {

std::string read(const char* text) {
  const auto time = mnemic::cli::parse_free_date(text);
  return time ? mnemic::to_string(*time) : "none";
}

}  // namespace

TEST_CASE("free dates of the labelled sets", "[dates]") {
  CHECK(read("1:56 pm on 8 May, 2023") == "2023-05-08T13:56:00Z");
  CHECK(read("12:09 am on 13 September, 2023") == "2023-09-13T00:09:00Z");
  CHECK(read("12:30 PM on 1 Jan, 2024") == "2024-01-01T12:30:00Z");
  CHECK(read("29.12.2023, 22:42:04") == "2023-12-29T22:42:04Z");
  CHECK(read("March-15-2024") == "2024-03-15T00:00:00Z");
  CHECK(read("2024年04月01日 周一 08:30") == "2024-04-01T08:30:00Z");
}

TEST_CASE("other unambiguous dates", "[dates]") {
  CHECK(read("2026-05-08T13:56:00+01:00") == "2026-05-08T12:56:00Z");
  CHECK(read("2026-05-08") == "2026-05-08T00:00:00Z");
  CHECK(read("2026-05-08 13:56") == "2026-05-08T13:56:00Z");
  CHECK(read("2026/5/8") == "2026-05-08T00:00:00Z");
  CHECK(read("8 May 2023") == "2023-05-08T00:00:00Z");
  CHECK(read("May 8, 2023") == "2023-05-08T00:00:00Z");
  CHECK(read("08.05.2023") == "2023-05-08T00:00:00Z");
  CHECK(read("2024年4月1日") == "2024-04-01T00:00:00Z");
  CHECK(read("2024年4月1日 星期一") == "2024-04-01T00:00:00Z");
  CHECK(read("  8 May 2023 ") == "2023-05-08T00:00:00Z");
}

TEST_CASE("what is no date, or could be two, is none", "[dates]") {
  for (const char* text : {"", " ", "yesterday", "05/08/2023", "8 May", "31.02.2024", "13:56", "May 8, 2023 or so",
                           "8 May 23", "0", "29.12.2023, 25:00:00", "周", "13:56 pm on 8 May, 2023"}) {
    INFO(text);
    CHECK(read(text) == "none");
  }
  CHECK(read(std::string(10'000, '1').c_str()) == "none");
}

TEST_CASE("a date in a zone", "[dates]") {
  const auto local = [](std::string_view text) {
    const auto time = mnemic::cli::parse_local_date(text, "America/New_York");
    return time ? mnemic::to_string(*time) : "none";
  };
  CHECK(local("2023-05-08") == "2023-05-08T04:00:00Z");
  CHECK(local("8 May 2023") == "2023-05-08T04:00:00Z");
  CHECK(local("1:56 pm on 8 May, 2023") == "2023-05-08T17:56:00Z");
  CHECK(local("2023-05-08T13:56:00Z") == "2023-05-08T13:56:00Z");
  CHECK(local("2023-12-08 13:56") == "2023-12-08T18:56:00Z");
  CHECK(local("open") == "open");
  CHECK(local("05/08/2023") == "none");
  CHECK_FALSE(mnemic::cli::parse_local_date("2023-05-08", "Mars/Olympus"));
}
