// SPDX-License-Identifier: Apache-2.0
// Peer and host are verified, always.
#include "chat_support.hpp"

using namespace mnemic;
using namespace mnemic::test;

TEST_CASE("tls: a certificate that is trusted and names the host is taken, with a key") {
  const LlmServer server(Tls::kYes);
  http::ChatOptions options = options_for("https://localhost:" + server.port() + "/stream/v1");
  options.ca_file = certificate_file();
  options.api_key = kKey;
  const auto reply = http::ChatClient::create(options).value().complete(question());
  REQUIRE_OK(reply);
  CHECK(reply->text == kSentence);
}

TEST_CASE("tls: an unknown authority, another host and plain HTTP are kIo") {
  const LlmServer server(Tls::kYes);
  const auto unknown = client_for("https://localhost:" + server.port() + "/stream/v1").complete(question());
  REQUIRE_CODE(unknown, StatusCode::kIo);
  CHECK(contains(unknown.status().message(), "localhost:" + server.port() + ": TLS: "));
  CHECK(contains(unknown.status().message(), "certificate"));

  http::ChatOptions options = options_for("https://127.0.0.1:" + server.port() + "/stream/v1");
  options.ca_file = certificate_file();
  const auto other_host = http::ChatClient::create(options).value().complete(question());
  REQUIRE_CODE(other_host, StatusCode::kIo);
  CHECK(contains(other_host.status().message(), "127.0.0.1"));

  const LlmServer plain;
  const auto no_tls = client_for("https://127.0.0.1:" + plain.port() + "/stream/v1").complete(question());
  REQUIRE_CODE(no_tls, StatusCode::kIo);
  CHECK(contains(no_tls.status().message(), ": TLS: "));

  const auto not_http = client_for("http://127.0.0.1:" + server.port() + "/stream/v1").complete(question());
  REQUIRE_CODE(not_http, StatusCode::kIo);
}

TEST_CASE("tls: an unreadable ca_file is named") {
  const LlmServer server(Tls::kYes);
  http::ChatOptions options = options_for("https://localhost:" + server.port() + "/stream/v1");
  options.ca_file = "/nowhere/ca.pem";
  const auto reply = http::ChatClient::create(options).value().complete(question());
  REQUIRE_CODE(reply, StatusCode::kInvalidArgument);
  CHECK(contains(reply.status().message(), "ca_file: "));
}
