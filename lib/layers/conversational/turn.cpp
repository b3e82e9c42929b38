// SPDX-License-Identifier: Apache-2.0
// Turns from chat messages, and turns as memories.
#include "layers/conversational/turn.hpp"

#include <utility>

namespace mnemic {
namespace {

/// The text of a message: a string, or the `text` parts of an array of parts.
std::string message_text(const Json& content) {
  if (content.is_string()) return content.as_string();
  std::string text;
  for (const Json& part : content.items()) {
    if (part["type"].as_string() != "text" || !part["text"].is_string()) continue;
    if (!text.empty()) text += '\n';
    text += part["text"].as_string();
  }
  return text;
}

Trust role_trust(const std::string& role) {
  if (role == "user") return Trust::kUser;
  if (role == "assistant") return Trust::kModel;
  if (role == "tool" || role == "function") return Trust::kTool;
  return Trust::kExternal;
}

}  // namespace

Result<Turn> Turn::from_message(const Json& message) {
  if (!message.is_object()) return Status(StatusCode::kInvalidArgument, "message: not a JSON object");
  if (!message["role"].is_string()) return Status(StatusCode::kInvalidArgument, "message: role is not a string");
  Turn turn;
  turn.author = message["role"].as_string();
  turn.text = message_text(message["content"]);
  turn.content = message;
  turn.trust = role_trust(turn.author);
  return turn;
}

namespace layers {

MemoryInput to_input(const Turn& turn, const std::string& session) {
  MemoryInput input;
  input.key = turn.key;
  input.layer = Layer::kConversational;
  input.text = turn.text;
  input.content = turn.content;
  input.vectors = turn.vectors;
  input.session = session;
  input.author = turn.author;
  input.event_time = turn.event_time;
  input.trust = turn.trust;
  input.metadata = turn.metadata;
  return input;
}

std::string countable_text(const Memory& turn) { return turn.text.empty() ? turn.content.dump() : turn.text; }

}  // namespace layers
}  // namespace mnemic
