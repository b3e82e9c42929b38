// SPDX-License-Identifier: Apache-2.0
// Things of a file on their way into the store: checked and screened, looked at, embedded, written.
#pragma once

#include "engine/apply.hpp"
#include "engine/import_judge.hpp"
#include "transfer/item.hpp"

#include <mnemic/lifecycle/transfer.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace mnemic::engine {

/// What an import knows all the time.
struct ImportContext {
  std::shared_ptr<StoreImpl> store;
  const ImportOptions& options;
  std::vector<EmbeddingSpace> spaces;            // of the file
  std::vector<bool> usable;                      // of them, those whose vectors are taken over
  std::set<MemoryId> there = {};                 // of a dry run: what it would have written

  /// A scope of nobody in particular on a namespace.
  [[nodiscard]] ScopeImpl scope(const Namespace& name) const;
};

/// Checks what can be checked by itself. @throws StatusError kInvalidArgument naming the field
void check_item(const ImportContext& context, const transfer::Item& item);

/// Spaces of the file whose vectors mean the same here. @throws StatusError kInvalidArgument: one is known with another dimension
std::vector<bool> usable_spaces(StoreImpl& store, const std::vector<EmbeddingSpace>& spaces);

struct ReadyVersion {
  Memory memory;  // screened
  storage::Tail words;
  std::vector<SpacedVector> vectors;
  std::string erasure_hash = {};  // as PreparedPut
};

struct ReadyItem {
  transfer::PlacedItem placed;  // a memory's versions were moved from
  std::vector<ReadyVersion> versions;
  std::string refused;  // why the Screen did
  bool timed = true;
};

/// Items that are committed together.
class ImportBatch {
 public:
  explicit ImportBatch(ImportContext& context) : context_(context) {}

  void add(transfer::PlacedItem item);
  [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

  /// What each would do now, added up in `report`. True when there is something to write.
  bool look(ImportReport& report);
  /// Gives vectors to those that `look` found to be written, as far as they have none.
  void embed();
  /// Does it, in a write transaction.
  void write(storage::Writer& writer, ImportReport& report);

 private:
  struct Pass;
  bool run(storage::Reader& reader, storage::Writer* writer, ImportReport& report);

  ImportContext& context_;
  std::vector<ReadyItem> items_;
  std::vector<bool> to_write_;
  std::size_t bytes_ = 0;
};

}  // namespace mnemic::engine
