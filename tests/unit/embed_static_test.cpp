// SPDX-License-Identifier: Apache-2.0
// The static embedder: a table made up here against plain sums, damaged tables, and what the shipped table is good for.
#include <mnemic/models.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "core/bytes.hpp"
#include "core/error.hpp"
#include "embed/static_table.hpp"
#include "support/catch.hpp"
#include "support/random.hpp"
#include "support/test_main.hpp"

namespace {

using mnemic::embed::StaticTable;
using Vector = std::vector<float>;

constexpr std::size_t kDimension = 256;

struct MadeTable {
  std::vector<std::string> tokens;
  std::size_t dimension = 0;
  std::vector<int> scales;
  std::vector<std::vector<int>> rows;  // in [-8, 7]

  [[nodiscard]] std::string bytes() const {
    mnemic::core::ByteWriter out;
    out.raw({"mnemic static table 1\n\0\0", 24});
    std::string vocabulary;
    for (std::size_t i = 0; i < tokens.size(); ++i) vocabulary += (i == 0 ? "" : "\n") + tokens[i];
    out.value(static_cast<std::uint32_t>(tokens.size()));
    out.value(static_cast<std::uint32_t>(dimension));
    out.value(static_cast<std::uint32_t>(vocabulary.size()));
    out.raw(vocabulary);
    for (const int scale : scales) out.value(static_cast<std::uint16_t>(scale));
    for (const auto& row : rows) {
      for (std::size_t i = 0; i < dimension / 2; ++i) {
        out.value(static_cast<std::uint8_t>((row[i] & 15) | (row[i + dimension / 2] & 15) << 4));
      }
    }
    return out.take();
  }
};

MadeTable made_table(mnemic::test::Random& random, std::size_t dimension) {
  MadeTable made;
  made.dimension = dimension;
  made.tokens = {"[UNK]", "a", "cat", "##s", "sat", "!"};
  for (std::size_t i = 0; i < made.tokens.size(); ++i) {
    made.scales.push_back(random.chance(20) ? 0x7FFF : static_cast<int>(random.below(0x8000)));
    auto& row = made.rows.emplace_back();
    for (std::size_t d = 0; d < dimension; ++d) row.push_back(static_cast<int>(random.below(16)) - 8);
  }
  return made;
}

Vector embedded(std::string_view text) {
  Vector out(kDimension, 7.0F);
  REQUIRE_OK(mnemic::static_embedder()->embed({&text, 1}, mnemic::EmbedKind::kPassage, out));
  return out;
}

double near(std::string_view a, std::string_view b) {
  const Vector x = embedded(a);
  const Vector y = embedded(b);
  double sum = 0;
  for (std::size_t i = 0; i < kDimension; ++i) sum += double{x[i]} * double{y[i]};
  return sum;
}

}  // namespace

TEST_CASE("static table: the plain sum of its rows, however many", "[embed]") {
  for (const std::uint64_t seed : mnemic::test::seeds()) {
    CAPTURE(seed);
    mnemic::test::Random random(seed);
    for (const std::size_t dimension : {2, 6, 64, 256, 1536}) {
      const MadeTable made = made_table(random, dimension);
      const std::string bytes = made.bytes();
      const StaticTable table(bytes);
      CHECK(table.dimension() == dimension);
      std::vector<std::uint32_t> ids;
      const std::size_t count = random.pick({0, 1, 2, 5, 8191, 8192, 20'000});
      for (std::size_t i = 0; i < count; ++i) ids.push_back(static_cast<std::uint32_t>(random.below(6)));
      std::vector<std::int64_t> want(dimension, 3);
      const bool any_word = std::any_of(ids.begin(), ids.end(), [](std::uint32_t id) { return id != 0 && id != 5; });
      for (const std::uint32_t id : ids) {
        for (std::size_t d = 0; d < dimension && id != 0 && any_word; ++d) want[d] += std::int64_t{made.scales[id]} * made.rows[id][d];
      }
      std::vector<std::int64_t> sum(dimension, 3);
      table.add(ids, sum);
      CHECK(sum == want);
    }
  }
}

TEST_CASE("static table: what is no table is refused, and nothing is read beyond it", "[embed]") {
  for (const std::uint64_t seed : mnemic::test::seeds()) {
    CAPTURE(seed);
    mnemic::test::Random random(seed);
    const std::string good = made_table(random, 8).bytes();
    for (std::size_t size = 0; size < good.size(); ++size) {
      CHECK_THROWS_AS(StaticTable(std::string_view(good).substr(0, size)), mnemic::core::StatusError);
    }
    CHECK_THROWS_AS(StaticTable(good + "x"), mnemic::core::StatusError);
    for (int n = 0; n < 3000; ++n) {
      std::string bytes = good;
      for (std::uint64_t k = 1 + random.below(4); k > 0; --k) bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
      try {
        const StaticTable table(bytes);
        std::vector<std::uint32_t> ids;
        table.tokens().encode("a cats sat \xE5\xAD\x97", ids, 100);
        std::vector<std::int64_t> sum(table.dimension());
        table.add(ids, sum);
      } catch (const mnemic::core::StatusError&) {
      }
    }
  }
}

TEST_CASE("static embedder: its space, and the default", "[embed]") {
  const auto embedder = mnemic::static_embedder();
#ifndef MNEMIC_WITH_TABLE
  CHECK_FALSE(embedder);
  CHECK(mnemic::default_embedder()->space().name == "mnemic-hash");
  return;
#endif
  REQUIRE(embedder);
  CHECK(embedder->space().name == "mnemic-static");
  CHECK(embedder->space().dimension == kDimension);
  CHECK(mnemic::default_embedder()->space().name == "mnemic-static");
}

TEST_CASE("static embedder: unit length, or zero without a token it knows", "[embed]") {
  if (!mnemic::static_embedder()) MNEMIC_SKIP("a build without the table");
  for (const char* text : {"a", "the", "Ada likes tea", "unpronounceablywordlike", "12", "C++", "\xE9\x87\x91\xE8\x9E\x8D"}) {
    CAPTURE(text);
    const Vector v = embedded(text);
    double squares = 0;
    for (const float x : v) squares += double{x} * double{x};
    CHECK(std::sqrt(squares) == Approx(1.0).margin(1e-3));
  }
  for (const char* text : {"", " \n\t", "...?!", "(:", "\xF0\x9F\x98\x80", "\xFF\xFE"}) {
    CAPTURE(text);
    CHECK(embedded(text) == Vector(kDimension, 0.0F));
  }
  CHECK(embedded(std::string(1 << 20, 'a')) == Vector(kDimension, 0.0F));  // a word of more than 100 characters is unknown
  std::string long_text;
  for (int i = 0; i < 100'000; ++i) long_text += "tea ";
  CHECK(embedded(long_text) == embedded("tea"));
}

TEST_CASE("static embedder: by meaning", "[embed]") {
  if (!mnemic::static_embedder()) MNEMIC_SKIP("a build without the table");
  CHECK(near("The doctor examined the patient", "a physician looked at a sick man") >
        near("The doctor examined the patient", "the train was late again") + 0.2);
  CHECK(near("my car broke down", "the automobile would not start") > near("my car broke down", "she paints in watercolours") + 0.2);
  CHECK(near("What does she do for a living?", "her job is at the bank") > near("What does she do for a living?", "it rained all week"));
  CHECK(near("cat", "The CAT") > 0.9);
}

TEST_CASE("static embedder: rows of a batch, a wrong size, many threads", "[embed]") {
  if (!mnemic::static_embedder()) MNEMIC_SKIP("a build without the table");
  const auto embedder = mnemic::static_embedder();
  const std::vector<std::string_view> texts = {"one", "", "two words", "one"};
  Vector out(texts.size() * kDimension, 7.0F);
  REQUIRE_OK(embedder->embed(texts, mnemic::EmbedKind::kPassage, out));
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto row = out.begin() + static_cast<std::ptrdiff_t>(i * kDimension);
    CHECK(Vector(row, row + kDimension) == embedded(texts[i]));
  }
  REQUIRE_CODE(embedder->embed(texts, mnemic::EmbedKind::kPassage, std::span(out).first(1)), mnemic::StatusCode::kInvalidArgument);
  REQUIRE_OK(embedder->embed({}, mnemic::EmbedKind::kQuery, {}));

  const std::string_view text = "Running organizations, naive bookkeeping";
  const Vector want = embedded(text);
  std::atomic<int> different = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      Vector row(kDimension);
      for (int n = 0; n < 500; ++n) {
        if (!embedder->embed({&text, 1}, mnemic::EmbedKind::kQuery, row) || row != want) ++different;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(different == 0);
}
