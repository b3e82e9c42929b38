// SPDX-License-Identifier: Apache-2.0
// The talk: reads lines, keeps them, answers from memory, or through a model that is given what memory holds.
#pragma once

#include "answers.hpp"
#include "calendar.hpp"
#include "model.hpp"
#include "terminal.hpp"

#include <mnemic/mnemic.hpp>

#include <optional>
#include <string>
#include <vector>

namespace chatbot {

/// What `/forget` took last, for `/recover`.
struct Forgotten {
  std::vector<mnemic::MemoryId> ids = {};
  std::vector<mnemic::Memory> returned = {};  ///< facts that hold again since, as they were before
};

/// Everything a line of the talk or a command may need.
struct Talk {
  const mnemic::Store& store;
  mnemic::Scope scope;
  mnemic::Session session;
  const Calendar& calendar;
  Terminal& terminal;
  std::string user;
  Model* model = nullptr;                                  ///< not ours; none: answers come from memory alone
  std::optional<Answer> last = std::nullopt;               ///< what `/why` and `/forget N` speak of
  std::optional<mnemic::FactInput> topic = std::nullopt;   ///< the fact just talked about: "not any more"
  std::optional<mnemic::MemoryId> tried = std::nullopt;    ///< the skill just shown: "that worked"
  std::optional<mnemic::MemoryId> episode = std::nullopt;  ///< this talk, once something was said
  std::optional<Forgotten> forgotten = std::nullopt;       ///< what `/recover` brings back
};

/// The namespace that holds the talk of one user.
mnemic::Namespace namespace_of(const std::string& user);

/// Talks until `/quit`, the end of the input, or Ctrl-C. An error is shown and the talk goes on.
void chat(Talk& talk);

}  // namespace chatbot
