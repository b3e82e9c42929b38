// SPDX-License-Identifier: Apache-2.0
// OpenStore: a store with a clock that stands still and chance from a seed, and small helpers the unit tests share.
#pragma once

#include "support/catch.hpp"
#include "support/clock.hpp"
#include "support/temp_dir.hpp"

#include <mnemic/mnemic.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mnemic::test {

inline Options still_options(Options options = {}) {
  options.clock = std::make_shared<ManualClock>();
  options.random = seeded_random(1);
  return options;
}

struct OpenStore {
  explicit OpenStore(Options options = still_options(), const std::filesystem::path& path = ":memory:")
      : clock(std::dynamic_pointer_cast<ManualClock>(options.clock)),
        store(Store::open(path, options).value()),
        scope(store.scope({"acme", "ada"}).value()) {}

  MemoryId put(const std::string& text) const { return scope.put({.text = text}).value(); }

  std::shared_ptr<ManualClock> clock;
  Store store;
  Scope scope;
};

inline std::vector<MemoryId> ids_of(const std::vector<Memory>& memories) {
  std::vector<MemoryId> ids;
  for (const Memory& memory : memories) ids.push_back(memory.id);
  return ids;
}

inline std::vector<MemoryId> ids_of(const RecallResult& result) {
  std::vector<MemoryId> ids;
  for (const Hit& hit : result.hits) ids.push_back(hit.memory.id);
  return ids;
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace mnemic::test
