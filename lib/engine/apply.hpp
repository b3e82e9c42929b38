// SPDX-License-Identifier: Apache-2.0
// What a write does inside its transaction.
#pragma once

#include "engine/prepare.hpp"
#include "storage/sqlite/writer.hpp"

#include <mnemic/batch.hpp>

#include <vector>

namespace mnemic::engine {

/// Applies every operation, or throws at the first that fails.
std::vector<Written> apply(const ScopeImpl& scope, storage::Writer& writer, PreparedWrite& write);

}  // namespace mnemic::engine
