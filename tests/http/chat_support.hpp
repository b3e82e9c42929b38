// SPDX-License-Identifier: Apache-2.0
// What the tests of ChatClient share: a question, options for a URL, and a recorder of pieces.
#pragma once

#include "server.hpp"
#include "support/catch.hpp"

#include <mnemic/http/chat.hpp>

#include <array>
#include <chrono>
#include <string>
#include <vector>

namespace mnemic::test {

inline const std::string kSentence = "The kettle is on the blue shelf.";
inline const std::string kUnicode = "Zo\xc3\xab says: \xe6\x97\xa9\xe4\xb8\x8a\xe5\xa5\xbd \xf0\x9f\x99\x82";
inline const std::string kKey = "test-key-0123456789/abcdef";

inline const std::array<http::ChatMessage, 2>& question() {
  static const std::array<http::ChatMessage, 2> messages{
      http::ChatMessage{.role = "system", .content = "You know where things are."},
      http::ChatMessage{.role = "user", .content = "Where is the kettle?"}};
  return messages;
}

inline http::ChatOptions options_for(const std::string& url) {
  return {.url = url, .model = "test"};
}

inline http::ChatClient client_for(const std::string& url) {
  return http::ChatClient::create(options_for(url)).value();
}

/// Collects pieces; each must be whole characters.
struct Pieces {
  bool operator()(std::string_view piece) const {
    all->emplace_back(piece);
    return true;
  }
  [[nodiscard]] std::string joined() const {
    std::string text;
    for (const std::string& piece : *all) text += piece;
    return text;
  }
  std::shared_ptr<std::vector<std::string>> all = std::make_shared<std::vector<std::string>>();
};

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace mnemic::test
