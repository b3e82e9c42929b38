// SPDX-License-Identifier: Apache-2.0
// Cancelling, from on_piece and from another thread, and exceptions out of on_piece. The timeouts are left at their
// defaults: a cancellation that did not work would end as kBusy.
#include "chat_support.hpp"

#include <future>
#include <stdexcept>
#include <stop_token>
#include <thread>

using namespace mnemic;
using namespace mnemic::test;

TEST_CASE("cancel: on_piece answers false") {
  const LlmServer server;
  for (const std::string behaviour : {"stream", "stall", "huge", "whole"}) {
    INFO(behaviour);
    int calls = 0;
    const auto reply = client_for(server.url(behaviour)).complete(question(), [&](std::string_view) {
      ++calls;
      return false;
    });
    REQUIRE_CODE(reply, StatusCode::kCancelled);
    CHECK(calls == 1);
  }
}

TEST_CASE("cancel: a stop token ends a call while the server is silent") {
  const LlmServer server;
  std::stop_source source;
  std::promise<void> started;
  std::thread other([&] {
    started.get_future().wait();
    source.request_stop();
  });
  const auto reply = client_for(server.url("stall"))
                         .complete(
                             question(),
                             [&](std::string_view) {
                               started.set_value();
                               return true;
                             },
                             source.get_token());
  other.join();
  REQUIRE_CODE(reply, StatusCode::kCancelled);
}

TEST_CASE("cancel: a stop token ends a call that is still connecting") {
  Socket ignoring(Socket::Kind::kIgnores);
  std::stop_source source;
  std::thread other([&] {
    ignoring.accept();
    source.request_stop();
  });
  const auto reply = client_for("https://127.0.0.1:" + ignoring.port()).complete(question(), {}, source.get_token());
  other.join();
  REQUIRE_CODE(reply, StatusCode::kCancelled);
}

TEST_CASE("cancel: a stop token ends a stream that never pauses") {
  const LlmServer server;
  std::stop_source source;
  int calls = 0;
  const auto reply = client_for(server.url("huge"))
                         .complete(
                             question(),
                             [&](std::string_view) {
                               if (++calls == 3) source.request_stop();
                               return true;
                             },
                             source.get_token());
  REQUIRE_CODE(reply, StatusCode::kCancelled);
}

TEST_CASE("cancel: a token that has fired connects to nobody") {
  const Socket nobody(Socket::Kind::kRefuses);  // kIo, if it did
  std::stop_source source;
  source.request_stop();
  const auto reply = client_for("http://127.0.0.1:" + nobody.port()).complete(question(), {}, source.get_token());
  REQUIRE_CODE(reply, StatusCode::kCancelled);
}

TEST_CASE("cancel: what on_piece throws comes out, and the client still works") {
  struct OutOfPaper : std::runtime_error {
    using std::runtime_error::runtime_error;
  };
  const LlmServer server;
  for (const std::string behaviour : {"stream", "stall", "whole"}) {
    INFO(behaviour);
    const http::ChatClient client = client_for(server.url(behaviour));
    int calls = 0;
    const auto ask = [&] {
      return client.complete(question(), [&](std::string_view) -> bool {
        ++calls;
        throw OutOfPaper("printer");
      });
    };
    REQUIRE_THROWS_AS(ask(), OutOfPaper);
    CHECK(calls == 1);
    if (behaviour != "stall") REQUIRE_OK(client.complete(question()));
  }
}
