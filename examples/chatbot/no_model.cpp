// SPDX-License-Identifier: Apache-2.0
// In place of http_model.cpp where mnemic::http is not built.
#include "model.hpp"

#include <stdexcept>

namespace chatbot {

std::unique_ptr<Model> connect_model(const ModelOptions& /*options*/) {
  throw std::invalid_argument(
      "this chatbot was built without mnemic::http (MNEMIC_BUILD_HTTP), so it reaches no model");
}

}  // namespace chatbot
