// SPDX-License-Identifier: Apache-2.0
// The uncased WordPiece tokens of BERT: what the vectors of static tables and of encoders of that family are of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mnemic::embed {

/// Splits as "BERT: pre-training of deep bidirectional transformers for language understanding" (Devlin et al., 2019) does with
/// its uncased models, bit for bit as the Python package `tokenizers` (BertWordPieceTokenizer, lowercase) on text in
/// Unicode 8; characters that later versions added are classed by today's tables.
/// @threads Any, once made.
class WordPiece {
 public:
  /// @param vocabulary  tokens by id, a piece within a word beginning with "##".
  /// @throws StatusError kInvalidArgument: no "[UNK]", or a token twice
  explicit WordPiece(std::vector<std::string> vocabulary);
  WordPiece(const WordPiece&) = delete;  // its tables point into its vocabulary
  WordPiece& operator=(const WordPiece&) = delete;

  [[nodiscard]] const std::vector<std::string>& vocabulary() const { return vocabulary_; }
  [[nodiscard]] std::uint32_t unknown() const { return unknown_; }  ///< the id of "[UNK]"
  /// Appends the ids of a text's tokens, without [CLS] and [SEP], until there are `most` in `ids`. Broken bytes are passed over.
  /// O(bytes), a word of more than 100 characters being one [UNK].
  void encode(std::string_view utf8, std::vector<std::uint32_t>& ids, std::size_t most) const;

 private:
  class Reader;
  using Pieces = std::unordered_map<std::string_view, std::uint32_t>;
  void add_word(std::string_view word, std::size_t characters, std::vector<std::uint32_t>& ids) const;

  std::vector<std::string> vocabulary_;
  Pieces beginnings_;
  Pieces continuations_;  // without their "##"
  std::size_t longest_ = 0;  // bytes of a piece
  std::uint32_t unknown_ = 0;
};

}  // namespace mnemic::embed
