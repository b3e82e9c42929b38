// SPDX-License-Identifier: Apache-2.0
// Forgetting: hidden at once, kept as history, and brought back by `recover`. Included by scope.hpp. Erasure is lifecycle/erasure.hpp.
#pragma once

#include <mnemic/options.hpp>
#include <mnemic/types.hpp>

#include <optional>
#include <vector>

namespace mnemic {

struct ForgetOptions {
  bool dry_run = false;  ///< only say what would be forgotten
  /// Also what was derived from nothing else that stands, by relations of type `derived_from` (layers write them), as far as this
  /// scope may change it; and what was derived from that.
  bool cascade = true;
  std::optional<Durability> durability = std::nullopt;
};

/// What was (or with `dry_run` would be) forgotten, each list in order of creation.
struct ForgetReport {
  std::vector<MemoryId> ids;             ///< as asked for
  std::vector<MemoryId> derived = {};    ///< forgotten with them
  std::vector<MemoryId> unlinked = {};   ///< derived from others too, or not this scope's: still there, without the relation
  bool dry_run = false;
};

}  // namespace mnemic
