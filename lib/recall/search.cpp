// SPDX-License-Identifier: Apache-2.0
// Field → arms → fuse → boost → rank.
#include "recall/search.hpp"

#include "recall/choose.hpp"
#include "recall/constants.hpp"
#include "recall/fuse.hpp"
#include "recall/pool.hpp"
#include "recall/window.hpp"

#include <algorithm>

namespace mnemic::recall {
namespace {

struct Candidate {
  const Member* member = nullptr;
  double lent = 0;
  double recency = 1;
  double importance = 1;
  double author = 1;
  double window = 1;
  double layer = 1;
  double score = 0;
  Layer of = Layer::kSemantic;
  bool hit = false;
};

/// 1 + how many members have a higher value, for each value that candidates have.
template <typename Value>
class Ranks {
 public:
  using Field = Value Member::*;

  Ranks(const Pool& pool, const std::vector<Candidate>& candidates, Field field) {
    for (const Candidate& candidate : candidates) asked_.push_back(candidate.member->*field);
    std::sort(asked_.begin(), asked_.end());
    asked_.erase(std::unique(asked_.begin(), asked_.end()), asked_.end());
    above_.assign(asked_.size() + 1, 0);
    for (const Member& member : pool.members) ++above_[place_of(member.*field)];  // counts for every asked value below it
    for (std::size_t i = above_.size() - 1; i-- > 0;) above_[i] += above_[i + 1];
  }
  [[nodiscard]] std::size_t of(Value value) const { return 1 + above_[place_of(value) + 1]; }

 private:
  [[nodiscard]] std::size_t place_of(Value value) const {
    return static_cast<std::size_t>(std::lower_bound(asked_.begin(), asked_.end(), value) - asked_.begin());
  }
  std::vector<Value> asked_;
  std::vector<std::size_t> above_;  // [i]: values in (asked[i-1], asked[i]]; after the sum: values above asked[i-1]
};

bool better(const Candidate& a, const Candidate& b) {
  return a.score != b.score ? a.score > b.score : a.member->doc->id < b.member->doc->id;
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
  const bool neighbours = request.options.neighbours && may(Stage::kNeighbours);
  const WordQuery words(field, request.terms);
  const bool by_vector = request.space && !request.vector.empty() && may(Stage::kVector);
  const VectorQuery vectors(reader, field, by_vector ? request.space : std::nullopt, request.vector);
  const bool all_scored = request.everything || request.options.exact || field.visible_count() <= kExact;
  const Pool pool = all_scored ? everything(field, words, vectors) : nominated(field, words, vectors, request);
  const Fusion fusion(pool, vectors, request.vector_weight, request.options);

  std::vector<Candidate> candidates;
  for (const Member& member : pool.members) {
    if (!member.candidate) continue;
    Candidate candidate{&member, neighbours ? fusion.lent(pool, member) : 0};
    const double sum = fusion.total(member) + candidate.lent;
    if (sum <= 0) continue;
    candidate.of = field.views()[member.view].layer;
    candidate.recency = recency_factor(member.doc->event_time, request.field.now, request.options);
    candidate.importance = importance_factor(member.doc->importance, request.options);
    if (request.names && request.names->contains(member.doc->author)) candidate.author = 1 + request.options.author_boost;
    candidate.window = window_factor(member.doc->event_time, member.doc->event_end, request.options.window, request.options.window_boost);
    candidate.layer = quota_of(request.options, candidate.of).weight;
    candidate.score = sum * candidate.recency * candidate.importance * candidate.author * candidate.window * candidate.layer;
    if (candidate.score < request.options.min_score && !request.everything) continue;
    if (candidate.score > 0) candidates.push_back(candidate);
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
  const Ranks<double> word_ranks(pool, candidates, &Member::bm25);
  const Ranks<std::int32_t> vector_ranks(pool, candidates, &Member::dot);
  for (const Candidate& candidate : candidates) {
    const Member& member = *candidate.member;
    Found found{member.doc->seq_from, member.doc->id, candidate.of, candidate.score, {}, candidate.hit};
    ScoreParts& parts = found.parts;
    parts.neighbours = candidate.lent;
    parts.recency = candidate.recency;
    parts.importance = candidate.importance;
    parts.author = candidate.author;
    parts.window = candidate.window;
    parts.layer = candidate.layer;
    parts.words = fusion.words(member);
    parts.vector = fusion.vector(member);
    if (member.bm25 > 0) parts.bm25 = member.bm25;
    if (member.bm25 > 0 && member.bm25 >= pool.words_floor) parts.words_rank = word_ranks.of(member.bm25);
    if (member.dot != kNoVector) parts.cosine = std::clamp(to_cosine(member.dot), -1.0, 1.0);
    if (member.dot != kNoVector && member.dot >= pool.vectors_floor) parts.vector_rank = vector_ranks.of(member.dot);
    findings.ranked.push_back(std::move(found));
  }
  return findings;
}

}  // namespace mnemic::recall
