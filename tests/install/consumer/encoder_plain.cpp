// SPDX-License-Identifier: Apache-2.0
// Compiled with -fno-exceptions -fno-rtti.
#include <mnemic/encoder/transformer.hpp>

mnemic::StatusCode load(const char* directory) {
  return mnemic::encoder::transformer_embedder(directory, {.query_prefix = "query: "}).status().code();
}

// What one states by name must not warn about what one leaves out (-Wextra).
const mnemic::encoder::TransformerOptions kOptions{.threads = 2};
