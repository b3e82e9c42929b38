// SPDX-License-Identifier: Apache-2.0
// What ChatClient::create refuses.
#include "chat_support.hpp"
#include "http/endpoint.hpp"

#include <limits>

using namespace mnemic;
using namespace mnemic::test;
using std::chrono::milliseconds;

namespace {

void refuses(const http::ChatOptions& options, const std::string& words) {
  const auto client = http::ChatClient::create(options);
  REQUIRE_CODE(client, StatusCode::kInvalidArgument);
  INFO(client.status().message());
  CHECK(contains(client.status().message(), words));
  CHECK_FALSE(contains(client.status().message(), "secret"));
}

http::ChatOptions good() {
  return options_for("http://127.0.0.1:9/v1");
}

}  // namespace

TEST_CASE("options: the defaults are good") {
  REQUIRE_OK(http::ChatClient::create(good()));
}

TEST_CASE("options: a bad url is refused, and not repeated") {
  for (const std::string url :
       {"", "127.0.0.1:9/v1", "secret", "ftp://host/secret", "file:///secret", "http://", "http://ada:secret@host/v1",
        "http://secret@host", "http://host/v1#secret", "http://host/secret x", "http://host/secret\r\nX: y",
        "http://host:99999/secret", "http://[::1/secret", "http://h\xc3\xb6st/secret"}) {
    INFO(url);
    refuses(options_for(url), "url: ");
  }
  refuses(options_for(std::string("http://host/v1\0secret", 21)), "url: ");
}

TEST_CASE("options: a bad model, temperature, limit or file is refused") {
  http::ChatOptions options = good();
  options.model = "";
  refuses(options, "model: empty");
  options.model = "a\nb";
  refuses(options, "model: ");
  options.model = "caf\xe9";
  refuses(options, "model: ");

  options = good();
  for (const double bad :
       {-0.1, 2.1, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    options.temperature = bad;
    refuses(options, "temperature: ");
  }

  options = good();
  options.max_reply_bytes = 0;
  refuses(options, "max_reply_bytes: ");
  options.max_reply_bytes = std::numeric_limits<std::size_t>::max();
  refuses(options, "max_reply_bytes: ");

  options = good();
  options.ca_file = std::string("a\0b", 3);
  refuses(options, "ca_file: ");
}

TEST_CASE("options: a timeout outside 1 ms to 24 h is refused") {
  for (const milliseconds bad :
       {milliseconds(0), milliseconds(-1), milliseconds(24 * 3'600'000 + 1), milliseconds::max()}) {
    http::ChatOptions options = good();
    options.connect_timeout = bad;
    refuses(options, "connect_timeout: ");
    options = good();
    options.stall_timeout = bad;
    refuses(options, "stall_timeout: ");
    options = good();
    options.timeout = bad;
    refuses(options, "chat client: timeout: ");
  }
}

TEST_CASE("options: a key that could end a header is refused, and not repeated") {
  for (const std::string& key : {std::string("secret\r\nX-Evil: 1"), std::string("secret\n"),
                                 std::string("secret secret"), std::string("secret\0x", 8), std::string("secret\x7f"),
                                 std::string("secr\xc3\xa9t secret"), std::string(8193, 'k')}) {
    http::ChatOptions options = good();
    options.api_key = key;
    refuses(options, "api_key: ");
  }
}

TEST_CASE("options: a key does not leave the machine in the clear") {
  for (const std::string host : {"example.com", "192.168.1.7:8080", "127.0.0.1.example.com", "localhost.example.com",
                                 "127.0.0.1.5", "[fe80::1]", "0.0.0.0"}) {
    INFO(host);
    http::ChatOptions options = options_for("http://" + host + "/v1");
    REQUIRE_OK(http::ChatClient::create(options));
    options.api_key = "secret-key";
    refuses(options, "api_key: would travel in the clear to ");
    options.plain_key = http::PlainKey::kAnywhere;
    REQUIRE_OK(http::ChatClient::create(options));
    options.plain_key = http::PlainKey::kLoopbackOnly;
    options.url = "https://" + host + "/v1";
    REQUIRE_OK(http::ChatClient::create(options));
  }
  for (const std::string host : {"localhost", "LOCALHOST:80", "127.0.0.1", "127.9.8.7:1", "[::1]:11434"}) {
    INFO(host);
    http::ChatOptions options = options_for("http://" + host);
    options.api_key = "secret-key";
    REQUIRE_OK(http::ChatClient::create(options));
  }
}

TEST_CASE("options: an endpoint knows its parts") {
  const auto endpoint = http::parse_endpoint("https://Example.com/v1//", "/chat/completions");
  REQUIRE_OK(endpoint);
  CHECK(endpoint->url == "https://Example.com/v1/chat/completions");
  CHECK(endpoint->authority == "example.com:443");
  CHECK(endpoint->scheme == "https");
  CHECK_FALSE(endpoint->loopback);
  CHECK(http::parse_endpoint("http://host", "/embeddings").value().url == "http://host/embeddings");
}
