// SPDX-License-Identifier: Apache-2.0
// Time expressions: a table of forms, days on which clocks change, and random texts against a slow calendar.
#include "text/time_expression.hpp"

#include <date/date.h>

#include <string>
#include <vector>

#include "core/time.hpp"
#include "support/catch.hpp"
#include "support/random.hpp"

using namespace mnemic;
using text::find_time_expression;
using text::TimeExpression;

namespace {

// In the tables: the reference, which belongs to a window that ends there; no bound on that side; no window.
constexpr const char* kNow = "now";
constexpr const char* kEver = "ever";
constexpr const char* kNone = "";

struct Row {
  std::string text;
  std::string reference;  // civil
  std::string zone;
  std::string begin;  // civil, or with a Z
  std::string end;
  std::string words;
};

std::int64_t micros(const std::string& time, const std::string& zone) {
  return core::to_micros(parse_local_time(time, zone).value());
}

void check(const Row& row) {
  CAPTURE(row.text, row.reference, row.zone);
  const std::int64_t reference = micros(row.reference, row.zone);
  const auto found = find_time_expression(row.text, reference, row.zone);
  if (row.begin == kNone) {
    CHECK((found ? found->words : "nothing") == "nothing");
    return;
  }
  REQUIRE(found);
  CHECK(found->words == row.words);
  const std::int64_t begin = row.begin == kEver  ? text::kFirstMoment
                             : row.begin == kNow ? reference
                                                 : micros(row.begin, row.zone);
  const std::int64_t end = row.end == kEver  ? text::kLastMoment
                           : row.end == kNow ? reference + 1
                                             : micros(row.end, row.zone);
  CHECK(to_string(core::from_micros(found->begin)) == to_string(core::from_micros(begin)));
  CHECK(to_string(core::from_micros(found->end)) == to_string(core::from_micros(end)));
}

// A Wednesday.
Row lisbon(const std::string& text, const std::string& begin, const std::string& end, const std::string& words) {
  return {text, "2023-06-14T15:30:00", "Europe/Lisbon", begin, end, words};
}

std::string day_in(std::int64_t time, const std::string& zone) {
  return core::local_day(core::from_micros(time), zone);
}

}  // namespace

TEST_CASE("time expression: days", "[time_expression]") {
  const Row row = GENERATE(values<Row>({
      lisbon("what did I do today?", "2023-06-14", "2023-06-15", "today"),
      lisbon("yesterday", "2023-06-13", "2023-06-14", "yesterday"),
      lisbon("What happened YESTERDAY", "2023-06-13", "2023-06-14", "YESTERDAY"),
      lisbon("plans for tomorrow.", "2023-06-15", "2023-06-16", "for tomorrow"),
      lisbon("what's on tonight", "2023-06-14T18:00", "2023-06-15T05:00", "on tonight"),
      lisbon("the day before yesterday", "2023-06-12", "2023-06-13", "the day before yesterday"),
      lisbon("the day after tomorrow", "2023-06-16", "2023-06-17", "the day after tomorrow"),
      lisbon("day before yesterday in the evening", "2023-06-12T18:00", "2023-06-13",
             "day before yesterday in the evening"),
      lisbon("yesterday's meeting", "2023-06-13", "2023-06-14", "yesterday's"),
      lisbon("yesterday\u2019s meeting", "2023-06-13", "2023-06-14", "yesterday\u2019s"),
      lisbon("yesterday morning", "2023-06-13T05:00", "2023-06-13T12:00", "yesterday morning"),
      lisbon("yesterday in the afternoon", "2023-06-13T12:00", "2023-06-13T18:00", "yesterday in the afternoon"),
      lisbon("yesterday evening, at dinner", "2023-06-13T18:00", "2023-06-14", "yesterday evening"),
      lisbon("yesterday night", "2023-06-13T18:00", "2023-06-14T05:00", "yesterday night"),
      lisbon("last night", "2023-06-13T18:00", "2023-06-14T05:00", "last night"),
      lisbon("this morning", "2023-06-14T05:00", "2023-06-14T12:00", "this morning"),
      lisbon("this evening", "2023-06-14T18:00", "2023-06-15", "this evening"),
      lisbon("tomorrow morning", "2023-06-15T05:00", "2023-06-15T12:00", "tomorrow morning"),
      lisbon("yesterday at 5pm", "2023-06-13T17:00", "2023-06-13T18:00", "yesterday at 5pm"),
      lisbon("yesterday around 5:30 pm", "2023-06-13T17:00", "2023-06-13T18:00", "yesterday around 5:30 pm"),
      lisbon("yesterday at 12 am", "2023-06-13T00:00", "2023-06-13T01:00", "yesterday at 12 am"),
      lisbon("today at 09:15", "2023-06-14T09:00", "2023-06-14T10:00", "today at 09:15"),
      lisbon("today at noon", "2023-06-14T12:00", "2023-06-14T13:00", "today at noon"),
      lisbon("at 17:00 on Monday", "2023-06-12T17:00", "2023-06-12T18:00", "at 17:00 on Monday"),
      lisbon("5 pm yesterday", "2023-06-13T17:00", "2023-06-13T18:00", "5 pm yesterday"),
      lisbon("yesterday at 25:00", "2023-06-13", "2023-06-14", "yesterday"),
      lisbon("yesterday at 5", "2023-06-13", "2023-06-14", "yesterday"),
      lisbon("on Monday", "2023-06-12", "2023-06-13", "on Monday"),
      lisbon("Sunday roast", "2023-06-11", "2023-06-12", "Sunday"),
      lisbon("on Wednesday", "2023-06-14", "2023-06-15", "on Wednesday"),
      lisbon("on Thursday evening", "2023-06-08T18:00", "2023-06-09", "on Thursday evening"),
      lisbon("last Wednesday", "2023-06-07", "2023-06-08", "last Wednesday"),
      lisbon("last Friday", "2023-06-09", "2023-06-10", "last Friday"),
      lisbon("this Tuesday", "2023-06-13", "2023-06-14", "this Tuesday"),
      lisbon("this Friday", "2023-06-16", "2023-06-17", "this Friday"),
      lisbon("next Wednesday", "2023-06-21", "2023-06-22", "next Wednesday"),
      lisbon("this coming Sunday", "2023-06-18", "2023-06-19", "this coming Sunday"),
      lisbon("Tuesday last week", "2023-06-06", "2023-06-07", "Tuesday last week"),
      lisbon("on Tuesday of last week at 5pm", "2023-06-06T17:00", "2023-06-06T18:00",
             "on Tuesday of last week at 5pm"),
      lisbon("last week on Friday", "2023-06-09", "2023-06-10", "last week on Friday"),
      lisbon("on Fri", "2023-06-09", "2023-06-10", "on Fri"),
      lisbon("on May 5", "2023-05-05", "2023-05-06", "on May 5"),
      lisbon("on June 20", "2022-06-20", "2022-06-21", "on June 20"),
      lisbon("June 14", "2023-06-14", "2023-06-15", "June 14"),
      lisbon("5 May 2023", "2023-05-05", "2023-05-06", "5 May 2023"),
      lisbon("may 5 2021", "2021-05-05", "2021-05-06", "may 5 2021"),
      lisbon("May 5th, 2021", "2021-05-05", "2021-05-06", "May 5th, 2021"),
      lisbon("the 5th of May, 2021", "2021-05-05", "2021-05-06", "the 5th of May, 2021"),
      lisbon("on the 1st of january", "2023-01-01", "2023-01-02", "on the 1st of january"),
      lisbon("Friday, May 5, 2023", "2023-05-05", "2023-05-06", "Friday, May 5, 2023"),
      lisbon("on Monday 8 May", "2023-05-08", "2023-05-09", "on Monday 8 May"),
      lisbon("on May 5 last year", "2022-05-05", "2022-05-06", "on May 5 last year"),
      lisbon("on the morning of May 5", "2023-05-05T05:00", "2023-05-05T12:00", "on the morning of May 5"),
      lisbon("May 5, 2021 at 8am", "2021-05-05T08:00", "2021-05-05T09:00", "May 5, 2021 at 8am"),
      lisbon("the day before May 5", "2023-05-04", "2023-05-05", "the day before May 5"),
      lisbon("the week after May 5", "2023-05-06", "2023-05-13", "the week after May 5"),
      lisbon("on the Sunday before October 25, 2022", "2022-10-23", "2022-10-24",
             "on the Sunday before October 25, 2022"),
      lisbon("the Tuesday after 2022-10-25", "2022-11-01", "2022-11-02", "the Tuesday after 2022-10-25"),
      lisbon("the last day of February 2024", "2024-02-29", "2024-03-01", "the last day of February 2024"),
      lisbon("on Dec 24", "2022-12-24", "2022-12-25", "on Dec 24"),
      lisbon("on February 29", "2020-02-29", "2020-03-01", "on February 29"),
      lisbon("on 29 Feb 2024", "2024-02-29", "2024-03-01", "on 29 Feb 2024"),
      lisbon("2023-05-07", "2023-05-07", "2023-05-08", "2023-05-07"),
      lisbon("log of 2023/05/07.", "2023-05-07", "2023-05-08", "of 2023/05/07"),
      lisbon("at 2023-05-07T13:00:00Z", "2023-05-07", "2023-05-08", "at 2023-05-07"),
      lisbon("25/12/2022", "2022-12-25", "2022-12-26", "25/12/2022"),
      lisbon("12/25/2022", "2022-12-25", "2022-12-26", "12/25/2022"),
      lisbon("05/05/2022", "2022-05-05", "2022-05-06", "05/05/2022"),
      lisbon("In May 5 people came", "2023-05-01", "2023-06-01", "In May"),
      lisbon("at 12:30 pm today am I free?", "2023-06-14T12:00", "2023-06-14T13:00", "at 12:30 pm today"),
      lisbon("am 7.5.2023", "2023-05-07", "2023-05-08", "7.5.2023"),
      lisbon("\u65e5\u8a182023-05-07\u306f", "2023-05-07", "2023-05-08", "2023-05-07"),
  }));
  check(row);
}

TEST_CASE("time expression: weeks, months, years", "[time_expression]") {
  const Row row = GENERATE(values<Row>({
      lisbon("this week", "2023-06-12", "2023-06-19", "this week"),
      lisbon("last week", "2023-06-05", "2023-06-12", "last week"),
      lisbon("next week", "2023-06-19", "2023-06-26", "next week"),
      lisbon("the previous week", "2023-06-05", "2023-06-12", "the previous week"),
      lisbon("the week before last", "2023-05-29", "2023-06-05", "the week before last"),
      lisbon("the month after next", "2023-08-01", "2023-09-01", "the month after next"),
      lisbon("the past week", "2023-06-07T15:30", kNow, "the past week"),
      lisbon("this past week", "2023-06-07T15:30", kNow, "this past week"),
      lisbon("in the last week", "2023-06-07T15:30", kNow, "in the last week"),
      lisbon("over the weekend", "2023-06-10", "2023-06-12", "over the weekend"),
      lisbon("last weekend", "2023-06-10", "2023-06-12", "last weekend"),
      lisbon("this weekend", "2023-06-17", "2023-06-19", "this weekend"),
      lisbon("next weekend", "2023-06-24", "2023-06-26", "next weekend"),
      lisbon("the weekend before May 5", "2023-04-29", "2023-05-01", "the weekend before May 5"),
      lisbon("in the first week of 2024", "2024-01-01", "2024-01-08", "in the first week of 2024"),
      lisbon("the last week of May", "2023-05-25", "2023-06-01", "the last week of May"),
      lisbon("the first weekend of May", "2023-05-06", "2023-05-08", "the first weekend of May"),
      lisbon("this month", "2023-06-01", "2023-07-01", "this month"),
      lisbon("last month's bill", "2023-05-01", "2023-06-01", "last month's"),
      lisbon("next month", "2023-07-01", "2023-08-01", "next month"),
      lisbon("the past month", "2023-05-14T15:30", kNow, "the past month"),
      lisbon("this quarter", "2023-04-01", "2023-07-01", "this quarter"),
      lisbon("last quarter", "2023-01-01", "2023-04-01", "last quarter"),
      lisbon("next quarter", "2023-07-01", "2023-10-01", "next quarter"),
      lisbon("this year", "2023-01-01", "2024-01-01", "this year"),
      lisbon("last year", "2022-01-01", "2023-01-01", "last year"),
      lisbon("next year", "2024-01-01", "2025-01-01", "next year"),
      lisbon("the last year", "2022-06-14T15:30", kNow, "the last year"),
      lisbon("in May", "2023-05-01", "2023-06-01", "in May"),
      lisbon("in may", "2023-05-01", "2023-06-01", "in may"),
      lisbon("in June", "2023-06-01", "2023-07-01", "in June"),
      lisbon("in July", "2022-07-01", "2022-08-01", "in July"),
      lisbon("the October invoices", "2022-10-01", "2022-11-01", "October"),
      lisbon("in May 2023", "2023-05-01", "2023-06-01", "in May 2023"),
      lisbon("May 2021", "2021-05-01", "2021-06-01", "May 2021"),
      lisbon("march, 2021", "2021-03-01", "2021-04-01", "march, 2021"),
      lisbon("in Jan 2020", "2020-01-01", "2020-02-01", "in Jan 2020"),
      lisbon("last May", "2023-05-01", "2023-06-01", "last May"),
      lisbon("last June", "2022-06-01", "2022-07-01", "last June"),
      lisbon("this May", "2023-05-01", "2023-06-01", "this May"),
      lisbon("next May", "2024-05-01", "2024-06-01", "next May"),
      lisbon("in May last year", "2022-05-01", "2022-06-01", "in May last year"),
      lisbon("in May of last year", "2022-05-01", "2022-06-01", "in May of last year"),
      lisbon("last year in December", "2022-12-01", "2023-01-01", "last year in December"),
      lisbon("early May", "2023-05-01", "2023-05-11", "early May"),
      lisbon("in mid-May 2021", "2021-05-11", "2021-05-21", "in mid-May 2021"),
      lisbon("late February 2024", "2024-02-21", "2024-03-01", "late February 2024"),
      lisbon("at the end of May", "2023-05-21", "2023-06-01", "at the end of May"),
      lisbon("the beginning of 2022", "2022-01-01", "2022-05-01", "the beginning of 2022"),
      lisbon("late 2022", "2022-09-01", "2023-01-01", "late 2022"),
      lisbon("mid last year", "2022-05-01", "2022-09-01", "mid last year"),
      lisbon("the start of the month", "2023-06-01", "2023-06-11", "the start of the month"),
      lisbon("2023-05", "2023-05-01", "2023-06-01", "2023-05"),
      lisbon("in 2023", "2023-01-01", "2024-01-01", "in 2023"),
      lisbon("during 1999, in Porto", "1999-01-01", "2000-01-01", "during 1999"),
      lisbon("the year 2020", "2020-01-01", "2021-01-01", "the year 2020"),
      lisbon("in 2022, January was cold", "2022-01-01", "2022-02-01", "in 2022, January"),
      lisbon("in Q3", "2022-07-01", "2022-10-01", "in Q3"),
      lisbon("Q1 2021 figures", "2021-01-01", "2021-04-01", "Q1 2021"),
      lisbon("summer 2022", "2022-06-01", "2022-09-01", "summer 2022"),
      lisbon("in the summer of 2021", "2021-06-01", "2021-09-01", "in the summer of 2021"),
      lisbon("in summer", "2023-06-01", "2023-09-01", "in summer"),
      lisbon("last summer", "2022-06-01", "2022-09-01", "last summer"),
      lisbon("this summer", "2023-06-01", "2023-09-01", "this summer"),
      lisbon("last fall", "2022-09-01", "2022-12-01", "last fall"),
      lisbon("last winter", "2022-12-01", "2023-03-01", "last winter"),
      lisbon("winter 2023", "2023-12-01", "2024-03-01", "winter 2023"),
      lisbon("next spring", "2024-03-01", "2024-06-01", "next spring"),
      lisbon("late summer 2022", "2022-08-01", "2022-09-01", "late summer 2022"),
  }));
  check(row);
}

TEST_CASE("time expression: lengths, ranges, open sides", "[time_expression]") {
  const Row row = GENERATE(values<Row>({
      lisbon("the last 3 hours", "2023-06-14T12:30", kNow, "the last 3 hours"),
      lisbon("in the past 24 hours", "2023-06-13T15:30", kNow, "in the past 24 hours"),
      lisbon("in the last ten minutes", "2023-06-14T15:20", kNow, "in the last ten minutes"),
      lisbon("last hour", "2023-06-14T14:30", kNow, "last hour"),
      lisbon("over the last 3 days", "2023-06-11T15:30", kNow, "over the last 3 days"),
      lisbon("in the last two weeks", "2023-05-31T15:30", kNow, "in the last two weeks"),
      lisbon("past 6 months", "2022-12-14T15:30", kNow, "past 6 months"),
      lisbon("last 2 years", "2021-06-14T15:30", kNow, "last 2 years"),
      lisbon("the last few days", "2023-06-09T15:30", kNow, "the last few days"),
      lisbon("in the last couple of weeks", "2023-05-24T15:30", kNow, "in the last couple of weeks"),
      lisbon("the next 3 days", kNow, "2023-06-17T15:30", "the next 3 days"),
      lisbon("3 days ago", "2023-06-11", "2023-06-12", "3 days ago"),
      lisbon("a day ago", "2023-06-13", "2023-06-14", "a day ago"),
      lisbon("a few days ago", "2023-06-09", "2023-06-13", "a few days ago"),
      lisbon("a couple of days ago", "2023-06-11", "2023-06-13", "a couple of days ago"),
      lisbon("several weeks ago", "2023-04-17", "2023-05-29", "several weeks ago"),
      lisbon("two weeks ago", "2023-05-29", "2023-06-05", "two weeks ago"),
      lisbon("a month ago", "2023-05-01", "2023-06-01", "a month ago"),
      lisbon("five years ago", "2018-01-01", "2019-01-01", "five years ago"),
      lisbon("an hour ago", "2023-06-14T14:00", "2023-06-14T15:00", "an hour ago"),
      lisbon("20 minutes ago", "2023-06-14T15:05", "2023-06-14T15:15", "20 minutes ago"),
      lisbon("a week from now", "2023-06-19", "2023-06-26", "a week from now"),
      lisbon("since yesterday", "2023-06-13", kNow, "since yesterday"),
      lisbon("since May", "2023-05-01", kNow, "since May"),
      lisbon("since 2022", "2022-01-01", kNow, "since 2022"),
      lisbon("since last week", "2023-06-05", kNow, "since last week"),
      lisbon("since two days ago", "2023-06-12", kNow, "since two days ago"),
      lisbon("since tomorrow", "2023-06-15", kEver, "since tomorrow"),
      lisbon("from 2021 onwards", "2021-01-01", kNow, "from 2021 onwards"),
      lisbon("from May until now", "2023-05-01", kNow, "from May until now"),
      lisbon("before May 2023", kEver, "2023-05-01", "before May 2023"),
      lisbon("before 5pm yesterday", kEver, "2023-06-13T17:00", "before 5pm yesterday"),
      lisbon("until Monday", kEver, "2023-06-13", "until Monday"),
      lisbon("after 2021", "2022-01-01", kNow, "after 2021"),
      lisbon("after tomorrow", "2023-06-16", kEver, "after tomorrow"),
      lisbon("from May to July 2022", "2022-05-01", "2022-08-01", "from May to July 2022"),
      lisbon("from November to February 2022", "2021-11-01", "2022-03-01", "from November to February 2022"),
      lisbon("from November to February", "2022-11-01", "2023-03-01", "from November to February"),
      lisbon("from May 2022 to July", "2022-05-01", "2022-08-01", "from May 2022 to July"),
      lisbon("May to July 2022", "2022-05-01", "2022-08-01", "May to July 2022"),
      lisbon("between May and July", "2023-05-01", "2023-08-01", "between May and July"),
      lisbon("between 2020 and 2022", "2020-01-01", "2023-01-01", "between 2020 and 2022"),
      lisbon("2021 to 2023", "2021-01-01", "2024-01-01", "2021 to 2023"),
      lisbon("2021-2023", "2021-01-01", "2024-01-01", "2021-2023"),
      lisbon("in 2021\u20132023", "2021-01-01", "2024-01-01", "in 2021\u20132023"),
      lisbon("from Monday to Wednesday", "2023-06-12", "2023-06-15", "from Monday to Wednesday"),
      lisbon("between last Friday and yesterday", "2023-06-09", "2023-06-14", "between last Friday and yesterday"),
      lisbon("May 5-7, 2021", "2021-05-05", "2021-05-08", "May 5-7, 2021"),
      lisbon("from 5 to 7 May 2021", "2021-05-05", "2021-05-08", "from 5 to 7 May 2021"),
      lisbon("from May 5 to 7 June 2021", "2021-05-05", "2021-06-08", "from May 5 to 7 June 2021"),
      lisbon("from 2022-05-01 to 2022-05-03", "2022-05-01", "2022-05-04", "from 2022-05-01 to 2022-05-03"),
      lisbon("from 3 days ago until yesterday", "2023-06-11", "2023-06-14", "from 3 days ago until yesterday"),
      // The shortest wins, and of equals the first.
      lisbon("in 2022, or yesterday, or last week", "2023-06-13", "2023-06-14", "yesterday"),
      lisbon("yesterday and tomorrow", "2023-06-13", "2023-06-14", "yesterday"),
      lisbon("since 2020, mostly in May 2022", "2022-05-01", "2022-06-01", "in May 2022"),
  }));
  check(row);
}

TEST_CASE("time expression: what is none", "[time_expression]") {
  const std::string text = GENERATE(
      as<std::string>(), "", " ", "What does Ada like?", "may I go", "May I go?", "you may be right", "this may be it",
      "it may, in part, work", "march on", "they march to Rome", "in may I", "give me a second", "the last one", "last",
      "next", "at last", "the other week", "in 2000 words", "2023", "room 2023", "a total of 2023", "about 2000 people",
      "$2023", "in $2000", "in 2023.1", "version 2.2023", "v2023", "in #2023", "in 2000 hours", "05/07/2023",
      "2023-13-07", "2023-02-30", "Feb 30, 2023", "February 29, 2023", "31/31/2023", "99.99.2023", "10.12.2023.1",
      "1-2-3", "5551-2023", "2023-05-071", "for April and June", "Jan and Mar", "the sun sat on wed", "Mondays",
      "every Monday", "each weekend", "5pm", "at 17:00", "in the morning", "in 3 days", "two weeks", "days ago",
      "0 days ago", "last minute", "next day", "the last week of work", "fall in love", "spring clean", "summer school",
      "the top 5 may win", "may 5 people come?", "3 may be enough", "between you and me", "from here to there",
      "since then", "before lunch", "after that", "until now", "now", "9999 years ago", "in 2023%",
      "last 3 days of work", "the day before", "day after day", "this day", "early bird", "today\u00e9", "yesterdays",
      "\u6628\u5929", "in 1500", "from 5 to 7", "24/7", "May-be");
  check({text, "2023-06-14T15:30:00", "Europe/Lisbon", kNone, kNone, kNone});
}

TEST_CASE("time expression: days on which clocks change, ends of years, zones", "[time_expression]") {
  const Row row = GENERATE(values<Row>({
      // Lisbon leaves 01:00 out on 2023-03-26 and has it twice on 2023-10-29: UTC+0 in winter, +1 in summer.
      {"yesterday", "2023-03-27T10:00", "Europe/Lisbon", "2023-03-26T00:00:00Z", "2023-03-26T23:00:00Z", "yesterday"},
      {"yesterday", "2023-10-30T10:00", "Europe/Lisbon", "2023-10-28T23:00:00Z", "2023-10-30T00:00:00Z", "yesterday"},
      {"last week", "2023-03-29", "Europe/Lisbon", "2023-03-20T00:00:00Z", "2023-03-26T23:00:00Z", "last week"},
      {"today at 1am", "2023-10-29T12:00", "Europe/Lisbon", "2023-10-29T00:00:00Z", "2023-10-29T02:00:00Z",
       "today at 1am"},
      {"today at 1am", "2023-03-26T12:00", "Europe/Lisbon", "2023-03-26T01:00:00Z", "2023-03-26T02:00:00Z",
       "today at 1am"},
      {"last 24 hours", "2023-03-26T12:00:00Z", "Europe/Lisbon", "2023-03-25T12:00:00Z", kNow, "last 24 hours"},
      {"the last 2 days", "2023-03-27T12:00", "Europe/Lisbon", "2023-03-25T12:00:00Z", kNow, "the last 2 days"},
      // Cairo leaves out the first hour of 2023-04-28: UTC+2, then +3.
      {"yesterday", "2023-04-29T09:00", "Africa/Cairo", "2023-04-27T22:00:00Z", "2023-04-28T21:00:00Z", "yesterday"},
      // Far from UTC on both sides, and not by whole hours.
      {"yesterday", "2023-06-14T00:30", "Pacific/Auckland", "2023-06-12T12:00:00Z", "2023-06-13T12:00:00Z",
       "yesterday"},
      {"today", "2023-06-14T03:00:00Z", "America/Los_Angeles", "2023-06-13T07:00:00Z", "2023-06-14T07:00:00Z", "today"},
      {"in May", "2023-06-01T03:00:00Z", "America/Los_Angeles", "2023-05-01T07:00:00Z", "2023-06-01T07:00:00Z",
       "in May"},
      {"last month", "2023-06-01T03:00:00Z", "America/Los_Angeles", "2023-04-01T07:00:00Z", "2023-05-01T07:00:00Z",
       "last month"},
      {"today", "2023-06-14T12:00", "Asia/Kathmandu", "2023-06-13T18:15:00Z", "2023-06-14T18:15:00Z", "today"},
      // Samoa had no 2011-12-30.
      {"last week", "2012-01-04T12:00", "Pacific/Apia", "2011-12-26T10:00:00Z", "2012-01-01T10:00:00Z", "last week"},
      {"last month", "2024-01-01", "UTC", "2023-12-01", "2024-01-01", "last month"},
      {"yesterday", "2024-01-01T00:00", "UTC", "2023-12-31", "2024-01-01", "yesterday"},
      {"tomorrow", "2024-02-28T08:00", "UTC", "2024-02-29", "2024-03-01", "tomorrow"},
      {"yesterday", "2100-03-01T08:00", "UTC", "2100-02-28", "2100-03-01", "yesterday"},
      {"last week", "2021-01-01", "UTC", "2020-12-21", "2020-12-28", "last week"},
      {"this week", "2021-01-01", "UTC", "2020-12-28", "2021-01-04", "this week"},
      {"this week", "2023-06-18T23:59", "UTC", "2023-06-12", "2023-06-19", "this week"},
      {"last weekend", "2023-06-18", "UTC", "2023-06-10", "2023-06-12", "last weekend"},
      {"over the weekend", "2023-06-17T10:00", "UTC", "2023-06-17", "2023-06-19", "over the weekend"},
      {"in December", "2024-01-01", "UTC", "2023-12-01", "2024-01-01", "in December"},
      {"last quarter", "2024-02-01", "UTC", "2023-10-01", "2024-01-01", "last quarter"},
      {"the past month", "2023-03-31T10:00", "UTC", "2023-02-28T10:00", kNow, "the past month"},
      {"the past year", "2024-02-29T10:00", "UTC", "2023-02-28T10:00", kNow, "the past year"},
      {"this winter", "2023-01-15", "UTC", "2022-12-01", "2023-03-01", "this winter"},
      {"last winter", "2023-01-15", "UTC", "2021-12-01", "2022-03-01", "last winter"},
      {"this winter", "2023-10-15", "UTC", "2023-12-01", "2024-03-01", "this winter"},
      {"on February 29", "1905-01-01", "UTC", "1904-02-29", "1904-03-01", "on February 29"},
      {"on February 29", "1904-02-28", "UTC", "1896-02-29", "1896-03-01", "on February 29"},
      {"last night", "2023-06-14T02:00", "UTC", "2023-06-13T18:00", "2023-06-14T05:00", "last night"},
      {"today", "1969-12-31T23:59:59", "UTC", "1969-12-31", "1970-01-01", "today"},
      {"since today", "2023-06-14T00:00", "UTC", "2023-06-14", kNow, "since today"},
      {"today", "0001-01-01T10:00", "UTC", "0001-01-01", "0001-01-02", "today"},
      {"yesterday", "0001-01-01T10:00", "UTC", kNone, kNone, kNone},
      {"tomorrow", "9999-12-31T10:00", "UTC", kNone, kNone, kNone},
  }));
  check(row);
}

TEST_CASE("time expression: an unknown zone is UTC, a reference out of range finds nothing", "[time_expression]") {
  const auto found = find_time_expression("today", 0, "Nowhere/Else");
  REQUIRE(found);
  CHECK(found->begin == 0);
  CHECK(found->end == 86'400'000'000);
  CHECK_FALSE(find_time_expression("today", core::to_micros(kOpenEnd), "UTC"));
  CHECK_FALSE(find_time_expression("today", text::kFirstMoment - 1, "UTC"));
}

TEST_CASE("time expression: a day, month or year is the moments that a calendar gives that name", "[time_expression]") {
  for (const std::uint64_t seed : test::seeds()) {
    test::Random random(seed);
    for (std::size_t i = 0; i < test::scaled(400, 20'000); ++i) {
      const std::string zone =
          random.pick({"UTC", "Europe/Lisbon", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "Africa/Cairo"});
      const std::int64_t reference = random.between(0, 2'000'000'000) * 1'000'000 + random.between(0, 999'999);
      const std::string today = day_in(reference, zone);
      // The name of a period is how its days begin; that of yesterday is found by walking back.
      std::int64_t before = reference;
      while (day_in(before, zone) == today) before -= 3'600'000'000;
      const auto [text, name] = random.pick({std::pair<std::string, std::string>{"today", today},
                                             {"yesterday", day_in(before, zone)},
                                             {"this month", today.substr(0, 7)},
                                             {"this year", today.substr(0, 4)},
                                             {"on " + today, today},
                                             {"in the month " + today.substr(0, 7), today.substr(0, 7)},
                                             {"in " + today.substr(0, 4), today.substr(0, 4)}});
      CAPTURE(seed, text, zone, reference);
      const auto found = find_time_expression(text, reference, zone);
      REQUIRE(found);
      CHECK(day_in(found->begin, zone).starts_with(name));
      CHECK_FALSE(day_in(found->begin - 1, zone).starts_with(name));
      CHECK(day_in(found->end - 1, zone).starts_with(name));
      CHECK_FALSE(day_in(found->end, zone).starts_with(name));
    }
  }
}

TEST_CASE("time expression: any text gives a window in it or none", "[time_expression]") {
  const std::vector<std::string> words = {
      "the",        "a",       "last",       "next",       "this",      "past",   "in",     "on",        "at",
      "of",         "from",    "to",         "between",    "and",       "since",  "before", "after",     "until",
      "May",        "may",     "march",      "Feb",        "29",        "30",     "31",     "5th",       "2023",
      "2024",       "1900",    "9999",       "0",          "week",      "weeks",  "day",    "days",      "hours",
      "year",       "years",   "month",      "quarter",    "weekend",   "ago",    "now",    "yesterday", "today",
      "tonight",    "morning", "night",      "5pm",        "23:59",     "pm",     "Monday", "sat",       "summer",
      "winter",     "Q4",      "early",      "mid",        "end",       "couple", "few",    "several",   "every",
      "2023-05-07", "2023-05", "9999-12-31", "0001-01-01", "1/13/2023", ",",      "-",      "\u2013",    ".",
      "'s",         "words",   "\u00e9",     "\xff",       "noon",      "onwards"};
  for (const std::uint64_t seed : test::seeds()) {
    test::Random random(seed);
    for (std::size_t i = 0; i < test::scaled(20'000, 2'000'000); ++i) {
      std::string text;
      if (random.chance(20)) {
        for (std::size_t n = random.below(40); n > 0; --n) text += static_cast<char>(random.below(256));
      } else {
        for (std::size_t n = random.below(12); n > 0; --n) text += random.pick(words) + (random.chance(85) ? " " : "");
      }
      const std::int64_t reference = random.chance(10)   ? static_cast<std::int64_t>(random.next())
                                     : random.chance(20) ? random.between(text::kFirstMoment, text::kLastMoment)
                                                         : random.between(1'500'000'000, 1'900'000'000) * 1'000'000;
      const std::string zone = random.pick({"UTC", "Europe/Lisbon", "America/St_Johns", "Pacific/Apia", "no zone"});
      CAPTURE(seed, text, reference, zone);
      std::optional<TimeExpression> found;
      REQUIRE_NOTHROW(found = find_time_expression(text, reference, zone));
      if (!found) continue;
      REQUIRE(found->begin < found->end);
      REQUIRE(found->begin >= text::kFirstMoment);
      REQUIRE(found->end <= text::kLastMoment);
      REQUIRE_FALSE(found->words.empty());
      REQUIRE(text.find(found->words) != std::string::npos);
      const auto again = find_time_expression(found->words, reference, zone);
      REQUIRE(again);
      REQUIRE(again->end - again->begin <= found->end - found->begin);
    }
  }
}

TEST_CASE("time expression: long texts take linear time", "[time_expression]") {
  for (const std::string part :
       {"the day before ", "morning of ", "5pm on ", "late ", "x", " ", "\u2013", "from May to ", "2023-"}) {
    std::string text;
    while (text.size() < 1'000'000) text += part;
    const auto found = find_time_expression(text + ". yesterday", 1'700'000'000'000'000, "UTC");
    CAPTURE(part);
    REQUIRE(found);
    CHECK(found->words.ends_with("yesterday"));
  }
}
