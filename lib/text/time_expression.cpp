// SPDX-License-Identifier: Apache-2.0
#include "text/time_expression.hpp"

#include "text/ascii.hpp"
#include "text/time_periods.hpp"
#include "text/time_words.hpp"

namespace mnemic::text {
namespace {

using W = TimeWord;
using Repeat = TimePeriod::Repeat;

/// What a period needs before it to be one, and what a preposition gives.
enum class Need : std::uint8_t {
  kNothing,
  kOn,    // "Sat"
  kOver,  // over, for, around, at: "the weekend", "summer"
  kOf,    // "May", which may be a verb, and "April", a name
  kIn,    // in, during, from, since, …: "2023", which may be any number
};

struct Parsed {
  TimePeriod period;
  TimeToken last;
  Need need = Need::kNothing;
  bool doubtful = false;  ///< "may" or "march", in small letters
};

struct Amount {
  int least = 1;
  int most = 1;
  TimeToken last;
};

struct Found {
  TimeWindow window;
  std::size_t begin = 0;
  std::size_t end = 0;
};

HourSpan hours_of(PartOfDay part) {
  switch (part) {
    case PartOfDay::kMorning:
      return {5, 12};
    case PartOfDay::kAfternoon:
      return {12, 18};
    case PartOfDay::kEvening:
      return {18, 24};
    case PartOfDay::kNight:
      break;
  }
  return {18, 29};
}

HourSpan hours_of(const TimeToken& part) {
  return hours_of(static_cast<PartOfDay>(part.value));
}

TimeUnit unit_of(const TimeToken& token) {
  return static_cast<TimeUnit>(token.value);
}

bool is_modifier(W word) {
  return word == W::kModifier || word == W::kPrevious || word == W::kPast;
}

bool is_day(const TimePeriod& period) {
  if (period.exact || period.hours || period.third) return false;
  if (period.repeat == Repeat::kNone) return period.days.end - period.days.first == 1;
  return period.repeat != Repeat::kMonths && period.length == 1;
}

TimePeriod of_days(DaySpan days) {
  TimePeriod period;
  period.days = days;
  return period;
}

class Parser {
 public:
  Parser(std::string_view text, std::int64_t reference, std::string_view zone)
      : text_(text), reference_(reference), zone_(zone) {}

  std::optional<Found> best() {
    std::optional<Found> best;
    TimeToken token = time_token_at(text_, 0);
    while (token.word != W::kEnd) {
      if (token.word == W::kEvery)
        token = time_token_at(text_, token.end);  // "every Monday" is no one time
      else if (const auto found = match(token)) {
        if (!best || found->window.end - found->window.begin < best->window.end - best->window.begin) best = found;
        token.end = found->end;
      }
      token = time_token_at(text_, token.end);
    }
    return best;
  }

 private:
  // ---- Tokens

  /// The token after this one; kEnd when more than blanks, or a comma where one is allowed, stands between.
  TimeToken next(const TimeToken& token, bool comma = false) const {
    TimeToken after = time_token_at(text_, token.end);
    if (after.gap != TimeGap::kSpace && !(comma && after.gap == TimeGap::kComma)) after.word = W::kEnd;
    return after;
  }

  /// "2000 words" and "3 hours" are no dates.
  bool counts(const TimeToken& number) const {
    const W word = next(number).word;
    return word == W::kCounted || word == W::kUnit;
  }

  /// Whether it is half of "2021-2023".
  bool is_dashed(const TimeToken& number) const { return number.end < text_.size() && text_[number.end] == '-'; }

  const TimeReference& reference() {
    if (!calendar_) calendar_.emplace(reference_, zone_);
    return *calendar_;
  }

  // ---- Whole expressions

  std::optional<Found> match(const TimeToken& first) {
    switch (first.word) {
      case W::kOther:
      case W::kTo:
      case W::kAnd:
      case W::kAgo:
      case W::kNow:
      case W::kOnward:
      case W::kPronoun:
      case W::kCounted:
      case W::kMeridiem:
      case W::kNoon:
        return std::nullopt;
      case W::kSince:
      case W::kAfter:
      case W::kBefore:
      case W::kUntil:
        return open(first);
      case W::kFrom:
      case W::kBetween:
        return spoken(first, next(first), Need::kIn);
      case W::kIn:
        return spoken(first, next(first), Need::kIn);
      case W::kOf:
        return spoken(first, next(first), Need::kOf);
      case W::kOver:
      case W::kAt:
        return spoken(first, next(first), Need::kOver);
      case W::kOn:
        return spoken(first, next(first), Need::kOn);
      default:
        return spoken(first, first, Need::kNothing);
    }
  }

  std::optional<Found> spoken(const TimeToken& first, const TimeToken& token, Need given) {
    const auto parsed = period(token);
    if (!parsed) return std::nullopt;
    if (auto range = range_from(first, *parsed)) return range;
    if (first.word == W::kBetween || given < parsed->need || is_dashed_year(*parsed)) return std::nullopt;
    if (first.word == W::kFrom) {
      if (const TimeToken onward = next(parsed->last); onward.word == W::kOnward) {
        return open_from(parsed->period, first.begin, onward.end);
      }
    }
    const auto window = reference().window(parsed->period);
    if (!window) return std::nullopt;
    return Found{*window, first.begin, parsed->last.end};
  }

  bool is_dashed_year(const Parsed& parsed) const {
    return parsed.need == Need::kIn && parsed.last.word == W::kNumber && is_dashed(parsed.last) &&
           parsed.last.end + 1 < text_.size() && is_digit(text_[parsed.last.end + 1]);
  }

  std::optional<Found> range_from(const TimeToken& first, const Parsed& from) {
    const bool between = first.word == W::kBetween;
    if (from.doubtful && !between && first.word != W::kFrom) return std::nullopt;
    const TimeToken link = time_token_at(text_, from.last.end);
    TimeToken token = link;
    if (link.gap == TimeGap::kSpace) {
      const bool linked = between ? link.word == W::kAnd : link.word == W::kTo || link.word == W::kUntil;
      if (!linked) return std::nullopt;
      token = next(link);
    } else if (link.gap != TimeGap::kDash) {
      return std::nullopt;
    }
    const auto begin = reference().window(from.period);
    if (token.word == W::kNow && begin && begin->begin <= reference_) {
      return Found{{begin->begin, reference_ + 1}, first.begin, token.end};
    }
    const auto to = period(token);
    if (!to || is_dashed_year(*to) || (to->doubtful && !between && first.word != W::kFrom)) return std::nullopt;
    const auto window = between_periods(from.period, to->period);
    if (!window) return std::nullopt;
    return Found{*window, first.begin, to->last.end};
  }

  /// From the beginning of one to the end of the other. Of two without a year the first is the most recent one that has
  /// begun; a year that only one has holds for both.
  std::optional<TimeWindow> between_periods(TimePeriod from, TimePeriod to) {
    if (from.exact || to.exact) {
      const auto begin = reference().window(from);
      const auto end = reference().window(to);
      return begin && end && begin->begin < end->end ? std::optional(TimeWindow{begin->begin, end->end}) : std::nullopt;
    }
    const auto first = reference().begun_by(from, to.repeat == Repeat::kNone ? to.days.first : reference().today());
    if (!first) return std::nullopt;
    const auto last = reference().from(to, first->first);
    if (!last) return std::nullopt;
    fix(from, *first);
    fix(to, *last);
    const auto begin = reference().window(from);
    const auto end = reference().window(to);
    if (!begin || !end || begin->begin >= end->end) return std::nullopt;
    return TimeWindow{begin->begin, end->end};
  }

  static void fix(TimePeriod& period, DaySpan days) {
    period.repeat = Repeat::kNone;
    period.days = days;
  }

  std::optional<Found> open(const TimeToken& first) {
    const auto parsed = period(next(first));
    if (!parsed || is_dashed_year(*parsed)) return std::nullopt;
    if (first.word == W::kSince) return open_from(parsed->period, first.begin, parsed->last.end);
    const auto window = reference().window(parsed->period);
    if (!window) return std::nullopt;
    TimeWindow side{kFirstMoment, first.word == W::kUntil ? window->end : window->begin};
    if (first.word == W::kAfter) side = onward_from(window->end);
    if (side.begin >= side.end) return std::nullopt;
    return Found{side, first.begin, parsed->last.end};
  }

  std::optional<Found> open_from(const TimePeriod& period, std::size_t begin, std::size_t end) {
    const auto window = reference().window(period);
    if (!window) return std::nullopt;
    return Found{onward_from(window->begin), begin, end};
  }

  TimeWindow onward_from(std::int64_t begin) const {
    return {begin, begin <= reference_ ? reference_ + 1 : kLastMoment};
  }

  // ---- A period with what belongs to it

  std::optional<Parsed> period(const TimeToken& token) {
    auto parsed = simple(token);
    if (!parsed) return std::nullopt;
    take_date(*parsed);
    take_neighbour(*parsed);
    take_hours(*parsed);
    take_container(*parsed);
    take_inner(*parsed);
    take_hours(*parsed);
    return parsed;
  }

  /// "Friday, May 5".
  void take_date(Parsed& parsed) {
    if (parsed.period.repeat != Repeat::kWeekday) return;
    const auto date = simple(next(parsed.last, true));
    const bool written = date && is_day(date->period) &&
                         (date->last.word == W::kDate || date->last.word == W::kNumber ||
                          date->last.word == W::kOrdinal || date->last.word == W::kMonth);
    if (written) parsed = *date;
  }

  /// "the Sunday before May 5".
  void take_neighbour(Parsed& parsed) {
    if (parsed.period.repeat != Repeat::kWeekday) return;
    const TimeToken side = next(parsed.last);
    if (side.word != W::kBefore && side.word != W::kAfter) return;
    const auto other = simple(next(side));
    const auto days = other ? days_of(other->period) : std::nullopt;
    if (!days) return;
    const auto found = side.word == W::kBefore ? reference().over_by(parsed.period, days->first)
                                               : reference().from(parsed.period, days->end);
    if (!found) return;
    fix(parsed.period, *found);
    parsed.last = other->last;
    parsed.need = Need::kNothing;
  }

  /// Of a period of whole days.
  std::optional<DaySpan> days_of(const TimePeriod& period) {
    if (period.exact || period.hours || period.third) return std::nullopt;
    return reference().begun_by(period, reference().today());
  }

  /// "yesterday evening", "on Monday in the morning", "today at 5pm".
  void take_hours(Parsed& parsed) {
    if (!is_day(parsed.period)) return;
    TimeToken token = next(parsed.last, true);
    const bool in = token.word == W::kIn;
    const bool at = token.word == W::kAt || token.word == W::kOver;
    if (in || at) token = next(token);
    if (in && token.word == W::kThe) token = next(token);
    if (token.word == W::kPart) {
      parsed.period.hours = hours_of(token);
      parsed.last = token;
    } else if (!in) {
      take_clock(parsed, token);
    }
  }

  bool take_clock(Parsed& parsed, TimeToken token) {
    int hour = token.value;
    const bool bare = token.word == W::kNumber;
    if (!bare && token.word != W::kClock && token.word != W::kNoon) return false;
    const TimeToken meridiem = next(token);
    const bool said = (bare || token.ambiguous) && meridiem.word == W::kMeridiem && hour >= 1 && hour <= 12;
    if (bare && !said) return false;
    if (said) {
      hour = hour % 12 + meridiem.value;
      token = meridiem;
    }
    parsed.period.hours = HourSpan{hour, hour + 1};
    parsed.last = token;
    return true;
  }

  /// "May last year", "Tuesday of last week": the first of that year or week.
  void take_container(Parsed& parsed) {
    if (parsed.period.repeat == Repeat::kNone) return;
    TimeToken token = next(parsed.last, true);
    const bool of = token.word == W::kOf || token.word == W::kIn;
    if (of) token = next(token);
    const auto outer = simple(token);
    if (outer && outer->need <= (of ? Need::kIn : Need::kNothing))
      put_into(parsed, parsed.period, outer->period, *outer);
  }

  /// "last year in May", "last week on Tuesday".
  void take_inner(Parsed& parsed) {
    if (parsed.period.repeat != Repeat::kNone) return;
    TimeToken token = next(parsed.last, true);
    Need given = Need::kNothing;
    if (token.word == W::kIn) given = Need::kIn;
    if (token.word == W::kOn) given = Need::kOn;
    if (given != Need::kNothing) token = next(token);
    const auto inner = simple(token);
    if (inner && inner->need <= given) put_into(parsed, inner->period, parsed.period, *inner);
  }

  void put_into(Parsed& parsed, TimePeriod inner, const TimePeriod& outer, const Parsed& end) {
    if (outer.repeat != Repeat::kNone || outer.exact || outer.hours || inner.repeat == Repeat::kNone) return;
    const int days = outer.days.end - outer.days.first;
    if (inner.repeat == Repeat::kWeekday ? days != 7 : days < 365) return;
    const auto found = reference().from(inner, outer.days.first);
    if (!found || found->first >= outer.days.end) return;
    fix(inner, *found);
    parsed.period = inner;
    parsed.last = end.last;
    parsed.need = Need::kNothing;
    parsed.doubtful = false;
  }

  // ---- One period. Some forms hold another one: to a bounded depth.

  std::optional<Parsed> simple(const TimeToken& token) {
    constexpr int kDepth = 3;
    if (depth_ == kDepth) return std::nullopt;
    ++depth_;
    auto parsed = token.word == W::kThe ? with_article(next(token)) : without_article(token);
    --depth_;
    return parsed;
  }

  std::optional<Parsed> with_article(const TimeToken& token) {
    switch (token.word) {
      case W::kMonth:
      case W::kNumber:
      case W::kArticle:
      case W::kThe:
        return std::nullopt;
      case W::kModifier:
      case W::kPrevious:
      case W::kPast:
        return modified(token, true);
      case W::kUnit:
        if (auto parsed = beside(token)) return parsed;
        return after_the(token);
      default:
        return without_article(token);
    }
  }

  std::optional<Parsed> without_article(const TimeToken& token) {
    switch (token.word) {
      case W::kDate:
        if (!is_date(token.year, token.month, token.value)) return std::nullopt;
        return Parsed{of_days(day_span(token.year, token.month, token.value)), token};
      case W::kYearMonth:
        if (!is_year(token.year) || token.month < 1 || token.month > 12) return std::nullopt;
        return Parsed{of_days(month_span(token.year, token.month)), token};
      case W::kDay:
        return Parsed{of_days(reference().unit(TimeUnit::kDay, token.value)), token};
      case W::kTonight: {
        Parsed parsed{of_days(reference().unit(TimeUnit::kDay, 0)), token};
        parsed.period.hours = hours_of(PartOfDay::kNight);
        return parsed;
      }
      case W::kPart:
        return part_of(token);
      case W::kClock:
        return clock_of(token);
      case W::kUnit:
        return beside(token);
      case W::kModifier:
      case W::kPrevious:
      case W::kPast:
        return modified(token, false);
      case W::kMonth:
      case W::kSeason:
      case W::kQuarter:
      case W::kWeekday:
        return named(token);
      case W::kThird:
      case W::kThirdOf:
        return third(token);
      case W::kFirst:
        return edge(next(token), true);
      case W::kOrdinal:
        return day_month(token);
      case W::kNumber:
        if (auto parsed = day_month(token)) return parsed;
        if (auto parsed = clock_of(token)) return parsed;
        if (auto parsed = ago(token)) return parsed;
        return year(token);
      case W::kCount:
      case W::kArticle:
        return ago(token);
      default:
        return std::nullopt;
    }
  }

  static bool is_year(int year) { return year >= 1900 && year <= 2099; }

  std::optional<Parsed> year(const TimeToken& token) const {
    if (!is_year(token.value) || counts(token)) return std::nullopt;
    return Parsed{of_days(year_span(token.value)), token, Need::kIn};
  }

  /// "the year 2023", "the weekend".
  std::optional<Parsed> after_the(const TimeToken& unit) {
    if (unit.plural) return std::nullopt;
    if (unit_of(unit) == TimeUnit::kWeekend) return Parsed{weekly(5, 2), unit, Need::kOver};
    if (unit_of(unit) != TimeUnit::kYear) return std::nullopt;
    const TimeToken number = next(unit);
    auto parsed = number.word == W::kNumber ? year(number) : std::nullopt;
    if (parsed) parsed->need = Need::kNothing;
    return parsed;
  }

  static TimePeriod weekly(int weekday, int length) {
    TimePeriod period;
    period.repeat = Repeat::kWeekday;
    period.day = weekday;
    period.length = length;
    return period;
  }

  /// A month, season, quarter or weekday, with the day and the year after it.
  std::optional<Parsed> named(const TimeToken& token) const {
    if (token.word == W::kWeekday) {
      if (token.ambiguous && !token.capital) return std::nullopt;
      return Parsed{weekly(token.value, 1), token, token.ambiguous ? Need::kOn : Need::kNothing};
    }
    if (token.word == W::kMonth) {
      const TimeToken day = next(token);
      if (is_day_number(day) && !counts(day)) return month_day(token, day);
    }
    Parsed parsed{{}, token, token.word == W::kMonth ? Need::kNothing : Need::kOver};
    parsed.period.repeat = Repeat::kMonths;
    parsed.period.month = token.value;
    parsed.period.length = token.word == W::kMonth ? 1 : 3;
    if (token.ambiguous) parsed.need = Need::kOf;
    parsed.doubtful = token.ambiguous && !token.capital;
    if (take_year(parsed)) return parsed;
    if (parsed.doubtful && next(token).word == W::kPronoun) return std::nullopt;
    return parsed;
  }

  /// "2023", ", 2023" or "of 2023" after a date, a month or a season.
  bool take_year(Parsed& parsed) const {
    TimeToken token = next(parsed.last, true);
    if (token.word == W::kOf) token = next(token);
    if (token.word != W::kNumber || token.value < 1000 || token.value > 2999 || counts(token)) return false;
    TimePeriod& period = parsed.period;
    if (period.repeat == Repeat::kDate) {
      if (!is_date(token.value, period.month, period.day)) return false;
      const int first = day_span(token.value, period.month, period.day).first;
      fix(period, {first, first + period.length});
    } else {
      const int end = period.month + period.length;  // a winter ends in the next year
      fix(period, {month_span(token.value, period.month).first, month_span(token.value, end).first});
    }
    parsed.last = token;
    parsed.need = Need::kNothing;
    parsed.doubtful = false;
    return true;
  }

  static bool is_day_number(const TimeToken& token) {
    return (token.word == W::kNumber || token.word == W::kOrdinal) && token.value >= 1 && token.value <= 31;
  }

  /// The last day of "5-7" or "5 to 7", and the token of it; the day itself when there is none.
  std::optional<TimeToken> later_day(const TimeToken& day) const {
    TimeToken link = time_token_at(text_, day.end);
    if (link.gap == TimeGap::kSpace && link.word == W::kTo) {
      link = next(link);
    } else if (link.gap != TimeGap::kDash) {
      return std::nullopt;
    }
    if (!is_day_number(link) || link.value <= day.value) return std::nullopt;
    return link;
  }

  /// "May 5", "May 5th, 2023", "May 5-7".
  std::optional<Parsed> month_day(const TimeToken& month, const TimeToken& day) const {
    auto last = later_day(day);
    if (last && next(*last).word == W::kMonth) last = std::nullopt;  // "May 5 to 7 June"
    return dated(month, day, last.value_or(day), last.value_or(day));
  }

  /// "5 May", "the 5th of May 2023", "5-7 May".
  std::optional<Parsed> day_month(const TimeToken& day) const {
    if (!is_day_number(day)) return std::nullopt;
    const TimeToken last = later_day(day).value_or(day);
    TimeToken month = next(last);
    const bool of = month.word == W::kOf;
    if (of) month = next(month);
    if (month.word != W::kMonth) return std::nullopt;
    auto parsed = dated(month, day, last, month);
    const bool may_be_verb = !of && day.word == W::kNumber && month.ambiguous && !month.capital;  // "the top 5 may win"
    if (parsed && may_be_verb && parsed->period.repeat != Repeat::kNone) return std::nullopt;
    return parsed;
  }

  std::optional<Parsed> dated(const TimeToken& month, const TimeToken& day, const TimeToken& last_day,
                              const TimeToken& last) const {
    constexpr int kLeapYear = 2000;
    if (!is_date(kLeapYear, month.value, day.value) || !is_date(kLeapYear, month.value, last_day.value)) {
      return std::nullopt;
    }
    if (last.word == W::kNumber && counts(last)) return std::nullopt;
    Parsed parsed{{}, last};
    parsed.period.repeat = Repeat::kDate;
    parsed.period.month = month.value;
    parsed.period.day = day.value;
    parsed.period.length = last_day.value - day.value + 1;
    if (!take_year(parsed)) {
      // A year in which there is no such day: "February 29, 2023".
      TimeToken number = next(last, true);
      if (number.word == W::kOf) number = next(number);
      if (number.word == W::kNumber && is_year(number.value) && !counts(number)) return std::nullopt;
    }
    return parsed;
  }

  /// "last week", "this May", "next 3 days", "the past year", "this morning", "last night".
  std::optional<Parsed> modified(TimeToken modifier, bool article) {
    TimeToken token = next(modifier);
    if (modifier.word == W::kModifier && modifier.value == 0 && is_modifier(token.word)) {  // "this past week"
      modifier = token;
      token = next(modifier);
    }
    switch (token.word) {
      case W::kNumber:
      case W::kCount:
        return lengths(modifier, token);
      case W::kUnit:
        return modified_unit(modifier, token, article);
      case W::kPart: {
        if (article || modifier.value > 0) return std::nullopt;
        Parsed parsed{of_days(reference().unit(TimeUnit::kDay, modifier.value)), token};
        parsed.period.hours = hours_of(token);
        return parsed;
      }
      case W::kMonth:
      case W::kSeason:
      case W::kQuarter:
      case W::kWeekday:
        return modified_name(modifier, token);
      default:
        return std::nullopt;
    }
  }

  std::optional<Parsed> lengths(const TimeToken& modifier, const TimeToken& token) {
    const auto count = amount(token);
    if (!count || modifier.value == 0) return std::nullopt;
    const TimeToken unit = next(count->last);
    if (unit.word != W::kUnit || unit_of(unit) == TimeUnit::kWeekend || next(unit).word == W::kOf) return std::nullopt;
    return length(unit, count->most * -modifier.value);
  }

  std::optional<Parsed> length(const TimeToken& unit, int count) {
    Parsed parsed{{}, unit};
    parsed.period.exact = reference().length(unit_of(unit), count);
    return parsed;
  }

  std::optional<Parsed> modified_unit(const TimeToken& modifier, const TimeToken& token, bool article) {
    if (token.plural) return std::nullopt;
    if (next(token).word == W::kOf) return modifier.value < 0 ? edge(token, false) : std::nullopt;
    const TimeUnit unit = unit_of(token);
    const bool is_length = modifier.word == W::kPast ||
                           (article && modifier.word == W::kModifier && modifier.value != 0);  // "in the last week"
    if (unit == TimeUnit::kHour) {
      if (modifier.value == 0) return std::nullopt;
      return length(token, -modifier.value);
    }
    if (unit == TimeUnit::kMinute) return std::nullopt;                                     // "last minute"
    if (unit == TimeUnit::kDay && !(is_length && modifier.value < 0)) return std::nullopt;  // "last day", "next day"
    if (is_length && unit != TimeUnit::kWeekend) return length(token, -modifier.value);
    return Parsed{of_days(reference().unit(unit, modifier.value)), token};
  }

  /// "the first week of May", "last day of 2022".
  std::optional<Parsed> edge(const TimeToken& unit, bool first) {
    const TimeToken of = next(unit);
    if (unit.word != W::kUnit || unit.plural || of.word != W::kOf) return std::nullopt;
    const auto whole = simple(next(of));
    const auto days = whole ? days_of(whole->period) : std::nullopt;
    if (!days) return std::nullopt;
    if (unit_of(unit) == TimeUnit::kWeekend) {
      const auto weekend =
          first ? reference().from(weekly(5, 2), days->first) : reference().over_by(weekly(5, 2), days->end);
      if (!weekend) return std::nullopt;
      return Parsed{of_days(*weekend), whole->last};
    }
    if (unit_of(unit) != TimeUnit::kDay && unit_of(unit) != TimeUnit::kWeek) return std::nullopt;
    const int length = unit_of(unit) == TimeUnit::kDay ? 1 : 7;
    if (days->end - days->first <= length) return std::nullopt;
    return Parsed{of_days(first ? DaySpan{days->first, days->first + length} : DaySpan{days->end - length, days->end}),
                  whole->last};
  }

  std::optional<Parsed> modified_name(const TimeToken& modifier, TimeToken token) {
    if (modifier.value == 0 && token.ambiguous && !token.capital) return std::nullopt;  // "this may be"
    token.capital = true;
    auto parsed = named(token);
    if (!parsed) return std::nullopt;
    if (parsed->period.repeat == Repeat::kNone) return parsed;
    if (parsed->last.word == W::kMonth && next(token).word == W::kPronoun) return std::nullopt;
    const int today = reference().today();
    const auto days = modifier.value < 0   ? reference().over_by(parsed->period, today)
                      : modifier.value > 0 ? reference().from(parsed->period, today + 1)
                                           : reference().current(parsed->period);
    if (!days) return std::nullopt;
    fix(parsed->period, *days);
    parsed->need = Need::kNothing;
    parsed->doubtful = false;
    return parsed;
  }

  /// "3", "a", "two", "a few", "couple of".
  std::optional<Amount> amount(TimeToken token) const {
    if (token.word == W::kArticle) {
      const TimeToken vague = next(token);
      if (vague.word != W::kCount || vague.value > 0) return Amount{1, 1, token};
      token = vague;
    }
    if (token.word == W::kNumber) {
      if (token.value == 0) return std::nullopt;
      return Amount{token.value, token.value, token};
    }
    if (token.word != W::kCount) return std::nullopt;
    switch (token.value) {
      case kCouple: {
        const TimeToken of = next(token);
        return Amount{2, 3, of.word == W::kOf ? of : token};
      }
      case kFew:
        return Amount{2, 5, token};
      case kSeveral:
        return Amount{3, 8, token};
      default:
        return Amount{token.value, token.value, token};
    }
  }

  /// "3 hours ago", "a few days ago", "two weeks from now".
  std::optional<Parsed> ago(const TimeToken& token) {
    const auto count = amount(token);
    if (!count) return std::nullopt;
    const TimeToken unit = next(count->last);
    if (unit.word != W::kUnit) return std::nullopt;
    TimeToken last = next(unit);
    const bool ahead = last.word == W::kFrom;
    if (ahead) last = next(last);
    if (last.word != (ahead ? W::kNow : W::kAgo)) return std::nullopt;
    const int sign = ahead ? -1 : 1;
    return Parsed{reference().ago(unit_of(unit), sign * count->least, sign * count->most), last};
  }

  /// "the day before yesterday", "the week after May 5", "the month before last".
  std::optional<Parsed> beside(const TimeToken& unit) {
    const TimeToken side = next(unit);
    if (unit.plural || (side.word != W::kBefore && side.word != W::kAfter)) return std::nullopt;
    const bool before = side.word == W::kBefore;
    const TimeToken token = next(side);
    const auto other = simple(token);
    if (!other) {
      const bool doubled = token.word == W::kModifier && token.value == (before ? -1 : 1);
      if (!doubled || unit_of(unit) < TimeUnit::kWeek) return std::nullopt;
      return Parsed{of_days(reference().unit(unit_of(unit), before ? -2 : 2)), token};
    }
    if (unit_of(unit) == TimeUnit::kWeekend) {
      Parsed weekend{weekly(5, 2), unit};
      take_neighbour(weekend);
      return weekend.period.repeat == Repeat::kNone ? std::optional(weekend) : std::nullopt;
    }
    const bool day = unit_of(unit) == TimeUnit::kDay;
    if (!day && unit_of(unit) != TimeUnit::kWeek) return std::nullopt;
    const auto days = days_of(other->period);
    if (!days) return std::nullopt;
    const int length = day ? 1 : 7;
    const DaySpan span = before ? DaySpan{days->first - length, days->first} : DaySpan{days->end, days->end + length};
    return Parsed{of_days(span), other->last};
  }

  /// "early May", "mid-2022", "late last year", "the end of June", "the beginning of the year".
  std::optional<Parsed> third(const TimeToken& token) {
    TimeToken of_what = time_token_at(text_, token.end);
    if (token.word == W::kThirdOf) {
      if (next(token).word != W::kOf) return std::nullopt;
      of_what = next(next(token));
    } else if (of_what.gap != TimeGap::kSpace && of_what.gap != TimeGap::kDash) {
      return std::nullopt;
    }
    auto parsed = simple(of_what);
    if (!parsed && of_what.word == W::kThe && token.word == W::kThirdOf) {
      const TimeToken unit = next(of_what);
      if (unit.word != W::kUnit || unit.plural || unit_of(unit) < TimeUnit::kMonth) return std::nullopt;
      parsed = Parsed{of_days(reference().unit(unit_of(unit), 0)), unit};
    }
    if (!parsed || parsed->period.exact || parsed->period.hours || parsed->period.third) return std::nullopt;
    parsed->period.third = token.value;
    parsed->need = Need::kNothing;
    parsed->doubtful = false;
    return parsed;
  }

  /// "the morning of May 5".
  std::optional<Parsed> part_of(const TimeToken& part) {
    const TimeToken of = next(part);
    if (of.word != W::kOf) return std::nullopt;
    return with_hours(simple(next(of)), hours_of(part));
  }

  /// "5pm yesterday", "17:00 on Monday".
  std::optional<Parsed> clock_of(const TimeToken& token) {
    Parsed clock;
    if (!take_clock(clock, token)) return std::nullopt;
    TimeToken day = next(clock.last);
    if (day.word == W::kOn) day = next(day);
    return with_hours(simple(day), *clock.period.hours);
  }

  static std::optional<Parsed> with_hours(std::optional<Parsed> day, HourSpan hours) {
    if (!day || !is_day(day->period)) return std::nullopt;
    day->period.hours = hours;
    return day;
  }

  std::string_view text_;
  std::int64_t reference_;
  std::string_view zone_;
  std::optional<TimeReference> calendar_;
  int depth_ = 0;
};

}  // namespace

std::optional<TimeExpression> find_time_expression(std::string_view text, std::int64_t reference,
                                                   std::string_view zone) {
  if (reference < kFirstMoment || reference >= kLastMoment) return std::nullopt;
  const auto found = Parser(text, reference, zone).best();
  if (!found) return std::nullopt;
  return TimeExpression{found->window.begin, found->window.end,
                        std::string(text.substr(found->begin, found->end - found->begin))};
}

}  // namespace mnemic::text
