// SPDX-License-Identifier: Apache-2.0
// Each way to fail, its code and its words.
#include "chat_support.hpp"

using namespace mnemic;
using namespace mnemic::test;
using std::chrono::milliseconds;

namespace {

struct Case {
  std::string behaviour;
  StatusCode code;
  std::string words;   ///< in the message
  std::string before;  ///< pieces that came first
  int http = 200;      ///< extended_code
};

void check_case(const http::ChatClient& client, const Case& expected) {
  INFO(expected.behaviour);
  const Pieces pieces;
  const auto reply = client.complete(question(), pieces);
  REQUIRE_CODE(reply, expected.code);
  const std::string& message = reply.status().message();
  INFO(message);
  CHECK(contains(message, expected.words));
  CHECK(contains(message, "chat: "));
  CHECK(message.size() < 320);
  CHECK(message.find_first_of("\n\r\t\x1b\x07") == std::string::npos);
  CHECK(reply.status().extended_code() == expected.http);
  CHECK(pieces.joined() == expected.before);
}

}  // namespace

TEST_CASE("failures: an HTTP status has its code") {
  const LlmServer server;
  for (const auto& [status, code] : std::vector<std::pair<int, StatusCode>>{{400, StatusCode::kInvalidArgument},
                                                                            {401, StatusCode::kPermissionDenied},
                                                                            {403, StatusCode::kPermissionDenied},
                                                                            {404, StatusCode::kNotFound},
                                                                            {408, StatusCode::kBusy},
                                                                            {413, StatusCode::kResourceExhausted},
                                                                            {422, StatusCode::kInvalidArgument},
                                                                            {429, StatusCode::kBusy},
                                                                            {500, StatusCode::kIo},
                                                                            {502, StatusCode::kIo},
                                                                            {503, StatusCode::kBusy}}) {
    const std::string number = std::to_string(status);
    const std::string words =
        "127.0.0.1:" + server.port() + ": HTTP " + number + ": status " + number + " was asked for";
    check_case(client_for(server.url("http" + number)), {"http" + number, code, words, "", status});
  }
  const auto reply = client_for(server.url("http429")).complete(question());
  CHECK(contains(reply.status().message(), "(retry after: 7)"));
}

TEST_CASE("failures: a redirect is not followed") {
  const LlmServer server;
  check_case(
      client_for(server.url("redirect")),
      {"redirect", StatusCode::kInvalidArgument,
       "a redirect, which is not followed: set url to where the server is: /stream/v1/chat/completions", "", 302});
}

TEST_CASE("failures: an answer that cannot be understood is kIo, and says why") {
  const LlmServer server;
  const std::string piece = "The kettle ";
  for (const Case& one : std::vector<Case>{
           {"garbage", StatusCode::kIo,
            "neither JSON nor a stream of events: <!doctype html> <title> [31mIt works! </title>", ""},
           {"bad-event", StatusCode::kIo, "not JSON, or nested too deep: {\"choices\": [{\"del", piece},
           {"wrong-types", StatusCode::kIo, "`content` is no string: {\"delta\":{\"content\":42}", ""},
           {"no-choices", StatusCode::kIo, "no array `choices`", ""},
           {"deep", StatusCode::kIo, "not JSON, or nested too deep: {\"choices\": [{\"finish_reason\": [[[[", ""},
           {"deep-500", StatusCode::kIo, "HTTP 500: {\"detail\": [[[[", "", 500},
           {"broken-utf8", StatusCode::kIo, "broken UTF-8", ""},
           {"empty", StatusCode::kIo, "an empty answer", ""},
           {"no-text", StatusCode::kIo, "no text in the answer, finish_reason: length", ""},
           {"early", StatusCode::kIo, "the stream ended without its end", piece},
           {"half", StatusCode::kIo, "the connection ended early", piece},
           {"error-in-200", StatusCode::kIo, "the server reports an error: the model is out of memory", ""},
           {"error-event", StatusCode::kIo, "the server reports an error: the model is out of memory", piece}}) {
    check_case(client_for(server.url(one.behaviour)), one);
  }
}

TEST_CASE("failures: a reply or headers without end are kResourceExhausted") {
  const LlmServer server;
  http::ChatOptions options = options_for(server.url("huge"));
  options.max_reply_bytes = 100'000;
  std::size_t seen = 0;
  const auto reply = http::ChatClient::create(options).value().complete(question(), [&](std::string_view piece) {
    seen += piece.size();
    return true;
  });
  REQUIRE_CODE(reply, StatusCode::kResourceExhausted);
  CHECK(contains(reply.status().message(), "max_reply_bytes, 100000"));
  CHECK(seen > 0);
  CHECK(seen < 100'000);

  const auto headers = client_for(server.url("long-header")).complete(question());
  REQUIRE_CODE(headers, StatusCode::kResourceExhausted);
  CHECK(contains(headers.status().message(), "headers"));
}

TEST_CASE("failures: silence and lateness are kBusy") {
  const LlmServer server;
  http::ChatOptions options = options_for(server.url("stall"));
  options.stall_timeout = milliseconds(200);
  check_case(http::ChatClient::create(options).value(),
             {"stall", StatusCode::kBusy, "silent for stall_timeout of 200 ms", "The kettle "});
  options.url = server.url("silent");
  check_case(http::ChatClient::create(options).value(),
             {"silent", StatusCode::kBusy, "silent for stall_timeout of 200 ms", "", 0});

  options.stall_timeout = milliseconds(60'000);
  options.timeout = milliseconds(200);
  check_case(http::ChatClient::create(options).value(),
             {"silent", StatusCode::kBusy, "no end within timeout of 200 ms", "", 0});

  // A server that never takes the connection up: the TLS handshake does not end.
  const Socket ignoring(Socket::Kind::kIgnores);
  options = options_for("https://127.0.0.1:" + ignoring.port() + "/v1");
  options.connect_timeout = milliseconds(200);
  check_case(http::ChatClient::create(options).value(),
             {"connect", StatusCode::kBusy, "no connection within connect_timeout of 200 ms", "", 0});
}

TEST_CASE("failures: a host that is not there is kIo, with its name and port") {
  const Socket nobody(Socket::Kind::kRefuses);
  const std::string there = "127.0.0.1:" + nobody.port();
  http::ChatOptions options = options_for("http://" + there + "/v1");
  options.api_key = kKey;
  check_case(http::ChatClient::create(options).value(),
             {"refused", StatusCode::kIo, there + ": no connection: Connection refused", "", 0});

  // No resolver needs to be asked: a label may have 63 letters.
  const std::string nowhere(64, 'a');
  check_case(client_for("http://" + nowhere + ".invalid/v1"),
             {"unknown", StatusCode::kIo, nowhere + ".invalid:80: host not found", "", 0});
}

TEST_CASE("failures: a server that repeats the key does not bring it into a message") {
  const LlmServer server;
  for (const auto& [behaviour, code] : std::vector<std::pair<std::string, StatusCode>>{
           {"leak", StatusCode::kPermissionDenied}, {"leak-200", StatusCode::kIo}}) {
    http::ChatOptions options = options_for(server.url(behaviour));
    options.api_key = kKey;
    const auto reply = http::ChatClient::create(options).value().complete(question());
    REQUIRE_CODE(reply, code);
    CHECK(contains(reply.status().message(), "Bearer [key]"));
    CHECK_FALSE(contains(reply.status().message(), "0123456789"));
  }
}

TEST_CASE("failures: a bad message names its field, and nothing is sent") {
  const Socket nobody(Socket::Kind::kRefuses);
  const http::ChatClient client = client_for("http://127.0.0.1:" + nobody.port());
  const auto refused = [&](std::vector<http::ChatMessage> messages) {
    const auto reply = client.complete(messages);
    REQUIRE_CODE(reply, StatusCode::kInvalidArgument);
    return reply.status().message();
  };
  CHECK(contains(refused({}), "messages: none"));
  CHECK(contains(refused({question()[0], {.role = "", .content = "x"}}), "messages[1].role"));
  CHECK(contains(refused({{.role = std::string(65, 'r'), .content = "x"}}), "messages[0].role"));
  CHECK(contains(refused({{.role = "us\xff", .content = "x"}}), "messages[0].role: broken UTF-8"));
  CHECK(contains(refused({{.role = "user", .content = "caf\xe9"}}), "messages[0].content: broken UTF-8"));
}
