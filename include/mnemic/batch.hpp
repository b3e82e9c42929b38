// SPDX-License-Identifier: Apache-2.0
// Batch: several changes in one commit, all or none.
#pragma once

#include <mnemic/memory.hpp>
#include <mnemic/options.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace mnemic {

/// Options of one update.
struct UpdateOptions {
  std::optional<std::uint64_t> if_version = std::nullopt;  ///< compare-and-set: kAborted when the version is another
  std::optional<Durability> durability = std::nullopt;     ///< unset: the store's; inside a Batch it is not looked at
};

/// What one operation of a write did.
struct Written {
  MemoryId id;                ///< of a link: its `from`
  std::uint64_t version = 0;  ///< the version now current; 0 after a forget, and for links
  Seq seq = 0;                ///< its change number; when nothing had to change, that of what stands, or 0
};

/// A list of changes for `Scope::write`. Later operations see what earlier ones did. A plain value, filled by one
/// thread; nothing is checked or stored before `write`.
class Batch {
 public:
  /// Queues a put; see `Scope::put`.
  void put(MemoryInput input) { operations_.emplace_back(Put{std::move(input)}); }
  /// Queues an update; see `Scope::update`.
  void update(MemoryId id, MemoryChange change, UpdateOptions options = {}) {
    operations_.emplace_back(Update{id, std::move(change), options});
  }
  /// Queues a forget of one memory; see `Scope::forget`.
  void forget(MemoryId id) { operations_.emplace_back(Forget{id}); }

  /// Queues a link between two memories; see `Scope::relate`.
  void relate(MemoryId from, std::string type, MemoryId to, Json metadata = {}) {
    operations_.emplace_back(Relate{from, {std::move(type), to, std::move(metadata)}});
  }
  /// Queues the end of a link; see `Scope::unrelate`.
  void unrelate(MemoryId from, std::string type, MemoryId to) { operations_.emplace_back(Unrelate{from, std::move(type), to}); }

  [[nodiscard]] std::size_t size() const noexcept { return operations_.size(); }
  [[nodiscard]] bool empty() const noexcept { return operations_.empty(); }

  struct Put {
    MemoryInput input;
  };
  struct Update {
    MemoryId id;
    MemoryChange change;
    UpdateOptions options;
  };
  struct Forget {
    MemoryId id;
  };
  struct Relate {
    MemoryId from;
    RelationInput relation;
  };
  struct Unrelate {
    MemoryId from;
    std::string type;
    MemoryId to;
  };
  using Operation = std::variant<Put, Update, Forget, Relate, Unrelate>;
  [[nodiscard]] const std::vector<Operation>& operations() const noexcept { return operations_; }

 private:
  std::vector<Operation> operations_;
};

}  // namespace mnemic
