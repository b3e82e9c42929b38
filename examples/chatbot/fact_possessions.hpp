// SPDX-License-Identifier: Apache-2.0
// What somebody says of what is theirs: "my sister is called Clara", "my favourite colour is green", "my lessons are on
// Tuesdays", "I have a dog called Biscoito", "my name is Ada".
#pragma once

#include "fact_predicates.hpp"

#include <mnemic/layers/facts.hpp>

#include <map>
#include <optional>
#include <string>

namespace chatbot {

/// Who a clause is about.
struct Person {
  std::string subject = {};       ///< as facts name it: "Ada", "Clara", "Ada's sister"
  std::string display = {};       ///< as a sentence does: "Ada", "Ada's sister Clara"
  std::string_view pronoun = {};  ///< "she" or "he"; "" may be either
};

/// "Ada's"; "your" for somebody who is called "you".
std::string possessive(const std::string& name);

/// A person or animal of the user that begins a clause: "my older sister", "my sister Clara", "my sister's".
struct Kin {
  std::string relation = {};  ///< as facts call it: "older sister"
  mnemic::Cardinality cardinality = mnemic::Cardinality::kMany;
  std::string name = {};  ///< "" when it is not said
  std::string_view pronoun = {};
  bool is = false;  ///< "my sister's": it may be "is"
};
std::optional<Kin> read_kin(Cursor& cursor);

/// Who that is. `names` knows some by their relation.
Person person_of(const Kin& kin, const std::string& user, const std::map<std::string, std::string>& names);

/// The fact that `kin` has this name.
mnemic::FactInput naming_of(const Kin& kin, const std::string& user, const std::string& name);

/// A whole clause of this kind.
struct Possession {
  mnemic::FactInput fact = {};
  bool denied = false;          ///< it is so no more
  std::optional<Kin> kin = {};  ///< whose name it gives
};

/// Reads such a clause and goes past it. Nothing, and the cursor stays, when it is none.
std::optional<Possession> read_possession(Cursor& cursor, const std::string& user, bool all_lower);

}  // namespace chatbot
