// SPDX-License-Identifier: Apache-2.0
// What HttpEmbedder::create refuses, and what it makes of a model's name.
#include "embed_support.hpp"

#include <functional>
#include <limits>

using namespace mnemic;
using namespace mnemic::test;
using http::HttpEmbedderOptions;
using std::chrono::milliseconds;

namespace {

using Change = std::function<void(HttpEmbedderOptions&)>;

HttpEmbedderOptions good() {
  return {.urls = {"http://127.0.0.1:9/v1"}, .model = "bge-m3", .dimension = 1024};
}

void refuses(const std::string& words, const Change& change) {
  HttpEmbedderOptions options = good();
  change(options);
  const auto embedder = http::HttpEmbedder::create(options);
  INFO(words);
  REQUIRE_CODE(embedder, StatusCode::kInvalidArgument);
  INFO(embedder.status().message());
  CHECK(has(embedder.status().message(), "http embedder: " + words));
  CHECK_FALSE(has(embedder.status().message(), "secret"));
}

EmbeddingSpace space_with(const Change& change) {
  HttpEmbedderOptions options = good();
  change(options);
  return http::HttpEmbedder::create(options).value()->space();
}

}  // namespace

TEST_CASE("embed options: the defaults are good once url, model and dimension are set") {
  REQUIRE_OK(http::HttpEmbedder::create(good()));
  refuses("urls: 0", [](auto& o) { o.urls.clear(); });
  refuses("model: empty", [](auto& o) { o.model.clear(); });
  refuses("dimension: 0", [](auto& o) { o.dimension = 0; });
}

TEST_CASE("embed options: a bad url is refused by its number, and not repeated") {
  for (const std::string url : {"", "secret", "ftp://host/secret", "http://ada:secret@host/v1", "http://host/v1#secret",
                                "http://host/secret x", "http://host/secret\r\nX: y", "http://host:99999/secret"}) {
    refuses("urls[1]: ", [&](auto& o) { o.urls.push_back(url); });
  }
  refuses("urls: 65", [](auto& o) { o.urls.resize(65, o.urls[0]); });
}

TEST_CASE("embed options: a key stays on this machine without TLS, whichever url would take it away") {
  for (const std::string url : {"http://example.com/v1", "http://192.168.1.7:8080", "http://localhost.example.com"}) {
    HttpEmbedderOptions options = good();
    options.urls.push_back(url);
    REQUIRE_OK(http::HttpEmbedder::create(options));
    refuses("api_key: would travel in the clear to ", [&](auto& o) {
      o.urls.push_back(url);
      o.api_key = "secret";
    });
    options.api_key = "secret";
    options.plain_key = http::PlainKey::kAnywhere;
    REQUIRE_OK(http::HttpEmbedder::create(options));
  }
  HttpEmbedderOptions options = good();
  options.urls = {"https://example.com/v1", "http://[::1]:8080"};
  options.api_key = "secret";
  REQUIRE_OK(http::HttpEmbedder::create(options));
  refuses("api_key: ", [](auto& o) { o.api_key = "secret\r\nX-Evil: 1"; });
}

TEST_CASE("embed options: each number has its range") {
  constexpr std::size_t kHuge = std::numeric_limits<std::size_t>::max();
  refuses("dimension: 4097", [](auto& o) { o.dimension = 4097; });
  refuses("max_request_texts: 0", [](auto& o) { o.max_request_texts = 0; });
  refuses("max_request_texts: 2049", [](auto& o) { o.max_request_texts = 2049; });
  refuses("max_request_bytes: 0", [](auto& o) { o.max_request_bytes = 0; });
  refuses("max_request_bytes: ", [](auto& o) { o.max_request_bytes = kHuge; });
  refuses("max_reply_bytes: 0", [](auto& o) { o.max_reply_bytes = 0; });
  refuses("max_reply_bytes: ", [](auto& o) { o.max_reply_bytes = kHuge; });
  refuses("retries: 101", [](auto& o) { o.retries = 101; });
  refuses("rest_after: 0", [](auto& o) { o.rest_after = 0; });
  for (const milliseconds bad : {milliseconds(0), milliseconds(-1), milliseconds::max()}) {
    refuses("connect_timeout: ", [&](auto& o) { o.connect_timeout = bad; });
    refuses("stall_timeout: ", [&](auto& o) { o.stall_timeout = bad; });
    refuses("request_timeout: ", [&](auto& o) { o.request_timeout = bad; });
    refuses("timeout: ", [&](auto& o) { o.timeout = bad; });
    refuses("backoff_base: ", [&](auto& o) { o.backoff_base = bad; });
    refuses("backoff_max: ", [&](auto& o) { o.backoff_max = bad; });
    refuses("rest_base: ", [&](auto& o) { o.rest_base = bad; });
    refuses("rest_max: ", [&](auto& o) { o.rest_max = bad; });
  }
}

TEST_CASE("embed options: words are UTF-8 of bounded length, and nothing is null") {
  refuses("model: ", [](auto& o) { o.model = "a\nb"; });
  refuses("query_prefix: broken UTF-8", [](auto& o) { o.query_prefix = "caf\xe9"; });
  refuses("passage_prefix: longer", [](auto& o) { o.passage_prefix = std::string(4097, 'p'); });
  refuses("space_version: broken UTF-8", [](auto& o) { o.space_version = "\xff"; });
  refuses("ca_file: ", [](auto& o) { o.ca_file = std::string("a\0b", 3); });
  refuses("clock: null", [](auto& o) { o.clock = nullptr; });
  refuses("random: null", [](auto& o) { o.random = nullptr; });
}

TEST_CASE("embed options: a space is named after the model, and its version tells models apart") {
  const std::pair<const char*, const char*> names[]{{"bge-m3", "bge-m3"},
                                                    {"BAAI/bge-m3", "BAAI-bge-m3"},
                                                    {"nomic-embed-text:latest", "nomic-embed-text-latest"},
                                                    {"a // b", "a-b"},
                                                    {"\xe6\xa8\xa1\xe5\x9e\x8b", "-"}};
  for (const auto& [model, name] : names) {
    const EmbeddingSpace space = space_with([&](auto& o) { o.model = model; });
    CHECK(space.name == name);
    CHECK(space.version == model);
  }
  CHECK(space_with([](auto& o) { o.send_dimension = true; }).version == "bge-m3@1024");
  const EmbeddingSpace given = space_with([](auto& o) {
    o.model = std::string(65, 'm');
    o.space_name = "mine_1.0";
    o.space_version = "2";
  });
  CHECK(given.name == "mine_1.0");
  CHECK(given.version == "2");
  refuses("space_name: needed", [](auto& o) { o.model = std::string(65, 'm'); });
  refuses("space_name: not 1 to 64", [](auto& o) { o.space_name = "a b"; });
}
