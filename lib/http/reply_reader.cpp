// SPDX-License-Identifier: Apache-2.0
#include "http/reply_reader.hpp"
#include "http/parse_json.hpp"
#include "http/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace mnemic::http {
namespace {

using Tree = nlohmann::json;

constexpr std::size_t kBeginning = 1024;

std::optional<std::uint64_t> count(const Tree& usage, const char* name) {
  const Tree* number = member(usage, name);
  if (number == nullptr || !number->is_number_unsigned()) return std::nullopt;
  return number->get<std::uint64_t>();
}

}  // namespace

bool ReplyReader::take(std::string_view bytes) {
  received_ += bytes.size();
  if (received_ > max_bytes_) {
    failure_ = Status(StatusCode::kResourceExhausted,
                      "the reply is longer than max_reply_bytes, " + std::to_string(max_bytes_));
    return false;
  }
  if (form_ == Form::kUnknown) {
    // No field of an event begins with a brace, so this tells the two apart whatever the Content-Type says.
    bytes.remove_prefix(std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size()));
    if (bytes.empty()) return true;
    form_ = bytes.front() == '{' || bytes.front() == '[' ? Form::kObject : Form::kEvents;
  }
  if (form_ == Form::kObject) {
    body_.append(bytes);
    return true;
  }
  body_.append(bytes.substr(0, kBeginning - std::min(body_.size(), kBeginning)));
  return events_.feed(bytes, [this](std::string_view data) { return take_event(data); });
}

Result<ChatReply> ReplyReader::finish() {
  if (form_ == Form::kObject) {
    if (failure_.ok()) take_json(body_, "message");
  } else if (failure_.ok() && !done_) {
    events_.finish([this](std::string_view data) { return take_event(data); });
    if (!done_ && failure_.ok()) {
      if (received_ == 0) {
        fail("an empty answer");
      } else if (!any_event_) {
        fail("neither JSON nor a stream of events", body_);
      } else if (reply_.finish_reason.empty()) {
        fail("the stream ended without its end (neither finish_reason nor [DONE])");
      }
    }
  }
  if (failure_.ok() && reply_.text.empty()) fail("no text in the answer, finish_reason", reply_.finish_reason);
  if (!failure_.ok()) return failure_;
  return std::move(reply_);
}

bool ReplyReader::take_event(std::string_view data) {
  any_event_ = true;
  if (data == "[DONE]") {
    done_ = true;
    return false;
  }
  return take_json(data, "delta");
}

bool ReplyReader::take_json(std::string_view bytes, const char* message_name) {
  if (!is_valid_utf8(bytes)) return fail("broken UTF-8", bytes);
  const Tree tree = parse_json(bytes);
  if (tree.is_discarded()) return fail("not JSON, or nested too deep", bytes);
  if (!tree.is_object()) return fail("not a JSON object", bytes);
  if (const auto words = error_words(tree)) return fail("the server reports an error", *words);
  const Tree* model = member(tree, "model");
  if (model != nullptr && model->is_string()) reply_.model = model->get<std::string>();
  take_usage(tree);
  const Tree* choices = member(tree, "choices");
  if (choices == nullptr || !choices->is_array()) return fail("no array `choices`", bytes);
  for (const Tree& choice : *choices) {
    if (!choice.is_object()) return fail("a choice that is no object", bytes);
    const Tree* index = member(choice, "index");
    if (index != nullptr && *index != 0) continue;  // one was asked for
    return take_choice(choice, message_name);
  }
  return true;
}

bool ReplyReader::take_choice(const Tree& choice, const char* message_name) {
  const Tree* reason = member(choice, "finish_reason");
  if (reason != nullptr && !reason->is_string()) return fail("`finish_reason` is no string", choice.dump());
  if (reason != nullptr) reply_.finish_reason = reason->get<std::string>();
  const Tree* message = member(choice, message_name);
  if (message == nullptr) return true;
  if (!message->is_object()) return fail("the message is no object", choice.dump());
  const Tree* content = member(*message, "content");
  if (content == nullptr) return true;
  if (!content->is_string()) return fail("`content` is no string", choice.dump());
  return give(content->get<std::string>());
}

void ReplyReader::take_usage(const Tree& tree) {
  const Tree* usage = member(tree, "usage");
  if (usage == nullptr || !usage->is_object()) return;
  reply_.prompt_tokens = count(*usage, "prompt_tokens");
  reply_.completion_tokens = count(*usage, "completion_tokens");
}

bool ReplyReader::give(const std::string& piece) {
  if (piece.empty()) return true;
  reply_.text += piece;
  if (!on_piece_) return true;
  bool more = false;
  try {
    more = on_piece_(piece);
  } catch (...) {
    thrown_ = std::current_exception();
  }
  if (!more) failure_ = Status(StatusCode::kCancelled, "cancelled by on_piece");
  return more;
}

bool ReplyReader::fail(std::string_view what) {
  failure_ = Status(StatusCode::kIo, std::string(what));
  return false;
}

bool ReplyReader::fail(std::string_view what, std::string_view bytes) {
  return fail(std::string(what) + ": " + excerpt(bytes, secret_));
}

}  // namespace mnemic::http
