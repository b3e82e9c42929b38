// SPDX-License-Identifier: Apache-2.0
// Each way in which an embeddings endpoint fails: its code, whether it is tried again, and how it ends.
#include "embed_support.hpp"

using namespace mnemic;
using namespace mnemic::test;
using std::chrono::milliseconds;

namespace {

const std::vector<std::string> kTexts{"one", "two", "three"};

struct Case {
  std::string behaviour;
  StatusCode code;
  std::string words;
};

/// Fails as expected after `requests`; message and statistics agree.
void check_case(const EmbedServer& server, const Case& expected, std::uint64_t requests) {
  INFO(expected.behaviour);
  auto options = impatient({server.url(expected.behaviour)}, milliseconds(200));
  options.max_reply_bytes = 10'000;
  const auto embedder = embedder_for(options);
  const auto rows = embed(embedder, kTexts);
  REQUIRE_CODE(rows, expected.code);
  const std::string& message = rows.status().message();
  INFO(message);
  CHECK(has(message, "embed: 127.0.0.1:" + server.port() + ": "));
  CHECK(has(message, expected.words));
  CHECK(has(message, "(request 3)") == (requests == 3));
  CHECK(message.size() < 320);
  const auto stats = embedder->stats();
  CHECK(stats.endpoints.at(0).requests == requests);
  CHECK(stats.endpoints.at(0).failures == requests);
  CHECK(stats.endpoints.at(0).in_flight == 0);
  CHECK(stats.retries == requests - 1);
}

struct FixedClock final : Clock {
  explicit FixedClock(Timestamp at) : at_(at) {}
  Timestamp now() noexcept override { return at_; }
  Timestamp at_;
};

}  // namespace

TEST_CASE("embed failures: what asking again cannot mend is asked once") {
  const EmbedServer server;
  for (const Case& one : std::vector<Case>{
           {"http400", StatusCode::kInvalidArgument, "HTTP 400: status 400 was asked for"},
           {"http401", StatusCode::kPermissionDenied, "HTTP 401"},
           {"http403", StatusCode::kPermissionDenied, "HTTP 403"},
           {"http404", StatusCode::kNotFound, "HTTP 404"},
           {"http413", StatusCode::kResourceExhausted, "HTTP 413"},
           {"http422", StatusCode::kInvalidArgument, "HTTP 422"},
           {"redirect", StatusCode::kInvalidArgument, "a redirect, which is not followed"},
           {"longer", StatusCode::kFailedPrecondition, "data[2].embedding has 9 numbers, but dimension is 8"},
           {"shorter", StatusCode::kFailedPrecondition, "data[2].embedding has 7 numbers, but dimension is 8"},
           {"huge", StatusCode::kResourceExhausted, "the reply is longer than max_reply_bytes, 10000"}}) {
    check_case(server, one, 1);
  }
}

TEST_CASE("embed failures: what may pass is asked again, and ends with the last failure") {
  const EmbedServer server;
  for (const Case& one :
       std::vector<Case>{{"http408", StatusCode::kBusy, "HTTP 408"},
                         {"http429", StatusCode::kBusy, "HTTP 429"},
                         {"http503", StatusCode::kBusy, "HTTP 503"},
                         {"http503-after-0", StatusCode::kBusy, "(retry after: 0)"},
                         {"http503-past", StatusCode::kBusy, "(retry after: Fri, 31 Dec 1999"},
                         {"http500", StatusCode::kIo, "HTTP 500"},
                         {"http502", StatusCode::kIo, "HTTP 502"},
                         {"silent", StatusCode::kBusy, "silent for stall_timeout of 200 ms"},
                         {"stall", StatusCode::kBusy, "silent for stall_timeout of 200 ms"},
                         {"drop", StatusCode::kIo, "the connection ended early"},
                         {"half", StatusCode::kIo, "the connection ended early"},
                         {"nan", StatusCode::kIo, "not JSON"},
                         {"null", StatusCode::kIo, "data[0].embedding: number 0 is a null"},
                         {"text", StatusCode::kIo, "data[0].embedding: number 0 is a string"},
                         {"big", StatusCode::kIo, "data[0].embedding: number 0 is not finite in 32 bits"},
                         {"base64", StatusCode::kIo, "data[0].embedding is no array"},
                         {"empty-vector", StatusCode::kIo, "data[0].embedding is empty"},
                         {"fewer", StatusCode::kIo, "2 vectors for 3 texts"},
                         {"more", StatusCode::kIo, "4 vectors for 3 texts"},
                         {"again", StatusCode::kIo, "data[2].index: 0, again"},
                         {"beyond", StatusCode::kIo, "data[0].index: 99, beyond the texts"},
                         {"negative", StatusCode::kIo, "data[0].index is no whole number"},
                         {"no-index", StatusCode::kIo, "data[0].index is no whole number"},
                         {"index-text", StatusCode::kIo, "data[0].index is no whole number"},
                         {"no-vector", StatusCode::kIo, "data[0] has no `embedding`"},
                         {"no-object", StatusCode::kIo, "data[0] is no object"},
                         {"no-data", StatusCode::kIo, "no array `data`"},
                         {"data-text", StatusCode::kIo, "no array `data`"},
                         {"list", StatusCode::kIo, "not a JSON object"},
                         {"garbage", StatusCode::kIo, "not JSON, or nested too deep: <!doctype html>"},
                         {"empty", StatusCode::kIo, "not JSON"},
                         {"error", StatusCode::kIo, "the server reports an error: the model is out of memory"}}) {
    check_case(server, one, 3);
  }
  auto options = impatient({server.url("deep")});  // longer than check_case takes
  const auto deep = embed(embedder_for(options), kTexts);
  REQUIRE_CODE(deep, StatusCode::kIo);
  CHECK(has(deep.status().message(), "nested too deep"));
}

TEST_CASE("embed failures: an endpoint that recovers within the retries is forgiven") {
  const EmbedServer server;
  for (const std::string behaviour : {"http500", "http503", "http429-after-0", "http429-after-1", "http503-past",
                                      "drop", "half", "stall", "nan", "fewer", "again", "garbage", "empty", "error"}) {
    INFO(behaviour);
    const auto embedder = embedder_for(impatient({server.url("first-2-" + behaviour)}));
    const auto rows = embed(embedder, kTexts);
    REQUIRE_OK(rows);
    CHECK(*rows == rows_of(kTexts));
    CHECK(embedder->stats().endpoints.at(0).requests == 3);
    CHECK(embedder->stats().endpoints.at(0).failures == 2);
    CHECK(embedder->stats().retries == 2);
  }
}

TEST_CASE("embed failures: retries count for each request of a call") {
  const EmbedServer server;
  auto options = impatient({server.url("first-2-http500")});
  options.max_request_texts = 1;
  REQUIRE_OK(embed(embedder_for(options), kTexts));
  options.urls = {server.url("first-3-http500")};
  const auto failed = embed(embedder_for(options), kTexts);
  REQUIRE_CODE(failed, StatusCode::kIo);
  CHECK(failed.status().extended_code() == 500);
}

TEST_CASE("embed failures: a Retry-After beyond the deadline ends the call, and keeps the next one away") {
  const EmbedServer server;
  const auto embedder = embedder_for(impatient({server.url("http429-after-3600")}));
  const auto first = embed(embedder, kTexts);
  REQUIRE_CODE(first, StatusCode::kBusy);
  CHECK(first.status().extended_code() == 429);
  const auto second = embed(embedder, kTexts);
  REQUIRE_CODE(second, StatusCode::kBusy);
  CHECK(has(second.status().message(), "wants no requests for longer than timeout; nothing was sent"));
  CHECK(server.requests().size() == 1);
  CHECK(embedder->stats().endpoints.at(0).not_before > milliseconds(0));
}

TEST_CASE("embed failures: a Retry-After that is a date goes by the clock that was given") {
  const EmbedServer server;
  auto options = impatient({server.url("first-1-http503-past")});
  options.clock = std::make_shared<FixedClock>(parse_time("1999-12-31T20:00:00Z").value());  // four hours before it
  const auto embedder = embedder_for(options);
  REQUIRE_CODE(embed(embedder, kTexts), StatusCode::kBusy);
  CHECK(server.requests().size() == 1);
}

TEST_CASE("embed failures: the deadline holds while retries go on") {
  const EmbedServer server;
  const auto begin = std::chrono::steady_clock::now();
  auto options = embed_options({server.url("http500")});
  options.retries = 100;
  options.backoff_base = options.backoff_max = milliseconds(100);
  options.timeout = milliseconds(500);
  const auto embedder = embedder_for(options);
  const StatusCode code = embed(embedder, kTexts).status().code();
  CHECK((code == StatusCode::kIo || code == StatusCode::kBusy));  // the deadline may come during a request
  CHECK(embedder->stats().retries < 100);

  // A wait that would end too late is not begun.
  options.backoff_base = options.backoff_max = milliseconds(24 * 3'600'000);
  options.timeout = milliseconds(60'000);
  REQUIRE_CODE(embed(embedder_for(options), kTexts), StatusCode::kIo);

  options = embed_options({server.url("silent")});
  options.timeout = milliseconds(300);
  REQUIRE_CODE(embed(embedder_for(options), kTexts), StatusCode::kBusy);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(60));
}

TEST_CASE("embed failures: nobody there is kIo, and a bad call sends nothing") {
  const Socket nobody(Socket::Kind::kRefuses);
  const auto embedder = embedder_for(impatient({"http://127.0.0.1:" + nobody.port() + "/v1"}));
  const auto rows = embed(embedder, kTexts);
  REQUIRE_CODE(rows, StatusCode::kIo);
  CHECK(has(rows.status().message(), "no connection: Connection refused (request 3)"));

  const auto broken = embed(embedder, {"fine", "caf\xe9"});
  REQUIRE_CODE(broken, StatusCode::kInvalidArgument);
  CHECK(has(broken.status().message(), "embed: texts[1]: broken UTF-8"));
  std::vector<float> out(7);
  const std::string_view text = "one";
  const Status wrong = embedder->embed({&text, 1}, EmbedKind::kQuery, out);
  REQUIRE_CODE(wrong, StatusCode::kInvalidArgument);
  CHECK(has(wrong.message(), "out: 7 numbers for 1 texts of dimension 8"));
  CHECK(embedder->stats().endpoints.at(0).requests == 3);
}

TEST_CASE("embed failures: a server that repeats the key does not bring it into a message") {
  const EmbedServer server;
  auto options = impatient({server.url("leak")});
  options.api_key = "test-key-0123456789/abcdef";
  const auto rows = embed(embedder_for(options), kTexts);
  REQUIRE_CODE(rows, StatusCode::kIo);
  CHECK(has(rows.status().message(), "Bearer [key]"));
  CHECK_FALSE(has(rows.status().message(), "0123456789"));
}
