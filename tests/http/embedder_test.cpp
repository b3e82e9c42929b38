// SPDX-License-Identifier: Apache-2.0
// HttpEmbedder when all is well: what is sent, and which row gets what.
#include "embed_support.hpp"

#include <mnemic/mnemic.hpp>

using namespace mnemic;
using namespace mnemic::test;

namespace {
const std::string kSecret = "test-key-0123456789/abcdef";
const std::vector<std::string> kTexts{"the kettle", "Zo\xc3\xab \xf0\x9f\x99\x82", " ", "a \"quoted\"\nline"};
}  // namespace

TEST_CASE("embedder: rows come in the order of the texts, whatever the order of the answer") {
  const EmbedServer server;
  for (const std::string behaviour : {"vectors", "reversed"}) {
    INFO(behaviour);
    const auto rows = embed(embedder_for(embed_options({server.url(behaviour)})), kTexts);
    REQUIRE_OK(rows);
    CHECK(*rows == rows_of(kTexts));
  }
}

TEST_CASE("embedder: the request is the one of OpenAI, with the key") {
  const EmbedServer server;
  auto options = embed_options({server.url("vectors")});
  options.api_key = kSecret;
  options.passage_prefix = "search_document: ";
  options.query_prefix = "search_query: ";
  const auto embedder = embedder_for(options);
  const auto passage = embed(embedder, {"tea"});
  REQUIRE_OK(passage);
  CHECK(*passage == vector_of("search_document: tea"));
  const auto query = embed(embedder, {"tea"}, EmbedKind::kQuery);
  REQUIRE_OK(query);
  CHECK(*query == vector_of("search_query: tea"));

  const auto requests = server.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0]["path"] == "/vectors/v1/embeddings");
  CHECK(requests[0]["body"] ==
        nlohmann::json{{"model", "test/model"}, {"input", {"search_document: tea"}}, {"encoding_format", "float"}});
  CHECK(requests[0]["headers"]["authorization"] == "Bearer " + kSecret);
  CHECK(requests[0]["headers"]["content-type"] == "application/json");
  CHECK(requests[1]["body"]["input"] == nlohmann::json{"search_query: tea"});
}

TEST_CASE("embedder: a shortened dimension is sent when that was asked for") {
  const EmbedServer server;
  auto options = embed_options({server.url("vectors")});
  options.dimension = 3;
  options.send_dimension = true;
  const auto rows = embed(embedder_for(options), kTexts);
  REQUIRE_OK(rows);
  CHECK(*rows == rows_of(kTexts, "", 3));
  const auto requests = server.requests();
  CHECK(requests[0]["body"]["dimensions"] == 3);
  CHECK_FALSE(requests[0]["headers"].contains("authorization"));
}

TEST_CASE("embedder: texts are split by number and by bytes, and put together in order") {
  const EmbedServer server;
  const auto texts = many_texts(41);
  auto options = embed_options({server.url("reversed")});
  options.max_request_texts = 6;
  const auto rows = embed(embedder_for(options), texts);
  REQUIRE_OK(rows);
  CHECK(*rows == rows_of(texts));
  CHECK(server.requests().size() == 7);

  options.passage_prefix = "12345";
  options.max_request_texts = 2048;
  options.max_request_bytes = 40;
  auto uneven = texts;
  uneven[3] = std::string(100, 'x');  // alone
  const auto by_bytes = embed(embedder_for(options), uneven);
  REQUIRE_OK(by_bytes);
  CHECK(*by_bytes == rows_of(uneven, "12345"));
  auto requests = server.requests();
  requests.erase(requests.begin(), requests.begin() + 7);
  for (const auto& request : requests) {
    std::size_t bytes = 0;
    for (const auto& text : request["body"]["input"]) bytes += text.get<std::string>().size();
    CHECK((bytes <= 40 || request["body"]["input"].size() == 1));
  }
}

TEST_CASE("embedder: an empty text gets zeros and is not sent, with a prefix neither") {
  const EmbedServer server;
  auto options = embed_options({server.url("empty-text-400")});
  options.passage_prefix = "p: ";
  const auto embedder = embedder_for(options);
  const std::vector<std::string> texts{"", "one", "", "two", ""};
  const auto rows = embed(embedder, texts);
  REQUIRE_OK(rows);
  CHECK(*rows == rows_of(texts, "p: "));
  CHECK(server.requests()[0]["body"]["input"] == nlohmann::json{"p: one", "p: two"});

  REQUIRE_OK(embed(embedder, {"", ""}));
  REQUIRE_OK(embed(embedder, {}));
  CHECK(server.requests().size() == 1);
}

TEST_CASE("embedder: its space says what it was made with") {
  auto options = embed_options({"http://127.0.0.1:9/v1"});
  options.query_prefix = "q: ";
  options.passage_prefix = "p: ";
  const auto embedder = embedder_for(options);
  const EmbeddingSpace& space = embedder->space();
  CHECK(space.name == "test-model");
  CHECK(space.version == "test/model");
  CHECK(space.dimension == kDimension);
  CHECK_FALSE(space.normalized);
  CHECK(space.query_prefix == "q: ");
  CHECK(space.passage_prefix == "p: ");
}

TEST_CASE("embedder: TLS is checked, and a private authority is trusted when named") {
  const EmbedServer server(Tls::kYes);
  auto options = embed_options({"https://localhost:" + server.port() + "/vectors/v1"});
  options.retries = 0;
  REQUIRE_CODE(embed(embedder_for(options), kTexts), StatusCode::kIo);
  options.api_key = kSecret;
  options.ca_file = certificate_file();
  const auto rows = embed(embedder_for(options), kTexts);
  REQUIRE_OK(rows);
  CHECK(*rows == rows_of(kTexts));
  options.ca_file = "/nowhere/ca.pem";
  REQUIRE_CODE(embed(embedder_for(options), kTexts), StatusCode::kInvalidArgument);
}

TEST_CASE("embedder: a store writes and recalls with it") {
  const EmbedServer server;
  const auto embedder = embedder_for(embed_options({server.url("vectors")}));
  Options options;
  options.embedder = embedder;
  Store store = Store::open(":memory:", options).value();
  Scope scope = store.scope({"home"}).value();
  REQUIRE_OK(scope.put({.text = "The kettle is on the blue shelf."}));
  const auto found = scope.recall({.text = "zzz"});  // no word in common: by its vector only
  REQUIRE_OK(found);
  REQUIRE(found->hits.size() == 1);
  CHECK(found->hits[0].parts.cosine.has_value());
  CHECK(embedder->stats().endpoints.at(0).requests == 2);
}
