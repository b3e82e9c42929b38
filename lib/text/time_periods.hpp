// SPDX-License-Identifier: Apache-2.0
// The calendar behind time expressions: periods of whole civil days, and what they are relative to.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "text/time_words.hpp"

namespace mnemic::text {

/// Civil days since 1970-01-01, half-open.
struct DaySpan {
  int first = 0;
  int end = 0;
};

/// Microseconds of UTC, half-open.
struct TimeWindow {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// Hours of a day, half-open; above 24 they are of the next.
struct HourSpan {
  int first = 0;
  int end = 24;
};

/// What a time expression names: one span of days, or one in every year or week.
struct TimePeriod {
  enum class Repeat : std::uint8_t { kNone, kMonths, kDate, kWeekday };
  Repeat repeat = Repeat::kNone;
  DaySpan days;              ///< kNone
  int month = 1;             ///< kMonths, kDate
  int day = 1;               ///< kDate: of the month; kWeekday: 0 for Monday
  int length = 1;            ///< kMonths: months; kDate, kWeekday: days
  std::optional<int> third;  ///< of the months that the period has
  std::optional<HourSpan> hours;
  std::optional<TimeWindow> exact;  ///< instead of days
};

bool is_date(int year, int month, int day);
DaySpan year_span(int year);
DaySpan month_span(int year, int month);
DaySpan day_span(int year, int month, int day);

/// "Now", and the calendar as seen from it.
class TimeReference {
 public:
  TimeReference(std::int64_t reference, std::string_view zone);

  [[nodiscard]] int today() const noexcept { return today_; }
  /// The unit of the calendar that is `offset` units from the one that is now. No hours or minutes.
  [[nodiscard]] DaySpan unit(TimeUnit unit, int offset) const;
  /// `count` units up to the reference, itself included, or with a negative count from it.
  [[nodiscard]] TimeWindow length(TimeUnit unit, int count) const;
  /// From `most` to `least` units ago: of the calendar, or of hours and minutes around that moment. Negative: from now.
  [[nodiscard]] TimePeriod ago(TimeUnit unit, int least, int most) const;

  /// The period itself, or of one that repeats: the last that has begun by `day`; that is over by `day`; the first that
  /// begins at `day` or later.
  [[nodiscard]] std::optional<DaySpan> begun_by(const TimePeriod& period, int day) const;
  [[nodiscard]] std::optional<DaySpan> over_by(const TimePeriod& period, int day) const;
  [[nodiscard]] std::optional<DaySpan> from(const TimePeriod& period, int day) const;
  /// The one of this year or week.
  [[nodiscard]] std::optional<DaySpan> current(const TimePeriod& period) const;

  /// In UTC. Unset: empty, outside the years 1 to 9999, or the third of what has none.
  [[nodiscard]] std::optional<TimeWindow> window(const TimePeriod& period) const;

 private:
  std::int64_t reference_;
  std::string_view zone_;
  std::int64_t civil_;
  int today_;
};

}  // namespace mnemic::text
