// SPDX-License-Identifier: Apache-2.0
// What a file of memories says, one thing after another.
#pragma once

#include <mnemic/layers/facts.hpp>
#include <mnemic/memory.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace mnemic::transfer {

/// A vector as it is stored (docs/file-format.md): of the bytes [begin, end) of the text, or of all of it: 0, 0.
struct StoredVector {
  std::size_t space = 0;  // of the manifest's list
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::vector<std::int16_t> codes;
};

/// One version of a memory, its namespace as the file has it. `memory.vectors` is empty.
struct Version {
  Memory memory;
  std::vector<StoredVector> vectors;
};

/// A memory, or what its id is made from when the format has none of ours.
struct MemoryItem {
  std::vector<Version> versions;  // oldest first; the last one is current
  /// False: the format says no times. Those of the versions are when the file was last changed, and are not compared.
  bool timed = true;
};

/// A memory that is there no more.
struct ForgottenItem {
  MemoryId id;
  Namespace name_space;
  Timestamp at{};
  bool erased = false;  // nor is its history
};

struct RelationItem {
  Relation relation;  // `created_at`: when it was made, or ended
  bool ended = false;
};

struct AttributeItem {
  Namespace name_space;
  Attribute attribute;
};

struct GrantItem {
  Namespace reader;
  Namespace target;
  Timestamp at{};
  bool ended = false;
};

using Item = std::variant<MemoryItem, ForgottenItem, RelationItem, AttributeItem, GrantItem>;

struct PlacedItem {
  std::size_t line = 0;  // where it ends, from 1; of formats that are one JSON text its number
  std::string name;  // what the file calls it: an id or a key; "" for items that are no memories
  Item item;
  std::size_t mark = 0;  // Source::restart goes on after it
};

}  // namespace mnemic::transfer
