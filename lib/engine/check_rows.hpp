// SPDX-License-Identifier: Apache-2.0
// Words, vectors and keys of facts against the texts and metadata that they were made of.
#pragma once

#include "engine/store_impl.hpp"
#include "storage/sqlite/writer.hpp"

#include <unordered_map>
#include <vector>

namespace mnemic::engine {

/// What can be made anew of the rows that were looked at.
struct Mendable {
  std::vector<Seq> words;
  std::vector<Seq> facts;
  [[nodiscard]] bool empty() const { return words.empty() && facts.empty(); }
};

/// Looks at one version after another.
class RowCheck {
 public:
  RowCheck(StoreImpl& store, storage::Reader& reader, CheckReport& report);
  /// nullptr: what is damaged.
  void look_at(const storage::Record* record, const storage::Tail* tail, Seq seq_from);
  [[nodiscard]] const Mendable& mendable() const { return mendable_; }

 private:
  void look_at_words(const storage::Record& record, const storage::Tail& tail);
  void look_at_vectors(const storage::Record& record, const storage::Tail& tail);
  void look_at_fact(const storage::Record& record);
  void add(std::string_view table, Seq seq_from, std::string what);

  StoreImpl& store_;
  storage::Reader& reader_;
  CheckReport& report_;
  std::unordered_map<storage::SpaceId, std::size_t> dimensions_;
  Mendable mendable_;
};

/// Makes them anew. A tail row whose checksum does not hold, or that is missing, loses its vectors.
void mend_rows(StoreImpl& store, storage::Writer& writer, const Mendable& mendable);

}  // namespace mnemic::engine
