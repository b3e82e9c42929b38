// SPDX-License-Identifier: Apache-2.0
// Facts from talk, stored: proposed as they are said, firm when somebody asks for it.
#pragma once

#include "chat.hpp"
#include "fact_rules.hpp"

#include <mnemic/mnemic.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace chatbot {

/// Where a line comes from.
struct FactOrigin {
  std::vector<mnemic::MemoryId> sources = {};      ///< the turn; none for a command
  mnemic::State state = mnemic::State::kProposed;  ///< or confirmed
  std::optional<mnemic::Timestamp> said_at = {};   ///< now when unset
};

/// What of a line was stored, a sentence each, for people: "noted: Ada lives in Lisbon (before: Porto) …". Clean.
struct FactNotes {
  std::vector<std::string> lines;
  bool understood = false;  ///< a rule found something in it, be it known already
};

/// Takes the facts out of a line that the user said, and stores them. Sets the topic of the talk.
/// @throws mnemic::Error
FactNotes note_facts(Talk& talk, std::string_view line, const FactOrigin& origin);

/// The same without a talk: for a conversation that is imported. `topic` is what the line may refer to, and what it
/// leaves.
/// @throws mnemic::Error
FactNotes note_facts(const mnemic::Scope& scope, const RuleContext& context, std::string_view line,
                     const FactOrigin& origin, std::optional<mnemic::FactInput>& topic);

/// A stored fact as rules refer to it.
mnemic::FactInput as_topic(const mnemic::Fact& fact);

}  // namespace chatbot
