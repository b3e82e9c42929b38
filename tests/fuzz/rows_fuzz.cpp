// SPDX-License-Identifier: Apache-2.0
// The bytes that rows of a store hold: terms, vectors and sealed chunks.
#include "fuzz/target.hpp"
#include "index/chunk_codec.hpp"
#include "storage/tail.hpp"

using namespace mnemic;

namespace {

constexpr std::size_t kDocs = 4;

std::vector<std::string> seeds() {
  storage::Tail tail;
  tail.length = 7;
  tail.terms = {{3, 1}, {0x1234567890ULL, 4}, {~0ULL, 2}};
  const std::vector<float> values{0.5F, -0.5F, 0.7F};
  tail.vectors = {{.space = 1, .codes = storage::encode_vector(values), .begin = 0, .end = 0},
                  {.space = 1, .codes = storage::encode_vector(values), .begin = 0, .end = 100},
                  {.space = 2, .codes = storage::encode_vector(values), .begin = 0, .end = 0}};
  index::SealedChunk sealed{{}, std::make_unique<index::Chunk>(0)};
  for (std::size_t i = 0; i < kDocs; ++i) {
    index::Doc& doc = sealed.docs.emplace_back();
    doc.seq_from = i + 1;
    doc.length = tail.length;
    sealed.chunk->add(tail);
  }
  sealed.chunk->seal();
  return {std::string(1, '\0') + storage::encode_terms(tail), std::string(1, '\1') + storage::encode_vectors(tail),
          std::string(1, '\2') + index::encode_chunk(sealed)};
}

}  // namespace

MNEMIC_FUZZ_TARGET(rows, seeds) {
  if (bytes.empty()) return;
  const int kind = static_cast<unsigned char>(bytes[0]) % 3;
  bytes.remove_prefix(1);
  fuzz::attempt([&] {
    storage::Tail tail;
    if (kind == 0) {
      storage::decode_terms(bytes, tail);
      const std::string written = storage::encode_terms(tail);
      storage::decode_terms(written, tail);
      fuzz::require(storage::encode_terms(tail) == written, "terms that are others when read back");
    } else if (kind == 1) {
      storage::decode_vectors(bytes, tail);
      const std::string written = storage::encode_vectors(tail);
      fuzz::require(storage::spaces_of(bytes) == storage::spaces_of(written), "other spaces when read back");
      storage::decode_vectors(written, tail);
      fuzz::require(storage::encode_vectors(tail) == written, "vectors that are others when read back");
    } else {
      const storage::ChunkRow row{.id = 1, .ns = 1, .layer = Layer::kSemantic, .after = 0, .last = 100, .sealed = 100, .count = kDocs};
      (void)index::decode_chunk(row, bytes, 0);
    }
  });
}
