// SPDX-License-Identifier: Apache-2.0
// A write: prepared, then applied inside its transaction.
#pragma once

#include "engine/prepare.hpp"
#include <mnemic/batch.hpp>

#include <optional>
#include <vector>

namespace mnemic::engine {

/// Applies every operation in one commit, or throws at the first that fails.
/// @param append  the puts are turns: a key taken in the same session is left as it is
/// @param single  one call, not a batch: errors do not name the operation
std::vector<Written> write(const ScopeImpl& scope, const std::vector<Batch::Operation>& operations, bool append, bool single,
                           std::optional<Durability> durability);

}  // namespace mnemic::engine
