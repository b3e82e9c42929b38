// SPDX-License-Identifier: Apache-2.0
// What a clause says of its subject: "… no longer live in Porto any more", "… am allergic to peanuts and lupin".
#pragma once

#include "fact_tables.hpp"
#include "fact_values.hpp"

#include <mnemic/types.hpp>

#include <optional>
#include <string>
#include <vector>

namespace chatbot {

enum class Denial {
  kNone,
  kNot,       ///< "do not"
  kNoLonger,  ///< "no longer", "not … any more", "stopped"
  kOnce,      ///< "used to"
  kCan,       ///< the opposite of "can not"
};

struct Predication {
  const Predicate* rule = nullptr;
  std::vector<std::string> values = {};
  Denial denial = Denial::kNone;
  bool again = false;
  std::optional<mnemic::Timestamp> since = {};
  std::string not_so = {};  ///< of "Lisbon, not Porto" the second
};

/// How a clause is to be read.
struct Reading {
  bool all_lower = false;  ///< the line has no capitals
  mnemic::Timestamp said_at{};
  std::string time_zone;
};

/// Who a clause is about, as far as its verb tells.
enum class Grammar {
  kFirst,    ///< "I …"
  kThird,    ///< "my sister …"
  kThirdIs,  ///< "my sister's …": the verb "is" has been read
};

/// Reads what follows a subject and goes past it. Nothing, and the cursor stays, when no rule fits.
std::optional<Predication> read_predication(Cursor& cursor, Grammar grammar, const Reading& reading);

/// Goes past words such as "now" and "really".
void skip_adverbs(Cursor& cursor);

/// "(, but) not any more" and "any more" behind a value, gone past. Empty when there is none.
std::string_view read_no_more(Cursor& cursor);

/// ", not Porto" behind a value, gone past: the value that is not so. Empty when there is none.
std::string read_not_so(Cursor& cursor);

/// True at the end of a clause: a mark, or the end of the sentence.
bool ends_clause(const Cursor& cursor);

}  // namespace chatbot
