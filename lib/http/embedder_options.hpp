// SPDX-License-Identifier: Apache-2.0
// HttpEmbedderOptions, checked, and what follows from them.
#pragma once

#include "http/endpoint.hpp"

#include <mnemic/http/embedder.hpp>
#include <mnemic/models.hpp>

#include <vector>

namespace mnemic::http {

/// @errors kInvalidArgument with the field's name.
Status check_options(const HttpEmbedderOptions& options);

/// `options.urls`, checked, and fit for the key.
/// @errors kInvalidArgument with the field's name.
Result<std::vector<Endpoint>> endpoints_of(const HttpEmbedderOptions& options);

/// What the vectors mean, by the rules in HttpEmbedderOptions.
/// @errors kInvalidArgument: a name that is not 1 to 64 of [A-Za-z0-9._-].
Result<EmbeddingSpace> space_of(const HttpEmbedderOptions& options);

}  // namespace mnemic::http
