// SPDX-License-Identifier: Apache-2.0
#include "recall/follow_up.hpp"

#include "core/utf8.hpp"
#include "recall/constants.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mnemic::recall {
namespace {

constexpr std::size_t kSourceBytes = 4096;  // of one hit's text
constexpr std::array kAllLayers{Layer::kConversational, Layer::kEpisodic, Layer::kSemantic, Layer::kProcedural};

/// What a memory says, with who says it and whom it is about.
std::string source_text(const Memory& memory) {
  std::string text(core::utf8_prefix(memory.text, kSourceBytes));
  for (const std::string& name : {memory.author, memory.metadata["fact"]["subject"].as_string()}) {
    if (!name.empty()) text += "\n" + name;
  }
  return text;
}

/// The words of a text, cut at ASCII spaces, without ASCII punctuation at their ends.
std::vector<std::string_view> words_of(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n\f\v";
  constexpr std::string_view kMarks = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
  std::vector<std::string_view> words;
  for (std::size_t at = 0; (at = text.find_first_not_of(kSpaces, at)) != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(kSpaces, at), text.size());
    std::string_view word = text.substr(at, end - at);
    at = end;
    word.remove_prefix(std::min(word.find_first_not_of(kMarks), word.size()));
    if (!word.empty()) words.push_back(word.substr(0, word.find_last_not_of(kMarks) + 1));
  }
  return words;
}

class RulePlanner final : public Planner {
 public:
  RulePlanner(text::TokenizerPool& tokenizers, const RecallOptions& options) : tokenizers_(tokenizers), options_(options) {}

  Result<std::vector<Pass>> plan(const Query& query, std::span<const Hit> hits, std::span<const Pass> made) override {
    std::vector<Pass> passes;
    if (made.size() > 1 || hits.empty()) return passes;  // one round
    if (auto more = with_words(query, hits)) passes.push_back(*std::move(more));
    if (auto others = other_layers(hits)) passes.push_back(*std::move(others));
    return passes;
  }

 private:
  struct Word {
    double weight = 0;
    std::size_t place = 0;  // in the order of first mention, from 1
  };

  /// Pseudo-relevance feedback: the query with the words that it lacks and that the best of the first hits share.
  std::optional<Pass> with_words(const Query& query, std::span<const Hit> hits) {
    if (query.text.empty()) return std::nullopt;
    auto tokenizer = tokenizers_.lease();
    std::vector<std::string> texts;
    std::unordered_map<std::string, Word> words;
    std::size_t mentioned = 0;
    for (const Hit& hit : hits.first(std::min(hits.size(), kFeedbackHits))) {
      texts.push_back(source_text(hit.memory));
      const std::vector<std::string> terms = tokenizer->tokens(texts.back(), text::Side::kQuery);
      for (const std::string& term : std::set<std::string>(terms.begin(), terms.end())) words[term].weight += hit.score;
      for (const std::string& term : terms) {
        if (Word& word = words[term]; word.place == 0) word.place = ++mentioned;
      }
    }
    for (const std::string& term : tokenizer->tokens(query.text, text::Side::kQuery)) words.erase(term);
    std::vector<std::pair<std::string, Word>> order(words.begin(), words.end());
    std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
      return a.second.weight != b.second.weight ? a.second.weight > b.second.weight : a.second.place < b.second.place;
    });
    if (order.empty()) return std::nullopt;
    std::vector<std::string> more;
    for (std::size_t i = 0; i < std::min(order.size(), kFeedbackWords); ++i) more.push_back(std::move(order[i].first));
    write_out(*tokenizer, texts, more);
    return Pass{.why = "words the first hits share", .text = fmt::format("{} {}", query.text, fmt::join(more, " "))};
  }

  /// Puts for each term a word of the texts that has no other, as it is written there, if there is one.
  static void write_out(text::Tokenizer& tokenizer, const std::vector<std::string>& texts, std::vector<std::string>& terms) {
    std::map<std::string, std::string*> open;
    for (std::string& term : terms) open.emplace(term, &term);
    for (const std::string& text : texts) {
      for (const std::string_view word : words_of(text)) {
        if (open.empty()) return;
        const std::vector<std::string> of_word = tokenizer.tokens(word, text::Side::kDocument);
        if (of_word.size() != 1) continue;
        if (const auto term = open.find(of_word.front()); term != open.end()) {
          *term->second = word;
          open.erase(term);
        }
      }
    }
  }

  /// The query over the layers that none of the first hits is of, near the time of the best hit.
  [[nodiscard]] std::optional<Pass> other_layers(std::span<const Hit> hits) const {
    std::vector<Layer> missing = options_.layers;
    if (missing.empty()) missing.assign(kAllLayers.begin(), kAllLayers.end());
    std::erase_if(missing, [&](Layer layer) {
      return std::any_of(hits.begin(), hits.end(), [&](const Hit& hit) { return hit.memory.layer == layer; });
    });
    if (missing.empty()) return std::nullopt;
    Pass pass{.why = "layers without a hit", .layers = std::move(missing)};
    if (!options_.window) pass.window = around(hits.front().memory.event_time);
    return pass;
  }

  /// A day before and after, within the range of times.
  static TimeWindow around(Timestamp time) {
    constexpr std::chrono::hours kDay{24};
    return {.begin = time < Timestamp::min() + kDay ? Timestamp::min() : time - kDay,
            .end = time > Timestamp::max() - kDay ? Timestamp::max() : time + kDay};
  }

  text::TokenizerPool& tokenizers_;
  const RecallOptions& options_;
};

}  // namespace

std::unique_ptr<Planner> rule_planner(text::TokenizerPool& tokenizers, const RecallOptions& options) {
  return std::make_unique<RulePlanner>(tokenizers, options);
}

}  // namespace mnemic::recall
