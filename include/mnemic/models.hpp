// SPDX-License-Identifier: Apache-2.0
// What a caller may inject: Embedder, TokenCounter, Screen. Every one has a default that needs nothing.
// Implementations are called on the thread of the call that needs them, with no lock held, possibly from several
// threads at once. One that throws fails that call with kInternal and changes nothing.
#pragma once

#include <mnemic/export.hpp>
#include <mnemic/json.hpp>
#include <mnemic/types.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace mnemic {

/// Identifies what vectors mean. Vectors of two spaces are never compared. A store records the spaces it has seen and
/// refuses an embedder of the same name and version with another dimension.
struct EmbeddingSpace {
  std::string name = {};            ///< "mnemic-hash", "bge-small-en-v1.5"; 1 to 64 of [A-Za-z0-9._-]
  std::string version = {};         ///< changes whenever the same text would get another vector
  std::size_t dimension = 0;   ///< 1 to 4096
  bool normalized = true;      ///< the embedder returns unit vectors (the store normalises in any case)
  std::string query_prefix = {};    ///< what the embedder itself puts before a query; recorded, not applied by the store
  std::string passage_prefix = {};
};

/// What a text is embedded for; some models treat the two differently.
enum class EmbedKind : std::uint8_t { kPassage, kQuery };

/// Turns texts into vectors of one space.
class MNEMIC_EXPORT Embedder {
 public:
  virtual ~Embedder();
  [[nodiscard]] virtual const EmbeddingSpace& space() const noexcept = 0;
  /// @param texts  n valid UTF-8 texts, any length, possibly empty.
  /// @param out    shape (n, d), row by row, to be filled. An all-zero row means "no vector for this text".
  ///               The same text and kind get the same vector: one that was given may be kept (Options::embedding_cache_bytes).
  /// @errors  kBusy, kIo: not now: writes go without vectors until `maintain`, recalls by words (docs/embedding.md). Else the call fails.
  virtual Status embed(std::span<const std::string_view> texts, EmbedKind kind, std::span<float> out) = 0;
};

/// The embedder that ships: vectors of 256 for the tokens of a text, added up. The table was distilled from the sentence encoder
/// all-MiniLM-L6-v2 (docs/decisions/018-static-table.md); it knows English by meaning, and word order not at all. A text without
/// a token it knows, of another script for instance, has no vector. Deterministic; nothing is downloaded.
/// @returns null in a build without the table (MNEMIC_STATIC_TABLE=OFF).
/// @threads Any. @cost about 10 microseconds per short text; the first text of a process some milliseconds, and 5 MB. @since 0.1
MNEMIC_EXPORT std::shared_ptr<Embedder> static_embedder();

/// No model at all: signed feature hashing of words and character n-grams (Weinberger et al., 2009; Bojanowski et al., 2017) into
/// 384 dimensions. It sees shared word parts, not meaning, in every language alike. Deterministic.
/// @threads Any. @cost a few microseconds per short text. @since 0.1
MNEMIC_EXPORT std::shared_ptr<Embedder> hashed_embedder();

/// `static_embedder()`, or `hashed_embedder()` in a build without the table. @threads Any. @since 0.1
MNEMIC_EXPORT std::shared_ptr<Embedder> default_embedder();

/// Counts tokens as the caller's language model would.
class MNEMIC_EXPORT TokenCounter {
 public:
  virtual ~TokenCounter();
  virtual std::size_t count(std::string_view text) = 0;
};

/// The default: an estimate that needs no vocabulary. One token per 4 bytes of ASCII letters and digits in a run
/// (rounded up), one per other ASCII sign that is not a space, one per 2 further letters of alphabetic scripts, and one
/// per CJK character or emoji. Made to err on the high side.
/// @threads Any. @cost O(bytes). @since 0.1
MNEMIC_EXPORT std::shared_ptr<TokenCounter> estimating_token_counter();

/// What a Screen decides about one text.
struct ScreenVerdict {
  enum class Action : std::uint8_t {
    kAccept,      ///< store it as it is
    kReplace,     ///< store `text` instead
    kQuarantine,  ///< store it with State::kQuarantined: kept, never recalled
    kRefuse,      ///< fail the whole write with kPermissionDenied
  };
  Action action = Action::kAccept;
  std::string text = {};    ///< for kReplace
  std::string reason = {};  ///< for people; must not repeat the secret
};

/// Sees every text before it is stored or embedded: `text`, and each string inside `content` and `metadata`.
class MNEMIC_EXPORT Screen {
 public:
  virtual ~Screen();
  /// @param field  "text", "content" or "metadata".
  virtual ScreenVerdict check(std::string_view text, std::string_view field) = 0;
};

/// A screen for secrets: private-key blocks, well-known API key shapes (AWS, GitHub, Slack, OpenAI, Google, JWT),
/// `password: …` assignments and payment card numbers that pass the Luhn check. Each find is replaced by
/// `[redacted:<kind>]`; the rest of the text stays.
/// @threads Any. @cost O(bytes). @since 0.1
MNEMIC_EXPORT std::shared_ptr<Screen> secret_screen();

}  // namespace mnemic
