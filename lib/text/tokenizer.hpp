// SPDX-License-Identifier: Apache-2.0
// From a text to the terms that the words arm indexes and looks up.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/lease_pool.hpp"
#include "text/splitter.hpp"
#include "text/stemmer.hpp"

namespace mnemic::text {

enum class Side {
  kDocument,
  kQuery,  ///< loses its stop and question words, but never all of its words
};

/// One thread at a time; see TokenizerPool. Time and memory linear in the text, whatever the text.
class Tokenizer {
 public:
  /// @param snowball_language  "english", ...; one that `supports` denies leaves words unstemmed.
  explicit Tokenizer(const std::string& snowball_language);

  static bool supports(const std::string& language);

  /// The terms in order, with repetitions: stems of words; characters and bigrams of scripts without spaces. None is
  /// empty or longer than 256 bytes. Broken UTF-8 separates words.
  std::vector<std::string> tokens(std::string_view utf8, Side side);

 private:
  std::string_view stem(std::string_view word);  ///< valid until the next call

  struct Stem {
    std::string word, stem;
  };
  Stemmer stemmer_;
  std::vector<Stem> known_;  ///< what was stemmed last, each in the place its hash gives it: stemming is half of the work
  Splitter splitter_;
  bool has_stop_words_;
};

/// Changes when the same text would give other terms, Unicode's version included: recorded in the file.
/// @threads Any.
std::string_view tokenizer_version();

/// Tokenizers of one language for any number of threads: `pool.lease()->tokens(...)`.
class TokenizerPool : public LeasePool<Tokenizer> {
 public:
  explicit TokenizerPool(const std::string& snowball_language)
      : LeasePool([snowball_language] { return std::make_unique<Tokenizer>(snowball_language); }) {}
};

/// XXH3 of the term, 64 bits; stored, so it never changes.
std::uint64_t term_hash(std::string_view term);

}  // namespace mnemic::text
