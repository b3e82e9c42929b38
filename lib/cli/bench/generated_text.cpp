// SPDX-License-Identifier: Apache-2.0
#include "cli/bench/text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace mnemic::cli::bench {
namespace {

constexpr std::size_t kVocabulary = 50'000;
constexpr std::size_t kFewestWords = 5;
constexpr std::size_t kMostWords = 25;
constexpr std::uint64_t kQueries = std::uint64_t{1} << 62;  // line numbers that no memory has

constexpr std::array kCommonWords = std::to_array<std::string_view>(
    {"the", "i",    "to",   "and",  "a",    "you",  "it",   "of",  "is",    "in",   "that", "for",  "on",
     "my",  "have", "but",  "be",   "do",   "with", "was",  "not", "this",  "so",   "me",   "are",  "we",
     "at",  "if",   "what", "can",  "just", "your", "like", "or",  "there", "they", "all",  "from", "how",
     "no",  "get",  "one",  "when", "as",   "know", "up",   "he",  "about", "will", "time"});

constexpr std::array kSyllables = std::to_array<std::string_view>(
    {"ba",  "ber", "bo",  "ca", "chi", "co", "da", "den", "di",  "do", "fa",  "fen", "fi",  "ga", "gor",
     "ha",  "hel", "hi",  "jo", "ka",  "ki", "la", "len", "li",  "lo", "ma",  "mer", "mi",  "mo", "na",
     "nel", "ni",  "no",  "pa", "per", "pi", "po", "ra",  "ren", "ri", "ro",  "sa",  "sen", "si", "so",
     "sta", "ta",  "tel", "ti", "tor", "tu", "va", "vel", "vi",  "wa", "wen", "wil", "ya",  "za", "zo"});

/// SplitMix64 (Steele, Lea and Flood, 2014): the standard's distributions differ between libraries.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

 private:
  std::uint64_t state_;
};

/// Two syllables at least; one rank, one word.
std::string word_of(std::size_t rank) {
  if (rank < kCommonWords.size()) return std::string(kCommonWords[rank]);
  rank -= kCommonWords.size();
  std::string word;
  for (std::size_t syllable = 0; syllable < 2 || rank > 0; ++syllable) {
    word += kSyllables[rank % kSyllables.size()];
    rank /= kSyllables.size();
  }
  return word;
}

class GeneratedText final : public Text {
 public:
  explicit GeneratedText(std::uint64_t seed) : seed_(seed) {
    double sum = 0;
    words_.reserve(kVocabulary);
    sums_.reserve(kVocabulary);
    for (std::size_t rank = 0; rank < kVocabulary; ++rank) {
      words_.push_back(word_of(rank));
      sums_.push_back(sum += 1.0 / static_cast<double>(rank + 1));
    }
  }

  [[nodiscard]] std::string memory(std::size_t i) const override { return line(i); }
  [[nodiscard]] std::string query(std::size_t i) const override { return line(kQueries + i); }
  [[nodiscard]] Json identity() const override { return Json::object({{"from", "generated"}, {"seed", seed_}}); }

 private:
  [[nodiscard]] std::string line(std::uint64_t number) const {
    Random random(Random(seed_ ^ Random(number).next()).next());
    const std::size_t count = kFewestWords + random.next() % (kMostWords - kFewestWords + 1);
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
      const auto place = std::upper_bound(sums_.begin(), sums_.end() - 1, random.unit() * sums_.back());
      if (!text.empty()) text += ' ';
      text += words_[static_cast<std::size_t>(place - sums_.begin())];
    }
    return text;
  }

  std::uint64_t seed_;
  std::vector<std::string> words_;  // by rank
  std::vector<double> sums_;        // of the frequencies up to each rank
};

}  // namespace

std::shared_ptr<const Text> generated_text(std::uint64_t seed) {
  return std::make_shared<GeneratedText>(seed);
}

}  // namespace mnemic::cli::bench
