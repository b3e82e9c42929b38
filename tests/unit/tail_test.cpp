// SPDX-License-Identifier: Apache-2.0
// Bytes of a tail row, and vectors in fixed point.
#include "storage/tail.hpp"

#include "core/bytes.hpp"
#include "core/error.hpp"

#include <cfloat>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/random.hpp"

using namespace mnemic;
using namespace mnemic::storage;

namespace {

constexpr auto kMaxTerm = std::numeric_limits<std::uint64_t>::max();

void check_equal(const Tail& a, const Tail& b) {
  CHECK(a.length == b.length);
  CHECK(a.question == b.question);
  REQUIRE(a.terms.size() == b.terms.size());
  for (std::size_t i = 0; i < a.terms.size(); ++i) {
    CHECK(a.terms[i].term == b.terms[i].term);
    CHECK(a.terms[i].count == b.terms[i].count);
  }
  REQUIRE(a.vectors.size() == b.vectors.size());
  for (std::size_t i = 0; i < a.vectors.size(); ++i) {
    CHECK(a.vectors[i].space == b.vectors[i].space);
    CHECK(a.vectors[i].codes == b.vectors[i].codes);
    CHECK(a.vectors[i].begin == b.vectors[i].begin);
    CHECK(a.vectors[i].end == b.vectors[i].end);
  }
}

Tail round_trip(const Tail& tail) {
  Tail back;
  decode_terms(encode_terms(tail), back);
  decode_vectors(encode_vectors(tail), back);
  return back;
}

Tail sample() {
  Tail tail;
  tail.length = 300;
  tail.question = true;
  tail.terms = {{1, 1}, {0x0102030405060708, 127}, {0xffff'ffff'ffff'fff0, 128}, {kMaxTerm, 0xffff'ffff}};
  tail.vectors = {{1, {32767, -32767, 0}}, {4'000'000'000U, {1, -1, 255, 256, -256}}, {1, {3, 2, 1}, 17, 300}};
  return tail;
}

/// True when decoding worked; a failure must be kCorruption.
template <typename Decode>
bool decodes(Decode decode, std::string_view bytes) {
  Tail tail;
  try {
    decode(bytes, tail);
    return true;
  } catch (const core::StatusError& error) {
    if (error.status().code() != StatusCode::kCorruption) FAIL(error.status().to_string());
    return false;
  }
}

double norm(const std::vector<std::int16_t>& codes) {
  double squares = 0;
  for (const std::int16_t code : codes) squares += static_cast<double>(code) * code;
  return std::sqrt(squares) / 32767.0;
}

}  // namespace

TEST_CASE("tail: comes back as it was", "[tail]") {
  check_equal(round_trip(sample()), sample());
  check_equal(round_trip(Tail{}), Tail{});
  Tail terms_only;
  terms_only.length = std::numeric_limits<std::uint32_t>::max();
  check_equal(round_trip(terms_only), terms_only);
}

TEST_CASE("tail: its bytes are written down", "[tail]") {
  Tail tail;
  tail.length = 300;
  tail.question = true;
  tail.terms = {{0x0102030405060708, 2}};
  tail.vectors = {{5, {1, -2}}};
  CHECK(encode_terms(tail) == std::string("\xAC\x02\x01\x01\x08\x07\x06\x05\x04\x03\x02\x01\x02", 13));
  CHECK(encode_vectors(tail) == std::string("\x05\x00\x00\x02\x01\x00\xFE\xFF", 8));
  CHECK(encode_vectors(Tail{}).empty());
}

TEST_CASE("tail: an unknown flag is ignored", "[tail]") {
  Tail tail;
  decode_terms(std::string("\x01\x02\x00", 3), tail);
  CHECK_FALSE(tail.question);
  decode_terms(std::string("\x01\x7f\x00", 3), tail);
  CHECK(tail.question);
}

TEST_CASE("tail: random ones come back", "[tail]") {
  test::Random random(11);
  for (int i = 0; i < 300; ++i) {
    Tail tail;
    tail.length = static_cast<std::uint32_t>(random.next());
    tail.question = random.chance(50);
    for (std::size_t n = random.below(40); n > 0; --n) tail.terms.push_back({random.next(), static_cast<std::uint32_t>(random.next())});
    for (std::size_t n = random.below(3); n > 0; --n) {
      CodedVector vector{static_cast<SpaceId>(random.next()), {}};
      for (std::size_t d = random.below(50); d > 0; --d) vector.codes.push_back(static_cast<std::int16_t>(random.next()));
      tail.vectors.push_back(vector);
    }
    check_equal(round_trip(tail), tail);
  }
}

TEST_CASE("tail: cut anywhere it is damaged, never a crash", "[tail]") {
  const std::string terms = encode_terms(sample());
  for (std::size_t n = 0; n < terms.size(); ++n) CHECK_FALSE(decodes(decode_terms, std::string_view(terms).substr(0, n)));
  CHECK_FALSE(decodes(decode_terms, terms + '\0'));

  const std::string vectors = encode_vectors(sample());
  std::size_t whole = 0;  // cutting between two vectors, or before all, leaves a shorter list
  for (std::size_t n = 0; n < vectors.size(); ++n) whole += decodes(decode_vectors, std::string_view(vectors).substr(0, n)) ? 1 : 0;
  CHECK(whole == 3);
}

TEST_CASE("tail: claims of absurd size are damage, and allocate nothing", "[tail]") {
  const std::string huge = "\xff\xff\xff\xff\xff\xff\xff\xff\x7f";
  CHECK_FALSE(decodes(decode_terms, "\x01\x01" + huge));
  CHECK_FALSE(decodes(decode_vectors, "\x01" + huge));
  CHECK_FALSE(decodes(decode_vectors, "\x01" + huge + "\x01\x02"));
  CHECK_FALSE(decodes(decode_terms, std::string(11, '\xff')));  // a varint without end
  CHECK_FALSE(decodes(decode_vectors, std::string(11, '\x80')));
}

TEST_CASE("tail: random and spoilt bytes decode or are damage", "[tail]") {
  test::Random random(12);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes;
    for (std::size_t n = random.below(64); n > 0; --n) bytes += static_cast<char>(random.chance(30) ? 0 : random.next());
    (void)decodes(decode_terms, bytes);
    (void)decodes(decode_vectors, bytes);
  }
  const std::string terms = encode_terms(sample()), vectors = encode_vectors(sample());
  for (int i = 0; i < 5000; ++i) {
    std::string t = terms, v = vectors;
    t[random.below(t.size())] = static_cast<char>(random.next());
    v[random.below(v.size())] = static_cast<char>(random.next());
    (void)decodes(decode_terms, t);
    (void)decodes(decode_vectors, v);
  }
}

TEST_CASE("vectors: every code is what std::lround says", "[tail]") {
  test::Random random(15);
  for (int round = 0; round < 2000; ++round) {
    std::vector<float> values(1 + random.below(400));
    for (float& value : values) value = static_cast<float>(static_cast<double>(random.next() % 65535) - 32767.0);
    values.front() = 1.0F;
    double largest = 0, squares = 0;
    for (const float value : values) largest = std::max(largest, std::abs(static_cast<double>(value)));
    for (const float value : values) squares += (value / largest) * (value / largest);
    const double scale = 32767.0 / (largest * std::sqrt(squares));
    const auto codes = encode_vector(values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (codes[i] != std::lround(values[i] * scale)) FAIL("value " << values[i] << " of " << values.size());
    }
  }
}

TEST_CASE("vectors: coded to unit length", "[tail]") {
  using Values = std::vector<float>;
  const Values values = GENERATE(
      Values{1.0F}, Values{-1.0F}, Values{FLT_MAX}, Values{-FLT_MAX}, Values{FLT_MIN}, Values{FLT_TRUE_MIN},
      Values{-FLT_TRUE_MIN}, Values{FLT_MAX, FLT_MAX}, Values{FLT_TRUE_MIN, FLT_TRUE_MIN}, Values{FLT_MAX, FLT_TRUE_MIN},
      Values{3, 4}, Values{0, 0, -5}, Values(4096, FLT_MAX), Values(4096, FLT_TRUE_MIN), Values(4096, -1e-20F),
      Values(4096, 0.25F), Values{1e30F, 1e-30F, 1e30F});
  const auto codes = encode_vector(values);
  REQUIRE(codes.size() == values.size());
  CHECK(norm(codes) == Approx(1.0).margin(32.0 / 32767));  // half a step per component, 4096 of them
  double squares = 0;
  double largest = 0;
  for (const float value : values) largest = std::max(largest, std::abs(static_cast<double>(value)));
  for (const float value : values) squares += (value / largest) * (value / largest);
  const auto back = decode_vector(codes);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double want = values[i] / largest / std::sqrt(squares);
    if (std::abs(back[i] - want) > 2e-5) FAIL("component " << i << ": " << back[i] << ", not " << want);
  }
}

TEST_CASE("vectors: one dimension is its sign", "[tail]") {
  CHECK(encode_vector(std::vector<float>{0.001F}) == std::vector<std::int16_t>{32767});
  CHECK(encode_vector(std::vector<float>{-7}) == std::vector<std::int16_t>{-32767});
  CHECK(decode_vector(std::vector<std::int16_t>{-32767, 0}) == std::vector<float>{-1.0F, 0.0F});
}

TEST_CASE("vectors: coding what was decoded changes nothing by more than a step", "[tail]") {
  test::Random random(13);
  for (int i = 0; i < 200; ++i) {
    std::vector<float> values(1 + random.below(500));
    for (float& value : values) value = static_cast<float>(random.between(-1'000'000, 1'000'000)) / 1000.0F;
    values[0] += 1;
    const auto once = encode_vector(values);
    const auto twice = encode_vector(decode_vector(once));
    for (std::size_t d = 0; d < once.size(); ++d) {
      if (std::abs(once[d] - twice[d]) > 1) FAIL("dimension " << values.size());
    }
  }
}

// The claim of tail.hpp: every partial sum of a dot product fits 32 bits, so that its order does not matter.
TEST_CASE("vectors: dot products are exact in 32 bits", "[tail]") {
  test::Random random(14);
  for (const std::size_t dimension : {1, 2, 3, 64, 384, 4095, 4096}) {
    for (int shape = 0; shape < 6; ++shape) {
      std::vector<float> values(dimension);
      for (std::size_t i = 0; i < dimension; ++i) {
        const float noise = static_cast<float>(random.between(-1000, 1000)) / 1000.0F;
        // All equal; rounding always up (a component just above a half step); signs mixed; random; spiked.
        values[i] = shape == 0   ? 1.0F
                    : shape == 1 ? (i % 2 == 0 ? 1.0F : 1.0F + 1.0F / 512)
                    : shape == 2 ? (i % 2 == 0 ? 1.0F : -1.0F)
                    : shape == 3 ? noise
                    : shape == 4 ? (i == 0 ? 100.0F : noise)
                                 : FLT_MAX * noise;
      }
      values[0] = values[0] == 0 ? 1.0F : values[0];
      const auto codes = encode_vector(values);
      std::int64_t positive = 0;  // the largest partial sum any order can reach
      for (const std::int16_t code : codes) positive += std::int64_t{code} * code;
      CHECK(positive <= std::numeric_limits<std::int32_t>::max());
    }
  }
}

// They were cut to their low 32 bits once.
TEST_CASE("tail: numbers beyond 32 bits are damage", "[tail]") {
  const auto terms = [](std::string_view bytes, Tail& tail) { decode_terms(bytes, tail); };
  const auto vectors = [](std::string_view bytes, Tail& tail) { decode_vectors(bytes, tail); };
  core::ByteWriter length;
  length.varint(std::uint64_t{1} << 32);
  length.varint(0);
  length.varint(0);
  CHECK_FALSE(decodes(terms, length.take()));
  for (int wide = 0; wide < 4; ++wide) {
    core::ByteWriter out;  // one vector of one number; space, begin and end in front of it
    for (int field = 0; field < 3; ++field) out.varint(field == wide ? (std::uint64_t{1} << 32) + 1 : 1);
    out.varint(1);
    out.value(std::int16_t{32767});
    const std::string bytes = out.take();
    CHECK(decodes(vectors, bytes) == (wide == 3));
    CHECK(decodes([](std::string_view of, Tail&) { (void)spaces_of(of); }, bytes) == (wide == 3));
  }
}
