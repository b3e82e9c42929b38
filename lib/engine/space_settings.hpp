// SPDX-License-Identifier: Apache-2.0
// What the file says about the spaces of embedders: which one recall goes by, which one is being made, which ones are kept.
#pragma once

#include "storage/sqlite/writer.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mnemic::engine {

struct SpaceSettings {
  std::optional<storage::SpaceId> own;
  std::optional<storage::SpaceId> next;
  std::vector<storage::SpaceId> kept;

  static SpaceSettings read(storage::Reader& reader);
  void write(storage::Writer& writer) const;

  /// All of them: a vector in any is of the text, and goes when the text changes.
  [[nodiscard]] std::vector<storage::SpaceId> all() const;
  void keep(storage::SpaceId space);
  void unkeep(storage::SpaceId space);
};

/// "name/version" of a space; "" when the file does not know it.
std::string name_of_space(storage::Reader& reader, storage::SpaceId id);

}  // namespace mnemic::engine
