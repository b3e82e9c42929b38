// SPDX-License-Identifier: Apache-2.0
#include "cli/bench/bench_store.hpp"

#include "cli/console.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace mnemic::cli::bench {
namespace {

constexpr std::size_t kBatch = 1000;
constexpr std::size_t kSmall = 1000;  // memories of the small scope
constexpr const char* kAboutKey = "settings";

Json made_with(const Text& text, const Settings& settings) {
  return Json::object({{"memories", std::uint64_t{settings.memories}},
                       {"scopes", std::uint64_t{settings.scopes}},
                       {"embedder", settings.space_name()},
                       {"text", text.identity()}});
}

// One commit; its milliseconds go into `ms`.
Status write_batch(const Scope& scope, Embedder& embedder, const std::vector<std::string>& texts, std::vector<double>& ms) {
  auto vectors = embed(embedder, texts, EmbedKind::kPassage);
  if (!vectors) return vectors.status();
  Batch batch;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    batch.put({.text = texts[i], .vectors = {Vector{.values = std::move((*vectors)[i])}}});
  }
  const Stopwatch watch;
  const auto written = scope.write(batch);
  ms.push_back(watch.ms());
  return written.status();
}

// Memories `first`, `first + step`, … below `end` into one namespace.
Status fill(const Store& store, const Namespace& name, Embedder& embedder, const Text& text, std::size_t first, std::size_t end,
            std::size_t step, std::vector<double>& ms, const std::function<void(std::size_t)>& on_written) {
  const auto scope = store.scope(name);
  if (!scope) return scope.status();
  std::vector<std::string> texts;
  for (std::size_t i = first; i < end; i += step) {
    texts.push_back(text.memory(i));
    if (texts.size() < kBatch && end - i > step) continue;
    if (Status status = check_interrupt(); !status) return status;
    if (Status status = write_batch(*scope, embedder, texts, ms); !status) return status;
    on_written(texts.size());
    texts.clear();
  }
  return {};
}

Result<ImportFigures> import_memories(const std::filesystem::path& path, const Text& text, const Settings& settings) {
  auto store = Store::open(path, {.embedder = settings.embedder});
  if (!store) return store.status();
  std::vector<double> ms;
  std::size_t done = 0;
  for (std::size_t scope = 0; scope < settings.scopes; ++scope) {
    const Status status =
        fill(*store, scope_name(scope), *settings.embedder, text, scope, settings.memories, settings.scopes, ms, [&](std::size_t written) {
          done += written;
          settings.on_progress("import", done, settings.memories);
        });
    if (!status) return status;
  }
  if (Status closed = store->close(); !closed) return closed;
  double seconds = 0;
  for (const double one : ms) seconds += one / 1000;
  return ImportFigures{static_cast<double>(settings.memories) / seconds, timings_of(ms)};
}

// What is in the store besides the memories: the small scope, and last of all what it was made with.
Status finish(const std::filesystem::path& path, const Text& text, const Settings& settings, std::uint64_t file_bytes) {
  auto store = Store::open(path, {.embedder = settings.embedder});
  if (!store) return store.status();
  std::vector<double> not_told;
  if (Status status = fill(*store, small_scope(), *settings.embedder, text, 0, kSmall, 1, not_told, [](std::size_t) {}); !status)
    return status;
  const auto about = store->scope(about_scope());
  if (!about) return about.status();
  const Json content = Json::object({{"made_with", made_with(text, settings)}, {"file_bytes", file_bytes}});
  if (const auto id = about->put({.key = kAboutKey, .content = content}); !id) return id.status();
  return store->close();
}

Result<BenchStore> accept(const std::filesystem::path& path, const Text& text, const Settings& settings) {
  const auto store = Store::open(path, {.access = Access::kReadOnly, .embedder = settings.embedder});
  if (!store) return store.status();
  const auto scope = store->scope(about_scope());
  if (!scope) return scope.status();
  const auto about = scope->get(Layer::kSemantic, kAboutKey);
  if (!about && about.status().code() != StatusCode::kNotFound) return about.status();
  if (!about) {
    return Status(StatusCode::kAlreadyExists,
                  fmt::format("{}: not a store that a bench has made and finished", path.string()));
  }
  const Json wanted = made_with(text, settings);
  if (const Json there = about->content["made_with"]; there != wanted) {
    return Status(StatusCode::kFailedPrecondition,
                  fmt::format("{}: made with {}, not with {}", path.string(), there.dump(), wanted.dump()));
  }
  return BenchStore{{}, static_cast<std::uint64_t>(about->content["file_bytes"].as_integer())};
}

}  // namespace

Result<std::vector<std::vector<float>>> embed(Embedder& embedder, std::span<const std::string> texts, EmbedKind kind) {
  const std::size_t dimension = embedder.space().dimension;
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  std::vector<float> rows(texts.size() * dimension);
  if (const Status status = embedder.embed(views, kind, rows); !status) return status;
  std::vector<std::vector<float>> vectors;
  vectors.reserve(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto row = rows.begin() + static_cast<std::ptrdiff_t>(i * dimension);
    vectors.emplace_back(row, row + static_cast<std::ptrdiff_t>(dimension));
  }
  return vectors;
}

bool has_vector(Embedder& embedder, const std::string& text) {
  const auto vectors = embed(embedder, {&text, 1}, EmbedKind::kPassage);
  return vectors && std::any_of(vectors->front().begin(), vectors->front().end(), [](float v) { return v != 0; });
}

Result<BenchStore> prepare_store(const std::filesystem::path& path, const Text& text, const Settings& settings) {
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(path, error))) return accept(path, text, settings);
  BenchStore made;
  auto figures = import_memories(path, text, settings);
  if (!figures) return figures.status();
  made.import = *figures;
  made.file_bytes = std::filesystem::file_size(path, error);
  if (error) return Status(StatusCode::kIo, fmt::format("{}: {}", path.string(), error.message()));
  if (Status status = finish(path, text, settings, made.file_bytes); !status) return status;
  return made;
}

}  // namespace mnemic::cli::bench
