// SPDX-License-Identifier: Apache-2.0
// Bytes of a tail row; docs/file-format.md has the layout.
#include "storage/tail.hpp"

#include "core/bytes.hpp"

#include <algorithm>
#include <cmath>

namespace mnemic::storage {
namespace {

using core::ByteReader;
using core::ByteWriter;

constexpr std::uint64_t kQuestion = 1;  // flags of a tail row; unknown ones are ignored

/// As std::lround, which is a call for each value: halves away from zero.
std::int16_t rounded(double value) {
  const auto whole = static_cast<std::int32_t>(value);
  return static_cast<std::int16_t>(whole + static_cast<std::int32_t>((value - whole) * 2));  // exact: what is cut off, doubled
}

}  // namespace

std::vector<std::int16_t> encode_vector(std::span<const float> values) {
  double largest = 0;  // scaled first, so that huge and tiny values neither overflow nor vanish
  for (const float value : values) largest = std::max(largest, std::abs(static_cast<double>(value)));
  double squares = 0;
  for (const float value : values) squares += (value / largest) * (value / largest);
  const double scale = static_cast<double>(kCodeScale) / (largest * std::sqrt(squares));
  std::vector<std::int16_t> codes(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) codes[i] = rounded(values[i] * scale);
  return codes;
}

std::vector<float> decode_vector(std::span<const std::int16_t> codes) {
  std::vector<float> values;
  values.reserve(codes.size());
  for (const std::int16_t code : codes) values.push_back(static_cast<float>(code) / kCodeScale);
  return values;
}

std::string encode_terms(const Tail& tail) {
  ByteWriter out;
  out.varint(tail.length);
  out.varint(tail.question ? kQuestion : 0);
  out.varint(tail.terms.size());
  for (const auto& [term, count] : tail.terms) {
    out.value(term);
    out.varint(count);
  }
  return out.take();
}

std::string encode_vectors(const Tail& tail) {
  ByteWriter out;
  for (const CodedVector& vector : tail.vectors) {
    out.varint(vector.space);
    out.varint(vector.begin);
    out.varint(vector.end);
    out.varint(vector.codes.size());
    out.array<std::int16_t>(vector.codes);
  }
  return out.take();
}

void decode_terms(std::string_view bytes, Tail& tail) {
  tail.terms.clear();
  ByteReader in(bytes);
  tail.length = in.varint32();
  tail.question = (in.varint() & kQuestion) != 0;
  const std::size_t count = in.count(9);
  tail.terms.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto term = in.value<std::uint64_t>();
    tail.terms.push_back({term, in.varint32()});
  }
  if (!in.done()) ByteReader::broken();
}

void decode_vectors(std::string_view bytes, Tail& tail) {
  tail.vectors.clear();
  ByteReader in(bytes);
  while (!in.done()) {
    CodedVector& vector = tail.vectors.emplace_back();
    vector.space = in.varint32();
    vector.begin = in.varint32();
    vector.end = in.varint32();
    vector.codes = in.array<std::int16_t>(in.count(2));
  }
}

std::vector<SpaceId> spaces_of(std::string_view vectors) {
  std::vector<SpaceId> spaces;
  ByteReader in(vectors);
  while (!in.done()) {
    const SpaceId space = in.varint32();
    in.varint32();
    in.varint32();
    in.raw(in.count(2) * 2);
    if (std::find(spaces.begin(), spaces.end(), space) == spaces.end()) spaces.push_back(space);
  }
  return spaces;
}

}  // namespace mnemic::storage
