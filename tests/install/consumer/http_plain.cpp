// SPDX-License-Identifier: Apache-2.0
// Compiled with -fno-exceptions -fno-rtti.
#include <mnemic/http/chat.hpp>

mnemic::StatusCode ask(const mnemic::http::ChatClient& client) {
  const mnemic::http::ChatMessage message{.role = "user"};
  return client.complete({&message, 1}, [](std::string_view) { return true; }).status().code();
}

// What one states by name must not warn about what one leaves out (-Wextra).
const mnemic::http::ChatOptions kChat{.url = "http://127.0.0.1/v1"};
const mnemic::http::ChatReply kReply{.text = "x"};
