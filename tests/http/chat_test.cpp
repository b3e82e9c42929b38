// SPDX-License-Identifier: Apache-2.0
// What a reply is made of, and what the server is sent.
#include "chat_support.hpp"
#include "http/text.hpp"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "support/temp_dir.hpp"

using namespace mnemic;
using namespace mnemic::test;

TEST_CASE("chat: a reply comes in pieces and as a whole") {
  const LlmServer server;
  const Pieces pieces;
  const auto reply = client_for(server.url("stream")).complete(question(), pieces);
  REQUIRE_OK(reply);
  CHECK(reply->text == kSentence);
  CHECK(reply->finish_reason == "stop");
  CHECK(reply->model == "test-model-1");
  CHECK_FALSE(reply->prompt_tokens);
  CHECK(pieces.joined() == kSentence);
  CHECK(pieces.all->size() == 7);
}

TEST_CASE("chat: every form of a stream is understood") {
  const LlmServer server;
  for (const std::string behaviour : {"slow", "comments", "no-done", "no-blank", "keep-open"}) {
    INFO(behaviour);
    const Pieces pieces;
    const auto reply = client_for(server.url(behaviour)).complete(question(), pieces);
    REQUIRE_OK(reply);
    CHECK(reply->text == kSentence);
    CHECK(pieces.joined() == kSentence);
  }
}

TEST_CASE("chat: pieces are whole characters however the bytes arrive") {
  const LlmServer server;
  const Pieces pieces;
  const auto reply = client_for(server.url("split")).complete(question(), pieces);
  REQUIRE_OK(reply);
  CHECK(reply->text == kUnicode);
  CHECK(pieces.joined() == kUnicode);
  CHECK(pieces.all->size() == 4);
  for (const std::string& piece : *pieces.all) CHECK(http::is_valid_utf8(piece));
}

TEST_CASE("chat: a server that does not stream gives one piece, and its counts") {
  const LlmServer server;
  const Pieces pieces;
  const auto reply = client_for(server.url("whole")).complete(question(), pieces);
  REQUIRE_OK(reply);
  CHECK(reply->text == kUnicode);
  CHECK(reply->finish_reason == "stop");
  CHECK(reply->prompt_tokens == 11U);
  CHECK(reply->completion_tokens == 7U);
  CHECK(*pieces.all == std::vector<std::string>{kUnicode});
}

TEST_CASE("chat: token counts come at the end of a stream when asked for") {
  const LlmServer server;
  http::ChatOptions options = options_for(server.url("stream"));
  options.token_counts = true;
  const auto reply = http::ChatClient::create(options).value().complete(question());
  REQUIRE_OK(reply);
  CHECK(reply->prompt_tokens == 11U);
  CHECK(reply->completion_tokens == 7U);
}

TEST_CASE("chat: the request holds what the options say, and nothing else") {
  const LlmServer server;
  http::ChatOptions options = options_for(server.url("echo"));
  const auto sent = [&] {
    return nlohmann::json::parse(http::ChatClient::create(options).value().complete(question()).value().text);
  };

  auto request = sent();
  CHECK(request["path"] == "/echo/v1/chat/completions");
  CHECK(request["body"] == nlohmann::json{{"model", "test"},
                                          {"stream", true},
                                          {"messages",
                                           {{{"role", "system"}, {"content", "You know where things are."}},
                                            {{"role", "user"}, {"content", "Where is the kettle?"}}}}});
  CHECK(request["headers"]["content-type"] == "application/json");
  CHECK(request["headers"]["accept"] == "text/event-stream, application/json");
  CHECK(request["headers"]["host"] == "127.0.0.1:" + server.port());
  CHECK(request["headers"].size() == 5);  // with user-agent and content-length

  options.api_key = kKey;
  options.temperature = 0.25;
  options.token_counts = true;
  request = sent();
  CHECK(request["headers"]["authorization"] == "Bearer " + kKey);
  CHECK(request["headers"].size() == 6);
  CHECK(request["body"]["temperature"] == 0.25);
  CHECK(request["body"]["stream_options"] == nlohmann::json{{"include_usage", true}});
}

TEST_CASE("chat: a long message goes out whole and at once") {
  const LlmServer server;
  std::string system;
  while (system.size() < 1'500'000) system += std::string(10'000, 'x') + "\xc3\xa9 ";
  const std::array messages{http::ChatMessage{.role = "system", .content = system}};
  const auto reply = client_for(server.url("remember")).complete(messages);
  REQUIRE_OK(reply);
  CHECK(reply->text == system);
}

TEST_CASE("chat: the path is appended once") {
  const LlmServer server;
  const std::string root = "http://127.0.0.1:" + server.port();
  for (const std::string& url :
       {root + "/echo/v1/", root + "/echo/v1/chat/completions", root + "/echo/v1/chat/completions/",
        "HTTP://127.0.0.1:" + server.port() + "/echo/v1"}) {
    INFO(url);
    const auto reply = client_for(url).complete(question());
    REQUIRE_OK(reply);
    CHECK(nlohmann::json::parse(reply->text)["path"] == "/echo/v1/chat/completions");
  }
  const auto reply = client_for(root + "/echo/v1?api-version=2024").complete(question());
  REQUIRE_OK(reply);
  CHECK(nlohmann::json::parse(reply->text)["path"] == "/echo/v1/chat/completions?api-version=2024");
}

TEST_CASE("chat: neither proxies nor .netrc are read") {
  const LlmServer server;
  const TempDir home;
  std::ofstream(home.path() / ".netrc") << "machine 127.0.0.1 login ada password secret\n";
  const Socket nobody(Socket::Kind::kRefuses);
  const std::string proxy = "http://127.0.0.1:" + nobody.port();
  for (const char* name : {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"}) ::setenv(name, proxy.c_str(), 1);
  ::setenv("HOME", home.path().c_str(), 1);
  const auto reply = client_for(server.url("echo")).complete(question());
  REQUIRE_OK(reply);
  CHECK_FALSE(nlohmann::json::parse(reply->text)["headers"].contains("authorization"));
}

TEST_CASE("chat: one client serves several threads, and on_piece may ask again") {
  const LlmServer server;
  const http::ChatClient client = client_for(server.url("remember"));
  std::vector<std::string> wrong(2);
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const std::string system = "thread " + std::to_string(t) + " call " + std::to_string(i);
        const std::array messages{http::ChatMessage{.role = "system", .content = system}};
        const auto reply = client.complete(messages);
        if (!reply) wrong[t] = reply.status().to_string();
        if (reply && reply->text != system) wrong[t] = reply->text;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == std::vector<std::string>(2));

  std::string inner;
  const auto outer = client.complete(question(), [&](std::string_view) {
    inner = client.complete(question()).value().text;
    return true;
  });
  REQUIRE_OK(outer);
  CHECK(inner == outer->text);
}

TEST_CASE("chat: handles are copied and moved, and one that was moved from says so") {
  const LlmServer server;
  http::ChatClient first = client_for(server.url("stream"));
  const http::ChatClient copy = first;
  const http::ChatClient moved = std::move(first);
  REQUIRE_OK(copy.complete(question()));
  REQUIRE_OK(moved.complete(question()));
  REQUIRE_CODE(first.complete(question()), StatusCode::kFailedPrecondition);  // NOLINT(bugprone-use-after-move)
}
