// SPDX-License-Identifier: Apache-2.0
// Models and options that are wrong: a code, and a message that names the file and what in it.
#include "encoder/tiny_model.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <filesystem>
#include <limits>
#include <string>

using namespace mnemic;
using namespace mnemic::test;
using encoder::transformer_embedder;
using encoder::TransformerOptions;

namespace {

class Case {
 public:
  Case() {
    Random random(1);
    model_.fill(random);
    model_.write(place());
    REQUIRE_OK(transformer_embedder(place()));
  }
  [[nodiscard]] std::filesystem::path place() const { return dir_ / "model"; }
  TinyModel& model() { return model_; }

  void fails(StatusCode code, const std::string& first, const std::string& second = "", const TransformerOptions& options = {}) {
    const auto result = transformer_embedder(place(), options);
    CAPTURE(result.status().to_string(), first, second);
    CHECK(result.status().code() == code);
    CHECK(result.status().message().find(first) != std::string::npos);
    CHECK(result.status().message().find(second) != std::string::npos);
  }
  /// With a file that holds something else; then it is as before.
  void with(const std::string& file, const std::string& bytes, StatusCode code, const std::string& what) {
    write_file(place() / file, bytes);
    fails(code, file, what);
    std::filesystem::remove_all(place());
    model_.write(place());
  }
  /// With one place of config.json changed.
  void with_config(const std::string& from, const std::string& to, StatusCode code, const std::string& what) {
    std::string config = model_.config();
    const std::size_t at = config.find(from);
    REQUIRE(at != std::string::npos);
    with("config.json", config.replace(at, from.size(), to), code, what);
  }

 private:
  TempDir dir_;
  TinyModel model_;
};

constexpr auto kCorruption = StatusCode::kCorruption;
constexpr auto kUnsupported = StatusCode::kUnsupported;
constexpr auto kInvalid = StatusCode::kInvalidArgument;

}  // namespace

TEST_CASE("encoder: files that are missing or no files") {
  Case the;
  for (const char* file : {"config.json", "vocab.txt", "model.safetensors"}) {
    std::filesystem::remove(the.place() / file);
    the.fails(StatusCode::kNotFound, file);
    std::filesystem::create_directory(the.place() / file);
    the.fails(StatusCode::kIo, file);
    std::filesystem::remove(the.place() / file);
    the.model().write(the.place());
  }
  REQUIRE_CODE(transformer_embedder(the.place() / "config.json"), StatusCode::kNotFound);
}

TEST_CASE("encoder: a config that is wrong") {
  Case the;
  for (const char* bytes : {"", "{", "[1]", "nul", "{} {}", "\xff", "{\"a\":1,}"}) the.with("config.json", bytes, kCorruption, "");
  the.with("config.json", std::string((1U << 20U) + 1, ' '), kCorruption, "more than");
  the.with("config.json", std::string(100'000, '['), kCorruption, "deep");
  the.with_config("\"hidden_size\": 8", "\"hidden\": 8", kCorruption, "no hidden_size");
  the.with_config("\"hidden_size\": 8", "\"hidden_size\": \"8\"", kCorruption, "hidden_size is not a whole number");
  the.with_config("\"hidden_size\": 8", "\"hidden_size\": 8.5", kCorruption, "hidden_size is not a whole number");
  the.with_config("\"hidden_size\": 8", "\"hidden_size\": -8", kCorruption, "hidden_size is not a whole number");
  the.with_config("\"hidden_size\": 8", "\"hidden_size\": 0", kCorruption, "hidden_size is 0");
  the.with_config("\"hidden_size\": 8", "\"hidden_size\": 4097", kUnsupported, "hidden_size is 4097");
  the.with_config("\"hidden_size\": 8", "\"hidden_size\": 18446744073709551615", kUnsupported, "hidden_size");
  the.with_config("\"hidden_size\": 8", "\"hidden_size\": 8, \"hidden_size\": 8", kCorruption, "twice");
  the.with_config("heads\": 2", "heads\": 3", kCorruption, "not a multiple of num_attention_heads 3");
  the.with_config("heads\": 2", "heads\": 0", kCorruption, "num_attention_heads");
  the.with_config("layers\": 1", "layers\": 65", kUnsupported, "num_hidden_layers");
  the.with_config("\"layer_norm_eps\": 1e-12", "\"layer_norm_eps\": 0", kCorruption, "layer_norm_eps");
  the.with_config("\"layer_norm_eps\": 1e-12", "\"layer_norm_eps\": -1", kCorruption, "layer_norm_eps");
  the.with_config("\"layer_norm_eps\": 1e-12", "\"layer_norm_eps\": 1e999", kCorruption, "");
  the.with_config("\"layer_norm_eps\": 1e-12", "\"layer_norm_eps\": []", kCorruption, "layer_norm_eps");
  the.with_config("\"gelu\"", "\"relu\"", kUnsupported, "hidden_act \"relu\"");
  the.with_config("\"gelu\"", "1", kCorruption, "hidden_act");
  the.with_config("\"bert\"", "\"roberta\"", kUnsupported, "model_type \"roberta\"");
  the.with_config("\"model_type\"", "\"position_embedding_type\": \"relative_key\", \"model_type\"", kUnsupported, "relative_key");
  the.with_config("vocab_size\": 11, \"type", "vocab_size\": 12, \"type", kCorruption, "vocab_size");
}

TEST_CASE("encoder: sizes that the weights do not bear out") {
  Case the;
  const auto differs = [&](const std::string& from, const std::string& to, const std::string& tensor) {
    std::string config = the.model().config();
    config.replace(config.find(from), from.size(), to);
    write_file(the.place() / "config.json", config);
    the.fails(kCorruption, "model.safetensors", tensor);
    the.model().write(the.place());
  };
  differs("\"hidden_size\": 8", "\"hidden_size\": 4096", "word_embeddings");
  differs("intermediate_size\": 12", "intermediate_size\": 65536", "intermediate.dense.weight");
  differs("layers\": 1", "layers\": 2", "encoder.layer.1.");
  differs("embeddings\": 16", "embeddings\": 65536", "position_embeddings");
  differs("type_vocab_size\": 2", "type_vocab_size\": 3", "token_type_embeddings");
}

TEST_CASE("encoder: a vocabulary that is wrong") {
  Case the;
  const auto with = [&](std::vector<std::string> vocabulary, const std::string& what) {
    TinyModel other = the.model();
    other.vocabulary = std::move(vocabulary);
    the.with("vocab.txt", other.vocabulary_text(), kCorruption, what);
  };
  const std::vector<std::string> good = the.model().vocabulary;
  for (std::size_t i = 1; i <= 3; ++i) {
    auto without = good;
    without[i] = "other";
    with(without, good[i]);
  }
  auto longer = good;
  longer.push_back("more");
  with(longer, "12 tokens");
  with({good.begin(), good.end() - 1}, "10 tokens");
  auto twice = good;
  twice[5] = twice[4];
  with(twice, "token 5");
  the.with("vocab.txt", "", kCorruption, "0 tokens");
  the.with("vocab.txt", std::string(1'000'000, '\n'), kCorruption, "tokens");
  std::string carriage_returns;
  for (const std::string& token : good) carriage_returns += token + "\r\n";
  write_file(the.place() / "vocab.txt", carriage_returns.substr(0, carriage_returns.size() - 2));
  REQUIRE_OK(transformer_embedder(the.place()));
}

TEST_CASE("encoder: weights that are wrong") {
  Case the;
  const std::string good = the.model().safetensors();
  for (const std::size_t size : {std::size_t{0}, std::size_t{7}, std::size_t{100}, good.size() / 2, good.size() - 1}) {
    the.with("model.safetensors", good.substr(0, size), kCorruption, "");
  }
  for (const auto& [name, tensor] : the.model().tensors) {
    TinyModel other = the.model();
    other.tensors.erase(name);
    the.with("model.safetensors", other.safetensors(), kCorruption, "no tensor \"" + name + "\"");
    other = the.model();
    other.tensors[name].shape.push_back(1);
    the.with("model.safetensors", other.safetensors(), kCorruption, "\"" + name + "\" has shape [");
    other = the.model();
    other.tensors[name].values.back() = std::numeric_limits<float>::infinity();
    the.with("model.safetensors", other.safetensors(), kCorruption, "\"" + name + "\" has a value that is not finite");
  }
  std::string doubles = good;
  const std::size_t at = doubles.find("\"F32\"");
  the.with("model.safetensors", doubles.replace(at, 5, "\"I32\""), kUnsupported, "of type I32");
}

TEST_CASE("encoder: weights without measure are an error of the call") {
  Case the;
  for (float& value : the.model().tensors["encoder.layer.0.output.LayerNorm.weight"].values) value = 3e38F;
  for (float& value : the.model().tensors["encoder.layer.0.output.LayerNorm.bias"].values) value = 3e38F;
  the.model().write(the.place());
  const auto embedder = transformer_embedder(the.place());
  REQUIRE_OK(embedder);
  const std::vector<std::string_view> texts = {"red"};
  std::vector<float> out(8);
  REQUIRE_CODE((*embedder)->embed(texts, EmbedKind::kQuery, out), kCorruption);
}

TEST_CASE("encoder: other kinds of models are refused") {
  Case the;
  the.with("tokenizer_config.json", R"({"do_lower_case": false})", kUnsupported, "do_lower_case");
  the.with("tokenizer_config.json", R"({"do_lower_case": 0})", kCorruption, "do_lower_case");
  the.with("tokenizer_config.json", R"({"strip_accents": false})", kUnsupported, "strip_accents");
  the.with("tokenizer_config.json", "x", kCorruption, "");
  the.with("1_Pooling/config.json", R"({"pooling_mode_max_tokens": true})", kUnsupported, "");
  the.with("1_Pooling/config.json", R"({"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true})", kUnsupported, "");
  the.with("sentence_bert_config.json", R"({"max_seq_length": 2})", kCorruption, "max_seq_length");
  the.with("sentence_bert_config.json", R"({"max_seq_length": "many"})", kCorruption, "max_seq_length");
  the.with("modules.json", R"([{"type": "sentence_transformers.models.Dense"}])", kUnsupported, "Dense");
  the.with("modules.json", R"([7])", kUnsupported, "");
  the.with("modules.json", R"(7)", kCorruption, "not a JSON list");
  the.with("modules.json", R"([)", kCorruption, "");
  write_file(the.place() / "modules.json", R"([{"type": "sentence_transformers.models.Transformer"},
    {"type": "sentence_transformers.models.Pooling"}, {"type": "sentence_transformers.models.Normalize"}])");
  write_file(the.place() / "tokenizer_config.json", R"({"do_lower_case": true, "strip_accents": null})");
  write_file(the.place() / "sentence_bert_config.json", R"({"max_seq_length": null})");
  REQUIRE_OK(transformer_embedder(the.place()));
}

TEST_CASE("encoder: options that are wrong") {
  Case the;
  the.fails(kInvalid, "name:", "", {.name = "a b"});
  the.fails(kInvalid, "name:", "", {.name = std::string(65, 'a')});
  the.fails(kInvalid, "version:", "", {.version = std::string(65, 'a')});
  the.fails(kInvalid, "version:", "", {.version = "\xff"});
  the.fails(kInvalid, "pooling:", "", {.pooling = static_cast<encoder::Pooling>(7)});
  the.fails(kInvalid, "query_prefix:", "", {.query_prefix = "\xc3"});
  the.fails(kInvalid, "passage_prefix:", "1025 bytes", {.passage_prefix = std::string(1025, 'a')});
  the.fails(kInvalid, "max_tokens: 2", "", {.max_tokens = 2});
  the.fails(kInvalid, "max_tokens: 17", "[3, 16]", {.max_tokens = 17});
  the.fails(kInvalid, "threads: 0", "", {.threads = 0});
  the.fails(kInvalid, "threads: 257", "", {.threads = 257});
}
