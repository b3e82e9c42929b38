// SPDX-License-Identifier: Apache-2.0
// ChatClient: the request as JSON, and what may go wrong as a Status.
#include "http/guarded.hpp"
#include "http/option_checks.hpp"
#include "http/reply_reader.hpp"
#include "http/text.hpp"
#include "http/transport.hpp"

#include <mnemic/http/chat.hpp>

#include <nlohmann/json.hpp>

#include <utility>

namespace mnemic::http {

struct ChatClientImpl {
  ChatOptions options;
  Endpoint endpoint;
};

namespace {

using Tree = nlohmann::ordered_json;

constexpr std::size_t kMaxRoleBytes = 64;

Status check_options(const ChatOptions& options, const Endpoint& endpoint) {
  const double temperature = options.temperature.value_or(0.0);
  for (const Status& status :
       {check_model(options.model), check_key(options.api_key),
        check_key_stays(options.api_key, options.plain_key, endpoint),
        check_duration("connect_timeout", options.connect_timeout),
        check_duration("stall_timeout", options.stall_timeout), check_duration("timeout", options.timeout),
        check_reply_limit(options.max_reply_bytes), check_ca_file(options.ca_file)}) {
    if (!status.ok()) return status;
  }
  if (!(temperature >= 0.0 && temperature <= 2.0)) return refuse("temperature", "it must be 0 to 2");
  return {};
}

Result<std::string> request_body(const ChatOptions& options, std::span<const ChatMessage> messages) {
  if (messages.empty()) return refuse("messages", "none");
  Tree list = Tree::array();
  for (const ChatMessage& message : messages) {
    const std::string field = "messages[" + std::to_string(list.size()) + "].";
    if (message.role.empty() || message.role.size() > kMaxRoleBytes) return refuse(field + "role", "not 1 to 64 bytes");
    if (!is_valid_utf8(message.role)) return refuse(field + "role", "broken UTF-8");
    if (!is_valid_utf8(message.content)) return refuse(field + "content", "broken UTF-8");
    Tree one = Tree::object();
    one["role"] = message.role;
    one["content"] = message.content;
    list.push_back(std::move(one));
  }
  Tree request = Tree::object();
  request["model"] = options.model;
  request["messages"] = std::move(list);
  request["stream"] = true;  // also without on_piece: silence is noticed sooner
  if (options.token_counts) request["stream_options"]["include_usage"] = true;
  if (options.temperature) request["temperature"] = *options.temperature;
  return request.dump();
}

Result<ChatReply> ask(const ChatClientImpl& client, std::span<const ChatMessage> messages, ReplyReader& reader,
                      const std::stop_token& stop) {
  const ChatOptions& options = client.options;
  const Result<std::string> body = request_body(options, messages);
  if (!body) return body.status();
  const Post request{
      .endpoint = client.endpoint,
      .body = *body,
      .accept = "text/event-stream, application/json",
      .secret = options.api_key,
      .ca_file = options.ca_file,
      .connect_timeout = options.connect_timeout,
      .stall_timeout = options.stall_timeout,
      .timeout = options.timeout,
  };
  const Result<Answer> answer = post(
      request, [&](std::string_view bytes) { return reader.take(bytes); }, stop);
  if (!answer) return answer.status();
  if (answer->status >= 300) return status_of(*answer, request);
  Result<ChatReply> reply = reader.finish();
  if (reply) return reply;
  const Status& status = reply.status();
  return Status(status.code(), client.endpoint.authority + ": " + status.message(), answer->status);
}

}  // namespace

ChatClient::ChatClient(std::shared_ptr<const ChatClientImpl> impl) : impl_(std::move(impl)) {}

Result<ChatClient> ChatClient::create(ChatOptions options) {
  return guarded("chat client", [&]() -> Result<ChatClient> {
    if (Status status = start_curl(); !status.ok()) return status;
    Result<Endpoint> endpoint = parse_endpoint(options.url, "/chat/completions");
    if (!endpoint) return endpoint.status();
    if (Status status = check_options(options, *endpoint); !status.ok()) return status;
    return ChatClient(std::make_shared<const ChatClientImpl>(ChatClientImpl{std::move(options), *std::move(endpoint)}));
  });
}

Result<ChatReply> ChatClient::complete(std::span<const ChatMessage> messages,
                                       const std::function<bool(std::string_view piece)>& on_piece,
                                       std::stop_token stop) const {
  if (impl_ == nullptr) return Status(StatusCode::kFailedPrecondition, "chat: this client was moved from");
  ReplyReader reader(impl_->options.max_reply_bytes, impl_->options.api_key, on_piece);
  Result<ChatReply> reply = guarded("chat", [&] { return ask(*impl_, messages, reader, stop); });
  if (reader.thrown()) std::rethrow_exception(reader.thrown());
  return reply;
}

}  // namespace mnemic::http
