// SPDX-License-Identifier: Apache-2.0
// What the tests of HttpEmbedder share: the server, options that do not wait, and the vectors that the server makes.
#pragma once

#include "http/parse_json.hpp"
#include "http/transport.hpp"
#include "server.hpp"
#include "support/catch.hpp"

#include <mnemic/http/embedder.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic::test {

constexpr std::size_t kDimension = 8;

class EmbedServer : public LlmServer {
 public:
  explicit EmbedServer(Tls tls = Tls::kNo) : LlmServer(tls, "embed_server.py") {}

  /// What was asked so far: {"path", "headers", "body"} each.
  [[nodiscard]] nlohmann::json requests() const {
    const auto endpoint = http::parse_endpoint(url("requests"), "/embeddings").value();
    const std::string no_file;
    const std::chrono::milliseconds long_enough{60'000};
    const http::Post request{.endpoint = endpoint,
                             .body = "{}",
                             .accept = "*/*",
                             .secret = "",
                             .ca_file = no_file,
                             .connect_timeout = long_enough,
                             .stall_timeout = long_enough,
                             .timeout = long_enough};
    std::string body;
    const auto take = [&](std::string_view bytes) {
      body += bytes;
      return true;
    };
    http::post(request, take, {}).value();
    return http::parse_json(body);
  }
};

/// As the server makes them.
inline std::vector<float> vector_of(std::string_view text, std::size_t dimension = kDimension) {
  unsigned sum = 0;
  for (const char c : text) sum += static_cast<unsigned char>(c);
  std::vector<float> row{static_cast<float>(text.size()), static_cast<float>(sum % 251) + 0.5F};
  for (const char c : text.substr(0, 6)) row.push_back(static_cast<unsigned char>(c));
  row.resize(dimension);
  return row;
}

/// Back-off and rests of a millisecond; failures do not let an endpoint rest soon.
inline http::HttpEmbedderOptions embed_options(std::vector<std::string> urls) {
  return {.urls = std::move(urls),
          .model = "test/model",
          .dimension = kDimension,
          .backoff_base = std::chrono::milliseconds(1),
          .backoff_max = std::chrono::milliseconds(2),
          .rest_after = 1000,
          .rest_base = std::chrono::milliseconds(1),
          .rest_max = std::chrono::milliseconds(2),
          .random = seeded_random(7)};
}

/// Two retries; a behaviour that goes silent is noticed soon. The others have the usual patience: the machine may be
/// slow.
inline http::HttpEmbedderOptions impatient(std::vector<std::string> urls,
                                           std::chrono::milliseconds stall_timeout = std::chrono::milliseconds(1'000)) {
  auto options = embed_options(std::move(urls));
  options.retries = 2;
  const std::string& first = options.urls.at(0);
  if (first.find("stall") != std::string::npos || first.find("silent") != std::string::npos) {
    options.stall_timeout = stall_timeout;
  }
  return options;
}

using EmbedderPointer = std::shared_ptr<http::HttpEmbedder>;

inline EmbedderPointer embedder_for(http::HttpEmbedderOptions options) {
  return http::HttpEmbedder::create(std::move(options)).value();
}

/// The rows of `texts` after one another.
inline Result<std::vector<float>> embed(const EmbedderPointer& embedder, const std::vector<std::string>& texts,
                                        EmbedKind kind = EmbedKind::kPassage) {
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  std::vector<float> rows(texts.size() * embedder->space().dimension, -1.0F);
  if (Status status = embedder->embed(views, kind, rows); !status.ok()) return status;
  return rows;
}

/// The rows that there should be; an empty text has zeros.
inline std::vector<float> rows_of(const std::vector<std::string>& texts, const std::string& prefix = "",
                                  std::size_t dimension = kDimension) {
  std::vector<float> rows;
  for (const std::string& text : texts) {
    const std::vector<float> row = text.empty() ? std::vector<float>(dimension) : vector_of(prefix + text, dimension);
    rows.insert(rows.end(), row.begin(), row.end());
  }
  return rows;
}

inline std::vector<std::string> many_texts(std::size_t count) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) texts.push_back("text " + std::to_string(i) + std::string(i % 7, '!'));
  return texts;
}

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace mnemic::test
