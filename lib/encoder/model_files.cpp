// SPDX-License-Identifier: Apache-2.0
#include "encoder/model_files.hpp"

#include "core/error.hpp"
#include "encoder/files.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

namespace mnemic::encoder {
namespace {

constexpr std::size_t kMostJson = 1U << 20U;
constexpr std::size_t kMostVocabulary = 64U << 20U;
constexpr std::size_t kUsualTokens = 512;  // most of what these models were trained with

/// A JSON file and what its fields must be.
class Fields {
 public:
  explicit Fields(const std::filesystem::path& path)
      : name_(path.string()), json_(parse_object(read_all(path, kMostJson), name_)) {}
  static std::optional<Fields> if_there(const std::filesystem::path& path) {
    std::error_code error;
    if (std::filesystem::exists(path, error)) return Fields(path);
    return std::nullopt;
  }

  /// A whole number in [least, most]; without `otherwise` it must be there. Null counts as absent.
  [[nodiscard]] std::size_t size(const char* field, std::size_t least, std::size_t most,
                                 std::optional<std::size_t> otherwise = {}) const {
    const nlohmann::json* value = find(field);
    if (value == nullptr && otherwise) return *otherwise;
    if (value == nullptr) core::fail(StatusCode::kCorruption, "{}: no {}", name_, field);
    if (!value->is_number_unsigned()) core::fail(StatusCode::kCorruption, "{}: {} is not a whole number", name_, field);
    const auto number = value->get<std::uint64_t>();
    if (number < least || number > most) {
      core::fail(number < least ? StatusCode::kCorruption : StatusCode::kUnsupported, "{}: {} is {}, not {} to {}", name_, field,
                 number, least, most);
    }
    return static_cast<std::size_t>(number);
  }
  [[nodiscard]] double number(const char* field, double otherwise) const {
    const nlohmann::json* value = find(field);
    if (value == nullptr) return otherwise;
    if (!value->is_number()) core::fail(StatusCode::kCorruption, "{}: {} is not a number", name_, field);
    return value->get<double>();
  }
  [[nodiscard]] bool flag(const char* field, bool otherwise) const {
    const nlohmann::json* value = find(field);
    if (value == nullptr) return otherwise;
    if (!value->is_boolean()) core::fail(StatusCode::kCorruption, "{}: {} is neither true nor false", name_, field);
    return value->get<bool>();
  }
  [[nodiscard]] std::string text(const char* field, std::string otherwise) const {
    const nlohmann::json* value = find(field);
    if (value == nullptr) return otherwise;
    if (!value->is_string()) core::fail(StatusCode::kCorruption, "{}: {} is not a string", name_, field);
    return value->get<std::string>();
  }
  /// Fails with kUnsupported unless the field is absent or one of these.
  std::size_t one_of(const char* field, std::initializer_list<std::string_view> values) const {
    const std::string value = text(field, std::string(*values.begin()));
    const auto found = std::find(values.begin(), values.end(), value);
    if (found == values.end()) {
      core::fail(StatusCode::kUnsupported, "{}: {} \"{}\" is not supported", name_, field, value.substr(0, 100));
    }
    return static_cast<std::size_t>(found - values.begin());
  }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  [[nodiscard]] const nlohmann::json* find(const char* field) const {
    const auto found = json_.find(field);
    return found == json_.end() || found->is_null() ? nullptr : &*found;
  }

  std::string name_;
  nlohmann::json json_;
};

ModelConfig read_config(const std::filesystem::path& path) {
  const Fields fields(path);
  fields.one_of("model_type", {"bert"});
  fields.one_of("position_embedding_type", {"absolute"});
  ModelConfig config;
  config.hidden = fields.size("hidden_size", 1, 4096);
  config.layers = fields.size("num_hidden_layers", 1, 64);
  config.heads = fields.size("num_attention_heads", 1, 128);
  config.intermediate = fields.size("intermediate_size", 1, 65536);
  config.vocabulary = fields.size("vocab_size", 1, 1U << 20U);
  config.positions = fields.size("max_position_embeddings", 3, 65536);
  config.types = fields.size("type_vocab_size", 1, 16, 2);
  if (config.hidden % config.heads != 0) {
    core::fail(StatusCode::kCorruption, "{}: hidden_size {} is not a multiple of num_attention_heads {}", fields.name(),
               config.hidden, config.heads);
  }
  const double epsilon = fields.number("layer_norm_eps", 1e-12);
  if (!(epsilon >= 1e-37 && epsilon <= 1)) {  // a float32 that is not zero
    core::fail(StatusCode::kCorruption, "{}: layer_norm_eps is not above 0 and at most 1", fields.name());
  }
  config.epsilon = static_cast<float>(epsilon);
  const std::size_t activation = fields.one_of("hidden_act", {"gelu", "gelu_new", "gelu_pytorch_tanh"});
  config.activation = activation == 0 ? Activation::kGelu : Activation::kGeluTanh;
  return config;
}

/// The uncased tokenizer is the only one there is here.
void check_tokenizer(const std::filesystem::path& path) {
  const auto fields = Fields::if_there(path);
  if (!fields) return;
  if (!fields->flag("do_lower_case", true)) {
    core::fail(StatusCode::kUnsupported, "{}: do_lower_case is false, and only uncased models are supported", fields->name());
  }
  for (const char* field : {"strip_accents", "tokenize_chinese_chars"}) {
    if (fields->flag(field, true)) continue;
    core::fail(StatusCode::kUnsupported, "{}: {} false is not supported", fields->name(), field);
  }
}

/// A model that goes on behind the pooling would give other vectors.
void check_modules(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return;
  const nlohmann::json modules = parse_json(read_all(path, kMostJson), path.string());
  if (!modules.is_array()) core::fail(StatusCode::kCorruption, "{}: not a JSON list", path.string());
  for (const nlohmann::json& module : modules) {
    const auto type = module.is_object() ? module.find("type") : module.end();
    const bool is_named = module.is_object() && type != module.end() && type->is_string();
    const std::string name = is_named ? type->get<std::string>() : "";
    const std::string_view last = std::string_view(name).substr(name.rfind('.') + 1);
    if (last != "Transformer" && last != "Pooling" && last != "Normalize") {
      core::fail(StatusCode::kUnsupported, "{}: a module of type \"{}\"", path.string(), last.substr(0, 100));
    }
  }
}

Pooling read_pooling(const std::filesystem::path& path) {
  const auto fields = Fields::if_there(path);
  if (!fields) return Pooling::kMean;
  const bool cls = fields->flag("pooling_mode_cls_token", false);
  const bool mean = fields->flag("pooling_mode_mean_tokens", false);
  bool other = cls == mean;
  for (const char* field : {"pooling_mode_max_tokens", "pooling_mode_mean_sqrt_len_tokens", "pooling_mode_weightedmean_tokens",
                            "pooling_mode_lasttoken"}) {
    other = other || fields->flag(field, false);
  }
  if (other) core::fail(StatusCode::kUnsupported, "{}: neither the mean of all tokens nor [CLS] alone", fields->name());
  return cls ? Pooling::kCls : Pooling::kMean;
}

std::size_t read_max_tokens(const std::filesystem::path& path, std::size_t positions) {
  const std::size_t usual = std::min(kUsualTokens, positions);
  const auto fields = Fields::if_there(path);
  return fields ? std::min(fields->size("max_seq_length", 3, 1U << 30U, usual), positions) : usual;
}

std::vector<std::string> read_vocabulary(const std::filesystem::path& path, std::size_t expected) {
  const std::string bytes = read_all(path, kMostVocabulary);
  std::vector<std::string> tokens;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
    std::string token = bytes.substr(at, end - at);
    if (token.ends_with('\r')) token.pop_back();
    tokens.push_back(std::move(token));
    at = end + 1;
  }
  if (tokens.size() != expected) {
    core::fail(StatusCode::kCorruption, "{}: {} tokens, but config.json says that vocab_size is {}", path.string(), tokens.size(), expected);
  }
  return tokens;
}

}  // namespace

ModelFiles read_model_files(const std::filesystem::path& directory) {
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error)) {
    core::fail(StatusCode::kNotFound, "{}: no such directory", directory.string());
  }
  ModelFiles files;
  files.config = read_config(directory / "config.json");
  check_tokenizer(directory / "tokenizer_config.json");
  check_modules(directory / "modules.json");
  files.pooling = read_pooling(directory / "1_Pooling" / "config.json");
  files.max_tokens = read_max_tokens(directory / "sentence_bert_config.json", files.config.positions);
  files.vocabulary = read_vocabulary(directory / "vocab.txt", files.config.vocabulary);
  return files;
}

}  // namespace mnemic::encoder
