// SPDX-License-Identifier: Apache-2.0
// The built-in embedder: signed feature hashing of stems, character 3- and 4-grams, and characters and bigrams of
// scripts without spaces, into 384 dimensions (Weinberger et al., 2009; Bojanowski et al., 2017).
//
// The sums are integers and the rest is + * / sqrt in a fixed order, so the vectors are equal bit by bit on every
// machine with IEEE doubles. A change of any of it is a change of kVersion.
#include <mnemic/models.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "embed/grid.hpp"
#include "text/lease_pool.hpp"
#include "text/splitter.hpp"
#include "text/stemmer.hpp"
#include "text/stop_words.hpp"

namespace mnemic {
namespace {

constexpr std::size_t kDimension = 384;
constexpr std::string_view kVersion = "1";
constexpr double kGramWeight = 1.5;  // of all n-grams of a word together, against 1 for its stem
constexpr std::array<std::size_t, 2> kGramLengths = {3, 4};
constexpr double kUnit = 65536.0;  // weights are summed as integers of this fraction

std::uint64_t feature_hash(std::string_view prefix, std::string_view feature) {  // FNV-1a, then Murmur3's finaliser
  std::uint64_t h = 0xcbf29ce484222325u;
  const auto add = [&h](std::string_view bytes) {
    for (const char c : bytes) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  };
  add(prefix);
  add(feature);
  h ^= h >> 33;
  h *= 0xff51afd7ed558ccdu;
  h ^= h >> 33;
  h *= 0xc4ceb9fe1a85ec53u;
  return h ^ (h >> 33);
}

/// A dimension and a sign in one number: twice the dimension, plus one when negative.
using Slot = std::uint16_t;

Slot slot_of(std::string_view prefix, std::string_view feature) {
  const std::uint64_t h = feature_hash(prefix, feature);
  return static_cast<Slot>((((h >> 32) * kDimension) >> 32 << 1) | (~h & 1u));
}

/// What one unit of text adds to a vector. It depends on the unit alone, so it is worked out once per worker.
struct Unit {
  std::uint32_t first = 0;  ///< where its slots start: the unit's own, then those of its n-grams
  std::uint32_t grams = 0;  ///< how many of the latter
  double gram_weight = 0;   ///< of each of them
  bool stop_word = false;   ///< counts only when a text has nothing else
  std::uint32_t count = 0;  ///< how often the text at hand has it
};

/// Distinct substrings of `marked` of the given lengths in code points, in order.
void collect_grams(std::string_view marked, std::vector<std::string_view>& grams, std::vector<std::size_t>& starts) {
  starts.clear();
  for (std::size_t i = 0; i < marked.size(); ++i) {
    if ((static_cast<unsigned char>(marked[i]) & 0xC0u) != 0x80u) starts.push_back(i);
  }
  const std::size_t length = starts.size();
  starts.push_back(marked.size());
  grams.clear();
  if (length < 5) return;  // the two marks and a word of fewer than three code points
  for (const std::size_t n : kGramLengths) {
    for (std::size_t i = 0; n < length && i + n <= length; ++i) {
      const std::string_view gram = marked.substr(starts[i], starts[i + n] - starts[i]);
      if (std::find(grams.begin(), grams.end(), gram) == grams.end()) grams.push_back(gram);
    }
  }
}

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};

/// Embeds one text after the other. Remembers the slots of the units it has seen. One thread at a time.
class Worker {
 public:
  void embed(std::string_view text, std::span<float> out) {
    clear_counts();  // a text before this one may have run out of memory half way
    for (const text::Piece& piece : splitter_.split(text)) {
      if (piece.kind == text::PieceKind::kRun) {
        text::for_each_unit_of_run(piece.text, [this](std::string_view unit) { count(unit, text::PieceKind::kRun); });
      } else {
        count(piece.text, text::PieceKind::kWord);
      }
    }
    sum_.fill(0);
    const bool only_stop_words =
        std::all_of(seen_.begin(), seen_.end(), [this](std::uint32_t id) { return units_[id].stop_word; });
    for (const std::uint32_t id : seen_) {
      if (only_stop_words || !units_[id].stop_word) add(units_[id]);
    }
    clear_counts();
    write(out);
    forget_if_large();
    splitter_.release();
  }

 private:
  void count(std::string_view unit, text::PieceKind kind) {
    const auto known = ids_.find(unit);
    const std::uint32_t id = known != ids_.end() ? known->second : learn(unit, kind);
    if (units_[id].count == 0) seen_.push_back(id);
    ++units_[id].count;
  }

  void clear_counts() {
    for (const std::uint32_t id : seen_) units_[id].count = 0;
    seen_.clear();
  }

  /// Words and units of runs share one table: a character is of one kind or of the other, never of both.
  std::uint32_t learn(std::string_view unit, text::PieceKind kind) {
    const auto id = static_cast<std::uint32_t>(units_.size());
    Unit entry;
    entry.first = static_cast<std::uint32_t>(slots_.size());
    if (kind == text::PieceKind::kRun) {
      slots_.push_back(slot_of("c:", unit));
    } else {
      slots_.push_back(slot_of("w:", stemmer_.stem(unit)));
      entry.stop_word = text::is_stop_word(unit);
      if (!entry.stop_word) learn_grams(unit, entry);
    }
    units_.push_back(entry);
    ids_.emplace(unit, id);
    return id;
  }

  void learn_grams(std::string_view word, Unit& entry) {
    marked_.assign("<").append(word).append(">");
    collect_grams(marked_, grams_, starts_);
    if (grams_.empty()) return;
    for (const std::string_view gram : grams_) slots_.push_back(slot_of("g:", gram));
    entry.grams = static_cast<std::uint32_t>(grams_.size());
    entry.gram_weight = kGramWeight / std::sqrt(static_cast<double>(grams_.size()));
  }

  void add(const Unit& unit) {
    const double root = std::sqrt(static_cast<double>(unit.count));
    const auto fixed = [root](double weight) {
      const double scaled = weight * root;
      return static_cast<std::int64_t>(scaled * kUnit + 0.5);
    };
    const auto put = [this](Slot slot, std::int64_t weight) { sum_[slot >> 1] += (slot & 1) != 0 ? -weight : weight; };
    put(slots_[unit.first], fixed(1.0));
    const std::int64_t gram = fixed(unit.gram_weight);
    for (std::uint32_t i = 1; i <= unit.grams; ++i) put(slots_[unit.first + i], gram);
  }

  double norm() const {
    std::int64_t largest = 0;
    for (const std::int64_t value : sum_) largest = std::max(largest, value < 0 ? -value : value);
    if (largest < (std::int64_t{1} << 27)) {  // 384 squares fit
      std::uint64_t squares = 0;
      for (const std::int64_t value : sum_) squares += static_cast<std::uint64_t>(value * value);
      return std::sqrt(static_cast<double>(squares));
    }
    double squares = 0;
    for (const std::int64_t value : sum_) squares += static_cast<double>(value) * static_cast<double>(value);
    return std::sqrt(squares);
  }

  void write(std::span<float> out) const {
    const double length = norm();
    if (length == 0) {
      std::fill(out.begin(), out.end(), 0.0F);
      return;
    }
    embed::write_on_grid(sum_, length, out);
  }

  void forget_if_large() {
    constexpr std::size_t kMostUnits = 32768;  // about 4 MB
    if (units_.size() <= kMostUnits) return;
    ids_ = {};
    units_ = {};
    slots_ = {};
    seen_ = {};
  }

  text::Splitter splitter_;
  text::Stemmer stemmer_{"english"};
  std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>> ids_;
  std::vector<Unit> units_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> seen_;  ///< the distinct units of the text at hand
  std::array<std::int64_t, kDimension> sum_{};
  std::string marked_;
  std::vector<std::string_view> grams_;
  std::vector<std::size_t> starts_;
};

class HashedEmbedder final : public Embedder {
 public:
  [[nodiscard]] const EmbeddingSpace& space() const noexcept override { return space_; }

  Status embed(std::span<const std::string_view> texts, EmbedKind /*kind*/, std::span<float> out) override {
    if (out.size() != texts.size() * kDimension) {
      return {StatusCode::kInvalidArgument, "embed: out must hold 384 floats per text"};
    }
    const auto worker = workers_.lease();
    for (std::size_t i = 0; i < texts.size(); ++i) worker->embed(texts[i], out.subspan(i * kDimension, kDimension));
    return {};
  }

 private:
  EmbeddingSpace space_{.name = "mnemic-hash", .version = std::string(kVersion), .dimension = kDimension};
  text::LeasePool<Worker> workers_{[] { return std::make_unique<Worker>(); }};
};

}  // namespace

std::shared_ptr<Embedder> hashed_embedder() {
  return std::make_shared<HashedEmbedder>();
}

}  // namespace mnemic
