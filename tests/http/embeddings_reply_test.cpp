// SPDX-License-Identifier: Apache-2.0
// The reader of embeddings answers, and what thousands of spoiled answers do to it.
#include "http/embeddings_reply.hpp"
#include "http/parse_json.hpp"
#include "support/catch.hpp"

#include <mnemic/clock.hpp>

#include <nlohmann/json.hpp>

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

using namespace mnemic;

namespace {

constexpr std::size_t kTexts = 3;
constexpr std::size_t kNumbers = 4;

const std::string kBody = R"({"object":"list","data":[)"
                          R"({"object":"embedding","index":2,"embedding":[0.5,-1e-3,3,0]},)"
                          R"({"object":"embedding","index":0,"embedding":[1,2.25,-3.5e2,4]},)"
                          R"({"object":"embedding","index":1,"embedding":[-0.0,1e-45,0.1,9]}],)"
                          R"("model":"caf\u00e9","usage":{"prompt_tokens":7}})";

/// Numbers from a seed, below a bound.
struct Dice {
  std::shared_ptr<RandomSource> random = seeded_random(20'260'101);
  std::size_t operator()(std::size_t bound) {
    std::array<std::uint8_t, 4> bytes{};
    random->fill(bytes);
    std::size_t number = 0;
    for (const std::uint8_t byte : bytes) number = number << 8U | byte;
    return number % bound;
  }
};

/// One to four changes: a byte, a cut, a doubled or moved piece, a word that means something.
std::string spoiled(std::string body, Dice& dice) {
  static const std::vector<std::string> words{
      "null", "NaN",   "-1", "1e999", "1e39", "\"", "[",   "]", "{",    "}",       ",",     ":", "99999999999999999999",
      "true", "\"x\"", "[]", "{}",    "\\",   "0",  "0.5", "2", "\xff", "\\ud800", "index", "-", std::string(1, '\0')};
  for (std::size_t changes = dice(4) + 1; changes > 0 && !body.empty(); --changes) {
    const std::size_t at = dice(body.size());
    const std::size_t size = dice(24) + 1;
    switch (dice(6)) {
      case 0:
        body[at] = static_cast<char>(dice(256));
        break;
      case 1:
        body.erase(at, size);
        break;
      case 2:
        body.insert(dice(body.size()), body.substr(at, size));
        break;
      case 3:
        body.insert(at, words[dice(words.size())]);
        break;
      case 4:
        body.replace(at, 1, words[dice(words.size())]);
        break;
      default:
        body.resize(at);
        break;
    }
  }
  return body;
}

/// The slow, plain reading of a body that was taken: every row is where its index says.
void check_rows(const std::string& body, const std::vector<float>& rows) {
  const nlohmann::json tree = nlohmann::json::parse(body);
  REQUIRE(tree.at("data").size() == kTexts);
  std::vector<int> seen(kTexts);
  for (const auto& one : tree.at("data")) {
    const auto at = one.at("index").get<std::size_t>();
    ++seen.at(at);
    REQUIRE(one.at("embedding").size() == kNumbers);
    for (std::size_t i = 0; i < kNumbers; ++i) {
      REQUIRE(one.at("embedding").at(i).is_number());
      REQUIRE(rows.at(at * kNumbers + i) == one.at("embedding").at(i).get<float>());
      REQUIRE(std::isfinite(rows.at(at * kNumbers + i)));
    }
  }
  REQUIRE(seen == std::vector<int>(kTexts, 1));
}

}  // namespace

TEST_CASE("embeddings reply: rows go by index") {
  std::vector<float> rows(kTexts * kNumbers);
  REQUIRE_OK(http::read_embeddings(kBody, kNumbers, "", rows));
  CHECK(rows == std::vector<float>{1, 2.25F, -350, 4, -0.0F, 1e-45F, 0.1F, 9, 0.5F, -1e-3F, 3, 0});
  check_rows(kBody, rows);
}

TEST_CASE("embeddings reply: the largest and smallest numbers of 32 bits are taken") {
  std::vector<float> rows(2);
  REQUIRE_OK(http::read_embeddings(
      R"({"data":[{"index":0,"embedding":[3.4028234663852886e38,-3.4028234663852886e38]}]})", 2, "", rows));
  CHECK(std::isfinite(rows[0]));
  REQUIRE_CODE(http::read_embeddings(R"({"data":[{"index":0,"embedding":[3.4028236e38,0]}]})", 2, "", rows),
               StatusCode::kIo);
}

TEST_CASE("embeddings reply: a spoiled answer is an error or the right rows, never anything else") {
  Dice dice;
  std::size_t taken = 0;
  std::size_t refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string body = spoiled(kBody, dice);
    // Of the exact size, so that a sanitizer sees what is read beyond the end.
    const std::vector<char> exact(body.begin(), body.end());
    std::vector<float> rows(kTexts * kNumbers);
    const Status status = http::read_embeddings({exact.data(), exact.size()}, kNumbers, "secret", rows);
    if (status.ok()) {
      check_rows(body, rows);
      ++taken;
    } else {
      const bool known = status.code() == StatusCode::kIo || status.code() == StatusCode::kFailedPrecondition;
      INFO(status.to_string());
      REQUIRE(known);
      REQUIRE(status.message().size() < 300);
      ++refused;
    }
  }
  CHECK(taken > 500);
  CHECK(refused > 5'000);
}
