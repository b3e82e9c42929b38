// SPDX-License-Identifier: Apache-2.0
// Sentence encoders of the BERT family, run in this process: all-MiniLM-L6-v2, bge-small-en-v1.5, e5-small-v2 and their like.
// Target mnemic::encoder; docs/encoders.md.
#pragma once

#include <mnemic/encoder/export.hpp>
#include <mnemic/models.hpp>
#include <mnemic/status.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace mnemic::encoder {

/// How the vectors of a text's tokens become one. A model was trained with one of the two and is poor with the other.
enum class Pooling : std::uint8_t {
  kMean,  ///< their mean, [CLS] and [SEP] included (Reimers and Gurevych, 2019, "Sentence-BERT")
  kCls,   ///< that of [CLS] (Devlin et al., 2019)
};

/// What the files of a model do not say, or say otherwise.
struct TransformerOptions {
  /// Of the vectors' space: 1 to 64 of [A-Za-z0-9._-]. Empty: the directory's own name, other characters made '-'.
  std::string name = {};
  /// Of the vectors' space, at most 64 bytes. Empty: a hash of the weights, the vocabulary and all that decides about a vector,
  /// so that other weights are another space. Set it only to keep a name for a model that you know to be the same.
  std::string version = {};
  /// Unset: as `1_Pooling/config.json` says, kMean where there is none.
  std::optional<Pooling> pooling = {};
  /// Put before every query and every other text, which models such as e5 ("query: ", "passage: ") and bge (an instruction
  /// before queries only) were trained with. Valid UTF-8, at most 1,024 bytes each.
  std::string query_prefix = {};
  std::string passage_prefix = {};
  /// Tokens of a text that are read, prefix, [CLS] and [SEP] included; the rest of it is not seen. 3 to the model's positions.
  /// 0: `max_seq_length` of `sentence_bert_config.json`, else the lesser of 512 and the positions. Raised: a long text costs
  /// more, its attention with the square of its length.
  std::size_t max_tokens = 0;
  /// 1 to 256. Raised: a call that brings more than a few short texts takes others on for as long as it lasts, each with memory
  /// of its own; a call of one text is not faster. The vectors are the same.
  std::size_t threads = 1;
};

/// Loads a model and makes an embedder of it.
///
/// A text is cut into the uncased WordPiece tokens of BERT, between [CLS] and [SEP]; names of special tokens in a text are
/// plain characters. Then layers of attention and feed-forward networks as in "BERT: pre-training of deep bidirectional
/// transformers for language understanding" (Devlin et al., 2019), in float32, and pooling; the vector has length 1. An empty
/// text has the vector of [CLS] [SEP] (with the prefix between them). A text of which more than a third of the tokens are unknown to
/// the vocabulary has none: the model never learnt its script, and would tell how long it is, not what it says. A text has the same vector, bit for bit, whatever it is
/// embedded with; on processors with other instruction sets the last bits may differ.
///
/// The embedder's `embed` answers kInvalidArgument when `out` has another size than texts · dimension, kResourceExhausted
/// without memory, and kCorruption when weights let a vector overflow. It is safe from many threads; no two calls wait for
/// each other. Cost: about 2 · (parameters without the tables) operations per token; docs/encoders.md has figures.
///
/// @param directory  holds, as published for the `transformers` and `sentence-transformers` packages, `config.json`, `vocab.txt`
///                   (a token per line) and `model.safetensors` (float32, float16 or bfloat16; names with or without "bert.").
///                   Read when they are there: `tokenizer_config.json`, `modules.json`, `1_Pooling/config.json`,
///                   `sentence_bert_config.json`. Nothing is kept open, nothing written, nothing fetched.
/// @return           An embedder whose space has the model's hidden size as its dimension.
/// @errors   kInvalidArgument: a bad option; the message names it. kNotFound: no such directory, or one of the three files is
///           missing. kIo: a file cannot be read. kUnsupported: another kind of model (cased, RoBERTa, relative positions, another
///           activation, pooling or type of weights, a projection behind the pooling, more than 4,096 dimensions, 128 heads or
///           64 layers). kCorruption: a file is malformed or cut off, lacks a tensor, has one of another shape or a value
///           that is not finite, or does not fit the others; the message names the file and the tensor or field.
///           kResourceExhausted: memory.
/// @threads  Any.
/// @cost     Reads the weights twice (once for their hash) and keeps them as float32: 90 MB and about 0.3 s for all-MiniLM-L6-v2.
///           The memory asked for stays in proportion to the files' size, whatever they say.
/// @since    0.1
MNEMIC_ENCODER_EXPORT Result<std::shared_ptr<Embedder>> transformer_embedder(const std::filesystem::path& directory,
                                                                             const TransformerOptions& options = {});

}  // namespace mnemic::encoder
