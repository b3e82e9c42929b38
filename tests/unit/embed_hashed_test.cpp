// SPDX-License-Identifier: Apache-2.0
// The hashed embedder: vectors written down, unit length, determinism.
#include <mnemic/models.hpp>

#include <atomic>
#include <cmath>
#include <map>
#include <thread>

#include "support/catch.hpp"

namespace {

constexpr std::size_t kDimension = 384;
using Vector = std::vector<float>;

Vector embedded(mnemic::Embedder& embedder, std::string_view text,
                mnemic::EmbedKind kind = mnemic::EmbedKind::kPassage) {
  Vector out(kDimension, 7.0F);
  REQUIRE_OK(embedder.embed({&text, 1}, kind, out));
  return out;
}

Vector embedded(std::string_view text) {
  return embedded(*mnemic::hashed_embedder(), text);
}

double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < kDimension; ++i) sum += double{a[i]} * double{b[i]};
  return sum;
}

}  // namespace

TEST_CASE("hashed embedder: its space", "[embed]") {
  const auto embedder = mnemic::hashed_embedder();
  CHECK(embedder->space().name == "mnemic-hash");
  CHECK(embedder->space().version == "1");
  CHECK(embedder->space().dimension == kDimension);
  CHECK(embedder->space().normalized);
  CHECK(embedder->space().query_prefix.empty());
}

TEST_CASE("hashed embedder: a vector written down", "[embed]") {
  const std::map<std::size_t, int> want = {{37, -12193}, {122, 12193},  {192, -12193},
                                           {216, 18176}, {332, -12193}, {346, 12193}};
  const Vector cat = embedded("cat");
  for (std::size_t i = 0; i < kDimension; ++i) {
    const auto found = want.find(i);
    CHECK(cat[i] == static_cast<float>(found == want.end() ? 0 : found->second) / 32767.0F);
  }
}

TEST_CASE("hashed embedder: unit length, or zero without words", "[embed]") {
  for (const char* text : {"a", "the", "who is the", "Ada likes tea", "金融科技", "字", "ภาษาไทย", "مرحبا", "é", "12",
                           "fooBar", "a\x80z", "x x x x x x x x x x x x x x x x x"}) {
    CAPTURE(text);
    CHECK(std::sqrt(dot(embedded(text), embedded(text))) == Approx(1.0).margin(1e-3));
  }
  for (const char* text : {"", " \n\t", "...!?", "😀", "\xFF\xFE"}) {
    CAPTURE(text);
    CHECK(embedded(text) == Vector(kDimension, 0.0F));
  }
}

TEST_CASE("hashed embedder: forms of a word are near, other words are not", "[embed]") {
  const auto near = [](std::string_view a, std::string_view b) { return dot(embedded(a), embedded(b)); };
  CHECK(near("cat", "The CATS") > 0.5);
  CHECK(near("organizing", "organized") > 0.5);
  CHECK(near("café", "cafe\xCC\x81") == Approx(1.0).margin(1e-3));
  CHECK(near("the booking of a table", "book table") > near("the booking of a table", "green apples"));
  CHECK(near("金融科技", "金融") > 0.4);
  CHECK(std::abs(near("cat", "table")) < 0.3);
  CHECK(near("the cat", "cat") == Approx(1.0).margin(1e-3));  // stop words count only alone
  CHECK(near("the", "the cat") < 0.5);
}

TEST_CASE("hashed embedder: what came before does not matter", "[embed]") {
  const auto worn = mnemic::hashed_embedder();
  for (int i = 0; i < 70'000; ++i) embedded(*worn, "w" + std::to_string(i));  // beyond what a worker remembers
  std::string large;
  for (int i = 0; i < 100'000; ++i) large += std::to_string(i * 7919) + " ";
  embedded(*worn, large);
  for (const char* text : {"Ada moved to Lisbon", "w123 w69999 w123", "金融科技 AI论坛", "", "who is"}) {
    CHECK(embedded(*worn, text) == embedded(text));
    CHECK(embedded(*worn, text, mnemic::EmbedKind::kQuery) == embedded(text));
  }
}

TEST_CASE("hashed embedder: rows of a batch, and a wrong size", "[embed]") {
  const auto embedder = mnemic::hashed_embedder();
  const std::vector<std::string_view> texts = {"one", "", "two words", "one"};
  Vector out(texts.size() * kDimension, 7.0F);
  REQUIRE_OK(embedder->embed(texts, mnemic::EmbedKind::kPassage, out));
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto row = out.begin() + static_cast<std::ptrdiff_t>(i * kDimension);
    CHECK(Vector(row, row + kDimension) == embedded(texts[i]));
  }
  out.pop_back();
  REQUIRE_CODE(embedder->embed(texts, mnemic::EmbedKind::kPassage, out), mnemic::StatusCode::kInvalidArgument);
  REQUIRE_OK(embedder->embed({}, mnemic::EmbedKind::kQuery, {}));
}

TEST_CASE("hashed embedder: many threads", "[embed]") {
  const auto embedder = mnemic::hashed_embedder();
  const std::string_view text = "Running organizations 金融科技 naïve getUserName";
  const Vector want = embedded(text);
  std::atomic<int> different = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      Vector out(kDimension);
      for (int n = 0; n < 500; ++n) {
        if (!embedder->embed({&text, 1}, mnemic::EmbedKind::kPassage, out) || out != want) ++different;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(different == 0);
}

TEST_CASE("hashed embedder: hostile sizes", "[embed]") {
  for (const std::string part : {"a", "ab ", "字", "fooBar", "the ", "\xCC\x81\xCC\xA3", "\x80"}) {
    std::string text;
    while (text.size() < 2'000'000) text += part;
    const Vector vector = embedded(text);
    const double length = dot(vector, vector);
    CHECK((length == 0 || length == Approx(1.0).margin(1e-2)));
  }
}
