// SPDX-License-Identifier: Apache-2.0
// A language model that may answer instead of the memory alone. Only an interface: what implements it needs a network.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

namespace chatbot {

struct ModelMessage {
  std::string role;  ///< "system", "user", "assistant"
  std::string content;
};

/// How one reply ended.
struct ModelReply {
  enum class End {
    kComplete,
    kStopped,  ///< by the stop token; `text` is what had come
    kFailed,   ///< `error` says why
  };
  End end = End::kComplete;
  std::string text = {};
  std::string error = {};
};

class Model {
 public:
  virtual ~Model() = default;
  [[nodiscard]] virtual const std::string& name() const noexcept = 0;
  /// @param on_piece  gets each new piece of the text, as it comes from the model: not clean.
  virtual ModelReply complete(std::span<const ModelMessage> messages,
                              const std::function<void(std::string_view)>& on_piece, const std::stop_token& stop) = 0;
};

/// How to reach a model.
struct ModelOptions {
  std::string url = {};  ///< base of an OpenAI-compatible endpoint, "http://127.0.0.1:11434/v1"
  std::string model = {};
  std::string key_variable = {};  ///< the environment variable that holds the key; "" = no key
  double patience_seconds = 30;   ///< the longest silence before it is given up
};

/// Reaches for nothing yet. Defined in http_model.cpp, or in no_model.cpp where mnemic::http is not built.
/// @throws std::invalid_argument for bad options, mnemic::Error where there is no client.
std::unique_ptr<Model> connect_model(const ModelOptions& options);

}  // namespace chatbot
