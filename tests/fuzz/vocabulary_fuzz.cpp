// SPDX-License-Identifier: Apache-2.0
// The small files of an encoder: config.json up to the first zero byte, then vocab.txt up to the next, then a text for its tokens.
#include "embed/wordpiece.hpp"
#include "encoder/model_files.hpp"
#include "encoder/tiny_model.hpp"
#include "fuzz/target.hpp"

#include <algorithm>

using namespace mnemic;

namespace {

std::vector<std::string> seeds() {
  const test::TinyModel model;
  const std::string zero(1, '\0');
  return {model.config() + zero + model.vocabulary_text() + zero + "Red greens, blue: [CLS] naïve 東京 e\xCC\x81",
          model.config() + zero + "[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\na\r\nb\r\n##c\r\n##d\r\ne\r\nf\r\ng" + zero + "abcd"};
}

std::string_view part(std::string_view& bytes) {
  const std::size_t end = std::min(bytes.find('\0'), bytes.size());
  const std::string_view taken = bytes.substr(0, end);
  bytes.remove_prefix(std::min(bytes.size(), end + 1));
  return taken;
}

}  // namespace

MNEMIC_FUZZ_TARGET(vocabulary, seeds) {
  const auto config = fuzz::file_of("files/config.json", part(bytes));
  fuzz::file_of("files/vocab.txt", part(bytes));
  fuzz::attempt([&] {
    encoder::ModelFiles files = encoder::read_model_files(config.parent_path());
    fuzz::require(files.max_tokens >= 3 && files.max_tokens <= files.config.positions, "more tokens than positions");
    const embed::WordPiece tokens(std::move(files.vocabulary));
    std::vector<std::uint32_t> ids;
    tokens.encode(bytes, ids, files.max_tokens);
    fuzz::require(ids.size() <= files.max_tokens, "more tokens than asked for");
    for (const std::uint32_t id : ids) fuzz::require(id < tokens.vocabulary().size(), "a token that is not there");
  });
}
