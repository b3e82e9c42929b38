// SPDX-License-Identifier: Apache-2.0
// Facts from talk, offline: what one line of a user says about the world, by rules for English. A wrong fact is worse
// than none, so a line that may be a question, a wish, a quotation or hearsay says nothing here.
#pragma once

#include <mnemic/layers/facts.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chatbot {

/// One thing a line says.
struct Proposal {
  enum class Kind {
    kFact,        ///< `fact` is so
    kWithdrawal,  ///< `fact` is so no more: "I don't live in Porto any more"
    kCorrection,  ///< `fact` is so, and `instead_of` never was: "no, it is Lisbon"
  };
  Kind kind = Kind::kFact;
  mnemic::FactInput fact = {};  ///< subject, attribute, value, kind, cardinality; text and since when they are known
  std::string instead_of = {};
};

/// What a line may refer to.
struct RuleContext {
  std::string user;                               ///< who speaks; facts about "you" are worded "you live in …"
  mnemic::Timestamp said_at{};                    ///< "since May" is the last May before it …
  std::string time_zone = "UTC";                  ///< … in this zone
  std::map<std::string, std::string> names = {};  ///< who is known by name: {"sister", "Clara"}
  std::optional<mnemic::FactInput> topic = {};    ///< the fact just talked about: "not any more", "no, it is …"
};

/// The facts in one line of `context.user`, in its order. Pure: nothing is looked up or stored.
std::vector<Proposal> extract_facts(std::string_view line, const RuleContext& context);

/// The relation of the user that an attribute names, "sister" of "sister is"; nothing when it names none.
std::optional<std::string> relation_of(std::string_view attribute);

}  // namespace chatbot
