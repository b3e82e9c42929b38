// SPDX-License-Identifier: Apache-2.0
// Somebody else's program with an installed mnemic::encoder: no model is needed to be told that there is none.
#include <mnemic/encoder/transformer.hpp>

#include <iostream>

int main(int, char** argv) {
  const auto none = mnemic::encoder::transformer_embedder(argv[1]);
  std::cout << none.status().to_string() << '\n';
  return none.status().code() == mnemic::StatusCode::kNotFound ? 0 : 1;
}
