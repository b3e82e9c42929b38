// SPDX-License-Identifier: Apache-2.0
#include <mnemic/models.hpp>

namespace mnemic {

std::shared_ptr<Embedder> default_embedder() {
  auto embedder = static_embedder();
  return embedder ? embedder : hashed_embedder();
}

}  // namespace mnemic
