// SPDX-License-Identifier: Apache-2.0
// Somebody else's program with an installed mnemic::http: no server is needed to be told that an address is wrong.
#include <mnemic/http/chat.hpp>
#include <mnemic/http/embedder.hpp>

#include <mnemic/mnemic.hpp>

#include <iostream>

int main() {
  using mnemic::http::ChatClient;
  using mnemic::http::HttpEmbedder;
  const auto bad = ChatClient::create({.url = "ftp://127.0.0.1/v1", .model = "test"});
  if (bad.status().code() != mnemic::StatusCode::kInvalidArgument) return 1;
  const auto good = ChatClient::create({.url = "http://127.0.0.1:11434/v1", .model = "test"});
  if (!good) return 2;
  const auto embedder = HttpEmbedder::create({.urls = {"http://127.0.0.1:11434/v1"}, .model = "test", .dimension = 8});
  if (!embedder || (*embedder)->space().name != "test") return 5;
  const mnemic::Options options{.embedder = *embedder};  // it goes where any embedder goes
  if (options.embedder == nullptr) return 6;
  // An exception of mnemic::mnemic, thrown for an outcome of mnemic::http.
  try {
    (void)good->complete({}).value();
  } catch (const mnemic::Error& error) {
    std::cout << error.what() << '\n';
    return error.status().code() == mnemic::StatusCode::kInvalidArgument ? 0 : 3;
  }
  return 4;
}
