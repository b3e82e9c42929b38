// SPDX-License-Identifier: Apache-2.0
// What may stand where a rule of talk expects a value: a place, a name, a thing, a day. Anything doubtful is no value.
#pragma once

#include "sentences.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chatbot {

enum class ValueKind {
  kProper,   ///< words with capitals: "Lisbon", "Maré Systems"
  kName,     ///< the same, for persons and animals: no nationality, no day
  kThing,    ///< up to six words of any kind: "dark chocolate", "playing chess"
  kThings,   ///< several of them: "peanuts and lupin"
  kTongues,  ///< several languages
  kDay,      ///< a day of the week or of the year, perhaps with a time: "Tuesdays at seven", "the 4th of May"
  kDiet,     ///< a word for how somebody eats or is: "vegan", "left-handed"
  kWork,     ///< what somebody is by trade: "a nurse"
  kAddress,  ///< to the end of the sentence, with a number in it
};

/// A place in a sentence.
struct Cursor {
  std::span<const Word> words;
  std::size_t at = 0;

  [[nodiscard]] bool at_end() const { return at >= words.size(); }
  [[nodiscard]] std::string_view key(std::size_t ahead = 0) const;  ///< "" at the end and at a quote
  [[nodiscard]] bool sees(std::string_view phrase) const;  ///< its words, separated by single spaces, come next
  bool accept(std::string_view phrase);                    ///< sees it and goes past it
  bool accept_any(std::span<const std::string_view> phrases);
};

/// How values are written in a line.
struct ValueStyle {
  bool all_lower = false;  ///< there are no capitals at all, so that a name need not have one
  bool either = false;     ///< after a "not": "nuts or dairy" are two things
};

/// Reads the values that come next and goes past them; none when there is a doubt.
std::vector<std::string> read_values(Cursor& cursor, ValueKind kind, const ValueStyle& style);

/// True when a value may end here: the sentence or the clause does, or a word follows that says nothing against it.
bool may_end_here(const Cursor& cursor, ValueKind kind);

/// 1 to 12 for the name of a month in lower case, else 0.
int month_number(std::string_view key);

}  // namespace chatbot
