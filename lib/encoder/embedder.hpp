// SPDX-License-Identifier: Apache-2.0
// The embedder around the network: options, tokens, batches, threads.
#pragma once

#include "encoder/kernels.hpp"

#include <mnemic/encoder/transformer.hpp>

#include <memory>

namespace mnemic::encoder {

/// As transformer_embedder, with these kernels, which must outlive it. @throws StatusError
std::shared_ptr<Embedder> make_embedder(const std::filesystem::path& directory, const TransformerOptions& options,
                                        const Kernels& kernels);

}  // namespace mnemic::encoder
