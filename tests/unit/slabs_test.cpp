// SPDX-License-Identifier: Apache-2.0
// Pieces of slabs: apart from each other, and there as long as they are held.
#include "index/huge_pages.hpp"
#include "index/slabs.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

using mnemic::index::Slabs;

TEST_CASE("slabs: pieces do not touch each other, whatever their sizes", "[slabs]") {
  struct Piece {
    std::shared_ptr<std::uint8_t[]> bytes;
    std::size_t size;
  };
  std::vector<Piece> pieces;
  {
    Slabs slabs;
    std::uint8_t mark = 0;
    for (const std::size_t size : {1U, 63U, 64U, 65U, 200'000U, 3'000'000U, 3'000'000U, 9'000'000U, 5U, 4U << 20, 1U}) {
      pieces.push_back({slabs.take<std::uint8_t>(size), size});
      CHECK(reinterpret_cast<std::uintptr_t>(pieces.back().bytes.get()) % 64 == 0);
      std::fill_n(pieces.back().bytes.get(), size, ++mark);
    }
  }
  std::uint8_t mark = 0;  // the slabs are let go, their pieces are not
  for (const Piece& piece : pieces) {
    ++mark;
    CHECK(std::count(piece.bytes.get(), piece.bytes.get() + piece.size, mark) == static_cast<std::ptrdiff_t>(piece.size));
  }
}

TEST_CASE("slabs: what is taken one after the other stands side by side", "[slabs]") {
  Slabs slabs;
  const auto first = slabs.take<float>(32);
  const auto second = slabs.take<float>(32);
  CHECK(second.get() == first.get() + 32);
}

TEST_CASE("slabs: a slab lives until its last piece is let go", "[slabs]") {
  Slabs slabs;
  auto first = slabs.take<float>(100);
  const auto second = slabs.take<float>(100);
  const std::weak_ptr<float[]> watch = first;
  second[99] = 1.5F;
  first.reset();
  CHECK_FALSE(watch.expired());
  CHECK(second[99] == 1.5F);
}

TEST_CASE("slabs: a vector keeps what is in it while it grows onto huge pages and shrinks off them", "[slabs]") {
  constexpr std::size_t kHuge = mnemic::index::kHugePage / sizeof(std::int16_t);
  mnemic::index::HugeVector<std::int16_t> values;
  const auto whole = [&] {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i] != static_cast<std::int16_t>(i % 30'011)) return false;
    }
    return true;
  };
  for (const std::size_t size : {kHuge - 1, kHuge, kHuge + 1, 3 * kHuge}) {
    while (values.size() < size) values.push_back(static_cast<std::int16_t>(values.size() % 30'011));
    values.shrink_to_fit();
    CHECK(whole());
    if (size >= kHuge) CHECK(reinterpret_cast<std::uintptr_t>(values.data()) % mnemic::index::kHugePage == 0);
  }
  values.resize(10);
  values.shrink_to_fit();
  CHECK(whole());
}
