// SPDX-License-Identifier: Apache-2.0
// The tokenizer: splitter, stop words and stemmer put together.
#include "text/tokenizer.hpp"

#include <utf8proc.h>

#include <algorithm>

#include "text/stop_words.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace mnemic::text {

Tokenizer::Tokenizer(const std::string& snowball_language)
    : stemmer_(snowball_language), has_stop_words_(is_english(snowball_language)) {}

bool Tokenizer::supports(const std::string& language) {
  return Stemmer::supports(language);
}

std::vector<std::string> Tokenizer::tokens(std::string_view utf8, Side side) {
  const std::vector<Piece>& pieces = splitter_.split(utf8);
  const auto is_stop = [](const Piece& piece) { return piece.kind == PieceKind::kWord && is_stop_word(piece.text); };
  const bool drop_stop_words =
      side == Side::kQuery && has_stop_words_ && !std::all_of(pieces.begin(), pieces.end(), is_stop);
  std::vector<std::string> terms;
  terms.reserve(pieces.size());
  for (const Piece& piece : pieces) {
    if (piece.kind == PieceKind::kRun) {
      for_each_unit_of_run(piece.text, [&terms](std::string_view unit) { terms.emplace_back(unit); });
    } else if (!drop_stop_words || !is_stop(piece)) {
      terms.emplace_back(stemmer_.stem(piece.text));
    }
  }
  splitter_.release();
  return terms;
}

std::string_view tokenizer_version() {
  static const std::string version = std::string("1-unicode") + utf8proc_unicode_version();
  return version;
}

std::uint64_t term_hash(std::string_view term) {
  return XXH3_64bits(term.data(), term.size());
}

}  // namespace mnemic::text
