// SPDX-License-Identifier: Apache-2.0
// Made-up words, few of which are frequent, and an embedder of any dimension that gives similar vectors to texts that share
// words or topics: large random stores at little cost.
#pragma once

#include "support/random.hpp"

#include <mnemic/models.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic::test {

/// "babak", "babek", ...: 3,600 of them, no two with one stem, none a stop word.
inline std::string made_up_word(std::size_t number) {
  std::string word;
  for (int syllable = 0; syllable < 2; ++syllable) {
    word += "bdfgklmnprtv"[number % 12];
    word += "aeiou"[number / 12 % 5];
    number /= 60;
  }
  return word + "k";
}

/// One of `words`; the first are the most frequent: of 600, one in three is one of the first 22.
inline std::string made_up_word(Random& random, std::size_t words) {
  const double u = static_cast<double>(random.next() >> 11) * 0x1p-53;
  return made_up_word(static_cast<std::size_t>(u * u * u * static_cast<double>(words)));
}

/// `least` to `most` words.
inline std::string made_up_text(Random& random, std::size_t words, std::size_t least, std::size_t most) {
  std::string text;
  for (std::size_t n = least + random.below(most - least + 1); n > 0; --n) {
    if (!text.empty()) text += ' ';
    text += made_up_word(random, words);
  }
  return text;
}

/// Half of its words are among the twenty of its topic.
inline std::string made_up_text_about(Random& random, std::uint64_t topic, std::size_t words, std::size_t least, std::size_t most) {
  Random of_topic(topic);
  std::vector<std::string> own;
  for (int n = 0; n < 20; ++n) own.push_back(made_up_word(60 + of_topic.below(words - 60)));
  std::string text;
  for (std::size_t n = least + random.below(most - least + 1); n > 0; --n) {
    if (!text.empty()) text += ' ';
    text += random.chance(50) ? random.pick(own) : made_up_word(random, words);
  }
  return text;
}

/// Some of its words.
inline std::string made_up_question_about(Random& random, const std::string& text, std::size_t least, std::size_t most) {
  std::vector<std::string> words{""};
  for (const char c : text) {
    if (c == ' ') words.emplace_back();
    if (c != ' ' && c != '?') words.back() += c;
  }
  std::string question;
  for (std::size_t n = least + random.below(most - least + 1); n > 0; --n) question += random.pick(words) + ' ';
  return question;
}

/// Sums a vector per word: a mixture of `topics` directions that all words share, and a little of its own. A text of words
/// that all begin with "no" has no vector.
class MadeUpEmbedder final : public Embedder {
 public:
  explicit MadeUpEmbedder(std::size_t dimension, std::size_t topics = 12) : space_{"made-up", "1", dimension} {
    for (std::size_t n = 0; n < topics; ++n) topics_.push_back(noise(n + 1));
  }

  const EmbeddingSpace& space() const noexcept override { return space_; }
  Status embed(std::span<const std::string_view> texts, EmbedKind, std::span<float> out) override {
    std::fill(out.begin(), out.end(), 0.0F);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto row = out.subspan(i * space_.dimension, space_.dimension);
      for (std::string_view left = texts[i]; !left.empty();) {
        const std::string_view word = left.substr(0, left.find_first_of(" ?."));
        left.remove_prefix(std::min(left.size(), word.size() + 1));
        if (word.empty() || word.starts_with("no")) continue;
        const std::vector<float>& values = of(word);
        for (std::size_t d = 0; d < row.size(); ++d) row[d] += values[d];
      }
    }
    return {};
  }

 private:
  [[nodiscard]] std::vector<float> noise(std::uint64_t seed) const {
    Random random(seed);
    std::vector<float> values(space_.dimension);
    for (float& value : values) value = static_cast<float>(random.between(-1000, 1000)) / 1000.0F;
    return values;
  }
  const std::vector<float>& of(std::string_view word) {
    const std::lock_guard lock(mutex_);
    auto& values = words_[std::string(word)];
    if (!values.empty()) return values;
    std::uint64_t seed = 0xCBF29CE484222325U;
    for (const char c : word) seed = (seed ^ static_cast<std::uint8_t>(c)) * 0x100000001B3U;
    values = noise(seed);
    for (float& value : values) value *= 0.5F;
    Random random(~seed);
    for (const auto& topic : topics_) {
      const auto share = static_cast<float>(random.between(-1000, 1000)) / 1000.0F;
      for (std::size_t d = 0; d < values.size(); ++d) values[d] += share * topic[d];
    }
    return values;
  }

  EmbeddingSpace space_;
  std::vector<std::vector<float>> topics_;
  std::mutex mutex_;
  std::map<std::string, std::vector<float>> words_;
};

}  // namespace mnemic::test
