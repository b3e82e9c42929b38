// SPDX-License-Identifier: Apache-2.0
// What a scope holds, and what it may see.
#pragma once

#include "engine/store_impl.hpp"
#include "storage/sqlite/reader.hpp"

#include <mnemic/scope.hpp>

#include <memory>
#include <string>
#include <vector>

namespace mnemic {

struct ScopeImpl {
  std::shared_ptr<StoreImpl> store;
  Namespace name;    // normalised
  std::string path;  // its printed form
  ScopeOptions options;

  /// The namespaces this scope reads, as the reader's transaction knows them. Grants are looked up every time.
  [[nodiscard]] std::vector<storage::NamespaceId> readable(storage::Reader& reader) const;
  /// What this scope may see of its own namespace, or of all it reads. `extra` must outlive the selection.
  [[nodiscard]] storage::Selection own(storage::Reader& reader, std::int64_t now, const Filter* extra = nullptr) const;
  [[nodiscard]] storage::Selection visible(storage::Reader& reader, std::int64_t now, const Filter* extra = nullptr) const;
  [[nodiscard]] const std::string& zone() const { return options.time_zone.empty() ? store->options.time_zone : options.time_zone; }
  /// @throws StatusError kPermissionDenied for a read-only scope
  void require_write() const;
};

namespace engine {

/// Gives the namespace to a record that was read, and its vectors when wanted.
Memory finish(storage::Reader& reader, storage::Record record, bool vectors);

}  // namespace engine
}  // namespace mnemic
