// SPDX-License-Identifier: Apache-2.0
// The kernels themselves, for the instruction set of the including file. Only built-in types and static functions: anything
// else compiled here might be picked by the linker for a machine that cannot run it.
#ifdef __AVX2__
#include <immintrin.h>
#endif

static std::int32_t dot(const std::int16_t* a, const std::int16_t* b, std::size_t dimension) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < dimension; ++i) sum += static_cast<std::int32_t>(a[i]) * b[i];
  return sum;
}

static std::int64_t dot_of_sums(const std::int32_t* a, const std::int16_t* b, std::size_t dimension) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < dimension; ++i) sum += static_cast<std::int64_t>(a[i]) * b[i];
  return sum;
}

using Lanes __attribute__((vector_size(32), aligned(4))) = float;

/// Eight neighbours: the first three steps, in registers.
static void hadamard_of_eights(float* values, std::size_t n) {
  const Lanes ones = {1, -1, 1, -1, 1, -1, 1, -1};
  const Lanes twos = {1, 1, -1, -1, 1, 1, -1, -1};
  const Lanes fours = {1, 1, 1, 1, -1, -1, -1, -1};
  for (std::size_t i = 0; i < n; i += 8) {
    Lanes* place = reinterpret_cast<Lanes*>(values + i);
    Lanes v = *place;
    v = __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6) + v * ones;
    v = __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5) + v * twos;
    v = __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3) + v * fours;
    *place = v;
  }
}

static void hadamard(float* values, std::size_t n, float scale) {
  hadamard_of_eights(values, n);
  for (std::size_t half = 8; half < n; half *= 2) {
    for (std::size_t start = 0; start < n; start += 2 * half) {
      float* low = values + start;
      float* high = low + half;
      for (std::size_t i = 0; i < half; i += 8) {
        const Lanes a = *reinterpret_cast<const Lanes*>(low + i);
        const Lanes b = *reinterpret_cast<const Lanes*>(high + i);
        *reinterpret_cast<Lanes*>(low + i) = a + b;
        *reinterpret_cast<Lanes*>(high + i) = a - b;
      }
    }
  }
  for (std::size_t i = 0; i < n; ++i) values[i] *= scale;
}

#ifdef __AVX2__

/// What one byte of 32 rows adds to the sums of its two nibbles.
struct Tables {
  __m256i low;
  __m256i high;
};

static inline Tables tables_of(const std::uint8_t* entries) {
  return {_mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(entries))),
          _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(entries + 16)))};
}

/// Sums of 32 rows, 16 bits each.
struct Sums {
  __m256i both;  // even rows + 256 × odd rows, modulo 2^16
  __m256i odd;
};

static inline void add(Sums& sums, const std::uint8_t* signs, const Tables& tables) {
  const __m256i nibble = _mm256_set1_epi8(0x0F);
  const __m256i codes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(signs));
  const __m256i low = _mm256_shuffle_epi8(tables.low, _mm256_and_si256(codes, nibble));
  const __m256i high = _mm256_shuffle_epi8(tables.high, _mm256_and_si256(_mm256_srli_epi16(codes, 4), nibble));
  const __m256i sum = _mm256_add_epi8(low, high);
  sums.both = _mm256_add_epi16(sums.both, sum);
  sums.odd = _mm256_add_epi16(sums.odd, _mm256_srli_epi16(sum, 8));
}

/// From the sums of 32 rows to their estimates.
struct Line {
  __m256 scale;
  __m256 offset;
  __m256 bias;
  __m256 threshold;
};

static inline std::uint32_t estimates_of(const Sums& sums, const Line& line, const float* factors, float* out) {
  const __m256i even = _mm256_sub_epi16(sums.both, _mm256_slli_epi16(sums.odd, 8));
  const __m256i a = _mm256_unpacklo_epi16(even, sums.odd);  // rows 0-7, 16-23
  const __m256i b = _mm256_unpackhi_epi16(even, sums.odd);  // rows 8-15, 24-31
  const __m128i rows[4] = {_mm256_castsi256_si128(a), _mm256_castsi256_si128(b), _mm256_extracti128_si256(a, 1),
                           _mm256_extracti128_si256(b, 1)};
  std::uint32_t mask = 0;
  for (int i = 0; i < 4; ++i) {
    const __m256 whole = _mm256_cvtepi32_ps(_mm256_cvtepu16_epi32(rows[i]));
    const __m256 dots = _mm256_add_ps(_mm256_mul_ps(whole, line.scale), line.offset);
    const __m256 estimates = _mm256_add_ps(_mm256_mul_ps(dots, _mm256_loadu_ps(factors + 8 * i)), line.bias);
    _mm256_storeu_ps(out + 8 * i, estimates);
    mask |= static_cast<std::uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(estimates, line.threshold, _CMP_GE_OQ))) << (8 * i);
  }
  return mask;
}

/// The table look-ups of 32 rows at a time by byte shuffle, as in "Cache locality is not enough: high-performance nearest
/// neighbor search with product quantization fast scan" (André, Kermarrec and Le Scouarnec, 2015); two blocks share the loads of
/// the tables. The codes of a million rows come from main memory: asked for kAhead bytes before they are wanted, as the hardware
/// stops reading ahead at the end of every page.
static void estimate(const std::uint8_t* signs, std::size_t blocks, std::size_t bytes, const std::uint8_t* tables, const float* factors,
                     float scale, float offset, float bias, float threshold, float* out,
                     std::uint32_t* above) {
  constexpr std::size_t kAhead = 6144;
  const Line line{_mm256_set1_ps(scale), _mm256_set1_ps(offset), _mm256_set1_ps(bias), _mm256_set1_ps(threshold)};
  const Sums zero{_mm256_setzero_si256(), _mm256_setzero_si256()};
  const std::size_t block_bytes = 32 * bytes;
  std::size_t block = 0;
  for (; block + 1 < blocks; block += 2) {
    Sums first = zero;
    Sums second = zero;
    for (std::size_t j = 0; j < bytes; ++j) {
      __builtin_prefetch(signs + 64 * j + kAhead);
      const Tables entries = tables_of(tables + 32 * j);
      add(first, signs + 32 * j, entries);
      add(second, signs + block_bytes + 32 * j, entries);
    }
    above[block] = estimates_of(first, line, factors, out);
    above[block + 1] = estimates_of(second, line, factors + 32, out + 32);
    signs += 2 * block_bytes;
    factors += 64;
    out += 64;
  }
  if (block == blocks) return;
  Sums last = zero;
  for (std::size_t j = 0; j < bytes; ++j) add(last, signs + 32 * j, tables_of(tables + 32 * j));
  above[block] = estimates_of(last, line, factors, out);
}

#else

static void estimate(const std::uint8_t* signs, std::size_t blocks, std::size_t bytes, const std::uint8_t* tables, const float* factors,
                     float scale, float offset, float bias, float threshold, float* out,
                     std::uint32_t* above) {
  for (std::size_t block = 0; block < blocks; ++block) {
    std::uint16_t sums[32] = {};
    for (std::size_t j = 0; j < bytes; ++j) {
      const std::uint8_t* low = tables + 32 * j;
      const std::uint8_t* high = low + 16;
      for (std::size_t row = 0; row < 32; ++row) {
        const std::uint8_t code = signs[32 * j + row];
        sums[row] = static_cast<std::uint16_t>(sums[row] + low[code & 15] + high[code >> 4]);
      }
    }
    std::uint32_t mask = 0;
    for (std::size_t row = 0; row < 32; ++row) {
      const float dots = static_cast<float>(sums[row]) * scale + offset;
      out[row] = dots * factors[row] + bias;
      mask |= static_cast<std::uint32_t>(out[row] >= threshold) << row;
    }
    above[block] = mask;
    signs += 32 * bytes;
    factors += 32;
    out += 32;
  }
}

#endif
