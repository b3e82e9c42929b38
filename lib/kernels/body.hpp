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

typedef float Lanes __attribute__((vector_size(32), aligned(4)));

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

/// The table look-ups of 32 rows at a time by byte shuffle, as in "Cache locality is not enough: high-performance nearest
/// neighbor search with product quantization fast scan" (André, Kermarrec and Le Scouarnec, 2015).
/// The codes of a million rows come from main memory: asked for kAhead bytes before they are wanted, as the hardware stops
/// reading ahead at the end of every page, they arrive in three quarters of the time.
static void estimate(const std::uint8_t* signs, std::size_t blocks, std::size_t bytes, const std::uint8_t* tables, const float* factors,
                     float scale, float offset, float bias, float threshold, float* out,
                     std::uint32_t* above) {
  constexpr std::size_t kAhead = 6144;
  const __m256i nibble = _mm256_set1_epi8(0x0F);
  const __m256 vscale = _mm256_set1_ps(scale);
  const __m256 voffset = _mm256_set1_ps(offset);
  const __m256 vbias = _mm256_set1_ps(bias);
  const __m256 vthreshold = _mm256_set1_ps(threshold);
  for (std::size_t block = 0; block < blocks; ++block) {
    __m256i both = _mm256_setzero_si256();  // sums of even rows + 256 × sums of odd rows, modulo 2^16
    __m256i odd = _mm256_setzero_si256();
    for (std::size_t j = 0; j < bytes; ++j) {
      if (j % 2 == 0) __builtin_prefetch(signs + 32 * j + kAhead);
      const __m256i codes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(signs + 32 * j));
      const __m256i low_table = _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(tables + 32 * j)));
      const __m256i high_table = _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(tables + 32 * j + 16)));
      const __m256i low = _mm256_shuffle_epi8(low_table, _mm256_and_si256(codes, nibble));
      const __m256i high = _mm256_shuffle_epi8(high_table, _mm256_and_si256(_mm256_srli_epi16(codes, 4), nibble));
      const __m256i sum = _mm256_add_epi8(low, high);
      both = _mm256_add_epi16(both, sum);
      odd = _mm256_add_epi16(odd, _mm256_srli_epi16(sum, 8));
    }
    const __m256i even = _mm256_sub_epi16(both, _mm256_slli_epi16(odd, 8));
    const __m256i a = _mm256_unpacklo_epi16(even, odd);  // rows 0-7, 16-23
    const __m256i b = _mm256_unpackhi_epi16(even, odd);  // rows 8-15, 24-31
    const __m128i rows[4] = {_mm256_castsi256_si128(a), _mm256_castsi256_si128(b), _mm256_extracti128_si256(a, 1),
                             _mm256_extracti128_si256(b, 1)};
    std::uint32_t mask = 0;
    for (int i = 0; i < 4; ++i) {
      const __m256 sums = _mm256_cvtepi32_ps(_mm256_cvtepu16_epi32(rows[i]));
      const __m256 dots = _mm256_add_ps(_mm256_mul_ps(sums, vscale), voffset);
      const __m256 estimates = _mm256_add_ps(_mm256_mul_ps(dots, _mm256_loadu_ps(factors + 8 * i)), vbias);
      _mm256_storeu_ps(out + 8 * i, estimates);
      mask |= static_cast<std::uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(estimates, vthreshold, _CMP_GE_OQ))) << (8 * i);
    }
    above[block] = mask;
    signs += 32 * bytes;
    factors += 32;
    out += 32;
  }
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
