// SPDX-License-Identifier: Apache-2.0
// In place of what needs the table in a build without it.
#include <mnemic/models.hpp>
#include <mnemic/recall/reranker.hpp>

namespace mnemic {

std::shared_ptr<Embedder> static_embedder() { return nullptr; }
std::shared_ptr<Reranker> late_interaction_reranker() { return nullptr; }

}  // namespace mnemic
