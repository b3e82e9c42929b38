// SPDX-License-Identifier: Apache-2.0
// Splits a text into folded words and runs of scripts written without spaces: the units of the words arm and of the
// hashed embedder alike.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mnemic::text {

enum class PieceKind {
  kWord,  ///< folded, unstemmed, at most 64 code points
  kRun,   ///< characters of Chinese, Japanese, Korean, Thai, Lao, Burmese or Khmer, of any number
};

struct Piece {
  PieceKind kind = PieceKind::kWord;
  std::string_view text;
};

/// One thread at a time. Time and memory linear in the text.
class Splitter {
 public:
  /// The parts of camelCase words first, then all pieces in order. Valid until the next call or `release`.
  const std::vector<Piece>& split(std::string_view utf8);
  /// Gives back the memory a long text took.
  void release();

 private:
  void split_camel_case(std::string_view utf8);
  void split_folded();
  std::size_t word_end(std::size_t at) const;
  void add_word(std::size_t begin, std::size_t end);

  std::string folded_;
  std::string camel_;
  std::vector<Piece> pieces_;
};

/// Calls `visit` with each unit of a run: its one character, or all its bigrams and then all its characters.
template <typename Visit>
void for_each_unit_of_run(std::string_view run, Visit visit) {
  const auto next = [run](std::size_t at) {
    do {
      ++at;
    } while (at < run.size() && (static_cast<unsigned char>(run[at]) & 0xC0u) == 0x80u);
    return at;
  };
  const std::size_t first_end = run.empty() ? 0 : next(0);
  for (std::size_t from = 0, middle = first_end; middle < run.size();) {
    const std::size_t end = next(middle);
    visit(run.substr(from, end - from));
    from = middle;
    middle = end;
  }
  for (std::size_t from = 0; from < run.size();) {
    const std::size_t end = next(from);
    visit(run.substr(from, end - from));
    from = end;
  }
}

}  // namespace mnemic::text
