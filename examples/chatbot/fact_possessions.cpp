// SPDX-License-Identifier: Apache-2.0
#include "fact_possessions.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

namespace chatbot {
namespace {

constexpr auto kDegrees = std::to_array<std::string_view>(
    {"older", "younger", "elder", "eldest", "oldest", "youngest", "big", "little", "twin"});

bool accept_denial(Cursor& cursor) {
  return cursor.accept("not") || cursor.accept("no longer");
}

// The single value that ends a clause.
std::optional<std::string> last_value(Cursor& cursor, ValueKind kind, bool all_lower) {
  std::vector<std::string> values = read_values(cursor, kind, {all_lower});
  if (values.size() != 1 || (read_no_more(cursor).empty() && !may_end_here(cursor, kind))) return std::nullopt;
  return std::move(values[0]);
}

// "Ada's favourite colour is green".
mnemic::FactInput fact_of(const std::string& user, std::string attribute, std::string value) {
  std::string text = fmt::format("{} {} {}", possessive(user), attribute, value);
  return {.subject = user,
          .attribute = std::move(attribute),
          .value = std::move(value),
          .text = std::move(text),
          .cardinality = mnemic::Cardinality::kSingle};
}

// "Call me Ada", "my name is Ada".
std::optional<Possession> read_own_name(Cursor& cursor, const std::string& user, bool all_lower) {
  if (!cursor.accept("you can")) cursor.accept("you may");
  bool denied = cursor.accept("do not call me");
  const bool named = !denied && (cursor.accept("my name is") || cursor.accept("my name's"));
  if (!denied && !named && !cursor.accept("call me")) return std::nullopt;
  denied = denied || accept_denial(cursor);
  const auto value = last_value(cursor, ValueKind::kName, named && all_lower);
  if (!value) return std::nullopt;
  const bool is_you = user == "you";
  return Possession{{.subject = user,
                     .attribute = "is called",
                     .value = *value,
                     .text = is_you ? "you are called " + *value : std::string(),
                     .cardinality = mnemic::Cardinality::kSingle},
                    denied,
                    std::nullopt};
}

std::optional<Possession> read_favourite(Cursor& cursor, const std::string& user, bool all_lower) {
  constexpr std::size_t kMost = 2;
  if (!cursor.accept("my favourite") && !cursor.accept("my favorite")) return std::nullopt;
  std::string what;
  for (std::size_t i = 0; i < kMost && !ends_clause(cursor) && !cursor.sees("is"); ++i, ++cursor.at) {
    what += (what.empty() ? "" : " ") + std::string(cursor.key());
  }
  if (what.empty() || what == "thing" || !cursor.accept("is")) return std::nullopt;
  const bool denied = accept_denial(cursor);
  skip_adverbs(cursor);
  const auto value = last_value(cursor, ValueKind::kThing, all_lower);
  if (!value) return std::nullopt;
  Possession said{fact_of(user, fmt::format("favourite {} is", what), *value), denied, std::nullopt};
  said.fact.kind = mnemic::FactKind::kPreference;
  return said;
}

std::optional<Possession> read_address(Cursor& cursor, const std::string& user, bool all_lower) {
  if (!cursor.accept("my address is") && !cursor.accept("my new address is")) return std::nullopt;
  const auto value = last_value(cursor, ValueKind::kAddress, all_lower);
  if (!value) return std::nullopt;
  return Possession{fact_of(user, "address is", *value), false, std::nullopt};
}

// "My sister (here) is called Clara", "my sister's name is Clara", "my sister is Clara".
std::optional<Possession> read_naming(Cursor& cursor, const std::string& user, bool all_lower) {
  const std::optional<Kin> kin = read_kin(cursor);
  if (!kin || !kin->name.empty()) return std::nullopt;
  const bool name_is = kin->is && cursor.accept("name");
  cursor.accept("here");
  if (!cursor.accept("is") && (name_is || !kin->is)) return std::nullopt;
  const bool denied = accept_denial(cursor);
  const bool explicitly = name_is || cursor.accept("called") || cursor.accept("named");
  const auto value = last_value(cursor, ValueKind::kName, explicitly && all_lower);
  if (!value) return std::nullopt;
  Kin named = *kin;
  named.name = *value;
  return Possession{naming_of(*kin, user, *value), denied, std::move(named)};
}

// "I have a dog called Biscoito".
std::optional<Possession> read_having(Cursor& cursor, const std::string& user, bool all_lower) {
  if (!cursor.accept("i have got a") && !cursor.accept("i have a") && !cursor.accept("i have an")) return std::nullopt;
  // As if it began with "my".
  std::vector<Word> words(cursor.words.begin(), cursor.words.end());
  words[cursor.at - 1] = {Word::Kind::kWord, "my", "my"};
  Cursor mine{words, cursor.at - 1};
  std::optional<Kin> kin = read_kin(mine);
  if (!kin || kin->is || !kin->name.empty()) return std::nullopt;
  cursor.at = mine.at;
  cursor.accept(",");
  cursor.accept("who is");
  if (!cursor.accept("called") && !cursor.accept("named")) return std::nullopt;
  const auto value = last_value(cursor, ValueKind::kName, all_lower);
  if (!value) return std::nullopt;
  kin->name = *value;
  return Possession{naming_of(*kin, user, *value), false, std::move(kin)};
}

// "My lessons with her are (no longer) on Tuesdays at seven", "my first day is Monday the 4th of May".
std::optional<Possession> read_appointment(Cursor& cursor, const std::string& user, bool all_lower) {
  constexpr auto kPrepositions = std::to_array<std::string_view>({"with", "at", "in", "here", "of", "for", "there"});
  constexpr std::size_t kMost = 6;
  if (!cursor.accept("my")) return std::nullopt;
  std::string what;
  bool counts = true;
  for (std::size_t i = 0; i < kMost && !ends_clause(cursor) && !cursor.sees("is") && !cursor.sees("are");
       ++i, ++cursor.at) {
    counts = counts && std::ranges::find(kPrepositions, cursor.key()) == kPrepositions.end();
    if (counts) what += (what.empty() ? "" : " ") + std::string(cursor.key());
  }
  const std::string verb(cursor.key());
  if (what.empty() || std::ranges::count(what, ' ') > 1) return std::nullopt;
  if (!cursor.accept("is") && !cursor.accept("are")) return std::nullopt;
  const bool denied = accept_denial(cursor);
  skip_adverbs(cursor);
  cursor.accept("on");
  const auto value = last_value(cursor, ValueKind::kDay, all_lower);
  if (!value) return std::nullopt;
  return Possession{fact_of(user, fmt::format("{} {} on", what, verb), *value), denied, std::nullopt};
}

}  // namespace

std::string possessive(const std::string& name) {
  return name == "you" ? "your" : name + "'s";
}

std::optional<Kin> read_kin(Cursor& cursor) {
  Cursor ahead = cursor;
  if (!ahead.accept("my")) return std::nullopt;
  std::string degree;
  if (std::ranges::find(kDegrees, ahead.key()) != kDegrees.end()) {
    degree = std::string(ahead.key()) + " ";
    ++ahead.at;
  } else {
    ahead.accept("new");
  }
  for (const Relation& relation : relations()) {
    Cursor past = ahead;
    const bool whole = past.accept(relation.word);
    if (!whole && !past.accept(std::string(relation.word) + "'s")) continue;
    // Who is "the older one" is one person.
    const auto cardinality = degree.empty() ? relation.cardinality : mnemic::Cardinality::kSingle;
    Kin kin{degree + std::string(relation.name), cardinality, {}, relation.pronoun, !whole};
    if (whole) {
      const std::vector<std::string> name = read_values(past, ValueKind::kName, {});
      if (!name.empty()) kin.name = name[0];
    }
    cursor = past;
    return kin;
  }
  return std::nullopt;
}

Person person_of(const Kin& kin, const std::string& user, const std::map<std::string, std::string>& names) {
  const std::string role = fmt::format("{} {}", possessive(user), kin.relation);
  std::string name = kin.name;
  if (name.empty()) {
    const auto known = names.find(kin.relation);
    if (known != names.end()) name = known->second;
  }
  return name.empty() ? Person{role, role, kin.pronoun} : Person{name, fmt::format("{} {}", role, name), kin.pronoun};
}

mnemic::FactInput naming_of(const Kin& kin, const std::string& user, const std::string& name) {
  mnemic::FactInput fact = fact_of(user, kin.relation + " is", name);
  fact.cardinality = kin.cardinality;
  return fact;
}

std::optional<Possession> read_possession(Cursor& cursor, const std::string& user, bool all_lower) {
  for (const auto read : {read_own_name, read_favourite, read_address, read_naming, read_having, read_appointment}) {
    Cursor ahead = cursor;
    if (auto said = read(ahead, user, all_lower)) {
      cursor = ahead;
      return said;
    }
  }
  return std::nullopt;
}

}  // namespace chatbot
