// SPDX-License-Identifier: Apache-2.0
#include "encoder/embedder.hpp"

#include "core/error.hpp"
#include "core/utf8.hpp"
#include "embed/wordpiece.hpp"
#include "encoder/model_files.hpp"
#include "encoder/safetensors.hpp"
#include "encoder/transformer.hpp"
#include "text/ascii.hpp"
#include "text/lease_pool.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace mnemic::encoder {
namespace {

constexpr std::size_t kBatchTokens = 192;    // what a batch computes with stays in the second-level cache, or near it
constexpr std::size_t kTextsAtOnce = 4096;   // their tokens are held at a time
constexpr std::size_t kUnknownShare = 3;      // with more than one unknown token in so many a text has no vector
constexpr std::size_t kMostPrefix = 1024;    // bytes
constexpr std::size_t kMostThreads = 256;
constexpr std::size_t kMostName = 64;

bool is_name_char(char c) { return text::is_alnum(c) || c == '.' || c == '_' || c == '-'; }

void check_options(const TransformerOptions& options) {
  const auto code = StatusCode::kInvalidArgument;
  if (options.name.size() > kMostName || !std::all_of(options.name.begin(), options.name.end(), is_name_char)) {
    core::fail(code, "name: not 1 to {} of [A-Za-z0-9._-]", kMostName);
  }
  if (options.version.size() > kMostName || !core::is_valid_utf8(options.version)) {
    core::fail(code, "version: not UTF-8 of at most {} bytes", kMostName);
  }
  const auto check_prefix = [&](const char* field, const std::string& prefix) {
    if (prefix.size() > kMostPrefix) core::fail(code, "{}: {} bytes, more than {}", field, prefix.size(), kMostPrefix);
    if (!core::is_valid_utf8(prefix)) core::fail(code, "{}: not UTF-8", field);
  };
  check_prefix("query_prefix", options.query_prefix);
  check_prefix("passage_prefix", options.passage_prefix);
  if (options.threads < 1 || options.threads > kMostThreads) {
    core::fail(code, "threads: {} is not in [1, {}]", options.threads, kMostThreads);
  }
  if (options.pooling && *options.pooling != Pooling::kMean && *options.pooling != Pooling::kCls) {
    core::fail(code, "pooling: no such pooling");
  }
}

std::string name_of(const std::filesystem::path& directory) {
  std::filesystem::path path = std::filesystem::weakly_canonical(directory);
  if (path.filename().empty()) path = path.parent_path();
  std::string name = path.filename().string().substr(0, kMostName);
  std::replace_if(name.begin(), name.end(), [](char c) { return !is_name_char(c); }, '-');
  return name.empty() ? "model" : name;
}

/// Of all that decides about a vector; prefixes of the space are among it.
class VersionHash {
 public:
  VersionHash() { XXH3_128bits_reset(&state_); }
  void add(const void* bytes, std::size_t size) { XXH3_128bits_update(&state_, bytes, size); }
  void add(std::uint64_t number) { add(&number, sizeof number); }
  void add(const std::string& bytes) {
    add(std::uint64_t{bytes.size()});
    add(bytes.data(), bytes.size());
  }
  [[nodiscard]] std::string digest() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(&state_);
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
  }

 private:
  XXH3_state_t state_;
};

std::string version_of(const ModelFiles& files, Safetensors& weights, const TransformerOptions& options) {
  VersionHash hash;
  hash.add(std::uint64_t{2});  // raise it when the same files come to give other vectors
  hash.add(std::uint64_t{files.config.heads});
  hash.add(static_cast<std::uint64_t>(files.config.activation));
  hash.add(&files.config.epsilon, sizeof files.config.epsilon);
  hash.add(static_cast<std::uint64_t>(files.pooling));
  hash.add(std::uint64_t{files.max_tokens});
  hash.add(options.query_prefix);
  hash.add(options.passage_prefix);
  for (const std::string& token : files.vocabulary) hash.add(token);
  weights.each_piece([&](const char* bytes, std::size_t size) { hash.add(bytes, size); });
  return hash.digest();
}

std::uint32_t id_of(const std::vector<std::string>& vocabulary, std::string_view token, const std::string& file) {
  const auto found = std::find(vocabulary.begin(), vocabulary.end(), token);
  if (found == vocabulary.end()) core::fail(StatusCode::kCorruption, "{}: no {}", file, token);
  return static_cast<std::uint32_t>(found - vocabulary.begin());
}

/// The token ids of texts, one text behind the other, and the batches they are computed in.
struct Work {
  struct Text {
    std::size_t begin = 0;  // in ids
    std::size_t size = 0;
    float* out = nullptr;
  };
  std::vector<std::uint32_t> ids = {};
  std::vector<Text> texts = {};
  std::vector<std::size_t> batches = {};  // where each begins in texts, and their end

  /// The longest first, so that threads finish together.
  void divide() {
    std::stable_sort(texts.begin(), texts.end(), [](const Text& a, const Text& b) { return a.size > b.size; });
    std::size_t tokens = 0;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (batches.empty() || tokens + texts[i].size > kBatchTokens) {
        batches.push_back(i);
        tokens = 0;
      }
      tokens += texts[i].size;
    }
    batches.push_back(texts.size());
  }
};

class TransformerEmbedder final : public Embedder {
 public:
  TransformerEmbedder(EmbeddingSpace space, ModelFiles files, const std::string& vocabulary_file, Safetensors& weights,
                      const Kernels& kernels, std::size_t threads)
      : space_(std::move(space)),
        pooling_(files.pooling),
        max_tokens_(files.max_tokens),
        threads_(threads),
        cls_(id_of(files.vocabulary, "[CLS]", vocabulary_file)),
        sep_(id_of(files.vocabulary, "[SEP]", vocabulary_file)),
        pieces_(std::move(files.vocabulary)),
        query_prefix_(tokens_of(space_.query_prefix)),
        passage_prefix_(tokens_of(space_.passage_prefix)),
        network_(files.config, weights, kernels),
        workspaces_([] { return std::make_unique<Workspace>(); }) {}

  [[nodiscard]] const EmbeddingSpace& space() const noexcept override { return space_; }

  Status embed(std::span<const std::string_view> texts, EmbedKind kind, std::span<float> out) override {
    return core::guarded("embed", [&] {
      const std::size_t dimension = space_.dimension;
      if (out.size() / dimension != texts.size() || out.size() % dimension != 0) {
        core::fail(StatusCode::kInvalidArgument, "out: {} values for {} texts of dimension {}", out.size(), texts.size(), dimension);
      }
      for (std::size_t i = 0; i < texts.size(); i += kTextsAtOnce) {
        const std::size_t count = std::min(kTextsAtOnce, texts.size() - i);
        embed_some(texts.subspan(i, count), kind, out.data() + i * dimension);
      }
    });
  }

 private:
  void embed_some(std::span<const std::string_view> texts, EmbedKind kind, float* out) {
    Work work;
    for (const std::string_view text : texts) {
      if (add_tokens(text, kind, work)) {
        work.texts.back().out = out;
      } else {
        std::fill_n(out, space_.dimension, 0.0F);
      }
      out += space_.dimension;
    }
    if (work.texts.empty()) return;
    work.divide();
    compute(work);
  }

  [[nodiscard]] std::size_t tokens_of(const std::string& prefix) const {
    std::vector<std::uint32_t> ids;
    pieces_.encode(prefix, ids, max_tokens_);
    return ids.size();
  }

  /// False: nothing is added, the model's vocabulary being of another language. Its vector would be one of how many words there are.
  bool add_tokens(std::string_view text, EmbedKind kind, Work& work) const {
    const std::string& prefix = kind == EmbedKind::kQuery ? space_.query_prefix : space_.passage_prefix;
    const std::size_t begin = work.ids.size();
    const std::size_t before = 1 + (kind == EmbedKind::kQuery ? query_prefix_ : passage_prefix_);
    work.ids.push_back(cls_);
    const std::size_t most = begin + max_tokens_ - 1;
    if (prefix.empty()) {
      pieces_.encode(text, work.ids, most);
    } else {
      pieces_.encode(prefix + std::string(text), work.ids, most);
    }
    const std::size_t own = work.ids.size() - std::min(work.ids.size(), begin + before);
    const auto of_text = work.ids.end() - static_cast<std::ptrdiff_t>(own);
    const auto unknown = static_cast<std::size_t>(std::count(of_text, work.ids.end(), pieces_.unknown()));
    if (unknown * kUnknownShare > own) {
      work.ids.resize(begin);
      return false;
    }
    work.ids.push_back(sep_);
    work.texts.push_back({.begin = begin, .size = work.ids.size() - begin});
    return true;
  }

  void compute(const Work& work) {
    const std::size_t batches = work.batches.size() - 1;
    std::atomic<std::size_t> next = 0;
    std::vector<Status> outcomes(std::min(threads_, batches));
    const auto take_batches = [&](Status& outcome) noexcept {
      try {
        const auto workspace = workspaces_.lease();
        for (std::size_t batch = next++; batch < batches; batch = next++) run_batch(work, batch, *workspace);
      } catch (...) {
        outcome = core::current_status();
      }
    };
    {
      std::vector<std::jthread> others;
      others.reserve(outcomes.size() - 1);
      try {
        for (std::size_t i = 1; i < outcomes.size(); ++i) others.emplace_back([&, i] { take_batches(outcomes[i]); });
      } catch (const std::system_error&) {
        // No more threads to be had: those there are do the work.
      }
      take_batches(outcomes[0]);
    }
    for (const Status& outcome : outcomes) core::take(outcome);
  }

  void run_batch(const Work& work, std::size_t batch, Workspace& workspace) const {
    std::vector<std::uint32_t> ids;
    std::vector<std::size_t> lengths;
    std::vector<float*> rows;
    for (std::size_t i = work.batches[batch]; i < work.batches[batch + 1]; ++i) {
      const Work::Text& text = work.texts[i];
      ids.insert(ids.end(), work.ids.begin() + static_cast<std::ptrdiff_t>(text.begin),
                 work.ids.begin() + static_cast<std::ptrdiff_t>(text.begin + text.size));
      lengths.push_back(text.size);
      rows.push_back(text.out);
    }
    network_.run(ids, lengths, pooling_, workspace, rows);
    for (float* row : rows) make_unit(row);
  }

  void make_unit(float* row) const {
    double squares = 0;
    for (std::size_t j = 0; j < space_.dimension; ++j) squares += static_cast<double>(row[j]) * static_cast<double>(row[j]);
    if (!std::isfinite(squares)) core::fail(StatusCode::kCorruption, "the weights of {} let a vector overflow", space_.name);
    if (squares == 0) return;  // "no vector"
    const double scale = 1.0 / std::sqrt(squares);
    for (std::size_t j = 0; j < space_.dimension; ++j) row[j] = static_cast<float>(static_cast<double>(row[j]) * scale);
  }

  const EmbeddingSpace space_;
  const Pooling pooling_;
  const std::size_t max_tokens_;
  const std::size_t threads_;
  const std::uint32_t cls_;
  const std::uint32_t sep_;
  const embed::WordPiece pieces_;
  const std::size_t query_prefix_;  // in tokens
  const std::size_t passage_prefix_;
  const Transformer network_;
  text::LeasePool<Workspace> workspaces_;
};

}  // namespace

std::shared_ptr<Embedder> make_embedder(const std::filesystem::path& directory, const TransformerOptions& options,
                                        const Kernels& kernels) {
  check_options(options);
  ModelFiles files = read_model_files(directory);
  if (options.pooling) files.pooling = *options.pooling;
  if (options.max_tokens != 0) {
    if (options.max_tokens < 3 || options.max_tokens > files.config.positions) {
      core::fail(StatusCode::kInvalidArgument, "max_tokens: {} is not in [3, {}]", options.max_tokens, files.config.positions);
    }
    files.max_tokens = options.max_tokens;
  }
  Safetensors weights(directory / "model.safetensors");
  EmbeddingSpace space{
      .name = options.name.empty() ? name_of(directory) : options.name,
      .version = options.version.empty() ? version_of(files, weights, options) : options.version,
      .dimension = files.config.hidden,
      .normalized = true,
      .query_prefix = options.query_prefix,
      .passage_prefix = options.passage_prefix,
  };
  const std::string vocabulary_file = (directory / "vocab.txt").string();
  try {
    return std::make_shared<TransformerEmbedder>(std::move(space), std::move(files), vocabulary_file, weights, kernels,
                                                 options.threads);
  } catch (const core::StatusError& error) {
    // Of WordPiece, which knows no file: a token twice, or no [UNK].
    if (error.status().code() != StatusCode::kInvalidArgument) throw;
    core::fail(StatusCode::kCorruption, "{}: {}", vocabulary_file, error.status().message());
  }
}

Result<std::shared_ptr<Embedder>> transformer_embedder(const std::filesystem::path& directory, const TransformerOptions& options) {
  return core::guarded("transformer_embedder", [&] { return make_embedder(directory, options, best()); });
}

}  // namespace mnemic::encoder
