// SPDX-License-Identifier: Apache-2.0
// A first pass over sign codes, and exact products of what it nominates.
#include "recall/vectors.hpp"

#include "core/error.hpp"
#include "kernels/kernels.hpp"
#include "recall/constants.hpp"

#include <algorithm>
#include <bit>

namespace mnemic::recall {
namespace {

constexpr float kNoEstimate = -std::numeric_limits<float>::infinity();

/// Calls `each` with the places of the rows that reach the threshold, ascending.
template <typename Each>
void for_each_above(const index::VectorBlock& block, const index::Estimates& estimates, Each&& each) {
  for (std::size_t b = 0; b < estimates.above.size(); ++b) {
    for (std::uint32_t above = estimates.above[b]; above != 0; above &= above - 1) {
      const std::size_t place = b * kernels::kBlockRows + static_cast<std::size_t>(std::countr_zero(above));
      if (place < block.rows.size()) each(place);
    }
  }
}

void nominate(const index::VectorBlock& block, const index::Estimates& estimates, const RowSet& rows, std::size_t offset, Top<float>& top) {
  if (block.every_row()) {
    for_each_above(block, estimates, [&](std::size_t place) {
      if (rows.has(static_cast<index::Row>(place))) top.add(offset + place, estimates.dots[place]);
    });
    return;
  }
  // The passages of a row stand side by side: it is nominated once, by its best.
  index::Row row = 0;
  float estimate = kNoEstimate;
  const auto add = [&] {
    if (estimate != kNoEstimate && rows.has(row)) top.add(offset + row, estimate);
  };
  for_each_above(block, estimates, [&](std::size_t place) {
    const index::Row of = block.row_at(place);
    if (of != row) {
      add();
      row = of;
      estimate = kNoEstimate;
    }
    estimate = std::max(estimate, estimates.dots[place]);
  });
  add();
}

}  // namespace

VectorQuery::VectorQuery(storage::Reader& reader, const Field& field, std::optional<storage::SpaceId> space,
                         std::span<const std::int16_t> codes)
    : reader_(reader), field_(field), space_(space), codes_(codes), blocks_(field.views().size(), nullptr), sum_dots_(field.views().size()) {
  if (!space || codes.empty()) return;
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    const View& view = field.views()[i];
    const index::VectorBlock* block = view.chunk->vectors(*space);
    if (block == nullptr || block->dimension != codes.size() || view.visible.count() == 0) continue;
    blocks_[i] = block;
    sum_dots_[i] = kernels::best().dot_of_sums(block->sum.data(), codes.data(), codes.size());
    count(view, *block, sum_dots_[i]);
  }
}

/// The sum of products is the product with the sum, less what is hidden.
void VectorQuery::count(const View& view, const index::VectorBlock& block, std::int64_t sum_dot) {
  if (view.visible.count() * 2 < view.visible.size()) {
    view.visible.for_each([&](index::Row row) {
      each_product(view, block, row, [&](std::int32_t product) {
        ++count_;
        sum_ += product;
      });
    });
    return;
  }
  count_ += block.rows.size();
  sum_ += sum_dot;
  view.visible.for_each_missing([&](index::Row row) {
    each_product(view, block, row, [&](std::int32_t product) {
      --count_;
      sum_ -= product;
    });
  });
}

/// From memory, or from the row when the chunk does not hold its vectors.
template <typename Each>
void VectorQuery::each_product(const View& view, const index::VectorBlock& block, index::Row row, Each&& each) const {
  const auto places = block.places(row);
  if (places.begin == places.end) return;
  const auto product = kernels::best().dot;
  if (block.resident()) {
    for (std::size_t place = places.begin; place < places.end; ++place) each(product(block.at(place), codes_.data(), codes_.size()));
    return;
  }
  view.chunk->count_fetch();
  const Seq seq_from = view.doc(row).seq_from;
  const storage::Tail tail = reader_.tail(seq_from);
  std::size_t left = places.end - places.begin;
  for (const storage::CodedVector& vector : tail.vectors) {
    if (vector.space != *space_ || vector.codes.size() != codes_.size() || left == 0) continue;
    --left;
    each(product(vector.codes.data(), codes_.data(), codes_.size()));
  }
  if (left > 0) {
    core::fail(StatusCode::kCorruption, "tail row {}: not the vectors that its sealed chunk knows; check with repair makes it anew", seq_from);
  }
}

std::int32_t VectorQuery::best(const View& view, const index::VectorBlock& block, index::Row row) const {
  std::int32_t best = kNoVector;
  each_product(view, block, row, [&](std::int32_t product) { best = std::max(best, product); });
  return best;
}

std::int32_t VectorQuery::dot(std::size_t view, index::Row row) const {
  const index::VectorBlock* block = blocks_[view];
  return block == nullptr ? kNoVector : best(field_.views()[view], *block, row);
}

/// The vectors stand anywhere in memory: each is asked for kAhead before it is wanted.
void VectorQuery::compare(std::vector<Scored<float>> nominees, Top<std::int32_t>& top) const {
  constexpr std::size_t kAhead = 6;
  struct Place {
    std::size_t view;
    index::Row row;
  };
  std::sort(nominees.begin(), nominees.end(), [](const auto& a, const auto& b) { return a.flat < b.flat; });
  std::vector<Place> places;
  places.reserve(nominees.size());
  for (const auto& [flat, estimate] : nominees) {
    const std::size_t view = field_.view_number(flat);
    places.push_back({view, static_cast<index::Row>(flat - field_.views()[view].offset)});
  }
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (i + kAhead < places.size()) blocks_[places[i + kAhead].view]->prefetch(places[i + kAhead].row);
    top.add(nominees[i].flat, dot(places[i].view, places[i].row));
  }
}

std::vector<Scored<std::int32_t>> VectorQuery::top(std::span<const std::size_t> views, const RowsOf& rows_of, std::size_t most) const {
  Top<std::int32_t> top(most);
  Top<float> first_pass(most + kFirstPass + count_ / kFirstPassShare);
  std::optional<index::SignQuery> signs;
  index::Estimates estimates;
  for (std::size_t n = 0; n < views.size(); ++n) {
    // What is read of a block besides its codes comes meanwhile.
    if (n + 2 < views.size() && blocks_[views[n + 2]] != nullptr) __builtin_prefetch(&blocks_[views[n + 2]]->rows.back());
    const std::size_t i = views[n];
    const index::VectorBlock* block = blocks_[i];
    const View& view = field_.views()[i];
    const RowSet& rows = rows_of(i);
    if (block == nullptr || rows.count() == 0) continue;
    if (!view.chunk->sealed() || rows.count() * kSparse < block->rows.size()) {
      rows.for_each([&](index::Row row) {
        const std::int32_t product = best(view, *block, row);
        if (product != kNoVector) top.add(view.offset + row, product);
      });
      continue;
    }
    if (!signs) signs.emplace(codes_);
    const float mean_dot = static_cast<float>(sum_dots_[i]) / static_cast<float>(block->rows.size());
    block->signs.estimate(*signs, mean_dot, first_pass.floor(), estimates);
    if (first_pass.floor() == std::numeric_limits<float>::lowest() && rows.all() && block->every_row()) {
      first_pass.expect({estimates.dots.begin(), estimates.dots.begin() + static_cast<std::ptrdiff_t>(block->rows.size())});
    }
    nominate(*block, estimates, rows, view.offset, first_pass);
  }
  compare(first_pass.take(), top);
  return top.take();
}

}  // namespace mnemic::recall
