// SPDX-License-Identifier: Apache-2.0
// The talk: reads lines, keeps them, answers from memory.
#pragma once

#include "answers.hpp"
#include "calendar.hpp"
#include "terminal.hpp"

#include <mnemic/mnemic.hpp>

#include <optional>
#include <string>

namespace chatbot {

/// Everything a line of the talk or a command may need.
struct Talk {
  const mnemic::Store& store;
  mnemic::Scope scope;
  mnemic::Session session;
  const Calendar& calendar;
  Terminal& terminal;
  std::string user;
  std::optional<Answer> last = std::nullopt;  ///< what `/why` and `/forget N` speak of
};

/// The namespace that holds the talk of one user.
mnemic::Namespace namespace_of(const std::string& user);

/// Talks until `/quit`, the end of the input, or Ctrl-C. An error is shown and the talk goes on.
void chat(Talk& talk);

}  // namespace chatbot
