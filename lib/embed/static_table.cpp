// SPDX-License-Identifier: Apache-2.0
#include "embed/static_table.hpp"

#include "core/bytes.hpp"
#include "core/error.hpp"
#include "text/ascii.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace mnemic::embed {
namespace {

constexpr std::string_view kMagic("mnemic static table 1\n\0\0", 24);
constexpr std::size_t kMostDimension = 4096;
constexpr std::size_t kAtOnce = 8192;  // rows whose sum fits 32 bit: 8 * 2^15 * 2^13 = 2^31

[[noreturn]] void broken(std::string_view what) { core::fail(StatusCode::kCorruption, "static table: {}", what); }

/// Letters of other scripts have more than one byte; so have some marks, which is no harm.
bool is_of_a_word(char c) { return text::is_alnum(c) || (static_cast<unsigned char>(c) & 0x80U) != 0; }

/// Kept apart so that the compiler makes vector instructions of it: `half` bytes, two numbers each.
std::int32_t low_level(std::uint8_t byte) { return static_cast<std::int8_t>(byte << 4) >> 4; }
std::int32_t high_level(std::uint8_t byte) { return static_cast<std::int8_t>(byte) >> 4; }

void add_row(const std::uint8_t* row, std::int32_t scale, std::size_t half, std::int32_t* sum) {
  for (std::size_t i = 0; i < half; ++i) {
    sum[i] += scale * low_level(row[i]);
    sum[i + half] += scale * high_level(row[i]);
  }
}

}  // namespace

StaticTable::Parts StaticTable::take_apart(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) broken("its first bytes are of something else");
  core::ByteReader reader(bytes.substr(kMagic.size()));
  Parts parts;
  const auto rows = reader.value<std::uint32_t>();
  parts.dimension = reader.value<std::uint32_t>();
  const auto vocabulary_bytes = reader.value<std::uint32_t>();
  if (parts.dimension == 0 || parts.dimension % 2 != 0 || parts.dimension > kMostDimension) broken("dimension");
  std::string_view vocabulary = reader.raw(vocabulary_bytes);
  if (static_cast<std::size_t>(std::count(vocabulary.begin(), vocabulary.end(), '\n')) + 1 != rows) broken("tokens and rows differ in number");
  parts.vocabulary.reserve(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::string_view token = vocabulary.substr(0, vocabulary.find('\n'));
    parts.vocabulary.emplace_back(token);
    vocabulary.remove_prefix(std::min(vocabulary.size(), token.size() + 1));
  }
  for (const std::uint16_t scale : reader.array<std::uint16_t>(rows)) {
    if (scale > 0x7FFF) broken("a scale of more than 15 bit");
    parts.scales.push_back(scale);
  }
  parts.rows = reinterpret_cast<const std::uint8_t*>(reader.raw(rows * (parts.dimension / 2)).data());
  if (!reader.done()) broken("bytes after its end");
  return parts;
}

StaticTable::StaticTable(std::string_view bytes) : StaticTable(take_apart(bytes)) {}

StaticTable::StaticTable(Parts parts)
    : dimension_(parts.dimension), scales_(std::move(parts.scales)), rows_(parts.rows), tokens_(std::move(parts.vocabulary)) {
  scales_[tokens_.unknown()] = 0;
  is_word_.reserve(scales_.size());
  for (const std::string& token : tokens_.vocabulary()) is_word_.push_back(std::any_of(token.begin(), token.end(), is_of_a_word));
  is_word_[tokens_.unknown()] = false;
}

void StaticTable::add(std::span<const std::uint32_t> ids, std::span<std::int64_t> sum) const {
  if (std::none_of(ids.begin(), ids.end(), [this](std::uint32_t id) { return is_word_[id]; })) return;
  const std::size_t half = dimension_ / 2;
  std::vector<std::int32_t> part(dimension_);
  while (!ids.empty()) {
    const auto now = ids.first(std::min(ids.size(), kAtOnce - 1));
    ids = ids.subspan(now.size());
    for (const std::uint32_t id : now) add_row(rows_ + id * half, scales_[id], half, part.data());
    for (std::size_t i = 0; i < dimension_; ++i) sum[i] += std::exchange(part[i], 0);
  }
}

void StaticTable::read(std::uint32_t id, std::span<std::int16_t> levels) const {
  const std::size_t half = dimension_ / 2;
  const std::uint8_t* row = rows_ + id * half;
  for (std::size_t i = 0; i < half; ++i) {
    levels[i] = static_cast<std::int16_t>(low_level(row[i]));
    levels[i + half] = static_cast<std::int16_t>(high_level(row[i]));
  }
}

}  // namespace mnemic::embed
