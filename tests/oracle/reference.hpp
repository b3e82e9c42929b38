// SPDX-License-Identifier: Apache-2.0
// Recall as docs/quality.md writes it down: maps, loops and doubles, everything computed anew for each query. It shares
// the tokenizer and the embedder with the library, and nothing else.
#pragma once

#include "support/naive_store.hpp"
#include "text/passages.hpp"
#include "text/tokenizer.hpp"

#include <mnemic/mnemic.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mnemic::test::reference {

using Codes = std::vector<std::int64_t>;

/// A unit vector times 32767, rounded.
inline Codes encode(const std::vector<float>& values) {
  double squares = 0;
  for (const float value : values) squares += static_cast<double>(value) * value;
  Codes codes;
  for (const float value : values) codes.push_back(std::llround(value / std::sqrt(squares) * 32767.0));
  return codes;
}

inline double cosine(const Codes& a, const Codes& b) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return static_cast<double>(sum) / (32767.0 * 32767.0);
}

/// What the test stored and still stands.
struct Entry {
  Memory memory;
  std::map<std::string, std::vector<Codes>> codes;  // by space, "" is the store's own: of the whole text, then of its passages
};
using Entries = std::map<MemoryId, Entry>;

/// Who asks, and when.
struct View {
  std::set<Namespace> namespaces;
  std::vector<Json> where;
  Timestamp now{};
};

struct Ranked {
  MemoryId id;
  double score = 0;
  ScoreParts parts;
};

struct Answer {
  std::vector<Ranked> ranked;  // everything with a score, best first, ties by id
  std::map<MemoryId, double> bm25;    // of everything visible
  std::map<MemoryId, double> cosines;  // of what has a vector: of its best passage
  double cosine_sum = 0;               // of all vectors
  std::size_t vectors = 0;
  std::vector<MemoryId> pinned;
  std::size_t searched = 0;
  std::vector<Ranked> hits;  // what the quotas of layers leave of the ranked, best first
  double cut = 0;            // the lowest score among them; 0 when there are fewer than k
};

class Recall {
 public:
  explicit Recall(std::shared_ptr<Embedder> embedder) : embedder_(std::move(embedder)), tokenizer_("english") {}

  /// The own vector of a text; unset when there is none.
  std::optional<Codes> embed(const std::string& text, EmbedKind kind) {
    if (!embedder_ || text.empty()) return std::nullopt;
    std::vector<float> row(embedder_->space().dimension);
    const std::string_view view = text;
    if (!embedder_->embed({&view, 1}, kind, row)) return std::nullopt;
    if (std::all_of(row.begin(), row.end(), [](float v) { return v == 0; })) return std::nullopt;
    return encode(row);
  }

  /// What a text is stored with: a long one has a vector for each passage, and before them their mean.
  std::vector<Codes> embed_document(const std::string& text) {
    std::vector<Codes> codes;
    for (const text::Range& range : text::passages(text)) {
      if (auto found = embed(text.substr(range.begin, range.end - range.begin), EmbedKind::kPassage)) codes.push_back(*std::move(found));
    }
    if (text.size() <= 300 || codes.empty()) return codes;
    std::vector<float> sum(codes.front().size());
    for (const Codes& one : codes) {
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += static_cast<float>(one[i]);
    }
    if (std::any_of(sum.begin(), sum.end(), [](float v) { return v != 0; })) codes.insert(codes.begin(), encode(sum));
    return codes;
  }

  Answer answer(const Entries& all, const View& view, const Query& query, const RecallOptions& options) {
    Answer answer;
    std::vector<const Entry*> visible;
    for (const auto& [id, entry] : all) {
      if (is_visible(entry.memory, view, options)) visible.push_back(&entry);
    }
    const Json where = query.where.to_json();
    score_words(visible, query.text, answer);
    const double weight = score_vectors(visible, query, options, answer);

    // Section 4: each arm by its share of what it found; an arm that found nothing leaves the other alone.
    std::map<MemoryId, double> words, vectors;
    double best = 0;
    for (const auto& [id, score] : answer.bm25) best = std::max(best, score);
    for (const auto& [id, score] : answer.bm25) words[id] = best > 0 ? score / best : 0;
    vectors = calibrate(answer);
    const bool any_vector = std::any_of(vectors.begin(), vectors.end(), [](const auto& v) { return v.second > 0; });
    if (best > 0 && any_vector) {
      for (auto& [id, share] : words) share *= 1 - weight;
      for (auto& [id, share] : vectors) share *= weight;
    } else if (best > 0) {
      vectors.clear();
    }
    const auto total = [&](MemoryId id) { return words[id] + vectors[id]; };

    const std::map<MemoryId, double> lent = lend(visible, total);
    for (const Entry* entry : visible) {
      const Memory& m = entry->memory;
      if (!naive_matches(where, m)) continue;
      ++answer.searched;
      if (m.pinned) answer.pinned.push_back(m.id);
      const auto neighbours = lent.find(m.id);
      Ranked ranked{m.id, 0, {}};
      ScoreParts& p = ranked.parts;
      p.words = words[m.id];
      p.vector = vectors[m.id];
      p.neighbours = neighbours == lent.end() ? 0 : neighbours->second;
      p.recency = recency(m, view.now, options);
      p.importance = 1 + options.importance_boost * (m.importance - 0.5);
      p.author = 1 + (names(query.text, m.author) ? options.author_boost : 0);
      p.window = window(m, options);
      p.layer = quota_of(options, m.layer).weight;
      if (answer.bm25[m.id] > 0) p.bm25 = answer.bm25[m.id];
      if (const auto c = answer.cosines.find(m.id); c != answer.cosines.end()) {
        p.cosine = std::clamp(c->second, -1.0, 1.0);  // rounding may lead a little beyond
      }
      const double sum = p.words + p.vector + p.neighbours;
      ranked.score = sum * p.recency * p.importance * p.author * p.window * p.layer;
      if (ranked.score > 0) answer.ranked.push_back(ranked);
    }
    std::sort(answer.ranked.begin(), answer.ranked.end(), [](const Ranked& a, const Ranked& b) {
      return a.score != b.score ? a.score > b.score : a.id < b.id;
    });
    choose(all, options, answer);
    std::sort(answer.pinned.begin(), answer.pinned.end(), [&](MemoryId a, MemoryId b) {
      const Memory& x = all.at(a).memory;
      const Memory& y = all.at(b).memory;
      return x.event_time != y.event_time ? x.event_time > y.event_time : a < b;
    });
    return answer;
  }

  /// Whether recall may look at it at all; what is expired or hidden from the scope is another matter.
  static bool is_recallable(const Memory& m, Timestamp valid_at) {
    if (is_gone(m)) return false;
    if (has_validity(m)) return m.state != State::kRejected && m.state != State::kQuarantined && holds_at(m, valid_at);
    return m.state == State::kActive || m.state == State::kProposed || m.state == State::kConfirmed;
  }

  static LayerQuota quota_of(const RecallOptions& options, Layer layer) {
    for (const LayerQuota& quota : options.per_layer) {
      if (quota.layer == layer) return quota;
    }
    return {.layer = layer};
  }

 private:
  /// First the best of each layer that has places kept, then by score whoever finds a place.
  static void choose(const Entries& all, const RecallOptions& options, Answer& answer) {
    std::set<MemoryId> chosen;
    std::map<Layer, std::size_t> taken;
    const auto layer_of = [&](const Ranked& ranked) { return all.at(ranked.id).memory.layer; };
    for (const Ranked& ranked : answer.ranked) {
      const Layer layer = layer_of(ranked);
      if (taken[layer] >= quota_of(options, layer).at_least) continue;
      chosen.insert(ranked.id);
      ++taken[layer];
    }
    for (const Ranked& ranked : answer.ranked) {
      const Layer layer = layer_of(ranked);
      if (chosen.size() >= options.k || chosen.contains(ranked.id) || taken[layer] >= quota_of(options, layer).at_most) continue;
      chosen.insert(ranked.id);
      ++taken[layer];
    }
    for (const Ranked& ranked : answer.ranked) {
      if (chosen.contains(ranked.id)) answer.hits.push_back(ranked);
    }
    if (answer.hits.size() == options.k) answer.cut = answer.hits.back().score;
  }

  static bool is_visible(const Memory& m, const View& view, const RecallOptions& options) {
    if (!view.namespaces.contains(m.name_space)) return false;
    if (!options.layers.empty() && std::find(options.layers.begin(), options.layers.end(), m.layer) == options.layers.end()) {
      return false;
    }
    if (!is_recallable(m, options.valid_at.value_or(view.now))) return false;
    if (m.expires_at && *m.expires_at <= view.now) return false;
    return std::all_of(view.where.begin(), view.where.end(), [&](const Json& where) { return naive_matches(where, m); });
  }

  std::vector<std::string> terms(const std::string& text) { return tokenizer_.tokens(text, text::Side::kDocument); }

  /// Section 2.
  void score_words(const std::vector<const Entry*>& visible, const std::string& query, Answer& answer) {
    std::map<MemoryId, std::map<std::string, double>> counts;
    std::map<MemoryId, double> lengths;
    double all_terms = 0;
    for (const Entry* entry : visible) {
      const MemoryId id = entry->memory.id;
      answer.bm25[id] = 0;
      lengths[id] = 0;
      for (const std::string& term : terms(entry->memory.text)) {
        ++counts[id][term];
        ++lengths[id];
        ++all_terms;
      }
    }
    const auto n = static_cast<double>(visible.size());
    const auto asked = tokenizer_.tokens(query, text::Side::kQuery);
    for (const std::string& term : std::set<std::string>(asked.begin(), asked.end())) {
      double df = 0;
      for (const auto& [id, of] : counts) df += of.contains(term) ? 1 : 0;
      if (df == 0) continue;
      const double idf = std::log(1 + (n - df + 0.5) / (df + 0.5));
      for (const auto& [id, of] : counts) {
        const auto found = of.find(term);
        if (found == of.end()) continue;
        const double tf = found->second;
        answer.bm25[id] += idf * tf * 2.2 / (tf + 1.2 * (lengths[id] + 60) / (all_terms / n + 60));
      }
    }
  }

  /// Fills the cosines; gives the weight of the arm.
  double score_vectors(const std::vector<const Entry*>& visible, const Query& query, const RecallOptions& options, Answer& answer) {
    std::string space;
    std::optional<Codes> asked;
    if (query.vector) {
      space = query.vector->space;
      asked = encode(query.vector->values);
    } else {
      asked = embed(query.text, EmbedKind::kQuery);
    }
    if (asked) {
      for (const Entry* entry : visible) {
        const auto codes = entry->codes.find(space);
        if (codes == entry->codes.end()) continue;
        for (const Codes& one : codes->second) {
          const double found = cosine(*asked, one);
          const auto [best, first] = answer.cosines.emplace(entry->memory.id, found);
          best->second = std::max(best->second, found);
          answer.cosine_sum += found;
          ++answer.vectors;
        }
      }
    }
    if (options.vector_weight) return *options.vector_weight;
    if (!space.empty()) return 0.5;
    return embedder_ && embedder_->space().name == "mnemic-static" ? 0.3 : 0.05;
  }

  /// The mean is that of all vectors, passages each by itself.
  static std::map<MemoryId, double> calibrate(const Answer& answer) {
    std::map<MemoryId, double> shares;
    if (answer.cosines.empty()) return shares;
    double best = -2;
    for (const auto& [id, cosine] : answer.cosines) best = std::max(best, cosine);
    const auto n = static_cast<double>(answer.vectors);
    const double low = answer.cosine_sum / n * n / (n + 4);
    for (const auto& [id, cosine] : answer.cosines) shares[id] = std::max(0.0, cosine - low) / std::max(best - low, 0.15 * std::max(1 - low, 0.01));
    return shares;
  }

  /// Section 5.
  template <typename Total>
  std::map<MemoryId, double> lend(const std::vector<const Entry*>& visible, Total total) {
    std::map<std::pair<Namespace, std::string>, std::map<std::uint64_t, const Memory*>> sessions;
    for (const Entry* entry : visible) {
      const Memory& m = entry->memory;
      if (m.turn) sessions[{m.name_space, m.session}][*m.turn] = &m;
    }
    std::map<MemoryId, double> lent;
    for (const auto& [name, turns] : sessions) {
      for (auto here = turns.begin(); here != turns.end(); ++here) {
        const Memory& m = *here->second;
        const double g = 150 / (static_cast<double>(terms(m.text).size()) + 150);
        double sum = 0;
        if (here != turns.begin()) {
          const Memory& before = *std::prev(here)->second;
          const bool answers = asks(before.text) && before.author != m.author;
          sum += (answers ? 0.7 : 0.1) * g * total(before.id);
        }
        if (const auto next = std::next(here); next != turns.end()) sum += 0.5 * g * total(next->second->id);
        lent[m.id] = sum;
      }
    }
    return lent;
  }

  /// Does the query hold the words of the name, one after the other? In ASCII.
  static bool names(const std::string& query, const std::string& name) {
    const auto padded = [](const std::string& text) {
      std::string words = " ";
      for (const char c : text) words += std::isalnum(static_cast<unsigned char>(c)) != 0 ? static_cast<char>(std::tolower(c)) : ' ';
      return words + " ";
    };
    return !name.empty() && padded(query).find(padded(name)) != std::string::npos;
  }

  static bool asks(const std::string& text) {
    return text.find('?') != std::string::npos || text.find("\xEF\xBC\x9F") != std::string::npos ||
           text.find("\xD8\x9F") != std::string::npos;
  }

  static double recency(const Memory& m, Timestamp now, const RecallOptions& options) {
    const std::chrono::duration<double, std::micro> age = now - m.event_time;
    const std::chrono::duration<double, std::micro> half = options.recency_half_life;
    return 1 + options.recency_boost * std::exp2(-std::max(0.0, age.count()) / half.count());
  }

  /// Halves with every length of the window that a moment, or the nearer end of an interval, lies outside.
  static double window(const Memory& m, const RecallOptions& options) {
    if (!options.window) return 1;
    using Seconds = std::chrono::duration<double>;
    const double from = Seconds(options.window->begin.time_since_epoch()).count();
    const double to = Seconds(options.window->end.time_since_epoch()).count();
    const double begin = Seconds(m.event_time.time_since_epoch()).count();
    double end = begin;
    if (m.event_end && *m.event_end > m.event_time) end = Seconds(m.event_end->time_since_epoch()).count() - 1e-6;
    const double away = end < from ? from - end : begin >= to ? begin - to : 0;
    return 1 + options.window_boost * std::exp2(-away / std::clamp(to - from, 86'400.0, 366 * 86'400.0));
  }

  std::shared_ptr<Embedder> embedder_;
  text::Tokenizer tokenizer_;
};

}  // namespace mnemic::test::reference
