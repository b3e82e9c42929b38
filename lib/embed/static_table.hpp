// SPDX-License-Identifier: Apache-2.0
// A table with one vector for each WordPiece token: what the static embedder adds up.
#pragma once

#include "embed/wordpiece.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace mnemic::embed {

/// Weights of tokens and directions of a space are part of the rows, so a text's vector is their plain sum. A row is `dimension`
/// whole numbers in [-8, 7], two to a byte, times a whole scale below 2^15: sums are exact and the same on every machine.
/// @threads Any, once made.
class StaticTable {
 public:
  /// Little-endian: "mnemic static table 1\n" and two zero bytes; rows, dimension (even) and bytes of the vocabulary as 32 bit;
  /// the vocabulary, a token a line, in UTF-8; a scale of 16 bit for each row; the rows, of which byte i holds number i (low half)
  /// and number i + dimension / 2 (high half), both in two's complement.
  /// @param bytes  borrowed for the table's life.
  /// @throws StatusError kCorruption: not such a table
  explicit StaticTable(std::string_view bytes);

  [[nodiscard]] std::size_t dimension() const { return dimension_; }
  [[nodiscard]] const WordPiece& tokens() const { return tokens_; }
  /// Adds the rows of `ids` to `sum` (dimension numbers), if one of them is of letters or digits: marks alone mean nothing. Unknown
  /// words have no row. O(ids * dimension).
  void add(std::span<const std::uint32_t> ids, std::span<std::int64_t> sum) const;
  /// Whether a token is of letters or digits and known.
  [[nodiscard]] bool is_word(std::uint32_t id) const { return is_word_[id]; }
  /// A token's row is `levels` (dimension numbers in [-8, 7]) times its scale.
  void read(std::uint32_t id, std::span<std::int16_t> levels) const;
  [[nodiscard]] std::int32_t scale(std::uint32_t id) const { return scales_[id]; }

 private:
  struct Parts {
    std::vector<std::string> vocabulary;
    std::size_t dimension = 0;
    std::vector<std::int32_t> scales;
    const std::uint8_t* rows = nullptr;
  };
  static Parts take_apart(std::string_view bytes);
  explicit StaticTable(Parts parts);

  std::size_t dimension_;
  std::vector<std::int32_t> scales_;
  std::vector<bool> is_word_;
  const std::uint8_t* rows_;
  WordPiece tokens_;
};

/// The table that is part of the library, read when it is first asked for.
/// @threads Any.
const StaticTable& shipped_table();

}  // namespace mnemic::embed
