// SPDX-License-Identifier: Apache-2.0
// Stores large enough to be sealed: short texts of a skewed vocabulary, vectors of eight dimensions, no embedder.
#pragma once

#include "support/catch.hpp"
#include "support/clock.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"

#include <mnemic/mnemic.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mnemic::test::sealed {

inline constexpr std::size_t kChunk = 4096;  // versions of a full chunk

inline Options options(const std::shared_ptr<Clock>& clock) {
  Options options;
  options.clock = clock;
  options.embedder = nullptr;
  options.durability = Durability::kRelaxed;
  return options;
}

inline std::string some_text(Random& random) {
  std::string text;
  for (std::size_t n = 3 + random.below(8); n > 0; --n) text += "word" + std::to_string(random.below(1 + random.below(400))) + " ";
  return text;
}

inline Vector some_vector(Random& random) {
  std::vector<float> values(8);
  for (float& value : values) value = static_cast<float>(random.between(-1000, 1000)) / 997.0F;
  values[0] += 0.01F;
  return {"mine", values};
}

/// @return  their ids, in order.
inline std::vector<MemoryId> fill(const Scope& scope, std::size_t count, Random& random) {
  std::vector<MemoryId> ids;
  while (ids.size() < count) {
    Batch batch;
    for (std::size_t n = std::min<std::size_t>(500, count - ids.size()); n > 0; --n) {
      batch.put({.text = some_text(random), .vectors = {some_vector(random)}});
    }
    for (const auto& written : scope.write(batch).value()) ids.push_back(written.id);
  }
  return ids;
}

/// A store in a file of its own, one scope of it, and the memories it was given.
struct InFile {
  explicit InFile(std::uint64_t seed) : random(seed), store(open()), scope(store.scope({"acme", "ada"}).value()) {}

  [[nodiscard]] Store open(Options options) const { return Store::open(dir / "store.db", options).value(); }
  [[nodiscard]] Store open() const { return open(options(clock)); }

  TempDir dir;
  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
  Random random;
  Store store;
  Scope scope;
  std::vector<MemoryId> ids;
};

/// Does what is to be done, however much. @return  jobs done.
inline std::size_t maintain(const Store& store) {
  std::size_t done = 0;
  for (;;) {
    const auto report = store.maintain({.time = std::chrono::minutes(10)});
    REQUIRE(report.ok());
    done += report->done;
    if (report->remaining == 0) return done;
  }
}

/// Ids and scores of what some queries find, by every vector.
inline std::vector<std::pair<MemoryId, double>> answers(const Scope& scope, std::uint64_t seed, bool exact) {
  Random random(seed);
  std::vector<std::pair<MemoryId, double>> all;
  for (int i = 0; i < 12; ++i) {
    Query query{.text = some_text(random), .vector = some_vector(random)};
    if (i % 4 == 3) query.vector.reset();
    for (const Hit& hit : scope.recall(query, {.exact = exact}).value().hits) all.emplace_back(hit.memory.id, hit.score);
  }
  return all;
}

}  // namespace mnemic::test::sealed
