// SPDX-License-Identifier: Apache-2.0
// In place of static_embedder.cpp in a build without the table.
#include <mnemic/models.hpp>

namespace mnemic {

std::shared_ptr<Embedder> static_embedder() { return nullptr; }

}  // namespace mnemic
