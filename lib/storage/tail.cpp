// SPDX-License-Identifier: Apache-2.0
// Bytes of a tail row. Little-endian; counts as LEB128 varints. docs/file-format.md has the layout.
#include "storage/tail.hpp"

#include "core/error.hpp"

#include <bit>
#include <cmath>
#include <cstring>

namespace mnemic::storage {
namespace {

constexpr std::uint64_t kQuestion = 1;  // flags of a tail row; unknown ones are ignored

void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

void put_fixed(std::string& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
}

void put_codes(std::string& out, std::span<const std::int16_t> codes) {
  if constexpr (std::endian::native == std::endian::little) {
    out.append(reinterpret_cast<const char*>(codes.data()), codes.size_bytes());
  } else {
    for (const std::int16_t code : codes) put_fixed(out, static_cast<std::uint16_t>(code), 2);
  }
}

/// As std::lround, which is a call for each value: halves away from zero.
std::int16_t rounded(double value) {
  const auto whole = static_cast<std::int32_t>(value);
  return static_cast<std::int16_t>(whole + static_cast<std::int32_t>((value - whole) * 2));  // exact: what is cut off, doubled
}

class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] bool done() const { return at_ == bytes_.size(); }
  [[nodiscard]] std::size_t left() const { return bytes_.size() - at_; }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<std::uint8_t>(fixed(1));
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    broken();
  }
  std::uint64_t fixed(std::size_t bytes) {
    if (left() < bytes) broken();
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
      value |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(bytes_[at_ + i])) << (8 * i);
    }
    at_ += bytes;
    return value;
  }
  [[noreturn]] static void broken() { core::fail(StatusCode::kCorruption, "a damaged index row"); }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

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
  std::string bytes;
  bytes.reserve(16 + 9 * tail.terms.size());
  put_varint(bytes, tail.length);
  put_varint(bytes, tail.question ? kQuestion : 0);
  put_varint(bytes, tail.terms.size());
  for (const auto& [term, count] : tail.terms) {
    put_fixed(bytes, term, 8);
    put_varint(bytes, count);
  }
  return bytes;
}

std::string encode_vectors(const Tail& tail) {
  std::string bytes;
  for (const auto& [space, codes] : tail.vectors) {
    put_varint(bytes, space);
    put_varint(bytes, codes.size());
    put_codes(bytes, codes);
  }
  return bytes;
}

void decode_terms(std::string_view bytes, Tail& tail) {
  tail.terms.clear();
  Cursor cursor(bytes);
  tail.length = static_cast<std::uint32_t>(cursor.varint());
  tail.question = (cursor.varint() & kQuestion) != 0;
  const std::uint64_t count = cursor.varint();
  if (count > cursor.left() / 9) Cursor::broken();
  tail.terms.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t term = cursor.fixed(8);
    tail.terms.push_back({term, static_cast<std::uint32_t>(cursor.varint())});
  }
  if (!cursor.done()) Cursor::broken();
}

void decode_vectors(std::string_view bytes, Tail& tail) {
  tail.vectors.clear();
  Cursor cursor(bytes);
  while (!cursor.done()) {
    CodedVector vector;
    vector.space = static_cast<SpaceId>(cursor.varint());
    const std::uint64_t dimension = cursor.varint();
    if (dimension > cursor.left() / 2) Cursor::broken();
    vector.codes.resize(dimension);
    for (std::int16_t& code : vector.codes) code = static_cast<std::int16_t>(cursor.fixed(2));
    tail.vectors.push_back(std::move(vector));
  }
}

}  // namespace mnemic::storage
