// SPDX-License-Identifier: Apache-2.0
// The part of the demonstration that shows facts, episodes, skills, and recall over all of them.
#pragma once

#include "calendar.hpp"
#include "conversation.hpp"
#include "terminal.hpp"

#include <mnemic/mnemic.hpp>

#include <string>
#include <vector>

namespace chatbot {

/// Notes the facts in what `user` said in a session that was appended as `ids`. Doing it again changes nothing.
/// @throws mnemic::Error
void note_session(const mnemic::Scope& scope, const Calendar& calendar, const std::string& user,
                  const RecordedSession& session, const std::vector<mnemic::MemoryId>& ids);

// Each shows one thing under a heading of its caller. @return true when what it promises is so. @throws mnemic::Error
bool show_facts(const Terminal& terminal, const Calendar& calendar, const mnemic::Scope& scope,
                const std::string& user);
bool show_episodes(const Terminal& terminal, const Calendar& calendar, const mnemic::Scope& scope,
                   const std::string& user);
bool show_skill(const Terminal& terminal, const mnemic::Scope& scope);
bool show_layers(const Terminal& terminal, const Calendar& calendar, const mnemic::Scope& scope);

}  // namespace chatbot
