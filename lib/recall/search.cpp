// SPDX-License-Identifier: Apache-2.0
// Field → arms → fuse → boost → rank.
#include "recall/search.hpp"

#include "recall/arms.hpp"
#include "recall/choose.hpp"
#include "recall/fuse.hpp"
#include "recall/window.hpp"

#include <algorithm>

namespace mnemic::recall {
namespace {

struct Candidate {
  std::size_t flat = 0;
  const index::Doc* doc = nullptr;
  double lent = 0;
  double recency = 1;
  double importance = 1;
  double window = 1;
  double layer = 1;
  double score = 0;
  Layer of = Layer::kSemantic;
  bool hit = false;
};

/// 1 + how many visible memories have a higher value; for every given value at once.
template <typename T>
class Ranks {
 public:
  Ranks(const std::vector<T>& all, std::vector<T> asked) : asked_(std::move(asked)), above_(asked_.size() + 1, 0) {
    std::sort(asked_.begin(), asked_.end());
    asked_.erase(std::unique(asked_.begin(), asked_.end()), asked_.end());
    for (const T& value : all) {  // counts for every asked value below this one
      ++above_[static_cast<std::size_t>(std::lower_bound(asked_.begin(), asked_.end(), value) - asked_.begin())];
    }
    for (std::size_t i = above_.size() - 1; i-- > 0;) above_[i] += above_[i + 1];
  }
  [[nodiscard]] std::size_t of(const T& value) const {
    const auto place = static_cast<std::size_t>(std::lower_bound(asked_.begin(), asked_.end(), value) - asked_.begin());
    return 1 + above_[place + 1];
  }

 private:
  std::vector<T> asked_;
  std::vector<std::size_t> above_;  // [i]: values in (asked[i-1], asked[i]]; after the sum: values above asked[i-1]
};

template <typename T>
Ranks<T> ranks_of(const std::vector<T>& all, const std::vector<Candidate>& candidates) {
  std::vector<T> asked;
  for (const Candidate& candidate : candidates) {
    if (!all.empty()) asked.push_back(all[candidate.flat]);
  }
  return Ranks<T>(all, std::move(asked));
}

bool better(const Candidate& a, const Candidate& b) {
  return a.score != b.score ? a.score > b.score : a.doc->id < b.doc->id;
}

void mark_hits(std::vector<Candidate>& ranked, const RecallOptions& options) {
  std::vector<Layer> layers;
  layers.reserve(ranked.size());
  for (const Candidate& candidate : ranked) layers.push_back(candidate.of);
  const std::vector<bool> hits = choose(layers, options);
  for (std::size_t i = 0; i < ranked.size(); ++i) ranked[i].hit = hits[i];
}

}  // namespace

std::optional<Findings> search(storage::Reader& reader, index::PartitionCache& cache, const SearchRequest& request) {
  Field field;
  if (!field.load(reader, cache, request.field)) return std::nullopt;

  const auto may = [&](Stage stage) { return request.deadline == nullptr || request.deadline->allows(stage); };
  const bool neighbours = may(Stage::kNeighbours);
  const std::vector<double> bm25 = score_words(field, request.terms);
  std::vector<std::int32_t> dots;
  if (request.space && !request.vector.empty() && may(Stage::kVector)) {
    dots = score_vectors(field, *request.space, request.vector);
  }
  const Fused fused = fuse(bm25, dots, request.vector_weight, {request.options.min_words, request.options.min_vector});
  const std::vector<double> lent = neighbours ? lend_between_turns(field, fused) : std::vector<double>(field.size(), 0.0);

  std::vector<Candidate> candidates;
  for (const Field::Part& part : field.parts()) {
    const double weight = quota_of(request.options, part.layer).weight;
    std::size_t flat = part.offset;
    for (const index::Doc& doc : part.partition->docs()) {
      const std::size_t number = flat++;
      if (!field.allowed(number)) continue;
      const double sum = fused.total(number) + lent[number];
      if (sum <= 0) continue;
      Candidate candidate{number, &doc, lent[number]};
      candidate.recency = recency_factor(doc.event_time, request.field.now, request.options);
      candidate.importance = importance_factor(doc.importance, request.options);
      candidate.window = window_factor(doc.event_time, doc.event_end, request.options.window, request.options.window_boost);
      candidate.layer = weight;
      candidate.of = part.layer;
      candidate.score = sum * candidate.recency * candidate.importance * candidate.window * weight;
      if (candidate.score < request.options.min_score && !request.everything) continue;
      if (candidate.score > 0) candidates.push_back(candidate);
    }
  }
  // Quotas may reach down to the last candidate; without any, the best k are the hits.
  const bool all = request.everything || !request.options.per_layer.empty();
  const std::size_t wanted = all ? candidates.size() : std::min(request.options.k, candidates.size());
  std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(wanted), candidates.end(), better);
  candidates.resize(wanted);
  mark_hits(candidates, request.options);
  if (!request.everything) std::erase_if(candidates, [](const Candidate& candidate) { return !candidate.hit; });

  Findings findings;
  findings.searched = field.allowed_count();
  const Ranks<double> word_ranks = ranks_of(bm25, candidates);
  const Ranks<std::int32_t> vector_ranks = ranks_of(dots, candidates);
  for (const Candidate& candidate : candidates) {
    Found found{candidate.doc->seq_from, candidate.doc->id, candidate.of, candidate.score, {}, candidate.hit};
    ScoreParts& parts = found.parts;
    parts.neighbours = candidate.lent;
    parts.recency = candidate.recency;
    parts.importance = candidate.importance;
    parts.window = candidate.window;
    parts.layer = candidate.layer;
    if (!fused.words.empty() && bm25[candidate.flat] > 0) {
      parts.words = fused.words[candidate.flat];
      parts.bm25 = bm25[candidate.flat];
      parts.words_rank = word_ranks.of(bm25[candidate.flat]);
    }
    if (!dots.empty() && dots[candidate.flat] != kNoVector) {
      parts.vector = fused.vectors.empty() ? 0 : fused.vectors[candidate.flat];
      parts.cosine = std::clamp(to_cosine(dots[candidate.flat]), -1.0, 1.0);
      parts.vector_rank = vector_ranks.of(dots[candidate.flat]);
    }
    findings.ranked.push_back(std::move(found));
  }
  return findings;
}

}  // namespace mnemic::recall
