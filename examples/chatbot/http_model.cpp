// SPDX-License-Identifier: Apache-2.0
// The model behind an OpenAI-compatible endpoint, through mnemic::http.
#include "model.hpp"

#include <mnemic/http/chat.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <utility>
#include <vector>

namespace chatbot {
namespace {

class HttpModel final : public Model {
 public:
  HttpModel(mnemic::http::ChatClient client, std::string name) : client_(std::move(client)), name_(std::move(name)) {}

  [[nodiscard]] const std::string& name() const noexcept override { return name_; }

  ModelReply complete(std::span<const ModelMessage> messages, const std::function<void(std::string_view)>& on_piece,
                      const std::stop_token& stop) override {
    std::vector<mnemic::http::ChatMessage> sent;
    for (const ModelMessage& message : messages) sent.push_back({message.role, message.content});
    ModelReply reply;
    const auto result = client_.complete(
        sent,
        [&](std::string_view piece) {
          reply.text += piece;
          on_piece(piece);
          return true;
        },
        stop);
    if (result) {
      reply.text = result->text;
    } else {
      const bool stopped = result.status().code() == mnemic::StatusCode::kCancelled;
      reply.end = stopped ? ModelReply::End::kStopped : ModelReply::End::kFailed;
      reply.error = result.status().message();
    }
    return reply;
  }

 private:
  mnemic::http::ChatClient client_;
  std::string name_;
};

std::string key_in(const std::string& variable) {
  if (variable.empty()) return {};
  const char* const key = std::getenv(variable.c_str());
  if (key == nullptr || *key == '\0') {
    throw std::invalid_argument("--llm-key-env: the environment variable " + variable + " is not set, or empty");
  }
  return key;
}

}  // namespace

std::unique_ptr<Model> connect_model(const ModelOptions& options) {
  mnemic::http::ChatOptions chat;
  chat.url = options.url;
  chat.model = options.model;
  chat.api_key = key_in(options.key_variable);
  chat.stall_timeout = std::chrono::milliseconds(static_cast<std::int64_t>(options.patience_seconds * 1000));
  chat.max_reply_bytes = 4U << 20U;
  chat.timeout = std::max(chat.timeout, 10 * chat.stall_timeout);
  return std::make_unique<HttpModel>(mnemic::http::ChatClient::create(std::move(chat)).value(), options.model);
}

}  // namespace chatbot
