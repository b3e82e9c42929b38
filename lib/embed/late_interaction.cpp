// SPDX-License-Identifier: Apache-2.0
// The reranker that ships: each word of a query looks for its nearest in a text. Levels are whole numbers, so the products are exact.
#include <mnemic/recall/reranker.hpp>

#include "embed/static_table.hpp"
#include "kernels/kernels.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace mnemic {
namespace {

/// The words of a text, each once.
struct Tokens {
  std::vector<std::int16_t> levels;  // shape (n, dimension)
  std::vector<double> lengths;       // of each row, as it is in `levels`
  std::vector<double> weights;       // square of its length in the table
};

class LateInteraction final : public Reranker {
 public:
  Result<std::vector<double>> score(std::string_view query, std::span<const std::string_view> texts) override {
    const Tokens asked = tokens_of(query);
    double whole = 0;
    for (const double weight : asked.weights) whole += weight;
    std::vector<double> scores;
    scores.reserve(texts.size());
    for (const std::string_view text : texts) scores.push_back(whole == 0 ? 0 : found_in(asked, tokens_of(text)) / whole);
    return scores;
  }

 private:
  Tokens tokens_of(std::string_view text) const {
    std::vector<std::uint32_t> ids;
    table_.tokens().encode(text, ids, std::numeric_limits<std::size_t>::max());
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    Tokens tokens;
    std::vector<std::int16_t> row(table_.dimension());
    for (const std::uint32_t id : ids) {
      if (!table_.is_word(id)) continue;
      table_.read(id, row);
      const auto squares = static_cast<double>(kernels::best().dot(row.data(), row.data(), row.size()));
      if (squares == 0) continue;
      const double scale = table_.scale(id);
      tokens.levels.insert(tokens.levels.end(), row.begin(), row.end());
      tokens.lengths.push_back(std::sqrt(squares));
      tokens.weights.push_back(scale * scale * squares);
    }
    return tokens;
  }

  double found_in(const Tokens& asked, const Tokens& text) const {
    const std::size_t dimension = table_.dimension();
    double sum = 0;
    for (std::size_t i = 0; i < asked.weights.size(); ++i) {
      double nearest = 0;
      for (std::size_t j = 0; j < text.lengths.size(); ++j) {
        const auto dot = kernels::best().dot(asked.levels.data() + i * dimension, text.levels.data() + j * dimension, dimension);
        nearest = std::max(nearest, dot / text.lengths[j]);
      }
      sum += asked.weights[i] * nearest / asked.lengths[i];
    }
    return sum;
  }

  const embed::StaticTable& table_ = embed::shipped_table();
};

}  // namespace

std::shared_ptr<Reranker> late_interaction_reranker() { return std::make_shared<LateInteraction>(); }

}  // namespace mnemic
