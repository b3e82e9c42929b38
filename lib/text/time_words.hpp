// SPDX-License-Identifier: Apache-2.0
// The words of time expressions: what find_time_expression sees of a text, one token at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mnemic::text {

enum class TimeWord : std::uint8_t {
  kEnd,        // of the text
  kOther,      // any other word
  kNumber,     // value: of at most four digits
  kOrdinal,    // "5th"; value
  kClock,      // "17:30", "5pm"; value: the hour
  kDate,       // "2023-05-07"; year, month, value: the day
  kYearMonth,  // "2023-05"; year, month
  kDay,        // today, yesterday; value: days from today
  kTonight,
  kPart,  // morning; value: a PartOfDay
  kNoon,
  kMeridiem,  // am, pm; value: 0, 12
  kUnit,      // value: a TimeUnit
  kModifier,  // last, this, next; value: -1, 0, 1
  kPrevious,  // value: -1
  kPast,      // value: -1
  kFirst,
  kMonth,    // value: 1 to 12
  kSeason,   // value: its first month
  kQuarter,  // Q3; value: its first month
  kWeekday,  // value: 0 for Monday
  kThird,    // early, mid, late; value: 0, 1, 2
  kThirdOf,  // beginning, middle, end (of)
  kCount,    // two; few; value: a number, or minus a number for a vague one: kCouple, ...
  kArticle,  // a, an
  kThe,
  kAgo,
  kNow,
  kIn,    // in, during, throughout
  kOver,  // over, within, for, around
  kOn,
  kAt,
  kOf,
  kFrom,
  kTo,  // to, through
  kUntil,
  kBetween,
  kAnd,
  kSince,
  kBefore,
  kAfter,
  kOnward,
  kEvery,
  kPronoun,  // what follows the verb "may"
  kCounted,  // what four digits before it count: "2000 words"
};

enum class TimeUnit : std::uint8_t { kMinute, kHour, kDay, kWeek, kWeekend, kMonth, kQuarter, kYear };
enum class PartOfDay : std::uint8_t { kMorning, kAfternoon, kEvening, kNight };
inline constexpr int kCouple = -1;
inline constexpr int kFew = -2;
inline constexpr int kSeveral = -3;

/// What stands between a token and the one before it.
enum class TimeGap : std::uint8_t { kNone, kSpace, kComma, kDash, kBreak };

struct TimeToken {
  std::size_t begin = 0;
  std::size_t end = 0;  ///< a possessive "'s" is inside
  TimeWord word = TimeWord::kEnd;
  TimeGap gap = TimeGap::kNone;
  bool capital = false;  ///< begins with a capital letter
  bool ambiguous =
      false;  ///< also another word or a name: may, march, April, "sat", "Jan"; of a clock: am or pm is not said
  bool plural = false;  ///< of a unit
  int value = 0;
  int year = 0;
  int month = 0;
};

/// The first token at or after `at`.
TimeToken time_token_at(std::string_view text, std::size_t at);

}  // namespace mnemic::text
