// SPDX-License-Identifier: Apache-2.0
// The embedders of an open store: the one recall goes by, and during and after a move the other one.
#pragma once

#include "storage/record.hpp"

#include <mnemic/models.hpp>

#include <fmt/format.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mnemic::engine {

/// An embedder with its space as the file knows it: unset when a read-only file has never seen it.
struct KnownEmbedder {
  std::shared_ptr<Embedder> embedder;  // null: none
  std::optional<storage::SpaceRow> row;

  [[nodiscard]] const EmbeddingSpace& space() const { return embedder->space(); }
};

inline std::string full_name(const EmbeddingSpace& space) { return fmt::format("{}/{}", space.name, space.version); }

struct Embedders {
  KnownEmbedder own;    // recall goes by it
  KnownEmbedder other;  // what is written gets its vectors too: the one moved to, or the one moved from

  /// Whether a vector of this name, which is "" or that of the embedder, is in the own space.
  [[nodiscard]] bool is_own(std::string_view name) const { return own.embedder != nullptr && (name.empty() || name == own.space().name); }
};

/// Each call works with those it found when it began. @threads Any.
class CurrentEmbedders {
 public:
  [[nodiscard]] std::shared_ptr<const Embedders> get() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }
  void set(Embedders embedders) {
    auto next = std::make_shared<const Embedders>(std::move(embedders));
    const std::lock_guard lock(mutex_);
    current_ = std::move(next);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Embedders> current_ = std::make_shared<const Embedders>();
};

}  // namespace mnemic::engine
