// SPDX-License-Identifier: Apache-2.0
// A recorded conversation, as JSON lines: {"session", "time", "author", "text"}.
#pragma once

#include <mnemic/layers/session.hpp>
#include <mnemic/status.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace chatbot {

struct RecordedSession {
  std::string id;
  std::vector<mnemic::Turn> turns;
};

/// Reads a conversation. Lines of one session stand together, in order; every turn gets a key ("cello/3"), so that
/// importing the same file again changes nothing. What `assistant` says is trusted less than what a person says.
mnemic::Result<std::vector<RecordedSession>> read_conversation(std::string_view json_lines);

/// The text of conversation.jsonl, which is built into this program.
std::string_view built_in_conversation();

}  // namespace chatbot
