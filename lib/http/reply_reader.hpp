// SPDX-License-Identifier: Apache-2.0
// ReplyReader: the body of a chat answer, as a stream of events or as one object, becomes a ChatReply.
#pragma once

#include "http/event_stream.hpp"

#include <mnemic/http/chat.hpp>

#include <nlohmann/json_fwd.hpp>

#include <exception>
#include <functional>
#include <string>
#include <string_view>

namespace mnemic::http {

class ReplyReader {
 public:
  using OnPiece = std::function<bool(std::string_view piece)>;

  /// All three are borrowed. `secret` is kept out of messages.
  ReplyReader(std::size_t max_bytes, std::string_view secret, const OnPiece& on_piece)
      : max_bytes_(max_bytes), secret_(secret), on_piece_(on_piece) {}

  /// False when nothing more is needed: the end, a failure, or the caller's wish. `finish` says which.
  bool take(std::string_view bytes);

  /// The reply, once the body has ended or `take` has answered false.
  /// @errors kIo: an answer that cannot be understood. kResourceExhausted: beyond `max_bytes`. kCancelled.
  Result<ChatReply> finish();

  /// What `on_piece` threw, if it did.
  [[nodiscard]] const std::exception_ptr& thrown() const noexcept { return thrown_; }

 private:
  enum class Form : std::uint8_t { kUnknown, kEvents, kObject };

  bool take_event(std::string_view data);
  bool take_json(std::string_view bytes, const char* message_name);
  bool take_choice(const nlohmann::json& choice, const char* message_name);
  void take_usage(const nlohmann::json& tree);
  bool give(const std::string& piece);
  bool fail(std::string_view what);
  bool fail(std::string_view what, std::string_view bytes);

  std::size_t max_bytes_;
  std::string_view secret_;
  const OnPiece& on_piece_;
  Form form_ = Form::kUnknown;
  std::size_t received_ = 0;
  std::string body_;  ///< of one object: all of it; of events: the beginning, for messages
  EventStream events_;
  ChatReply reply_;
  Status failure_;
  bool done_ = false;
  bool any_event_ = false;
  std::exception_ptr thrown_;
};

}  // namespace mnemic::http
