// SPDX-License-Identifier: Apache-2.0
#include "text/time_periods.hpp"

#include <date/date.h>

#include <algorithm>

#include "core/time.hpp"
#include "text/time_expression.hpp"

namespace mnemic::text {
namespace {

constexpr std::int64_t kMinute = 60'000'000;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;
constexpr int kTries = 9;  // years from one 29 February to the next at most, and one

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

/// Months since January of the year 0.
int month_number(int year, int month) {
  return year * 12 + month - 1;
}

int first_of_month(int number) {
  const auto year = static_cast<int>(floor_div(number, 12));
  const auto month = static_cast<unsigned>(number - year * 12 + 1);
  return date::sys_days(date::year(year) / date::month(month) / 1).time_since_epoch().count();
}

DaySpan months(int first, int count) {
  return {first_of_month(first), first_of_month(first + count)};
}

date::year_month_day civil_date(int day) {
  return date::year_month_day(date::sys_days(date::days(day)));
}

int year_of(int day) {
  return static_cast<int>(civil_date(day).year());
}

int month_number_of(int day) {
  return month_number(year_of(day), static_cast<int>(static_cast<unsigned>(civil_date(day).month())));
}

/// Weeks from Monday (ISO 8601) since the one of 1970-01-01, a Thursday.
int week_of(int day) {
  return static_cast<int>(floor_div(day + 3, 7));
}

int monday_of(int week) {
  return week * 7 - 3;
}

/// The number of the year or week in which a period of `day` repeats.
int turn_of(const TimePeriod& period, int day) {
  return period.repeat == TimePeriod::Repeat::kWeekday ? week_of(day) : year_of(day);
}

std::optional<DaySpan> occurrence(const TimePeriod& period, int turn) {
  switch (period.repeat) {
    case TimePeriod::Repeat::kNone:
      return period.days;
    case TimePeriod::Repeat::kMonths:
      return months(month_number(turn, period.month), period.length);
    case TimePeriod::Repeat::kDate: {
      if (!is_date(turn, period.month, period.day)) return std::nullopt;
      const int first = day_span(turn, period.month, period.day).first;
      return DaySpan{first, first + period.length};
    }
    case TimePeriod::Repeat::kWeekday:
      break;
  }
  const int first = monday_of(turn) + period.day;
  return DaySpan{first, first + period.length};
}

template <typename Accept>
std::optional<DaySpan> search(const TimePeriod& period, int turn, int step, Accept accept) {
  for (int tries = 0; tries < kTries; ++tries, turn += step) {
    const auto days = occurrence(period, turn);
    if (days && accept(*days)) return days;
  }
  return std::nullopt;
}

/// A third of a month is ten days and the rest; of several months, a third of them.
std::optional<DaySpan> third_of(DaySpan days, int third) {
  const int first = month_number_of(days.first);
  const int count = month_number_of(days.end) - first;
  if (count == 1) return DaySpan{days.first + third * 10, third == 2 ? days.end : days.first + third * 10 + 10};
  if (count == 0 || count % 3 != 0) return std::nullopt;
  return months(first + third * (count / 3), count / 3);
}

}  // namespace

bool is_date(int year, int month, int day) {
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  return date::year_month_day(date::year(year), date::month(static_cast<unsigned>(month)),
                              date::day(static_cast<unsigned>(day)))
      .ok();
}

DaySpan year_span(int year) {
  return months(month_number(year, 1), 12);
}

DaySpan month_span(int year, int month) {
  return months(month_number(year, month), 1);
}

DaySpan day_span(int year, int month, int day) {
  const int first = first_of_month(month_number(year, month)) + day - 1;
  return {first, first + 1};
}

TimeReference::TimeReference(std::int64_t reference, std::string_view zone)
    : reference_(reference),
      zone_(zone),
      civil_(core::to_civil(reference, zone)),
      today_(static_cast<int>(floor_div(civil_, kDay))) {}

DaySpan TimeReference::unit(TimeUnit unit, int offset) const {
  const int month = month_number_of(today_);
  const int monday = monday_of(week_of(today_) + offset);
  switch (unit) {
    case TimeUnit::kMinute:
    case TimeUnit::kHour:
    case TimeUnit::kDay:
      break;
    case TimeUnit::kWeek:
      return {monday, monday + 7};
    case TimeUnit::kWeekend:
      return {monday + 5, monday + 7};
    case TimeUnit::kMonth:
      return months(month + offset, 1);
    case TimeUnit::kQuarter:
      return months((month / 3 + offset) * 3, 3);
    case TimeUnit::kYear:
      return months((month / 12 + offset) * 12, 12);
  }
  return {today_ + offset, today_ + offset + 1};
}

TimeWindow TimeReference::length(TimeUnit unit, int count) const {
  std::int64_t other = reference_;
  if (unit == TimeUnit::kMinute || unit == TimeUnit::kHour) {
    other -= count * (unit == TimeUnit::kHour ? kHour : kMinute);
  } else {
    int day = today_;
    if (unit == TimeUnit::kDay || unit == TimeUnit::kWeek || unit == TimeUnit::kWeekend) {
      day -= count * (unit == TimeUnit::kDay ? 1 : 7);
    } else {
      const int each = unit == TimeUnit::kYear ? 12 : unit == TimeUnit::kQuarter ? 3 : 1;
      const DaySpan month = months(month_number_of(today_) - count * each, 1);
      const int of_month = today_ - first_of_month(month_number_of(today_));
      day = std::min(month.first + of_month, month.end - 1);  // a month before 31 May ends on 30 April
    }
    other = core::from_civil(civil_ + (day - today_) * kDay, zone_);
  }
  return count > 0 ? TimeWindow{other, reference_ + 1} : TimeWindow{reference_, other};
}

TimePeriod TimeReference::ago(TimeUnit unit, int least, int most) const {
  TimePeriod period;
  if (unit == TimeUnit::kMinute || unit == TimeUnit::kHour) {
    const std::int64_t each = unit == TimeUnit::kHour ? kHour : kMinute;
    const std::int64_t around = unit == TimeUnit::kHour ? 30 * kMinute : 5 * kMinute;
    period.exact = TimeWindow{reference_ - std::max(least, most) * each - around,
                              reference_ - std::min(least, most) * each + around};
  } else {
    period.days = {this->unit(unit, -std::max(least, most)).first, this->unit(unit, -std::min(least, most)).end};
  }
  return period;
}

std::optional<DaySpan> TimeReference::begun_by(const TimePeriod& period, int day) const {
  if (period.repeat == TimePeriod::Repeat::kNone) return period.days;
  return search(period, turn_of(period, day), -1, [day](DaySpan days) { return days.first <= day; });
}

std::optional<DaySpan> TimeReference::over_by(const TimePeriod& period, int day) const {
  if (period.repeat == TimePeriod::Repeat::kNone) return period.days;
  return search(period, turn_of(period, day), -1, [day](DaySpan days) { return days.end <= day; });
}

std::optional<DaySpan> TimeReference::from(const TimePeriod& period, int day) const {
  if (period.repeat == TimePeriod::Repeat::kNone) return period.days;
  return search(period, turn_of(period, day), 1, [day](DaySpan days) { return days.first >= day; });
}

std::optional<DaySpan> TimeReference::current(const TimePeriod& period) const {
  const auto begun = begun_by(period, today_);
  if (begun && today_ < begun->end) return begun;  // in January the winter that began last year
  return occurrence(period, turn_of(period, today_));
}

std::optional<TimeWindow> TimeReference::window(const TimePeriod& period) const {
  TimeWindow window;
  if (period.exact) {
    window = *period.exact;
  } else {
    auto days = begun_by(period, today_);
    if (days && period.third) days = third_of(*days, *period.third);
    if (!days) return std::nullopt;
    std::int64_t begin = days->first * kDay;
    std::int64_t end = days->end * kDay;
    if (period.hours) {
      if (days->end - days->first != 1) return std::nullopt;
      end = begin + period.hours->end * kHour;
      begin += period.hours->first * kHour;
    }
    if (begin < kFirstMoment || end > kLastMoment) return std::nullopt;
    window = {core::from_civil(begin, zone_), core::from_civil(end, zone_)};
    if (window.begin == window.end) window.end += kHour;  // an hour that the clocks skip
  }
  if (window.begin >= window.end || window.begin < kFirstMoment || window.end > kLastMoment) return std::nullopt;
  return window;
}

}  // namespace mnemic::text
