// SPDX-License-Identifier: Apache-2.0
// Bytes of a sealed chunk.
#include "index/chunk_codec.hpp"

#include "core/bytes.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace mnemic::index {
namespace {

using core::ByteReader;
using core::ByteWriter;

constexpr std::uint64_t kLayout = 1;

}  // namespace

/// Sees the inside of what it codes.
struct ChunkCodec {
  static void put_doc(ByteWriter& out, const Doc& doc) {
    out.value(doc.seq_from);
    out.raw({reinterpret_cast<const char*>(doc.id.bytes().data()), doc.id.bytes().size()});
    out.value(doc.event_time);
    out.value(doc.event_end);
    out.value(doc.expires_at);
    out.value(doc.session);
    out.value(doc.turn);
    out.value(doc.author);
    out.value(doc.importance);
    out.value(doc.length);
    out.value(static_cast<std::uint8_t>(doc.state));
    out.value(static_cast<std::uint8_t>(doc.question));
  }
  static constexpr std::size_t kDocBytes = 8 + 16 + 8 * 7 + 4 + 2;

  static Doc get_doc(ByteReader& in) {
    Doc doc;
    doc.seq_from = in.value<Seq>();
    std::array<std::uint8_t, 16> id{};
    std::memcpy(id.data(), in.raw(id.size()).data(), id.size());
    doc.id = MemoryId(id);
    doc.event_time = in.value<std::int64_t>();
    doc.event_end = in.value<std::int64_t>();
    doc.expires_at = in.value<std::int64_t>();
    doc.session = in.value<std::uint64_t>();
    doc.turn = in.value<std::int64_t>();
    doc.author = in.value<std::uint64_t>();
    doc.importance = in.value<double>();
    doc.length = in.value<std::uint32_t>();
    doc.state = static_cast<State>(in.value<std::uint8_t>());
    doc.question = in.value<std::uint8_t>() != 0;
    return doc;
  }

  static void put_words(ByteWriter& out, const Words& words) {
    out.varint(words.terms_.size());
    out.array<std::uint64_t>(words.terms_);
    for (std::size_t i = 0; i < words.terms_.size(); ++i) {
      out.varint(words.starts_[i + 1] - words.starts_[i]);
      Row before = 0;
      for (std::size_t p = words.starts_[i]; p < words.starts_[i + 1]; ++p) {
        out.varint(words.postings_[p].row - before);
        out.varint(words.postings_[p].count);
        before = words.postings_[p].row;
      }
    }
  }
  static void get_words(ByteReader& in, const std::vector<std::uint32_t>& lengths, Words& words) {
    words.terms_ = in.array<std::uint64_t>(in.count(8));
    words.starts_.reserve(words.terms_.size() + 1);
    for (std::size_t i = 0; i < words.terms_.size(); ++i) {
      if (i > 0 && words.terms_[i - 1] >= words.terms_[i]) ByteReader::broken();
      words.starts_.push_back(static_cast<std::uint32_t>(words.postings_.size()));
      Words::Bound& bound = words.bounds_.emplace_back();
      std::uint64_t row = 0;
      const std::size_t count = in.count(2);
      for (std::size_t p = 0; p < count; ++p) {
        const std::uint32_t step = in.varint32();
        row += step;
        if ((p > 0 && step == 0) || row >= lengths.size()) ByteReader::broken();
        const std::uint32_t times = in.varint32();
        words.postings_.push_back({static_cast<Row>(row), times});
        bound.max_count = std::max(bound.max_count, times);
        bound.min_length = std::min(bound.min_length, lengths[row]);
      }
    }
    words.starts_.push_back(static_cast<std::uint32_t>(words.postings_.size()));
    words.postings_.shrink_to_fit();
  }

  static void put_vectors(ByteWriter& out, const std::map<storage::SpaceId, VectorBlock>& vectors) {
    out.varint(vectors.size());
    for (const auto& [space, block] : vectors) {
      out.varint(static_cast<std::uint64_t>(space));
      out.varint(block.dimension);
      out.varint(block.rows.size());
      out.array<Row>(block.rows);
      out.array<std::int32_t>(block.sum);
      out.array<float>(block.signs.factors());
      out.array<std::uint8_t>(block.signs.signs());
    }
  }
  static void get_vectors(ByteReader& in, Chunk& chunk) {
    const std::size_t spaces = in.count();
    for (std::size_t i = 0; i < spaces; ++i) {
      VectorBlock& block = chunk.vectors_[in.varint32()];
      if (block.dimension != 0) ByteReader::broken();
      block.dimension = in.count(4);
      block.rows = in.array<Row>(in.count(4));
      const bool ascending = std::is_sorted(block.rows.begin(), block.rows.end());
      if (block.dimension == 0 || block.rows.empty() || !ascending || block.rows.back() >= chunk.size()) ByteReader::broken();
      block.several = std::adjacent_find(block.rows.begin(), block.rows.end()) != block.rows.end();
      block.sum = in.array<std::int32_t>(block.dimension);
      SignCodes& signs = block.signs;
      signs.rows_ = block.rows.size();
      signs.width_bytes_ = rotation_for(block.dimension).width() / 8;
      signs.own_factors_ = in.array<float>(signs.padded_rows());
      signs.own_signs_ = in.array<std::uint8_t>(signs.padded_rows() * signs.width_bytes_);
      chunk.vector_bytes_ += block.rows.size() * block.dimension * 2;
    }
  }

  static std::string encode(const SealedChunk& sealed) {
    ByteWriter out;
    out.varint(kLayout);
    out.varint(sealed.docs.size());
    for (const Doc& doc : sealed.docs) put_doc(out, doc);
    put_words(out, sealed.chunk->words_);
    put_vectors(out, sealed.chunk->vectors_);
    return out.take();
  }
  static SealedChunk decode(std::string_view body, DocIndex first) {
    ByteReader in(body);
    if (in.varint() != kLayout) ByteReader::broken();
    SealedChunk sealed{{}, std::make_unique<Chunk>(first)};
    Chunk& chunk = *sealed.chunk;
    const std::size_t count = in.count(kDocBytes);
    sealed.docs.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      const Doc& doc = sealed.docs.emplace_back(get_doc(in));
      if (i > 0 && sealed.docs[i - 1].seq_from >= doc.seq_from) ByteReader::broken();
      chunk.lengths_.push_back(doc.length);
      chunk.total_length_ += doc.length;
    }
    get_words(in, chunk.lengths_, chunk.words_);
    get_vectors(in, chunk);
    if (!in.done()) ByteReader::broken();
    chunk.sealed_ = true;
    return sealed;
  }
};

SealedChunk build_chunk(storage::Reader& reader, storage::NamespaceId ns, Layer layer, const storage::Run& run, bool until_full) {
  SealedChunk sealed{{}, std::make_unique<Chunk>(0)};
  reader.partition_rows(ns, layer, run, [&](const storage::PartitionRow& row) {
    if (until_full && sealed.chunk->full()) return;
    sealed.docs.push_back(make_doc(row));
    sealed.chunk->add(*row.tail);
  });
  sealed.chunk->seal();
  return sealed;
}

std::string encode_chunk(const SealedChunk& sealed) { return ChunkCodec::encode(sealed); }

SealedChunk decode_chunk(const storage::ChunkRow& row, std::string_view body, DocIndex first) {
  try {
    SealedChunk sealed = ChunkCodec::decode(body, first);
    if (sealed.docs.size() != row.count || sealed.docs.empty()) ByteReader::broken();
    return sealed;
  } catch (const core::StatusError& error) {
    if (error.status().code() != StatusCode::kCorruption) throw;
    core::fail(StatusCode::kCorruption, "chunks row {}: not the bytes of a chunk; check with repair makes it anew", row.id);
  }
}

}  // namespace mnemic::index
