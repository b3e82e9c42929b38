// SPDX-License-Identifier: Apache-2.0
// The default embedder: the rows of a text's tokens, added up and brought to length 1. What they mean was settled when the table was
// made (tools/static_table). The sums are integers, and the rest is * / sqrt in a fixed order: the vectors are equal bit by
// bit on every machine with IEEE doubles.
#include <mnemic/models.hpp>

#include "embed/grid.hpp"
#include "embed/static_table.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace mnemic {
namespace {

constexpr std::string_view kVersion = "1";  // of the table and of everything here

void write_unit(std::span<const std::int64_t> sum, std::span<float> out) {
  double squares = 0;
  for (const std::int64_t value : sum) squares += static_cast<double>(value) * static_cast<double>(value);
  if (squares == 0) {
    std::fill(out.begin(), out.end(), 0.0F);
    return;
  }
  embed::write_on_grid(sum, std::sqrt(squares), out);
}

class StaticEmbedder final : public Embedder {
 public:
  [[nodiscard]] const EmbeddingSpace& space() const noexcept override { return space_; }

  Status embed(std::span<const std::string_view> texts, EmbedKind /*kind*/, std::span<float> out) override {
    const embed::StaticTable& table = embed::shipped_table();
    const std::size_t dimension = table.dimension();
    if (out.size() != texts.size() * dimension) return {StatusCode::kInvalidArgument, "embed: out must hold 256 floats per text"};
    std::vector<std::uint32_t> ids;
    std::vector<std::int64_t> sum;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      ids.clear();
      sum.assign(dimension, 0);
      table.tokens().encode(texts[i], ids, std::numeric_limits<std::size_t>::max());
      table.add(ids, sum);
      write_unit(sum, out.subspan(i * dimension, dimension));
    }
    return {};
  }

 private:
  EmbeddingSpace space_{.name = "mnemic-static", .version = std::string(kVersion), .dimension = 256};
};

}  // namespace

std::shared_ptr<Embedder> static_embedder() { return std::make_shared<StaticEmbedder>(); }

}  // namespace mnemic
