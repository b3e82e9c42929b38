// SPDX-License-Identifier: Apache-2.0
#include "text/time_words.hpp"

#include <algorithm>
#include <array>

#include "text/ascii.hpp"

namespace mnemic::text {
namespace {

using W = TimeWord;

struct Entry {
  std::string_view spelling;
  W word;
  int value = 0;
  bool ambiguous = false;
};

constexpr int of(TimeUnit unit) {
  return static_cast<int>(unit);
}
constexpr int of(PartOfDay part) {
  return static_cast<int>(part);
}

// Sorted by spelling.
constexpr std::array kEntries = {
    Entry{"a", W::kArticle, 1},
    Entry{"after", W::kAfter},
    Entry{"afternoon", W::kPart, of(PartOfDay::kAfternoon)},
    Entry{"ago", W::kAgo},
    Entry{"am", W::kMeridiem, 0},
    Entry{"an", W::kArticle, 1},
    Entry{"and", W::kAnd},
    Entry{"apr", W::kMonth, 4, true},
    Entry{"april", W::kMonth, 4, true},
    Entry{"around", W::kOver},
    Entry{"at", W::kAt},
    Entry{"aug", W::kMonth, 8, true},
    Entry{"august", W::kMonth, 8, true},
    Entry{"autumn", W::kSeason, 9},
    Entry{"be", W::kPronoun},
    Entry{"before", W::kBefore},
    Entry{"beginning", W::kThirdOf, 0},
    Entry{"between", W::kBetween},
    Entry{"bytes", W::kCounted},
    Entry{"calories", W::kCounted},
    Entry{"characters", W::kCounted},
    Entry{"coming", W::kModifier, 1},
    Entry{"copies", W::kCounted},
    Entry{"couple", W::kCount, kCouple},
    Entry{"current", W::kModifier, 0},
    Entry{"day", W::kUnit, of(TimeUnit::kDay)},
    Entry{"days", W::kUnit, of(TimeUnit::kDay)},
    Entry{"dec", W::kMonth, 12, true},
    Entry{"december", W::kMonth, 12},
    Entry{"dollars", W::kCounted},
    Entry{"during", W::kIn},
    Entry{"each", W::kEvery},
    Entry{"early", W::kThird, 0},
    Entry{"eight", W::kCount, 8},
    Entry{"eleven", W::kCount, 11},
    Entry{"end", W::kThirdOf, 2},
    Entry{"euros", W::kCounted},
    Entry{"evening", W::kPart, of(PartOfDay::kEvening)},
    Entry{"every", W::kEvery},
    Entry{"fall", W::kSeason, 9},
    Entry{"feb", W::kMonth, 2, true},
    Entry{"february", W::kMonth, 2},
    Entry{"few", W::kCount, kFew},
    Entry{"files", W::kCounted},
    Entry{"first", W::kFirst},
    Entry{"five", W::kCount, 5},
    Entry{"for", W::kOver},
    Entry{"four", W::kCount, 4},
    Entry{"fri", W::kWeekday, 4, true},
    Entry{"friday", W::kWeekday, 4},
    Entry{"from", W::kFrom},
    Entry{"guests", W::kCounted},
    Entry{"have", W::kPronoun},
    Entry{"he", W::kPronoun},
    Entry{"hour", W::kUnit, of(TimeUnit::kHour)},
    Entry{"hours", W::kUnit, of(TimeUnit::kHour)},
    Entry{"i", W::kPronoun},
    Entry{"in", W::kIn},
    Entry{"it", W::kPronoun},
    Entry{"items", W::kCounted},
    Entry{"jan", W::kMonth, 1, true},
    Entry{"january", W::kMonth, 1},
    Entry{"jul", W::kMonth, 7, true},
    Entry{"july", W::kMonth, 7},
    Entry{"jun", W::kMonth, 6, true},
    Entry{"june", W::kMonth, 6, true},
    Entry{"kg", W::kCounted},
    Entry{"km", W::kCounted},
    Entry{"last", W::kModifier, -1},
    Entry{"late", W::kThird, 2},
    Entry{"lines", W::kCounted},
    Entry{"mar", W::kMonth, 3, true},
    Entry{"march", W::kMonth, 3, true},
    Entry{"may", W::kMonth, 5, true},
    Entry{"members", W::kCounted},
    Entry{"meters", W::kCounted},
    Entry{"metres", W::kCounted},
    Entry{"mid", W::kThird, 1},
    Entry{"middle", W::kThirdOf, 1},
    Entry{"miles", W::kCounted},
    Entry{"minute", W::kUnit, of(TimeUnit::kMinute)},
    Entry{"minutes", W::kUnit, of(TimeUnit::kMinute)},
    Entry{"mon", W::kWeekday, 0, true},
    Entry{"monday", W::kWeekday, 0},
    Entry{"month", W::kUnit, of(TimeUnit::kMonth)},
    Entry{"months", W::kUnit, of(TimeUnit::kMonth)},
    Entry{"morning", W::kPart, of(PartOfDay::kMorning)},
    Entry{"next", W::kModifier, 1},
    Entry{"night", W::kPart, of(PartOfDay::kNight)},
    Entry{"nine", W::kCount, 9},
    Entry{"noon", W::kNoon, 12},
    Entry{"not", W::kPronoun},
    Entry{"nov", W::kMonth, 11, true},
    Entry{"november", W::kMonth, 11},
    Entry{"now", W::kNow},
    Entry{"oct", W::kMonth, 10, true},
    Entry{"october", W::kMonth, 10},
    Entry{"of", W::kOf},
    Entry{"on", W::kOn},
    Entry{"one", W::kCount, 1},
    Entry{"onward", W::kOnward},
    Entry{"onwards", W::kOnward},
    Entry{"over", W::kOver},
    Entry{"pages", W::kCounted},
    Entry{"past", W::kPast, -1},
    Entry{"people", W::kCounted},
    Entry{"percent", W::kCounted},
    Entry{"persons", W::kCounted},
    Entry{"pm", W::kMeridiem, 12},
    Entry{"points", W::kCounted},
    Entry{"pounds", W::kCounted},
    Entry{"previous", W::kPrevious, -1},
    Entry{"q1", W::kQuarter, 1},
    Entry{"q2", W::kQuarter, 4},
    Entry{"q3", W::kQuarter, 7},
    Entry{"q4", W::kQuarter, 10},
    Entry{"quarter", W::kUnit, of(TimeUnit::kQuarter)},
    Entry{"quarters", W::kUnit, of(TimeUnit::kQuarter)},
    Entry{"rows", W::kCounted},
    Entry{"sat", W::kWeekday, 5, true},
    Entry{"saturday", W::kWeekday, 5},
    Entry{"sep", W::kMonth, 9, true},
    Entry{"sept", W::kMonth, 9, true},
    Entry{"september", W::kMonth, 9},
    Entry{"seven", W::kCount, 7},
    Entry{"several", W::kCount, kSeveral},
    Entry{"she", W::kPronoun},
    Entry{"since", W::kSince},
    Entry{"six", W::kCount, 6},
    Entry{"spring", W::kSeason, 3},
    Entry{"start", W::kThirdOf, 0},
    Entry{"steps", W::kCounted},
    Entry{"summer", W::kSeason, 6},
    Entry{"sun", W::kWeekday, 6, true},
    Entry{"sunday", W::kWeekday, 6},
    Entry{"ten", W::kCount, 10},
    Entry{"the", W::kThe},
    Entry{"they", W::kPronoun},
    Entry{"this", W::kModifier, 0},
    Entry{"three", W::kCount, 3},
    Entry{"through", W::kTo},
    Entry{"throughout", W::kIn},
    Entry{"thu", W::kWeekday, 3, true},
    Entry{"thurs", W::kWeekday, 3, true},
    Entry{"thursday", W::kWeekday, 3},
    Entry{"till", W::kUntil},
    Entry{"times", W::kCounted},
    Entry{"to", W::kTo},
    Entry{"today", W::kDay, 0},
    Entry{"tokens", W::kCounted},
    Entry{"tomorrow", W::kDay, 1},
    Entry{"tonight", W::kTonight},
    Entry{"tue", W::kWeekday, 1, true},
    Entry{"tues", W::kWeekday, 1, true},
    Entry{"tuesday", W::kWeekday, 1},
    Entry{"twelve", W::kCount, 12},
    Entry{"two", W::kCount, 2},
    Entry{"until", W::kUntil},
    Entry{"upcoming", W::kModifier, 1},
    Entry{"users", W::kCounted},
    Entry{"we", W::kPronoun},
    Entry{"wed", W::kWeekday, 2, true},
    Entry{"wednesday", W::kWeekday, 2},
    Entry{"week", W::kUnit, of(TimeUnit::kWeek)},
    Entry{"weekend", W::kUnit, of(TimeUnit::kWeekend)},
    Entry{"weekends", W::kUnit, of(TimeUnit::kWeekend)},
    Entry{"weeks", W::kUnit, of(TimeUnit::kWeek)},
    Entry{"winter", W::kSeason, 12},
    Entry{"within", W::kOver},
    Entry{"words", W::kCounted},
    Entry{"year", W::kUnit, of(TimeUnit::kYear)},
    Entry{"years", W::kUnit, of(TimeUnit::kYear)},
    Entry{"yesterday", W::kDay, -1},
    Entry{"you", W::kPronoun},
};
static_assert(std::is_sorted(kEntries.begin(), kEntries.end(),
                             [](const Entry& a, const Entry& b) { return a.spelling < b.spelling; }));
constexpr std::size_t kLongest = std::max_element(kEntries.begin(), kEntries.end(), [](const Entry& a, const Entry& b) {
                                   return a.spelling.size() < b.spelling.size();
                                 })->spelling.size();

bool is_letter(char c) {
  return is_lower(c) || is_upper(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

bool is_word_char(char c) {
  return is_letter(c) || is_digit(c);
}

/// Punctuation and spaces outside ASCII: U+00A0, U+2000..U+206F, U+3000..U+303F. 0: none at `at`.
std::size_t foreign_mark(std::string_view text, std::size_t at, TimeGap& gap) {
  const std::string_view rest = text.substr(at, 3);
  const bool general = rest.starts_with("\xE2\x80") || rest.starts_with("\xE2\x81");
  if (rest.size() == 3 && general) {
    const auto last = static_cast<unsigned char>(rest[2]);
    const bool dash = rest[1] == '\x80' && last >= 0x90 && last <= 0x95;
    const bool space = rest[1] == '\x80' && last <= 0x8A;
    gap = dash ? TimeGap::kDash : space ? TimeGap::kSpace : TimeGap::kBreak;
    return 3;
  }
  if (rest.size() == 3 && rest.starts_with("\xE3\x80")) {
    gap = rest[2] == '\x80' ? TimeGap::kSpace : TimeGap::kBreak;
    return 3;
  }
  if (rest.starts_with("\xC2\xA0")) {
    gap = TimeGap::kSpace;
    return 2;
  }
  return 0;
}

TimeGap gap_of(char c) {
  if (is_space(c)) return TimeGap::kSpace;
  if (c == ',') return TimeGap::kComma;
  return c == '-' ? TimeGap::kDash : TimeGap::kBreak;
}

/// Goes on to the next word; says what was passed over. Of blanks and one mark the mark counts, of two marks a break.
std::size_t skip_gap(std::string_view text, std::size_t at, TimeGap& gap) {
  gap = TimeGap::kNone;
  while (at < text.size()) {
    TimeGap mark = TimeGap::kBreak;
    std::size_t size = foreign_mark(text, at, mark);
    if (size == 0) {
      if (is_word_char(text[at])) break;
      mark = gap_of(text[at]);
      size = 1;
    }
    at += size;
    if (gap == TimeGap::kNone || gap == TimeGap::kSpace) {
      gap = mark;
    } else if (mark != TimeGap::kSpace) {
      gap = TimeGap::kBreak;
    }
  }
  return at;
}

std::size_t word_end(std::string_view text, std::size_t at) {
  TimeGap mark = TimeGap::kNone;
  for (bool ascii = true; at < text.size() && is_word_char(text[at]) && foreign_mark(text, at, mark) == 0; ++at) {
    if (!ascii && is_digit(text[at])) break;  // a date in a script without spaces
    ascii = static_cast<unsigned char>(text[at]) < 0x80;
  }
  return at;
}

/// Past "'s", which is written in two ways.
std::size_t possessive_end(std::string_view text, std::size_t at) {
  for (const std::string_view mark : {"'s", "\xE2\x80\x99s"}) {
    const std::size_t end = at + mark.size();
    if (text.substr(at).starts_with(mark) && (end == text.size() || !is_word_char(text[end]))) return end;
  }
  return at;
}

void read_word(std::string_view text, TimeToken& token) {
  token.end = word_end(text, token.begin);
  token.word = W::kOther;
  token.capital = is_upper(text[token.begin]);
  const std::size_t size = token.end - token.begin;
  if (size > kLongest) return;
  std::array<char, kLongest> buffer;
  for (std::size_t i = 0; i < size; ++i) buffer[i] = lower(text[token.begin + i]);
  const std::string_view spelling(buffer.data(), size);
  const auto found = std::lower_bound(kEntries.begin(), kEntries.end(), spelling,
                                      [](const Entry& entry, std::string_view word) { return entry.spelling < word; });
  if (found == kEntries.end() || found->spelling != spelling) return;
  token.word = found->word;
  token.value = found->value;
  token.ambiguous = found->ambiguous;
  token.plural = token.word == W::kUnit && spelling.back() == 's';
  token.end = possessive_end(text, token.end);
}

/// The digits at `at`, at most `most` of them; 0 read: none, or too many.
std::size_t read_digits(std::string_view text, std::size_t at, std::size_t most, int& value) {
  value = 0;
  std::size_t size = 0;
  for (; at + size < text.size() && is_digit(text[at + size]); ++size) {
    if (size == most) return 0;
    value = value * 10 + (text[at + size] - '0');
  }
  return size;
}

/// Whether a number may end before `at`: not inside a word, a longer date, a version or an address.
bool number_ends(std::string_view text, std::size_t at) {
  if (at >= text.size()) return true;
  const char c = text[at];
  if (is_alnum(c) || c == '_' || c == '%') return false;
  const bool joins = c == '-' || c == '/' || c == '.' || c == ':';
  return !joins || at + 1 >= text.size() || !is_digit(text[at + 1]);
}

/// Whether a number may begin at `at`: "$2000", "#7", "1.2023" and "-5" are none.
bool number_begins(std::string_view text, std::size_t at) {
  if (at == 0) return true;
  const std::string_view before = text.substr(0, at);
  for (const std::string_view sign : {"$", "#", ".", "/", ":", "-", "+", "\xC2\xA3", "\xC2\xA5", "\xE2\x82\xAC"}) {
    if (before.ends_with(sign)) return false;
  }
  return true;
}

/// "2023-05-07", "2023/05/07", "2023-05", "25/12/2023", "7.5.2023". Whether the day exists is not asked.
bool read_date(std::string_view text, TimeToken& token) {
  int first = 0;
  int second = 0;
  int third = 0;
  const std::size_t first_size = read_digits(text, token.begin, 4, first);
  std::size_t at = token.begin + first_size;
  if (first_size == 0 || first_size == 3 || at >= text.size()) return false;
  const char mark = text[at];
  if (mark != '-' && mark != '/' && mark != '.') return false;
  const std::size_t second_size = read_digits(text, at + 1, 2, second);
  if (second_size == 0) return false;
  at += 1 + second_size;
  const bool more = at < text.size() && text[at] == mark;
  const std::size_t third_size = more ? read_digits(text, at + 1, 4, third) : 0;
  if (first_size == 4 && mark != '.') {
    if (third_size == 0 && mark == '-' && second_size == 2 && number_ends(text, at)) {
      token.word = W::kYearMonth;
    } else if (third_size == 1 || third_size == 2) {
      at += 1 + third_size;
      token.word = W::kDate;
      // A time may follow: "2023-05-07T13:00".
      if (!number_ends(text, at) && text[at] != 'T') return false;
    } else {
      return false;
    }
    token.year = first;
    token.month = second;
    token.value = third;
  } else {
    if (first_size > 2 || third_size != 4 || mark == '-') return false;
    at += 1 + third_size;
    if (!number_ends(text, at)) return false;
    const bool month_first = mark == '/' && second > 12;
    if (mark == '/' && first <= 12 && second <= 12 && first != second) return false;  // two days it could be
    token.word = W::kDate;
    token.year = third;
    token.month = month_first ? first : second;
    token.value = month_first ? second : first;
  }
  token.end = at;
  return true;
}

/// "17:30", "5:30pm", "5pm".
bool read_clock(std::string_view text, TimeToken& token) {
  int hour = 0;
  int minute = 0;
  std::size_t at = token.begin;
  const std::size_t size = read_digits(text, at, 2, hour);
  if (size == 0) return false;
  at += size;
  const bool minutes = at < text.size() && text[at] == ':';
  if (minutes) {
    if (read_digits(text, at + 1, 2, minute) != 2) return false;
    at += 3;
  }
  const std::string_view rest = text.substr(std::min(at, text.size()));
  const bool pm = starts_with_folded(rest, 0, "pm");
  if (pm || starts_with_folded(rest, 0, "am")) {
    if (hour < 1 || hour > 12) return false;
    hour = hour % 12 + (pm ? 12 : 0);
    at += 2;
  } else if (!minutes) {
    return false;
  }
  if (hour > 23 || minute > 59 || !number_ends(text, at)) return false;
  token.word = W::kClock;
  token.value = hour;
  token.ambiguous = is_digit(text[at - 1]);
  token.end = at;
  return true;
}

bool is_ordinal_suffix(std::string_view suffix) {
  return suffix == "st" || suffix == "nd" || suffix == "rd" || suffix == "th";
}

void read_number(std::string_view text, TimeToken& token) {
  const bool begins = number_begins(text, token.begin);
  if (begins && (read_date(text, token) || read_clock(text, token))) return;
  token.end = token.begin;
  while (token.end < text.size() && is_alnum(text[token.end])) ++token.end;
  token.word = W::kOther;
  const std::size_t digits = read_digits(text, token.begin, 4, token.value);
  const std::size_t after = token.begin + digits;
  if (digits == 0) return;
  if (is_ordinal_suffix(text.substr(after, token.end - after)) && begins) token.word = W::kOrdinal;
  if (after != token.end) return;
  // "2021-2023" and "5-7" are two numbers; the parser sees the dash.
  const bool dash = after < text.size() && text[after] == '-';
  const bool after_dash = token.gap == TimeGap::kDash && text[token.begin - 1] == '-';
  if ((begins || after_dash) && (dash || number_ends(text, after))) token.word = W::kNumber;
}

}  // namespace

TimeToken time_token_at(std::string_view text, std::size_t at) {
  TimeToken token;
  token.begin = token.end = skip_gap(text, at, token.gap);
  if (token.begin == text.size()) return token;
  if (is_digit(text[token.begin])) {
    read_number(text, token);
  } else {
    read_word(text, token);
  }
  return token;
}

}  // namespace mnemic::text
