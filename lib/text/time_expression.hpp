// SPDX-License-Identifier: Apache-2.0
// Time expressions in a query: "last week", "in May 2023", "yesterday evening". English; docs/time-expressions.md lists
// the forms and what each one means.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mnemic::text {

/// What the open side of "before May" or "after tomorrow" reaches to: the years 1 to 9999 of UTC, half-open.
inline constexpr std::int64_t kFirstMoment = -62'135'596'800'000'000;
inline constexpr std::int64_t kLastMoment = 253'402'300'800'000'000;

/// The time that some words of a query speak of: microseconds of UTC, half-open, begin < end.
struct TimeExpression {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::string words;  ///< as they stand in the query, prepositions included
};

/// The time expression of a text, read at `reference` (microseconds of UTC) on the calendar of an IANA zone; of UTC
/// when the zone is not known. Of several the one with the shortest window, and of equals the first.
///
///   days       today, tonight, yesterday morning, the day before yesterday, on Monday, last Friday at 5pm, May 5th,
///   2023 calendar   this | last | next week, weekend, month, quarter, year; weeks begin on Monday lengths    the past
///   week, in the last 3 months, last 24 hours, next two weeks: up to, or from, the reference ago        3 hours ago,
///   two weeks ago, a few days ago, a week from now months     in May, May 2023, last May, May last year, late May, Q3
///   2022, summer 2022 (of the northern half) years      in 2023, the end of 2022; without a preposition a number is
///   none ranges     from May to July 2023, between 2020 and 2022, May 5-7, from Monday to Wednesday open       since
///   yesterday, after 2022: to the reference; before May, until Friday: from kFirstMoment numbers    2023-05-07,
///   2023/05/07, 2023-05, 7.5.2023, 25/12/2023; not 05/07/2023, which could be two days
///
/// What has no year (week) is the most recent one that has begun: "in May", "on May 5", "on Monday", "in summer".
/// A day is a civil day: it has 23 or 25 hours when clocks change. Any bytes will do. Linear; without an expression
/// nothing is allocated.
std::optional<TimeExpression> find_time_expression(std::string_view text, std::int64_t reference,
                                                   std::string_view zone);

}  // namespace mnemic::text
