// SPDX-License-Identifier: Apache-2.0
// What a caller may inject, in every mood.
#pragma once

#include <mnemic/models.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace mnemic::test {

enum class Mood : std::uint8_t { kGood, kThrow, kThrowInt, kStatus, kOkWithNan, kInf, kZero, kBadAlloc };

class MoodyEmbedder final : public Embedder {
 public:
  Mood mood = Mood::kGood;
  const EmbeddingSpace& space() const noexcept override { return space_; }
  Status embed(std::span<const std::string_view> texts, EmbedKind, std::span<float> out) override {
    switch (mood) {
      case Mood::kThrow: throw std::runtime_error("the model fell over");
      case Mood::kThrowInt: throw 7;
      case Mood::kBadAlloc: throw std::bad_alloc();
      case Mood::kStatus: return Status(StatusCode::kUnsupported, "the model is out");
      default: break;
    }
    for (std::size_t n = 0; n < texts.size(); ++n) {
      for (std::size_t d = 0; d < 4; ++d) out[n * 4 + d] = static_cast<float>(d + 1);
      if (mood == Mood::kOkWithNan) out[n * 4] = std::numeric_limits<float>::quiet_NaN();
      if (mood == Mood::kInf) out[n * 4] = std::numeric_limits<float>::infinity();
      if (mood == Mood::kZero) std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(n * 4), 4, 0.0F);
    }
    return {};
  }

 private:
  EmbeddingSpace space_{.name = "moody", .version = "1", .dimension = 4};
};

class MoodyScreen final : public Screen {
 public:
  Mood mood = Mood::kGood;
  ScreenVerdict::Action action = ScreenVerdict::Action::kAccept;
  std::string text;
  ScreenVerdict check(std::string_view, std::string_view) override {
    if (mood == Mood::kThrow) throw std::runtime_error("the screen fell over");
    return {action, text, "because"};
  }
};

class MoodyCounter final : public TokenCounter {
 public:
  Mood mood = Mood::kGood;
  std::size_t count(std::string_view) override {
    if (mood == Mood::kThrow) throw std::runtime_error("the counter fell over");
    return 1;
  }
};

}  // namespace mnemic::test
