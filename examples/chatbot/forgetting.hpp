// SPDX-License-Identifier: Apache-2.0
// What a command that takes memories away is about: which ones are meant, and what goes and comes back with them.
#pragma once

#include "chat.hpp"

#include <mnemic/mnemic.hpp>

#include <string_view>
#include <vector>

namespace chatbot {

/// Where to look for what somebody means.
enum class Among {
  kRemembered,  ///< what the scope gives
  kPastToo,     ///< also earlier versions of that, and what this talk forgot last
};

/// The memories somebody means by "2" (a hit of the last answer), by an id, or by a text: all that say it, whatever the case
/// of its ASCII letters. Says so when there are none.
/// @throws mnemic::Error
std::vector<mnemic::MemoryId> all_meant(const Talk& talk, std::string_view words, Among among);

/// What goes and what comes back when memories are taken away.
struct Forgetting {
  std::vector<mnemic::Memory> asked;
  std::vector<mnemic::Memory> derived;  ///< from these alone
  std::vector<mnemic::Fact> returns;    ///< facts whose place one of them had taken
};
/// Looks, by a dry run of `forget`; changes nothing.
/// @throws mnemic::Error
Forgetting look_ahead(const mnemic::Scope& scope, const std::vector<mnemic::MemoryId>& ids);

/// Lets those facts hold again that come back.
void let_return(mnemic::Batch& batch, const std::vector<mnemic::Fact>& returns);

/// Takes the words of memories that are gone out of the last answer; the numbers of its hits stay taken.
void leave_last_answer(Talk& talk, const std::vector<mnemic::MemoryId>& gone);

}  // namespace chatbot
