// SPDX-License-Identifier: Apache-2.0
// Compiled with -fno-exceptions -fno-rtti.
#include <mnemic/http/chat.hpp>
#include <mnemic/http/embedder.hpp>

mnemic::StatusCode ask(const mnemic::http::ChatClient& client) {
  const mnemic::http::ChatMessage message{.role = "user"};
  return client.complete({&message, 1}, [](std::string_view) { return true; }).status().code();
}

mnemic::StatusCode embed(mnemic::http::HttpEmbedder& embedder, std::string_view text, std::span<float> out) {
  return embedder.embed({&text, 1}, mnemic::EmbedKind::kQuery, out).code();
}

// What one states by name must not warn about what one leaves out (-Wextra).
const mnemic::http::ChatOptions kChat{.url = "http://127.0.0.1/v1"};
const mnemic::http::ChatReply kReply{.text = "x"};
const mnemic::http::HttpEmbedderOptions kEmbedder{.urls = {"http://127.0.0.1/v1"}, .model = "m", .dimension = 8};
const mnemic::http::HttpEmbedderStats kStats{.retries = 1};
