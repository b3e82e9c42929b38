// SPDX-License-Identifier: Apache-2.0
#include "fact_values.hpp"

#include "value_words.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace chatbot {
namespace {

using Words = std::span<const std::string_view>;

bool is_one_of(std::string_view word, Words list) {
  return std::ranges::find(list, word) != list.end();
}

bool is_day_number(std::string_view key) {
  if (key.empty() || std::isdigit(static_cast<unsigned char>(key[0])) == 0) return false;
  const std::size_t digits = std::min(key.find_first_not_of("0123456789"), key.size());
  const std::string_view rest = key.substr(digits);
  return digits <= 2 && (rest.empty() || rest == "st" || rest == "nd" || rest == "rd" || rest == "th");
}

bool is_number(std::string_view key) {
  return !key.empty() && std::ranges::all_of(key, [](unsigned char c) { return std::isdigit(c) != 0; });
}

// "CEO": a title, no name.
bool is_all_capitals(std::string_view text) {
  return text.size() > 1 && std::ranges::all_of(text, [](unsigned char c) { return std::isupper(c) != 0; });
}

std::string joined(const Cursor& cursor, std::size_t begin, std::size_t end) {
  std::string text;
  for (std::size_t i = begin; i < end; ++i) {
    const Word& word = cursor.words[i];
    if (!text.empty() && word.kind == Word::Kind::kWord) text += ' ';
    text += word.text;
  }
  return text;
}

bool is_word(const Cursor& cursor, std::size_t ahead = 0) {
  return cursor.at + ahead < cursor.words.size() && cursor.words[cursor.at + ahead].kind == Word::Kind::kWord;
}

bool is_capital(const Cursor& cursor, std::size_t ahead) {
  return is_word(cursor, ahead) && cursor.words[cursor.at + ahead].capital();
}

// One to five words with capitals, and what stands between them.
std::string read_proper(Cursor& cursor, bool person, bool all_lower) {
  constexpr std::size_t kMost = 5;
  const auto refused = [&](const Cursor& here) {
    return here.key() == "i" || is_one_of(here.key(), kWeekdays) || is_one_of(here.key(), kMonths) ||
           is_one_of(here.key(), kFeasts) ||
           (person && (is_one_of(here.key(), kNoNames) || is_all_capitals(here.words[here.at].text) ||
                       here.key().ends_with("'s")));
  };
  const std::size_t begin = cursor.at;
  std::size_t end = begin;
  if (all_lower) {
    for (; end < begin + 2 && is_word(cursor, end - begin); ++end) {
      const Cursor here{cursor.words, end};
      if (end > begin && may_end_here(here, ValueKind::kProper)) break;
      if (is_one_of(here.key(), kNoPlaces) || refused(here)) return {};
    }
  } else {
    for (std::size_t i = 0; i < kMost; ++i) {
      std::size_t ahead = end - begin;
      while (ahead < end - begin + 2 && is_word(cursor, ahead) && is_one_of(cursor.key(ahead), kParticles) &&
             !is_capital(cursor, ahead)) {
        ++ahead;
      }
      const bool number = end > begin && ahead == end - begin && is_word(cursor, ahead) && is_number(cursor.key(ahead));
      if (!number && !is_capital(cursor, ahead)) break;
      const Cursor here{cursor.words, begin + ahead};
      // In a line of capitals only, the words after a name have them too.
      if (end > begin && (is_one_of(here.key(), kAfterAny) || is_one_of(here.key(), kAfterProper))) break;
      if (refused(here)) return {};
      end = begin + ahead + 1;
    }
  }
  // "In Lisbon and Porto": neither alone.
  const Cursor rest{cursor.words, end};
  const bool another = !person && rest.sees("and") && rest.key(1) != "i" && is_capital(rest, 1);
  if (end == begin || another) return {};
  cursor.at = end;
  return joined(cursor, begin, end);
}

std::string read_thing(Cursor& cursor, std::size_t most) {
  const std::size_t begin = cursor.at;
  std::size_t end = begin;
  if (is_one_of(cursor.key(), kNoThingStart)) return {};
  for (; is_word(cursor, end - begin); ++end) {
    const Cursor here{cursor.words, end};
    if (is_one_of(here.key(), kThingStops) || here.sees("as well") || here.sees("a lot") ||
        here.sees("at the moment") || here.sees("these days") || here.sees("right now") || here.sees("any more") ||
        here.sees("any longer") || here.sees("no more") || here.sees("by the way")) {
      break;
    }
    if (end - begin == most || is_one_of(here.key(), kNoThingInside)) return {};
  }
  if (end == begin) return {};
  cursor.at = end;
  return joined(cursor, begin, end);
}

// "a", "a and b", "a, b and c". The last item must be one word, or repeat the preposition ("to peanuts and to lupin"):
// in "I like tea and play chess" the second half is no thing.
std::vector<std::string> read_list(Cursor& cursor, ValueKind kind, bool either, std::string (*read_one)(Cursor&)) {
  std::vector<std::string> items;
  std::string first = read_one(cursor);
  if (first.empty()) return items;
  items.push_back(std::move(first));
  Cursor ahead = cursor;
  std::vector<std::string> more;
  while (ahead.accept(",")) {
    std::string item = read_one(ahead);
    if (item.empty() || item.find(' ') != std::string::npos) return items;
    more.push_back(std::move(item));
    if (!ahead.sees(",") && !ahead.sees("and") && !(either && ahead.sees("or"))) return items;
  }
  ahead.accept(",");
  if (!ahead.accept("and") && !(either && ahead.accept("or"))) return items;
  const bool repeated = ahead.accept("to");
  std::string last = read_one(ahead);
  if (last.empty() || (!repeated && last.find(' ') != std::string::npos) || !may_end_here(ahead, kind)) {
    return items;
  }
  more.push_back(std::move(last));
  items.insert(items.end(), more.begin(), more.end());
  cursor = ahead;
  return items;
}

std::string one_thing(Cursor& cursor) {
  return read_thing(cursor, 4);
}

std::string one_tongue(Cursor& cursor) {
  if (!is_capital(cursor, 0)) return {};
  return std::string(cursor.words[cursor.at++].text);
}

// A weekday, a date, or both: "Tuesdays", "Monday the 4th of May", "3 May 1990", "1990-05-03"; then perhaps a time.
std::string read_day(Cursor& cursor) {
  const std::size_t begin = cursor.at;
  bool any = false;
  if (is_one_of(cursor.key(), kWeekdays)) {
    ++cursor.at;
    any = true;
    while ((cursor.sees("and") || cursor.sees(",")) && is_one_of(cursor.key(1), kWeekdays)) cursor.at += 2;
    if (cursor.sees(",") && (cursor.key(1) == "the" || is_day_number(cursor.key(1)))) ++cursor.at;
  }
  Cursor date = cursor;
  date.accept("the");
  const std::string_view key = date.key();
  const bool iso = key.size() == 10 && key[4] == '-' && key[7] == '-' && is_number(key.substr(0, 4));
  if (iso) {
    date.at += 1;
    cursor = date;
    any = true;
  } else {
    bool complete = false;
    if (is_day_number(key)) {
      ++date.at;
      date.accept("of");
      complete = month_number(date.key()) > 0;
      if (complete) ++date.at;
    } else if (month_number(key) > 0 && is_day_number(date.key(1))) {
      date.at += 2;
      complete = true;
    }
    if (complete) {
      if (is_number(date.key()) && date.key().size() == 4) ++date.at;
      if (date.sees(",") && is_number(date.key(1)) && date.key(1).size() == 4) date.at += 2;
      cursor = date;
      any = true;
    }
  }
  if (!any) {
    cursor.at = begin;
    return {};
  }
  if (cursor.sees("at")) {
    constexpr std::size_t kLongestTime = 6;  // "at half past six in the evening"
    std::size_t end = cursor.at + 1;
    while (end < cursor.words.size() && end - cursor.at <= kLongestTime && is_word(cursor, end - cursor.at) &&
           !is_one_of(cursor.words[end].key, kThingStops)) {
      ++end;
    }
    cursor.at = end;
  }
  return joined(cursor, begin, cursor.at);
}

std::string read_diet(Cursor& cursor) {
  cursor.accept("a") || cursor.accept("an");
  const std::size_t begin = cursor.at;
  return cursor.accept_any(kDiets) ? joined(cursor, begin, cursor.at) : std::string();
}

std::string read_work(Cursor& cursor) {
  const std::size_t begin = cursor.at;
  if (!cursor.accept("a") && !cursor.accept("an")) return {};
  const std::string trade = read_thing(cursor, 4);
  return trade.empty() ? trade : joined(cursor, begin, cursor.at);
}

std::string read_address(Cursor& cursor) {
  constexpr std::size_t kMost = 14;
  const std::size_t begin = cursor.at;
  const auto rest = cursor.words.subspan(begin);
  const bool number = std::ranges::any_of(rest, [](const Word& word) { return is_number(word.key); });
  constexpr auto kDoubtful = std::to_array<std::string_view>({"not", "or", "was", "is", "until", "and", "but", "soon"});
  const bool plain = std::ranges::all_of(rest, [&](const Word& word) {
    return word.kind == Word::Kind::kWord ? !is_one_of(word.key, kDoubtful) : word.key == ",";
  });
  if (!number || !plain || rest.size() > kMost) return {};
  cursor.at = cursor.words.size();
  return joined(cursor, begin, cursor.at);
}

}  // namespace

std::string_view Cursor::key(std::size_t ahead) const {
  return at + ahead < words.size() ? std::string_view(words[at + ahead].key) : std::string_view();
}

bool Cursor::sees(std::string_view phrase) const {
  for (std::size_t i = at;; ++i) {
    const std::size_t space = phrase.find(' ');
    if (i >= words.size() || words[i].key != phrase.substr(0, space)) return false;
    if (space == std::string_view::npos) return true;
    phrase.remove_prefix(space + 1);
  }
}

bool Cursor::accept(std::string_view phrase) {
  if (!sees(phrase)) return false;
  at += 1 + static_cast<std::size_t>(std::ranges::count(phrase, ' '));
  return true;
}

bool Cursor::accept_any(std::span<const std::string_view> phrases) {
  return std::ranges::any_of(phrases, [this](std::string_view phrase) { return accept(phrase); });
}

bool may_end_here(const Cursor& cursor, ValueKind kind) {
  if (cursor.at_end()) return true;
  const Word& word = cursor.words[cursor.at];
  if (word.kind != Word::Kind::kWord) return word.kind == Word::Kind::kMark;
  const auto seen = [&](std::string_view phrase) { return cursor.sees(phrase); };
  return std::ranges::any_of(kAfterAny, seen) || ((kind == ValueKind::kProper || kind == ValueKind::kName ||
                                                   kind == ValueKind::kTongues || kind == ValueKind::kDay) &&
                                                  std::ranges::any_of(kAfterProper, seen));
}

std::vector<std::string> read_values(Cursor& cursor, ValueKind kind, const ValueStyle& style) {
  const auto single = [](std::string value) {
    return value.empty() ? std::vector<std::string>() : std::vector<std::string>{std::move(value)};
  };
  switch (kind) {
    case ValueKind::kProper:
      return single(read_proper(cursor, false, style.all_lower));
    case ValueKind::kName:
      return single(read_proper(cursor, true, style.all_lower));
    case ValueKind::kThing:
      return single(read_thing(cursor, 6));
    case ValueKind::kThings:
      return read_list(cursor, kind, style.either, one_thing);
    case ValueKind::kTongues:
      return read_list(cursor, kind, style.either, one_tongue);
    case ValueKind::kDay:
      return single(read_day(cursor));
    case ValueKind::kDiet:
      return single(read_diet(cursor));
    case ValueKind::kWork:
      return single(read_work(cursor));
    case ValueKind::kAddress:
      return single(read_address(cursor));
  }
  return {};
}

int month_number(std::string_view key) {
  const auto* const month = std::ranges::find(kMonths, key);
  return month == kMonths.end() ? 0 : static_cast<int>(month - kMonths.begin()) + 1;
}

}  // namespace chatbot
