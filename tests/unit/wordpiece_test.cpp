// SPDX-License-Identifier: Apache-2.0
// WordPiece tokens: cleaning, splitting, the longest pieces, what is unknown. Expected tokens are those that the Python package
// `tokenizers` (BertWordPieceTokenizer) gives with this vocabulary.
#include "embed/wordpiece.hpp"

#include "support/catch.hpp"
#include "support/random.hpp"

#include <mnemic/status.hpp>

#include "core/error.hpp"

using namespace mnemic;
using namespace mnemic::test;
using embed::WordPiece;

namespace {

const std::vector<std::string> kVocabulary = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "a",    "b",    "un",  "##want", "##ed", "##e",
                                              "##d",   "want",  "runn",  "##ing", "cafe", "naive", ",",   ".",      "!",    "-",
                                              "中",    "文",    "##a",   "##b",   "ß",    "##aab", "α"};

std::vector<std::string> tokens(const WordPiece& pieces, std::string_view text, std::size_t most = 1000) {
  std::vector<std::uint32_t> ids;
  pieces.encode(text, ids, most);
  std::vector<std::string> found;
  for (const std::uint32_t id : ids) found.push_back(pieces.vocabulary().at(id));
  return found;
}

/// The definition, slowly: of all vocabulary entries the longest that fits.
std::vector<std::string> naive(const std::string& word) {
  std::vector<std::string> found;
  for (std::size_t at = 0; at < word.size();) {
    std::string best;
    for (const std::string& entry : kVocabulary) {
      const std::string piece = entry.starts_with("##") ? entry.substr(2) : entry;
      if (entry.starts_with("##") != (at > 0) || word.compare(at, piece.size(), piece) != 0) continue;
      if (best.empty() || entry.size() > best.size()) best = entry;
    }
    if (best.empty()) return {"[UNK]"};
    found.push_back(best);
    at += best.size() - (at > 0 ? 2 : 0);
  }
  return found;
}

using Tokens = std::vector<std::string>;

}  // namespace

TEST_CASE("wordpiece: words, pieces and marks", "[wordpiece]") {
  const WordPiece pieces(kVocabulary);
  CHECK(tokens(pieces, "Unwanted, running!") == Tokens{"un", "##want", "##ed", ",", "runn", "##ing", "!"});
  CHECK(tokens(pieces, "a-b.") == Tokens{"a", "-", "b", "."});
  CHECK(tokens(pieces, "unknown want") == Tokens{"[UNK]", "want"});
  CHECK(tokens(pieces, "") == Tokens{});
  CHECK(tokens(pieces, " \t\n\r\u2003\u3000 ") == Tokens{});
  CHECK(tokens(pieces, "[CLS]") == Tokens{"[UNK]", "[UNK]", "[UNK]"});  // what a text says is no special token
}

TEST_CASE("wordpiece: case, accents, ideographs and what cannot be seen", "[wordpiece]") {
  const WordPiece pieces(kVocabulary);
  CHECK(tokens(pieces, "CAFÉ Na\u00efve nai\u0308ve") == Tokens{"cafe", "naive", "naive"});
  CHECK(tokens(pieces, "Α ΐ") == Tokens{"α", "[UNK]"});
  CHECK(tokens(pieces, "a中文b") == Tokens{"a", "中", "文", "b"});
  CHECK(tokens(pieces, std::string_view("w\u00ada\u200bn\0t\x7f", 11)) == Tokens{"want"});
  CHECK(tokens(pieces, "w\xFF" "ant \xE4\xB8") == Tokens{"want"});
  CHECK(tokens(pieces, "a\u2014b\u00a1") == Tokens{"a", "[UNK]", "b", "[UNK]"});  // a dash and a mark that it does not know
  CHECK(tokens(pieces, "\u00df") == Tokens{"ß"});
}

TEST_CASE("wordpiece: at most so many, and words without end", "[wordpiece]") {
  const WordPiece pieces(kVocabulary);
  CHECK(tokens(pieces, "a b a b", 3) == Tokens{"a", "b", "a"});
  CHECK(tokens(pieces, "a unwanted", 2) == Tokens{"a", "un"});
  CHECK(tokens(pieces, "a", 0) == Tokens{});
  CHECK(tokens(pieces, std::string(100, 'a')).size() == 100);
  CHECK(tokens(pieces, std::string(101, 'a')) == Tokens{"[UNK]"});
  CHECK(tokens(pieces, std::string(1 << 20, 'b') + " a") == Tokens{"[UNK]", "a"});
}

TEST_CASE("wordpiece: pieces of any word are those of the definition", "[wordpiece]") {
  const WordPiece pieces(kVocabulary);
  Random random(3);
  for (int i = 0; i < 3000; ++i) {
    std::string word;
    for (std::size_t n = 1 + random.below(9); n > 0; --n) word += "abedun"[random.below(6)];
    INFO(word);
    CHECK(tokens(pieces, word) == naive(word));
  }
}

TEST_CASE("wordpiece: a vocabulary that is none", "[wordpiece]") {
  CHECK_THROWS_AS(WordPiece({"a", "b"}), core::StatusError);
  CHECK_THROWS_AS(WordPiece({"[UNK]", "a", "a"}), core::StatusError);
  CHECK_NOTHROW(WordPiece({"[UNK]", "a", "##a"}));
}
