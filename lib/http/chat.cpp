// SPDX-License-Identifier: Apache-2.0
// ChatClient: the request as JSON, and what may go wrong as a Status.
#include "http/reply_reader.hpp"
#include "http/text.hpp"
#include "http/transport.hpp"

#include <mnemic/http/chat.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <new>
#include <utility>

namespace mnemic::http {

struct ChatClientImpl {
  ChatOptions options;
  Endpoint endpoint;
};

namespace {

using Tree = nlohmann::ordered_json;
using std::chrono::milliseconds;

constexpr std::size_t kMaxReplyBytes = 256U << 20U;
constexpr std::size_t kMaxErrorBytes = 64U << 10U;  // of a body that only explains a failure
constexpr std::size_t kMaxRoleBytes = 64;
constexpr std::size_t kMaxKeyBytes = 8192;

Status refuse(std::string what) {
  return Status(StatusCode::kInvalidArgument, std::move(what));
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

Status check_timeouts(const ChatOptions& options) {
  const std::pair<const char*, milliseconds> limits[]{{"connect_timeout", options.connect_timeout},
                                                      {"stall_timeout", options.stall_timeout},
                                                      {"timeout", options.timeout}};
  for (const auto& [name, limit] : limits) {
    if (limit < milliseconds(1) || limit > std::chrono::hours(24)) {
      return refuse(std::string(name) + ": " + std::to_string(limit.count()) + " ms; it must be 1 ms to 24 h");
    }
  }
  return {};
}

Status check_options(const ChatOptions& options, const Endpoint& endpoint) {
  if (options.model.empty()) return refuse("model: empty");
  if (!is_valid_utf8(options.model) || has_control(options.model)) {
    return refuse("model: broken UTF-8 or a control character in it");
  }
  if (!is_plain_ascii(options.api_key)) {
    return refuse("api_key: a space, a control character or one beyond ASCII in it");
  }
  if (options.api_key.size() > kMaxKeyBytes) return refuse("api_key: longer than 8192 bytes");
  const bool in_clear = endpoint.scheme == "http" && !endpoint.loopback;
  if (!options.api_key.empty() && in_clear && options.plain_key == PlainKey::kLoopbackOnly) {
    return refuse("api_key: would travel in the clear to " + endpoint.authority +
                  "; use https, or plain_key = PlainKey::kAnywhere");
  }
  if (Status status = check_timeouts(options); !status.ok()) return status;
  if (options.max_reply_bytes == 0 || options.max_reply_bytes > kMaxReplyBytes) {
    return refuse("max_reply_bytes: " + std::to_string(options.max_reply_bytes) + "; it must be 1 to 256 MiB");
  }
  const double temperature = options.temperature.value_or(0.0);
  if (!(temperature >= 0.0 && temperature <= 2.0)) return refuse("temperature: it must be 0 to 2");
  if (options.ca_file.find('\0') != std::string::npos) return refuse("ca_file: a NUL in it");
  return {};
}

Result<std::string> request_body(const ChatOptions& options, std::span<const ChatMessage> messages) {
  if (messages.empty()) return refuse("messages: none");
  Tree list = Tree::array();
  for (const ChatMessage& message : messages) {
    const std::string field = "messages[" + std::to_string(list.size()) + "].";
    if (message.role.empty() || message.role.size() > kMaxRoleBytes) return refuse(field + "role: not 1 to 64 bytes");
    if (!is_valid_utf8(message.role)) return refuse(field + "role: broken UTF-8");
    if (!is_valid_utf8(message.content)) return refuse(field + "content: broken UTF-8");
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
  std::string words;
  const auto sink = [&](int status, std::string_view bytes) {
    if (status < 300) return reader.take(bytes);
    words.append(bytes.substr(0, kMaxErrorBytes - words.size()));
    return words.size() < kMaxErrorBytes;
  };
  const Result<Answer> answer = post(request, sink, stop);
  if (!answer) return answer.status();
  if (answer->status >= 300) return status_of(*answer, words, request);
  Result<ChatReply> reply = reader.finish();
  if (reply) return reply;
  const Status& status = reply.status();
  return Status(status.code(), client.endpoint.authority + ": " + status.message(), answer->status);
}

/// Runs `body`; what goes wrong gets the name of the operation in front. Only memory can run out by exception here.
template <typename Body>
auto guarded(const char* operation, const Body& body) -> decltype(body()) {
  const std::string prefix = std::string(operation) + ": ";
  try {
    auto result = body();
    if (result) return result;
    const Status& status = result.status();
    return Status(status.code(), prefix + status.message(), status.extended_code());
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::kResourceExhausted, prefix + "out of memory");
  } catch (const std::exception& error) {
    return Status(StatusCode::kInternal, prefix + error.what());
  }
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
