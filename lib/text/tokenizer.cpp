// SPDX-License-Identifier: Apache-2.0
// The tokenizer: splitter, stop words and stemmer put together.
#include "text/tokenizer.hpp"

#include <utf8proc.h>

#include <algorithm>

#include "text/stop_words.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace mnemic::text {

namespace {

constexpr std::size_t kKnown = 4096;  // words: a quarter of a megabyte
constexpr std::size_t kLongest = 32;  // bytes of a word that is worth a place

}  // namespace

Tokenizer::Tokenizer(const std::string& snowball_language)
    : stemmer_(snowball_language), known_(kKnown), has_stop_words_(is_english(snowball_language)) {}

bool Tokenizer::supports(const std::string& language) {
  return Stemmer::supports(language);
}

std::string_view Tokenizer::stem(std::string_view word) {
  if (word.empty() || word.size() > kLongest) return stemmer_.stem(word);
  Stem& known = known_[term_hash(word) % kKnown];
  if (known.word != word) {
    known.word.clear();  // should the next line throw
    known.stem = stemmer_.stem(word);
    known.word = word;
  }
  return known.stem;
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
      terms.emplace_back(stem(piece.text));
    }
  }
  splitter_.release();
  return terms;
}

std::string_view tokenizer_version() {
  static const std::string version = std::string("2-unicode") + utf8proc_unicode_version();
  return version;
}

std::uint64_t term_hash(std::string_view term) {
  return XXH3_64bits(term.data(), term.size());
}

}  // namespace mnemic::text
