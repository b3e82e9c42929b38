// SPDX-License-Identifier: Apache-2.0
// Letters: an embedder whose vectors a test can work out: one dimension for each of some letters, counted.
#pragma once

#include <mnemic/models.hpp>
#include <mnemic/status.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mnemic::test {

/// Counts `dimension` letters from `first` on; answers what it is told to.
class Letters final : public Embedder {
 public:
  Letters(std::string name, std::size_t dimension, char first)
      : space_{.name = std::move(name), .version = "1", .dimension = dimension}, first_(first) {}
  [[nodiscard]] const EmbeddingSpace& space() const noexcept override { return space_; }
  Status embed(std::span<const std::string_view> texts, EmbedKind, std::span<float> out) override {
    if (answer != StatusCode::kOk) return Status(answer.load(), "out of reach");
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const std::vector<float> counts = of(texts[i]);
      std::copy(counts.begin(), counts.end(), out.begin() + static_cast<std::ptrdiff_t>(i * space_.dimension));
    }
    embedded += texts.size();
    return {};
  }
  /// What it gives a text, before the store brings it to length 1.
  [[nodiscard]] std::vector<float> of(std::string_view text) const {
    std::vector<float> counts;
    for (std::size_t d = 0; d < space_.dimension; ++d) {
      counts.push_back(static_cast<float>(std::count(text.begin(), text.end(), static_cast<char>(first_ + static_cast<char>(d)))));
    }
    return counts;
  }
  std::atomic<StatusCode> answer = StatusCode::kOk;
  std::atomic<std::size_t> embedded = 0;

 private:
  EmbeddingSpace space_;
  char first_;
};

}  // namespace mnemic::test
