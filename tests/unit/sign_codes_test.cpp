// SPDX-License-Identifier: Apache-2.0
// Rotations, and how near the estimates of sign codes come to the dot products.
#include "index/sign_codes.hpp"

#include "kernels/kernels.hpp"
#include "storage/tail.hpp"
#include "support/catch.hpp"
#include "support/random.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

using namespace mnemic;
using namespace mnemic::test;
using index::Estimates;
using index::Rotation;
using index::SignCodes;
using index::SignQuery;

namespace {

constexpr std::array<std::size_t, 10> kDimensions{1, 7, 63, 64, 65, 383, 384, 1536, 1537, 4096};

/// About normal: a sum of twelve.
float normal(Random& random) {
  double sum = -6;
  for (int n = 0; n < 12; ++n) sum += static_cast<double>(random.next() >> 11) * 0x1p-53;
  return static_cast<float>(sum);
}

std::vector<float> direction(Random& random, std::size_t dimension) {
  std::vector<float> values(dimension);
  for (auto& value : values) value = normal(random);
  return values;
}

std::vector<std::int16_t> unit(Random& random, std::size_t dimension) {
  return storage::encode_vector(direction(random, dimension));
}

double dot_of(const auto& a, const auto& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}
double length_of(const auto& a) { return std::sqrt(dot_of(a, a)); }

std::vector<float> rotated(const Rotation& rotation, const auto& values) {
  std::vector<float> out(rotation.width(), 0.0F);
  for (std::size_t i = 0; i < values.size(); ++i) out[i] = static_cast<float>(values[i]);
  rotation.apply(out.data());
  return out;
}

/// What the rotation makes equal in every component: each nibble of its table is as wide as the widest.
std::vector<std::int16_t> evenly_spread(std::size_t dimension) {
  const Rotation& rotation = index::rotation_for(dimension);
  std::vector<float> values(dimension);
  std::vector<float> axis(dimension, 0.0F);
  for (std::size_t i = 0; i < dimension; ++i) {
    axis[i] = 1;
    const auto spread = rotated(rotation, axis);
    values[i] = std::accumulate(spread.begin(), spread.end(), 0.0F);
    axis[i] = 0;
  }
  return storage::encode_vector(values);
}

/// Rows and their codes.
struct Coded {
  std::size_t dimension;
  std::vector<std::vector<std::int16_t>> rows;
  std::vector<std::int32_t> sum;
  SignCodes signs;

  Coded(std::size_t d, std::vector<std::vector<std::int16_t>> all) : dimension(d), rows(std::move(all)), sum(d) {
    std::vector<std::int16_t> codes;
    for (const auto& row : rows) {
      codes.insert(codes.end(), row.begin(), row.end());
      for (std::size_t i = 0; i < dimension; ++i) sum[i] += row[i];
    }
    signs.build(codes, sum);
  }
  [[nodiscard]] double mean_dot(const std::vector<std::int16_t>& query) const {
    return dot_of(sum, query) / static_cast<double>(rows.size());
  }
  /// The row less the mean of all.
  [[nodiscard]] std::vector<float> residual(std::size_t row) const {
    std::vector<float> values(dimension);
    for (std::size_t i = 0; i < dimension; ++i)
      values[i] = static_cast<float>(rows[row][i] - static_cast<double>(sum[i]) / static_cast<double>(rows.size()));
    return values;
  }
  [[nodiscard]] std::vector<float> estimate(const std::vector<std::int16_t>& query, Estimates& out,
                                            float threshold = -1e30F) const {
    signs.estimate(SignQuery(query), static_cast<float>(mean_dot(query)), threshold, out);
    REQUIRE(out.dots.size() == (rows.size() + 31) / 32 * 32);
    REQUIRE(out.above.size() == out.dots.size() / 32);
    return {out.dots.begin(), out.dots.begin() + static_cast<std::ptrdiff_t>(rows.size())};
  }
};

Coded random_rows(Random& random, std::size_t dimension, std::size_t count) {
  std::vector<std::vector<std::int16_t>> rows;
  for (std::size_t n = 0; n < count; ++n) rows.push_back(unit(random, dimension));
  return {dimension, std::move(rows)};
}

/// Equation 13 of the paper in doubles, with the query unrounded.
double by_the_paper(const Coded& coded, const std::vector<std::int16_t>& query, std::size_t row) {
  const Rotation rotation(coded.dimension);
  const auto o = rotated(rotation, coded.residual(row));
  const auto q = rotated(rotation, query);
  double absolutes = 0;
  double signs = 0;
  for (std::size_t i = 0; i < o.size(); ++i) {
    absolutes += std::abs(o[i]);
    signs += o[i] > 0 ? q[i] : -static_cast<double>(q[i]);
  }
  return coded.mean_dot(query) + (absolutes > 0 ? dot_of(o, o) / absolutes * signs : 0);
}

/// Errors of the estimates, in lengths of residual times query; and how many times the bound of the paper they are
/// (theorem 3.2, with ε0 = 1).
struct Errors {
  double mean = 0;
  double root_mean_square = 0;
  std::vector<double> of_bound;
};

Errors errors_of(const Coded& coded, const std::vector<std::vector<std::int16_t>>& queries, bool nearest_only) {
  const Rotation rotation(coded.dimension);
  const auto width = static_cast<double>(rotation.width());
  Errors errors;
  std::size_t n = 0;
  for (std::size_t which = 0; which < queries.size(); ++which) {
    const auto& query = queries[which];
    Estimates out;
    const auto dots = coded.estimate(query, out);
    for (std::size_t row = 0; row < dots.size(); ++row) {
      if (nearest_only && row != which) continue;
      const auto residual = coded.residual(row);
      const double scale = length_of(residual) * length_of(query);
      const double error = (dots[row] - dot_of(coded.rows[row], query)) / scale;
      double absolutes = 0;
      for (const float value : rotated(rotation, residual)) absolutes += std::abs(value);
      const double overlap = absolutes / std::sqrt(width) / length_of(residual);  // of the code with what it codes
      errors.of_bound.push_back(std::abs(error) / std::sqrt((1 - overlap * overlap) / (overlap * overlap) / (width - 1)));
      errors.mean += error;
      errors.root_mean_square += error * error;
      ++n;
    }
  }
  errors.mean /= static_cast<double>(n);
  errors.root_mean_square = std::sqrt(errors.root_mean_square / static_cast<double>(n));
  return errors;
}

/// Queries whose cosine with the row of the same number is about .7.
std::vector<std::vector<std::int16_t>> near_rows(Random& random, const Coded& coded) {
  std::vector<std::vector<std::int16_t>> queries;
  for (const auto& row : coded.rows) {
    auto values = direction(random, coded.dimension);
    const double length = length_of(values);
    for (std::size_t i = 0; i < coded.dimension; ++i) values[i] = static_cast<float>(values[i] / length + row[i] / 32767.0);
    queries.push_back(storage::encode_vector(values));
  }
  return queries;
}

}  // namespace

TEST_CASE("rotation: keeps lengths and angles", "[sign_codes]") {
  Random random(61);
  for (const std::size_t dimension : kDimensions) {
    INFO("dimension " << dimension);
    const Rotation rotation(dimension);
    REQUIRE(rotation.width() % 64 == 0);
    REQUIRE(rotation.width() >= dimension);
    REQUIRE(rotation.width() < dimension + 64);
    for (int n = 0; n < 10; ++n) {
      const auto a = direction(random, dimension), b = direction(random, dimension);
      const auto ra = rotated(rotation, a), rb = rotated(rotation, b);
      REQUIRE(length_of(ra) == Approx(length_of(a)).epsilon(1e-5));
      REQUIRE(std::abs(dot_of(ra, rb) - dot_of(a, b)) < 1e-5 * length_of(a) * length_of(b));
    }
  }
}

TEST_CASE("rotation: is the same for equal dimensions, everywhere", "[sign_codes]") {
  Random random(62);
  for (const std::size_t dimension : kDimensions) {
    INFO("dimension " << dimension);
    CHECK(&index::rotation_for(dimension) == &index::rotation_for(dimension));
    const auto values = direction(random, dimension);
    const auto one = rotated(Rotation(dimension), values), other = rotated(index::rotation_for(dimension), values);
    CHECK(std::equal(one.begin(), one.end(), other.begin(),
                     [](float a, float b) { return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b); }));
  }
}

TEST_CASE("rotation: spreads what stands in one component, and zeros stay zeros", "[sign_codes]") {
  for (const std::size_t dimension : kDimensions) {
    const Rotation rotation(dimension);
    const double even = 1 / std::sqrt(static_cast<double>(rotation.width()));
    for (const std::size_t place : {std::size_t{0}, dimension / 2, dimension - 1}) {
      INFO("dimension " << dimension << ", component " << place);
      std::vector<float> axis(dimension, 0.0F);
      axis[place] = 1;
      const auto spread = rotated(rotation, axis);
      double largest = 0;
      double absolutes = 0;
      for (const float value : spread) {
        largest = std::max(largest, std::abs(static_cast<double>(value)));
        absolutes += std::abs(value);
      }
      CHECK(largest < 6 * even);
      CHECK(absolutes * even > 0.7);  // √(2/π) = .80 for random directions, 1 when all are equal
    }
    for (const float value : rotated(rotation, std::vector<float>(dimension, 0.0F))) REQUIRE(value == 0);
  }
}

TEST_CASE("sign query: what a row adds up fits the kernel at every dimension", "[sign_codes]") {
  Random random(63);
  for (const std::size_t dimension : kDimensions) {
    std::vector<std::vector<std::int16_t>> queries = {unit(random, dimension), std::vector<std::int16_t>(dimension)};
    queries.push_back(storage::encode_vector(std::vector<float>(dimension, 1.0F)));
    std::vector<float> axis(dimension, 0.0F);
    axis.back() = -1;
    queries.push_back(storage::encode_vector(axis));
    queries.push_back(evenly_spread(dimension));
    for (const auto& query : queries) {
      INFO("dimension " << dimension);
      const SignQuery signs(query);
      const auto values = rotated(index::rotation_for(dimension), query);
      REQUIRE(signs.tables.size() == values.size() / 4 * 16);
      std::size_t most = 0;
      for (std::size_t nibble = 0; nibble < values.size() / 4; ++nibble) {
        const auto first = signs.tables.begin() + static_cast<std::ptrdiff_t>(16 * nibble);
        const std::uint8_t highest = *std::max_element(first, first + 16);
        REQUIRE(highest <= 127);
        most += highest;
      }
      REQUIRE(most <= 65535);
      // Scaled back, a path through the tables is the sum of the components by its signs, within half a step for each.
      for (int n = 0; n < 20; ++n) {
        double sum = 0;
        double want = 0;
        for (std::size_t nibble = 0; nibble < values.size() / 4; ++nibble) {
          const std::size_t code = random.below(16);
          sum += signs.tables[16 * nibble + code];
          for (std::size_t i = 0; i < 4; ++i) want += (code >> i & 1) != 0 ? values[4 * nibble + i] : -values[4 * nibble + i];
        }
        const double steps = 0.5 * static_cast<double>(values.size()) / 4;
        REQUIRE(std::abs(sum * signs.scale + signs.offset - want) <= steps * signs.scale * 1.001 + 1);
      }
    }
  }
}

TEST_CASE("sign codes: every row's estimate is the paper's, whatever the number of rows", "[sign_codes]") {
  Random random(64);
  Estimates out;  // one for all: nothing of a larger chunk is left
  for (const std::size_t dimension : {std::size_t{7}, std::size_t{64}, std::size_t{383}, std::size_t{1537}}) {
    for (const std::size_t count : {65, 64, 33, 32, 31, 2, 1}) {
      INFO("dimension " << dimension << ", " << count << " rows");
      const Coded coded = random_rows(random, dimension, count);
      REQUIRE(coded.signs.rows() == count);
      const auto query = unit(random, dimension);
      const auto dots = coded.estimate(query, out);
      for (std::size_t row = 0; row < count; ++row) {
        const double scale = length_of(coded.residual(row)) * length_of(query);
        REQUIRE(std::abs(dots[row] - by_the_paper(coded, query, row)) <= 0.01 * scale + 1e-6 * 32767 * 32767);
      }
    }
  }
}

TEST_CASE("sign codes: the bits above are those of the rows that reach the threshold", "[sign_codes]") {
  Random random(65);
  const Coded coded = random_rows(random, 100, 70);
  const auto query = unit(random, 100);
  Estimates out;
  const auto dots = coded.estimate(query, out);
  for (const float threshold : {dots[0], dots[69], *std::max_element(dots.begin(), dots.end()), 1e30F}) {
    REQUIRE(coded.estimate(query, out, threshold) == dots);
    for (std::size_t row = 0; row < dots.size(); ++row)
      REQUIRE((out.above[row / 32] >> (row % 32) & 1) == (dots[row] >= threshold ? 1 : 0));
  }
}

TEST_CASE("sign codes: estimates are unbiased, of far rows and of near ones", "[sign_codes]") {
  Random random(66);
  for (const std::size_t dimension : {std::size_t{64}, std::size_t{384}, std::size_t{1537}}) {
    const Coded coded = random_rows(random, dimension, 400);
    std::vector<std::vector<std::int16_t>> far;
    for (int n = 0; n < 20; ++n) far.push_back(unit(random, dimension));
    const double deviation = 0.76 / std::sqrt(static_cast<double>(dimension));
    const Errors of_far = errors_of(coded, far, false), of_near = errors_of(coded, near_rows(random, coded), true);
    INFO("dimension " << dimension << ": mean errors " << of_far.mean << " and " << of_near.mean << ", deviation of one "
                      << deviation);
    CHECK(std::abs(of_far.mean) < 5 * deviation / std::sqrt(400.0));  // the rows are the same for every query
    CHECK(std::abs(of_near.mean) < 5 * deviation / std::sqrt(400.0));
  }
}

TEST_CASE("sign codes: errors stay within the paper's bound and fall with the root of the dimension", "[sign_codes]") {
  Random random(67);
  double before = 0;
  for (const std::size_t dimension : {std::size_t{64}, std::size_t{256}, std::size_t{1024}, std::size_t{4096}}) {
    const Coded coded = random_rows(random, dimension, 200);
    const Errors errors = errors_of(coded, near_rows(random, coded), true);
    const auto share = [&](double epsilon) {
      return static_cast<double>(
                 std::count_if(errors.of_bound.begin(), errors.of_bound.end(), [&](double e) { return e > epsilon; })) /
             200;
    };
    INFO("dimension " << dimension << ": " << errors.root_mean_square << ", beyond 2 and 4 bounds " << share(2) << " "
                      << share(4));
    CHECK(share(2) <= 0.10);
    CHECK(share(4) == 0);
    if (before > 0) CHECK(errors.root_mean_square < 0.62 * before);  // .5 when the dimension is four times as many
    before = errors.root_mean_square;
  }
}

TEST_CASE("sign codes: odd dimensions are as near as their width allows", "[sign_codes]") {
  Random random(68);
  for (const std::size_t dimension : {std::size_t{7}, std::size_t{383}, std::size_t{1537}}) {
    const Coded coded = random_rows(random, dimension, 200);
    const Errors errors = errors_of(coded, near_rows(random, coded), true);
    const auto width = static_cast<double>(Rotation(dimension).width());
    INFO("dimension " << dimension << ": " << errors.root_mean_square * std::sqrt(width));
    CHECK(errors.root_mean_square < 1.1 / std::sqrt(width));
  }
}

TEST_CASE("sign codes: a row that is the mean is its product with the query", "[sign_codes]") {
  Random random(69);
  for (const std::size_t dimension : kDimensions) {
    for (const std::size_t count : {1, 2, 33, 4096}) {
      if (count > 33 && dimension > 384) continue;
      INFO("dimension " << dimension << ", " << count << " rows");
      const auto row = unit(random, dimension), query = unit(random, dimension);
      const Coded coded(dimension, std::vector<std::vector<std::int16_t>>(count, row));
      Estimates out;
      for (const float dot : coded.estimate(query, out)) REQUIRE(std::abs(dot - dot_of(row, query)) < 2e-6 * 32767 * 32767);
    }
  }
}

TEST_CASE("sign codes: zero vectors, of rows and of queries", "[sign_codes]") {
  Random random(70);
  for (const std::size_t dimension : kDimensions) {
    INFO("dimension " << dimension);
    const std::vector<std::int16_t> zero(dimension);
    const auto query = unit(random, dimension);
    Estimates out;
    for (const float dot : Coded(dimension, {zero, zero, zero}).estimate(query, out)) REQUIRE(dot == 0);
    const Coded mixed(dimension, {zero, unit(random, dimension), unit(random, dimension)});
    for (const float dot : mixed.estimate(zero, out)) REQUIRE(dot == 0);
    for (const float dot : mixed.estimate(query, out)) REQUIRE(std::isfinite(dot));
  }
}

TEST_CASE("sign codes: moved, they estimate the same to the bit and are as many bytes", "[sign_codes]") {
  Random random(75);
  SignCodes::Memory memory;
  for (const std::size_t dimension : {1, 7, 383, 1537}) {
    for (const std::size_t rows : {1, 32, 33, 4096}) {
      if (rows > 100 && dimension > 400) continue;
      INFO("dimension " << dimension << ", rows " << rows);
      Coded coded = random_rows(random, dimension, rows);
      const auto query = unit(random, dimension);
      Estimates before, after;
      const auto want = coded.estimate(query, before, 0.0F);
      const auto bytes = coded.signs.bytes();
      coded.signs.move_to(memory);
      REQUIRE(coded.estimate(query, after, 0.0F) == want);
      REQUIRE(after.above == before.above);
      coded.signs.move_to(memory);  // it is there
      REQUIRE(coded.estimate(query, after, 0.0F) == want);
      REQUIRE(coded.signs.bytes() == bytes);
    }
  }
  SignCodes none;
  none.move_to(memory);
  CHECK(none.bytes() == 0);
}
