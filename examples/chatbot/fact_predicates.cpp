// SPDX-License-Identifier: Apache-2.0
#include "fact_predicates.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace chatbot {
namespace {

constexpr auto kAdverbs =
    std::to_array<std::string_view>({"now", "currently", "also", "still", "really", "just", "actually", "finally",
                                     "recently", "already", "absolutely", "definitely", "honestly", "particularly"});

bool accept_verb(Cursor& cursor, std::string_view phrase) {
  skip_adverbs(cursor);
  return phrase.empty() || cursor.accept(phrase);
}

// Goes past the verb and says how it is denied; nothing when it is another verb.
std::optional<Denial> read_verb(Cursor& cursor, const Predicate& rule, Grammar grammar) {
  const bool first = grammar == Grammar::kFirst;
  const auto when = [&](std::string_view phrase, Denial denial) {
    return accept_verb(cursor, phrase) ? std::optional(denial) : std::nullopt;
  };
  const std::string_view stated = first ? rule.base : rule.third;
  if (cursor.accept("used to")) return when(rule.base, Denial::kOnce);
  if (cursor.accept("no longer")) return when(stated, Denial::kNoLonger);
  if (cursor.accept("never")) return when(stated, Denial::kNot);
  if (cursor.accept(first ? "do not" : "does not")) {
    if (cursor.sees("just")) return std::nullopt;  // "I don't just live in Porto"
    return when(rule.base, Denial::kNot);
  }
  const bool stops =
      !rule.gerund.empty() && (cursor.accept("have stopped") || cursor.accept("stopped") || cursor.accept("quit"));
  return stops ? when(rule.gerund, Denial::kNoLonger) : when(stated, Denial::kNone);
}

std::optional<Denial> read_being(Cursor& cursor, const Predicate& rule, Grammar grammar) {
  Denial denial = Denial::kNone;
  if (cursor.accept("used to be")) {
    denial = Denial::kOnce;
  } else {
    if (grammar != Grammar::kThirdIs && !cursor.accept(grammar == Grammar::kFirst ? "am" : "is")) return std::nullopt;
    skip_adverbs(cursor);
    if (cursor.accept("no longer")) denial = Denial::kNoLonger;
    if (cursor.accept("not")) denial = Denial::kNot;
  }
  return accept_verb(cursor, rule.base) ? std::optional(denial) : std::nullopt;
}

std::optional<Denial> read_ability(Cursor& cursor, const Predicate& rule) {
  if (!cursor.accept("can")) return std::nullopt;
  skip_adverbs(cursor);
  const bool cannot = cursor.accept("not") || cursor.accept("no longer");
  return accept_verb(cursor, rule.base) ? std::optional(cannot ? Denial::kNone : Denial::kCan) : std::nullopt;
}

std::optional<Denial> read_head(Cursor& cursor, const Predicate& rule, Grammar grammar) {
  skip_adverbs(cursor);
  if (rule.form == Form::kBe) return read_being(cursor, rule, grammar);
  if (grammar == Grammar::kThirdIs) return std::nullopt;
  const bool first = grammar == Grammar::kFirst;
  switch (rule.form) {
    case Form::kVerb:
      return read_verb(cursor, rule, grammar);
    case Form::kCan:
      return read_ability(cursor, rule);
    case Form::kPast:
      cursor.accept(first ? "have" : "has");
      break;
    case Form::kPerfect:
      if (!cursor.accept(first ? "have" : "has")) return std::nullopt;
      break;
    case Form::kBe:
      break;
  }
  return accept_verb(cursor, rule.base) ? std::optional(Denial::kNone) : std::nullopt;
}

// "since May", "since 2019", "since May 2019": the beginning of it. Other words after "since" name no time.
std::optional<mnemic::Timestamp> read_since(Cursor& cursor, const Reading& reading) {
  Cursor ahead = cursor;
  if (!ahead.accept("since")) return std::nullopt;
  const std::string today = mnemic::to_local_string(reading.said_at, reading.time_zone);
  int year = 0;
  int this_month = 0;
  std::from_chars(today.data(), today.data() + 4, year);
  std::from_chars(today.data() + 5, today.data() + 7, this_month);
  const int month = month_number(ahead.key());
  if (month > 0) ++ahead.at;
  const std::string_view written = ahead.key();
  int written_year = 0;
  const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), written_year);
  const bool has_year = written.size() == 4 && error == std::errc{} && end == written.data() + written.size();
  if (month == 0 && !has_year) return std::nullopt;
  if (has_year) {
    ++ahead.at;
    year = written_year;
  } else if (month > this_month) {
    --year;
  }
  if (!may_end_here(ahead, ValueKind::kProper)) return std::nullopt;
  const auto time =
      mnemic::parse_local_time(fmt::format("{:04}-{:02}-01", year, std::max(month, 1)), reading.time_zone);
  if (!time || *time > reading.said_at) return std::nullopt;
  cursor = ahead;
  return *time;
}

// "I moved to Lisbon, and then back to Porto": a story, of which only the end is so.
bool goes_on(const Cursor& cursor) {
  constexpr auto kLater = std::to_array<std::string_view>({"back", "then", "later", "before", "left", "returned"});
  return std::ranges::any_of(cursor.words.subspan(cursor.at),
                             [&](const Word& word) { return std::ranges::find(kLater, word.key) != kLater.end(); });
}

// "I live in Lisbon on weekdays", "… in winter", "… for the summer": not simply so. Of what happened once they say
// when.
bool is_limited(const Cursor& cursor, const Predicate& rule) {
  constexpr auto kLimits =
      std::to_array<std::string_view>({"on", "in", "at", "for", "last", "this", "today", "yesterday", "recently"});
  if (rule.value != ValueKind::kProper || rule.form == Form::kPast || rule.form == Form::kPerfect) return false;
  if (rule.attribute == "works at" && cursor.sees("in")) return false;  // "… in Lisbon"
  if (cursor.sees("at the moment") || cursor.sees("at present")) return false;
  return std::ranges::find(kLimits, cursor.key()) != kLimits.end();
}

// Goes past the value and what belongs to it; false when there is a doubt.
bool read_object(Cursor& cursor, Predication& said, const Reading& reading) {
  const Predicate& rule = *said.rule;
  const bool either = said.denial != Denial::kNone || rule.form == Form::kCan;
  said.values = read_values(cursor, rule.value, {reading.all_lower, either});
  if (said.values.empty() || is_limited(cursor, rule)) return false;
  if (rule.form == Form::kPast && goes_on(cursor)) return false;
  if (rule.form == Form::kPerfect && !cursor.sees("since") && !cursor.sees("for")) return false;
  said.again = cursor.sees("again");
  said.since = read_since(cursor, reading);
  const std::string_view no_more = read_no_more(cursor);
  if (no_more.empty() && !may_end_here(cursor, rule.value)) return false;
  if (no_more == "any more" && said.denial == Denial::kNone) return false;  // "I live in Porto any more"
  if (!no_more.empty()) said.denial = Denial::kNoLonger;
  if (said.denial == Denial::kNone) said.not_so = read_not_so(cursor);
  return true;
}

}  // namespace

void skip_adverbs(Cursor& cursor) {
  while (cursor.accept_any(kAdverbs)) {
  }
}

bool ends_clause(const Cursor& cursor) {
  return cursor.at_end() || cursor.words[cursor.at].kind == Word::Kind::kMark;
}

std::string_view read_no_more(Cursor& cursor) {
  Cursor ahead = cursor;
  std::string_view found;
  if (ahead.accept("any more") || ahead.accept("any longer")) {
    found = "any more";
  } else if (ahead.accept("no more")) {
    found = "no more";
  } else {
    ahead.accept(",");
    ahead.accept("but");
    if (ahead.accept("not any more") || ahead.accept("not any longer") || ahead.accept("no longer")) found = "no more";
  }
  if (found.empty() || (!ends_clause(ahead) && !may_end_here(ahead, ValueKind::kThing))) return {};
  cursor = ahead;
  return found;
}

std::string read_not_so(Cursor& cursor) {
  Cursor ahead = cursor;
  ahead.accept(",");
  if (!ahead.accept("and not") && !ahead.accept("not")) return {};
  if (!ahead.accept("to")) ahead.accept("in");
  const std::vector<std::string> values = read_values(ahead, ValueKind::kThing, {});
  if (values.empty() || !ends_clause(ahead)) return {};
  cursor = ahead;
  return values[0];
}

std::optional<Predication> read_predication(Cursor& cursor, Grammar grammar, const Reading& reading) {
  for (const Predicate& rule : predicates()) {
    Cursor ahead = cursor;
    Predication said{.rule = &rule};
    const std::optional<Denial> denial = read_head(ahead, rule, grammar);
    if (!denial) continue;
    said.denial = *denial;
    if (!read_object(ahead, said, reading)) continue;
    cursor = ahead;
    return said;
  }
  return std::nullopt;
}

}  // namespace chatbot
