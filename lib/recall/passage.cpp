// SPDX-License-Identifier: Apache-2.0
#include "recall/passage.hpp"

#include "kernels/kernels.hpp"
#include "recall/vectors.hpp"
#include "text/passages.hpp"

#include <algorithm>
#include <set>

namespace mnemic::recall {
namespace {

Passage passage_at(const std::string& text, std::size_t begin, std::size_t end) { return {begin, end, text.substr(begin, end - begin)}; }

std::optional<Passage> nearest(const std::string& text, const storage::Tail& tail, const SearchRequest& request) {
  const storage::CodedVector* best = nullptr;
  std::int32_t most = kNoVector;
  for (const storage::CodedVector& vector : tail.vectors) {
    const bool is_passage = vector.begin < vector.end && vector.end <= text.size();
    if (vector.space != request.space || !is_passage || vector.codes.size() != request.vector.size()) continue;
    const std::int32_t dot = kernels::best().dot(vector.codes.data(), request.vector.data(), request.vector.size());
    if (best != nullptr && dot <= most) continue;
    best = &vector;
    most = dot;
  }
  if (best == nullptr) return std::nullopt;
  return passage_at(text, best->begin, best->end);
}

/// How many of the request's terms stand in a text.
std::size_t matches(std::string_view text, const SearchRequest& request, text::Tokenizer& tokenizer) {
  std::set<std::uint64_t> here;
  for (const std::string& term : tokenizer.tokens(text, text::Side::kDocument)) here.insert(text::term_hash(term));
  return static_cast<std::size_t>(std::count_if(request.terms.begin(), request.terms.end(), [&](std::uint64_t term) { return here.contains(term); }));
}

}  // namespace

std::optional<Passage> best_passage(const std::string& text, const storage::Tail& tail, const SearchRequest& request,
                                    text::TokenizerPool& tokenizers) {
  if (text.size() <= text::kPassageBytes) return std::nullopt;
  if (auto found = nearest(text, tail, request)) return found;
  const auto tokenizer = tokenizers.lease();
  const std::vector<text::Range> ranges = text::passages(text);
  text::Range best = ranges.front();
  std::size_t most = 0;
  for (const text::Range& range : ranges) {
    const std::size_t count = matches(std::string_view(text).substr(range.begin, range.end - range.begin), request, *tokenizer);
    if (count <= most) continue;
    best = range;
    most = count;
  }
  return passage_at(text, best.begin, best.end);
}

}  // namespace mnemic::recall
