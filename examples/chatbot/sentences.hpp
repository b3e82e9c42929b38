// SPDX-License-Identifier: Apache-2.0
// One line of talk as sentences of words, for rules: without case, with contractions written out, quotes made opaque.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chatbot {

struct Word {
  enum class Kind {
    kWord,
    kMark,   ///< a punctuation mark; `key` is it
    kQuote,  ///< everything between two quotation marks, somebody else's words; or a control character
  };
  Kind kind = Kind::kWord;
  std::string text;                    ///< as written; of "can't" both words have a text of their own ("can", "not")
  std::string key;                     ///< lower case, apostrophes straight
  [[nodiscard]] bool capital() const;  ///< begins with a capital, or with a letter of a script without capitals
};

struct Sentence {
  std::vector<Word> words;
  bool question = false;  ///< ends with a question mark
};

std::vector<Sentence> sentences_of(std::string_view line);

/// True when no letter of `line` is a capital: names cannot be told by theirs.
bool is_all_lower_case(std::string_view line);

/// Lower case, for ASCII only.
std::string lower(std::string_view text);

}  // namespace chatbot
