// SPDX-License-Identifier: Apache-2.0
// Vectors of tiny models on every set of kernels, against the slow encoder; and what an embedder promises.
#include "encoder/embedder.hpp"
#include "encoder/tiny_model.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <thread>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;
using encoder::make_embedder;
using encoder::Pooling;
using encoder::TransformerOptions;

namespace {

const std::vector<std::string> kColours = {"red", "green", "blue", "unseen"};

/// A text of n words and the ids of its tokens.
std::string some_text(Random& random, std::size_t n, std::vector<std::size_t>& ids) {
  std::string text;
  ids = {2};
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t which = random.below(kColours.size());
    text += (i == 0 ? "" : " ") + kColours[which];
    ids.push_back(which == 3 ? 1 : which + 4);
  }
  ids.push_back(3);
  return text;
}

std::vector<float> embed(Embedder& embedder, const std::vector<std::string>& texts, EmbedKind kind = EmbedKind::kPassage) {
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  std::vector<float> out(texts.size() * embedder.space().dimension, std::numeric_limits<float>::quiet_NaN());
  REQUIRE_OK(embedder.embed(views, kind, out));
  return out;
}

double largest_difference(const std::vector<double>& expected, const float* actual) {
  double largest = 0;
  for (std::size_t j = 0; j < expected.size(); ++j) {
    const double difference = std::fabs(expected[j] - static_cast<double>(actual[j]));
    largest = std::isnan(difference) ? 1e9 : std::max(largest, difference);
  }
  return largest;
}

}  // namespace

TEST_CASE("encoder: vectors are those of the slow encoder") {
  struct Shape {
    std::size_t hidden, heads, intermediate, layers;
    const char* activation;
    const char* type;
    const char* root;
  };
  const std::vector<Shape> shapes = {
      {4, 1, 8, 1, "gelu", "F32", ""},        {12, 3, 20, 2, "gelu_new", "F32", "bert."},
      {33, 3, 50, 2, "gelu", "F16", ""},      {48, 12, 40, 1, "gelu_pytorch_tanh", "BF16", "bert."},
      {64, 2, 128, 2, "gelu", "BF16", ""},    {96, 3, 384, 1, "gelu", "F32", ""},
      {2, 2, 1, 3, "gelu", "F16", "bert."},
  };
  const std::uint64_t seed = fresh_seed();
  Random random(seed);
  const TempDir dir;
  for (const Shape& shape : shapes) {
    TinyModel model{.hidden = shape.hidden, .heads = shape.heads, .intermediate = shape.intermediate, .layers = shape.layers,
                    .positions = 230, .activation = shape.activation, .epsilon = 1e-5, .type = shape.type, .root = shape.root};
    model.fill(random);
    model.write(dir / "model");
    std::vector<std::string> texts;
    std::vector<std::vector<std::size_t>> ids;
    for (const std::size_t words : {0, 1, 2, 3, 14, 15, 29, 30, 31, 95, 97, 228}) {  // around the kernels' widths
      ids.emplace_back();
      texts.push_back(some_text(random, words, ids.back()));
    }
    for (const Pooling pooling : {Pooling::kMean, Pooling::kCls}) {
      std::vector<std::vector<double>> expected;
      for (const auto& tokens : ids) {
        const auto unknown = static_cast<std::size_t>(std::count(tokens.begin(), tokens.end(), 1U));
        const bool has_vector = 3 * unknown <= tokens.size() - 2;
        expected.push_back(has_vector ? model.vector_of(tokens, pooling) : std::vector<double>(shape.hidden));
      }
      for (const encoder::Kernels& kernels : all_kernels()) {
        for (const std::size_t threads : {1, 3}) {
          const auto embedder = make_embedder(dir / "model", {.pooling = pooling, .threads = threads}, kernels);
          REQUIRE(embedder->space().dimension == shape.hidden);
          const auto vectors = embed(*embedder, texts);
          for (std::size_t i = 0; i < texts.size(); ++i) {
            CAPTURE(seed, kernels.name, shape.hidden, shape.activation, shape.type, threads, ids[i].size());
            CHECK(largest_difference(expected[i], vectors.data() + i * shape.hidden) < 1e-4);
          }
        }
      }
    }
  }
}

TEST_CASE("encoder: a text has the same bits alone, in any company and on any number of threads") {
  Random random(fresh_seed());
  const TempDir dir;
  TinyModel model{.hidden = 40, .heads = 4, .intermediate = 100, .layers = 2, .positions = 120};
  model.fill(random);
  model.write(dir / "model");
  std::vector<std::string> texts;
  std::vector<std::size_t> ids;
  for (std::size_t i = 0; i < 300; ++i) texts.push_back(some_text(random, random.below(i % 10 == 0 ? 118 : 20), ids));
  for (const encoder::Kernels& kernels : all_kernels()) {
    CAPTURE(kernels.name);
    const auto one = make_embedder(dir / "model", {}, kernels);
    const auto many = make_embedder(dir / "model", {.threads = 4}, kernels);
    const auto expected = embed(*one, texts);
    CHECK(embed(*many, texts) == expected);
    auto reversed = texts;
    std::reverse(reversed.begin(), reversed.end());
    auto backwards = embed(*one, reversed);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto row = static_cast<std::ptrdiff_t>(i * 40);
      const auto last = static_cast<std::ptrdiff_t>((texts.size() - 1 - i) * 40);
      if (!std::equal(expected.begin() + row, expected.begin() + row + 40, backwards.begin() + last)) FAIL("order");
      const auto alone = embed(*one, {texts[i]});
      if (!std::equal(alone.begin(), alone.end(), expected.begin() + row)) FAIL("alone");
    }
  }
}

TEST_CASE("encoder: calls from several threads do not meet") {
  Random random(5);
  const TempDir dir;
  TinyModel model{.hidden = 32, .heads = 2, .layers = 2};
  model.fill(random);
  model.write(dir / "model");
  const auto embedder = make_embedder(dir / "model", {.threads = 2}, encoder::best());
  const std::vector<std::string> texts(60, "red green blue");
  const auto expected = embed(*embedder, texts);
  std::vector<std::vector<float>> answers(4, std::vector<float>(expected.size()));
  {
    std::vector<std::jthread> threads;
    for (auto& answer : answers) {
      threads.emplace_back([&] {
        const std::vector<std::string_view> views(texts.begin(), texts.end());
        for (int i = 0; i < 5; ++i) embedder->embed(views, EmbedKind::kQuery, answer).ignore();
      });
    }
  }
  for (const auto& answer : answers) CHECK(answer == expected);
}

TEST_CASE("encoder: prefixes are put before a text, by what it is for") {
  Random random(6);
  const TempDir dir;
  TinyModel model;
  model.fill(random);
  model.write(dir / "model");
  const auto plain = make_embedder(dir / "model", {}, encoder::best());
  const auto prefixed = make_embedder(dir / "model", {.query_prefix = "query: ", .passage_prefix = "passage: "}, encoder::best());
  CHECK(prefixed->space().query_prefix == "query: ");
  CHECK(prefixed->space().passage_prefix == "passage: ");
  CHECK(embed(*prefixed, {"red"}, EmbedKind::kQuery) == embed(*plain, {"query: red"}));
  CHECK(embed(*prefixed, {"red"}) == embed(*plain, {"passage: red"}, EmbedKind::kQuery));
  CHECK(embed(*prefixed, {""}) == embed(*plain, {"passage:"}));
  const std::vector<float> vector = embed(*prefixed, {"red"}, EmbedKind::kQuery);
  CHECK(largest_difference(model.vector_of({2, 8, 9, 4, 3}, Pooling::kMean), vector.data()) < 1e-4);
}

TEST_CASE("encoder: a text is read up to the most tokens") {
  Random random(7);
  const TempDir dir;
  TinyModel model;
  model.fill(random);
  model.write(dir / "model");
  const auto short_sighted = make_embedder(dir / "model", {.max_tokens = 4}, encoder::best());
  CHECK(embed(*short_sighted, {"red green blue red"}) == embed(*short_sighted, {"red green"}));
  const auto whole = make_embedder(dir / "model", {}, encoder::best());  // 16 positions
  std::string words = "red";
  for (int i = 1; i < 14; ++i) words += " red";
  CHECK(embed(*whole, {words + " green"}) == embed(*whole, {words}));
  write_file(dir / "model/sentence_bert_config.json", R"({"max_seq_length": 4, "do_lower_case": false})");
  CHECK(embed(*make_embedder(dir / "model", {}, encoder::best()), {"red green blue"}) == embed(*short_sighted, {"red green"}));
  const auto asked = make_embedder(dir / "model", {.max_tokens = 16}, encoder::best());
  CHECK(embed(*asked, {"red blue green"}) == embed(*whole, {"red blue green"}));
  write_file(dir / "model/sentence_bert_config.json", R"({"max_seq_length": 4000})");
  CHECK(embed(*make_embedder(dir / "model", {}, encoder::best()), {words}) == embed(*whole, {words}));
}

TEST_CASE("encoder: odd texts") {
  Random random(8);
  const TempDir dir;
  TinyModel model;
  model.fill(random);
  model.write(dir / "model");
  const auto embedder = make_embedder(dir / "model", {}, encoder::best());
  const auto empty = embed(*embedder, {""});
  CHECK(largest_difference(model.vector_of({2, 3}, Pooling::kMean), empty.data()) < 1e-4);
  CHECK(embed(*embedder, {" \t\n", std::string(3, '\0'), "\xe2\x80\x8b"}).size() == 24);
  CHECK(embed(*embedder, {" \n "}) == empty);
  CHECK(embed(*embedder, {std::string(1'000'000, 'x')}) == embed(*embedder, {"unseen"}));
  CHECK(embed(*embedder, {"RED Greens"}) == embed(*embedder, {"red greens"}));
  // Plain characters, three of them.
  const auto marked = embed(*embedder, {"red red red red red red [SEP]"});
  CHECK(largest_difference(model.vector_of({2, 4, 4, 4, 4, 4, 4, 1, 1, 1, 3}, Pooling::kMean), marked.data()) < 1e-4);
  for (const char* text :
       {"日本語のテキスト", "नमस्ते दुनिया", "שלום עולם", "สวัสดี", "🙂👩‍👩‍👧",
        "e\xcc\x81\xcc\x81\xcc\x81", "\xff\xfe broken \xc3"}) {
    const auto none = embed(*embedder, {"red", text, "red"});
    CHECK(std::all_of(none.begin() + 8, none.begin() + 16, [](float value) { return value == 0; }));
    CHECK(std::equal(none.begin(), none.begin() + 8, none.begin() + 16));
  }
  CHECK(embed(*embedder, {}).empty());
  std::vector<float> out(15);
  const std::vector<std::string_view> two = {"red", "blue"};
  REQUIRE_CODE(embedder->embed(two, EmbedKind::kQuery, out), StatusCode::kInvalidArgument);
  REQUIRE_CODE(embedder->embed(two, EmbedKind::kQuery, {}), StatusCode::kInvalidArgument);
  REQUIRE_CODE(embedder->embed({}, EmbedKind::kQuery, out), StatusCode::kInvalidArgument);
  CHECK(std::all_of(out.begin(), out.end(), [](float value) { return value == 0; }));
}

TEST_CASE("encoder: a text of which more than a third of the tokens are unknown has no vector") {
  Random random(10);
  const TempDir dir;
  TinyModel model;
  model.fill(random);
  model.write(dir / "model");
  const auto plain = make_embedder(dir / "model", {}, encoder::best());
  const auto prefixed = make_embedder(dir / "model", {.query_prefix = "query: query: ", .passage_prefix = "passage: "}, encoder::best());
  const auto has_vector = [](Embedder& embedder, std::string_view text, EmbedKind kind) {
    std::vector<float> out(8, 7.0F);
    REQUIRE_OK(embedder.embed({&text, 1}, kind, out));
    return std::any_of(out.begin(), out.end(), [](float value) { return value != 0; });
  };
  for (const EmbedKind kind : {EmbedKind::kPassage, EmbedKind::kQuery}) {
    for (Embedder* embedder : {plain.get(), prefixed.get()}) {  // a prefix is no part of the text
      CHECK(has_vector(*embedder, "", kind));
      CHECK(has_vector(*embedder, "red", kind));
      CHECK(has_vector(*embedder, "red blue rot", kind));
      CHECK_FALSE(has_vector(*embedder, "red blue rot blau", kind));
      CHECK_FALSE(has_vector(*embedder, "rot", kind));
    }
  }
  std::vector<float> out(16, 7.0F);  // nothing is left to be computed
  const std::vector<std::string_view> none{"rot", "blau"};
  REQUIRE_OK(plain->embed(none, EmbedKind::kPassage, out));
  CHECK(out == std::vector<float>(16));
}

TEST_CASE("encoder: the space says what the vectors are of") {
  Random random(9);
  const TempDir dir;
  TinyModel model;
  model.fill(random);
  const auto place = dir / "tiny model-v1.5";
  model.write(place);
  const auto space = [&](const TransformerOptions& options) { return make_embedder(place, options, encoder::best())->space(); };
  const EmbeddingSpace first = space({});
  CHECK(first.name == "tiny-model-v1.5");
  CHECK(first.version.size() == 32);
  CHECK(first.dimension == 8);
  CHECK(first.normalized);
  CHECK(make_embedder(place / "", {}, encoder::best())->space().name == "tiny-model-v1.5");
  CHECK(space({.threads = 3}).version == first.version);
  CHECK(space({.name = "mine", .version = "7"}).name == "mine");
  CHECK(space({.name = "mine", .version = "7"}).version == "7");
  CHECK(space({.pooling = Pooling::kMean}).version == first.version);
  CHECK(space({.pooling = Pooling::kCls}).version != first.version);
  CHECK(space({.query_prefix = "query: "}).version != first.version);
  CHECK(space({.max_tokens = 5}).version != first.version);
  write_file(place / "1_Pooling/config.json", R"({"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false})");
  CHECK(space({}).version == space({.pooling = Pooling::kCls}).version);
  CHECK(space({.pooling = Pooling::kMean}).version == first.version);
  std::filesystem::remove_all(place / "1_Pooling");
  model.tensors["encoder.layer.0.output.dense.bias"].values[3] += 0.25F;
  model.write(place);
  CHECK(space({}).version != first.version);
}

TEST_CASE("encoder: the public call answers with a status") {
  Random random(10);
  const TempDir dir;
  TinyModel model;
  model.fill(random);
  model.write(dir / "model");
  const auto embedder = encoder::transformer_embedder(dir / "model");
  REQUIRE_OK(embedder);
  CHECK(embed(**embedder, {"red"}).size() == 8);
  REQUIRE_CODE(encoder::transformer_embedder(dir / "none"), StatusCode::kNotFound);
  REQUIRE_CODE(encoder::transformer_embedder({}), StatusCode::kNotFound);
}
