// SPDX-License-Identifier: Apache-2.0
#include "recall/rerank.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mnemic::recall {
namespace {

using core::fail;

class EmbeddingReranker final : public Reranker {
 public:
  explicit EmbeddingReranker(std::shared_ptr<Embedder> embedder) : embedder_(std::move(embedder)) {}

  Result<std::vector<double>> score(std::string_view query, std::span<const std::string_view> texts) override {
    const std::size_t dimension = embedder_->space().dimension;
    std::vector<float> asked(dimension);
    std::vector<float> rows(texts.size() * dimension);
    if (const Status status = embedder_->embed({&query, 1}, EmbedKind::kQuery, asked); !status.ok()) return status;
    if (const Status status = embedder_->embed(texts, EmbedKind::kPassage, rows); !status.ok()) return status;
    std::vector<double> scores;
    scores.reserve(texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) scores.push_back(cosine(asked, std::span(rows).subspan(i * dimension, dimension)));
    return scores;
  }

 private:
  /// 0 when one of them has no direction.
  static double cosine(std::span<const float> a, std::span<const float> b) {
    double dot = 0;
    double aa = 0;
    double bb = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double x = a[i];
      const double y = b[i];
      dot += x * y;
      aa += x * x;
      bb += y * y;
    }
    return aa == 0 || bb == 0 ? 0 : dot / std::sqrt(aa * bb);
  }
  std::shared_ptr<Embedder> embedder_;
};

}  // namespace

std::vector<double> ask_reranker(const RerankOptions& options, std::string_view query, const std::vector<std::string>& texts,
                                 const SteadyNow& now, Deadline& deadline) {
  std::vector<double> scores;
  const auto start = now();
  while (scores.size() < texts.size()) {
    if (!deadline.allows(Stage::kRerank)) return scores;
    if (now() - start >= options.budget) {
      deadline.leave_out(Stage::kRerank);
      return scores;
    }
    const std::size_t count = std::min(options.batch, texts.size() - scores.size());
    const std::vector<std::string_view> batch(texts.begin() + static_cast<std::ptrdiff_t>(scores.size()),
                                              texts.begin() + static_cast<std::ptrdiff_t>(scores.size() + count));
    const auto given = options.reranker->score(query, batch);
    if (!given && core::is_passing(given.status())) {
      deadline.leave_out(Stage::kRerank);
      return scores;
    }
    if (!given) fail(given.status().code(), "reranker: {}", given.status().message());
    if (given->size() != count) fail(StatusCode::kInvalidArgument, "reranker: {} scores for {} texts", given->size(), count);
    if (!std::all_of(given->begin(), given->end(), [](double score) { return std::isfinite(score); })) {
      fail(StatusCode::kInvalidArgument, "reranker: gave a score that is not finite");
    }
    scores.insert(scores.end(), given->begin(), given->end());
  }
  return scores;
}

void rerank(std::vector<Found>& ranked, const Reranked& reranked, double weight) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  double least = low;
  double most = high;
  std::vector<std::pair<Found*, double>> seen;
  for (Found& found : ranked) {
    const auto given = reranked.find(found.seq_from);
    if (given == reranked.end()) continue;
    seen.emplace_back(&found, given->second);
    low = std::min(low, found.score);
    high = std::max(high, found.score);
    least = std::min(least, given->second);
    most = std::max(most, given->second);
  }
  for (const auto& [found, given] : seen) {
    found->parts.rerank = given;
    if (most > least) found->score = (1 - weight) * found->score + weight * (low + (high - low) * ((given - least) / (most - least)));
  }
  std::sort(ranked.begin(), ranked.end(), [](const Found& a, const Found& b) { return a.score != b.score ? a.score > b.score : a.id < b.id; });
}

}  // namespace mnemic::recall

namespace mnemic {

Reranker::~Reranker() = default;

std::shared_ptr<Reranker> embedding_reranker(std::shared_ptr<Embedder> embedder) {
  return std::make_shared<recall::EmbeddingReranker>(std::move(embedder));
}

}  // namespace mnemic
