// SPDX-License-Identifier: Apache-2.0
// What the calls of the layers share.
#pragma once

#include "core/error.hpp"
#include "engine/apply.hpp"
#include "engine/scope_impl.hpp"

#include <mnemic/recall.hpp>
#include <mnemic/scope.hpp>

#include <functional>
#include <optional>
#include <utility>

namespace mnemic::engine {

/// As Scope::list and Scope::recall; both throw.
Page list(const ScopeImpl& scope, const ListOptions& options);
RecallResult recall(const ScopeImpl& scope, const Query& query, const RecallOptions& options);

/// The current version of one memory the scope reads, or of its own namespace, which `change` may refuse to change; it
/// answers whether there is anything to write.
/// @throws StatusError kNotFound
Memory read_memory(const ScopeImpl& scope, MemoryId id, const ReadOptions& options = {});
Memory change_memory(const ScopeImpl& scope, MemoryId id, std::optional<Durability> durability,
                     const std::function<bool(Memory&, Applier&)>& change);

/// A read of what is asked for as one thing and is another looks like a read of nothing.
template <typename T>
T require_kind(std::optional<T> converted) {
  if (!converted) core::fail(StatusCode::kNotFound, "id: no such memory in this scope");
  return *std::move(converted);
}

}  // namespace mnemic::engine
