// SPDX-License-Identifier: Apache-2.0
// BM25 and the exact vector scan.
#include "recall/arms.hpp"

#include "core/exact_math.hpp"
#include "recall/constants.hpp"

namespace mnemic::recall {
namespace {

/// Exact whatever the order: see CodedVector. The plain loop is one that compilers turn into multiply-add of pairs.
std::int32_t dot(const std::int16_t* a, const std::int16_t* b, std::size_t dimension) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < dimension; ++i) sum += static_cast<std::int32_t>(a[i]) * b[i];
  return sum;
}

}  // namespace

std::vector<double> score_words(const Field& field, std::span<const std::uint64_t> terms) {
  std::vector<double> scores(field.size(), 0.0);
  if (terms.empty()) return scores;
  std::uint64_t count = 0;
  std::uint64_t length = 0;
  for (const Field::Part& part : field.parts()) {
    std::size_t flat = part.offset;
    for (const index::Doc& doc : part.partition->docs()) {
      if (!field.visible(flat++)) continue;
      ++count;
      length += doc.length;
    }
  }
  if (count == 0) return scores;
  const auto n = static_cast<double>(count);
  const double average = static_cast<double>(length) / n + kLengthPrior;

  for (const std::uint64_t term : terms) {
    std::uint64_t frequency = 0;
    for (const Field::Part& part : field.parts()) {
      for (const index::Posting& posting : part.partition->postings(term)) {
        if (field.visible(part.offset + posting.doc)) ++frequency;
      }
    }
    if (frequency == 0) continue;
    const auto df = static_cast<double>(frequency);
    const double idf = core::exact_log(1 + (n - df + 0.5) / (df + 0.5));
    for (const Field::Part& part : field.parts()) {
      for (const index::Posting& posting : part.partition->postings(term)) {
        const std::size_t flat = part.offset + posting.doc;
        if (!field.visible(flat)) continue;
        const double tf = posting.count;
        const double norm = (part.partition->docs()[posting.doc].length + kLengthPrior) / average;
        scores[flat] += idf * tf * (kK1 + 1) / (tf + kK1 * norm);
      }
    }
  }
  return scores;
}

std::vector<std::int32_t> score_vectors(const Field& field, storage::SpaceId space, std::span<const std::int16_t> query) {
  std::vector<std::int32_t> dots(field.size(), kNoVector);
  for (const Field::Part& part : field.parts()) {
    const index::VectorBlock* block = part.partition->vectors(space);
    if (block == nullptr || block->dimension != query.size()) continue;
    const std::int16_t* codes = block->codes.data();
    for (const index::DocIndex doc : block->docs) {
      if (field.visible(part.offset + doc)) dots[part.offset + doc] = dot(codes, query.data(), query.size());
      codes += query.size();
    }
  }
  return dots;
}

}  // namespace mnemic::recall
