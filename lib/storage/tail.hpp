// SPDX-License-Identifier: Apache-2.0
// The tail row of one version: its terms with frequencies and its vectors, as bytes.
#pragma once

#include "storage/record.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mnemic::storage {

/// A term (64-bit hash, text/tokenizer.hpp) and how often it occurs.
struct TermCount {
  std::uint64_t term = 0;
  std::uint32_t count = 0;
};

/// A unit vector in 16-bit fixed point: component × 32767, rounded. The dot product of two such vectors fits 32 bits in
/// every partial sum (Cauchy-Schwarz), so it is exact and the same in any order of summation.
struct CodedVector {
  SpaceId space = 0;
  std::vector<std::int16_t> codes;
  std::uint32_t begin = 0;  // of what part of the text, in bytes: [begin, end); 0, 0: of all of it
  std::uint32_t end = 0;
};

struct Tail {
  std::uint32_t length = 0;      // terms, repetitions included
  bool question = false;         // the text holds a question mark
  std::vector<TermCount> terms;  // by term, ascending
  std::vector<CodedVector> vectors;  // of a space none, one of the whole text, or that and one for each passage
};

inline constexpr float kCodeScale = 32767.0F;

/// Normalises and codes. The values are finite and not all zero.
std::vector<std::int16_t> encode_vector(std::span<const float> values);
std::vector<float> decode_vector(std::span<const std::int16_t> codes);

std::string encode_terms(const Tail& tail);
std::string encode_vectors(const Tail& tail);
/// @throws StatusError kCorruption when the bytes are not what `encode_*` makes.
void decode_terms(std::string_view bytes, Tail& tail);
void decode_vectors(std::string_view bytes, Tail& tail);
/// The spaces that have vectors there, each once, without reading the vectors.
std::vector<SpaceId> spaces_of(std::string_view vectors);

}  // namespace mnemic::storage
