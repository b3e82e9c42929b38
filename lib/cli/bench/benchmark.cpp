// SPDX-License-Identifier: Apache-2.0
#include "cli/bench/benchmark.hpp"

#include "cli/bench/bare_sqlite.hpp"
#include "cli/bench/exact_scan.hpp"
#include "cli/bench/machine.hpp"
#include "cli/bench/sync_counter.hpp"
#include "cli/console.hpp"

#include <algorithm>
#include <numeric>
#include <thread>

namespace mnemic::cli::bench {
namespace {

constexpr std::size_t kWarmUp = 10;   // calls, after the first
constexpr std::size_t kJudged = 200;  // queries whose recall is measured
constexpr std::size_t kOpens = 20;

// A store and the scope that is asked; the scope keeps it alive.
struct Opened {
  Store store;
  Scope scope;
};

Result<Opened> open(const std::filesystem::path& path, const Namespace& name, std::shared_ptr<Embedder> embedder) {
  auto store = Store::open(path, {.embedder = std::move(embedder)});
  if (!store) return store.status();
  auto scope = store->scope(name);
  if (!scope) return scope.status();
  return Opened{*std::move(store), *std::move(scope)};
}

// Times `ask(i)`, which answers a Status, for every query.
template <typename Ask>
Result<ArmFigures> time_queries(std::string_view part, const Settings& settings, Ask ask) {
  ArmFigures figures;
  const Stopwatch first;
  if (Status status = ask(0); !status) return status;
  figures.first_ms = first.ms();
  for (std::size_t i = 0; i < std::min(kWarmUp, settings.queries); ++i) {
    if (Status status = ask(i); !status) return status;
  }
  std::vector<double> ms;
  ms.reserve(settings.queries);
  for (std::size_t i = 0; i < settings.queries; ++i) {
    if (Status status = check_interrupt(); !status) return status;
    const Stopwatch watch;
    const Status status = ask(i);
    ms.push_back(watch.ms());
    if (!status) return status;
    settings.on_progress(part, i + 1, settings.queries);
  }
  figures.warm = timings_of(ms);
  return figures;
}

std::vector<std::string> query_texts(const Text& text, const Settings& settings) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < settings.queries; ++i) texts.push_back(text.query(i));
  return texts;
}

Result<std::vector<float>> stored_vector(const Scope& scope, MemoryId id) {
  auto memory = scope.get(id, {.vectors = true});
  if (!memory) return memory.status();
  if (memory->vectors.size() != 1) return Status(StatusCode::kInternal, "a memory without the vector it was given");
  return std::move(memory->vectors.front().values);
}

// The best scores of every query over all stored vectors.
Result<std::vector<BestScores>> scan(const Scope& scope, const std::vector<std::vector<float>>& queries,
                                     const Settings& settings) {
  std::vector<BestScores> best(queries.size(), BestScores(settings.k));
  const auto total = scope.count();
  if (!total) return total.status();
  ListOptions page{.order = Order::kOldest, .limit = Limits{}.k};
  std::size_t done = 0;
  do {
    const auto memories = scope.list(page);
    if (!memories) return memories.status();
    for (const Memory& memory : *memories) {
      if (Status status = check_interrupt(); !status) return status;
      const auto vector = stored_vector(scope, memory.id);
      if (!vector) return vector.status();
      for (std::size_t i = 0; i < queries.size(); ++i) best[i].see(dot(queries[i], *vector));
      settings.on_progress("exact scan", ++done, *total);
    }
    page.cursor = memories->next;
  } while (!page.cursor.empty());
  return best;
}

// The mean over the judged queries. `found`: the ids of each one's hits.
Result<double> judge(const Scope& scope, const std::vector<std::vector<float>>& queries,
                     const std::vector<std::vector<MemoryId>>& found, const Settings& settings) {
  const auto best = scan(scope, queries, settings);
  if (!best) return best.status();
  std::vector<double> recalls;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    std::vector<float> scores;
    for (const MemoryId id : found[i]) {
      const auto vector = stored_vector(scope, id);
      if (!vector) return vector.status();
      scores.push_back(dot(queries[i], *vector));
    }
    recalls.push_back(tie_aware_recall(scores, (*best)[i]));
  }
  return mean(recalls);
}

// How many such calls one after the other would be made in a second.
double per_second(const std::vector<double>& ms) {
  return 1000 * static_cast<double>(ms.size()) / std::accumulate(ms.begin(), ms.end(), 0.0);
}

}  // namespace

Result<ArmFigures> measure_vector(const std::filesystem::path& path, const Text& text, const Settings& settings) {
  auto vectors = embed(*settings.embedder, query_texts(text, settings), EmbedKind::kQuery);
  if (!vectors) return vectors.status();
  const auto opened = open(path, scope_name(0), settings.embedder);
  if (!opened) return opened.status();
  const std::size_t judged = std::min(kJudged, settings.queries);
  std::vector<std::vector<MemoryId>> found(judged);
  auto figures = time_queries("vector", settings, [&](std::size_t i) {
    const auto result = opened->scope.recall({.vector = Vector{.values = (*vectors)[i]}}, {.k = settings.k});
    if (!result) return result.status();
    if (i < judged) {
      found[i].clear();
      for (const Hit& hit : result->hits) found[i].push_back(hit.memory.id);
    }
    return Status();
  });
  if (!figures) return figures;
  std::vector<std::vector<float>> queries(vectors->begin(), vectors->begin() + static_cast<std::ptrdiff_t>(judged));
  for (auto& query : queries) query = normalised(std::move(query));
  const auto recall = judge(opened->scope, queries, found, settings);
  if (!recall) return recall.status();
  figures->recall = *recall;
  return figures;
}

Result<ArmFigures> measure_lexical(const std::filesystem::path& path, const Text& text, const Settings& settings) {
  const std::vector<std::string> texts = query_texts(text, settings);
  const auto opened = open(path, scope_name(0), nullptr);
  if (!opened) return opened.status();
  return time_queries("lexical", settings, [&](std::size_t i) {
    return opened->scope.recall({.text = texts[i]}, {.k = settings.k}).status();
  });
}

Result<ArmFigures> measure_recall(const std::filesystem::path& path, const Text& text, const Settings& settings) {
  const std::vector<std::string> texts = query_texts(text, settings);
  const auto opened = open(path, scope_name(0), settings.embedder);
  if (!opened) return opened.status();
  return time_queries("recall", settings, [&](std::size_t i) {
    const auto result = opened->scope.recall({.text = texts[i]}, {.k = settings.k, .token_budget = kTokenBudget});
    if (!result) return result.status();
    return result->context().empty() && !result->hits.empty() ? Status(StatusCode::kInternal, "hits without a context")
                                                              : Status();
  });
}

Result<SizeFigures> measure_size(const std::filesystem::path& path, const Text& text, const Settings& settings) {
  const std::string query = text.query(0);
  return_freed_memory();
  const auto before = resident_bytes();
  const auto opened = open(path, scope_name(0), settings.embedder);
  if (!opened) return opened.status();
  const auto result = opened->scope.recall({.text = query}, {.k = settings.k});
  if (!result) return result.status();
  const auto after = resident_bytes();
  const auto stats = opened->store.stats();
  if (!stats) return stats.status();
  SizeFigures figures{.cache_bytes = stats->cache_bytes};
  if (before && after) figures.resident_bytes = *after > *before ? *after - *before : 0;
  return figures;
}

Result<Timings> measure_open(const std::filesystem::path& path, const Text& text, const Settings& settings) {
  std::vector<double> ms;
  for (std::size_t i = 0; i < kOpens; ++i) {
    if (Status status = check_interrupt(); !status) return status;
    const std::string query = text.query(i);
    const Stopwatch watch;
    const auto opened = open(path, small_scope(), settings.embedder);
    if (!opened) return opened.status();
    const auto result = opened->scope.recall({.text = query}, {.k = settings.k});
    ms.push_back(watch.ms());
    if (!result) return result.status();
    settings.on_progress("open", i + 1, kOpens);
  }
  return timings_of(ms);
}

Result<AppendFigures> measure_append(const std::filesystem::path& path, const Text& text, const Settings& settings) {
  const auto opened = open(path, append_scope(), settings.embedder);
  if (!opened) return opened.status();
  auto bare = BareSqlite::make(path.string() + "-bare");
  if (!bare) return bare.status();
  if (const auto id = opened->scope.put({.text = text.memory(0)}, {Durability::kFull}); !id) return id.status();
  if (Status status = bare->append(text.memory(0)); !status) return status;

  std::vector<double> ms, bare_ms;
  for (std::size_t i = 0; i < settings.appends; ++i) {
    const std::string line = text.memory(i);
    const Stopwatch watch;
    Status status = opened->scope.put({.text = line}, {Durability::kFull}).status();
    ms.push_back(watch.ms());
    const Stopwatch bare_watch;
    if (status) status = bare->append(line);
    bare_ms.push_back(bare_watch.ms());
    if (status) status = check_interrupt();
    if (!status) return status;
    settings.on_progress("append", i + 1, settings.appends);
  }
  AppendFigures figures{.per_s = per_second(ms), .each = timings_of(ms), .bare_per_s = per_second(bare_ms)};
  figures.ratio_p50 = figures.each.p50 / timings_of(bare_ms).p50;
  return figures;
}

Result<AppendFigures> measure_append_together(const std::filesystem::path& path, const Text& text, const Settings& settings) {
  const SyncCounter syncs;  // outlives the store
  const auto opened = open(path, append_scope(), settings.embedder);
  if (!opened) return opened.status();
  const std::size_t each = std::max<std::size_t>(1, settings.appends / kThreads);
  if (const auto id = opened->scope.put({.text = text.memory(0)}, {Durability::kFull}); !id) return id.status();

  std::vector<std::string> texts;
  for (std::size_t i = 0; i < kThreads * each; ++i) texts.push_back(text.memory(i));
  std::vector<std::vector<double>> ms(kThreads, std::vector<double>(each));
  std::vector<Status> failures(kThreads);
  const auto work = [&](std::size_t thread) {
    for (std::size_t i = 0; i < each; ++i) {
      const Stopwatch watch;
      Status status = opened->scope.put({.text = texts[thread * each + i]}, {Durability::kFull}).status();
      ms[thread][i] = watch.ms();
      if (status) status = check_interrupt();
      if (!status) {
        failures[thread] = std::move(status);
        return;
      }
    }
  };
  const std::uint64_t before = syncs.count();
  std::vector<std::jthread> others;
  const Stopwatch wall;
  for (std::size_t thread = 1; thread < kThreads; ++thread) others.emplace_back(work, thread);
  work(0);
  others.clear();  // joins
  const double seconds = wall.ms() / 1000;
  const std::uint64_t synced = syncs.count() - before;

  for (const Status& failure : failures) {
    if (!failure) return failure;
  }
  std::vector<double> all;
  for (const auto& one : ms) all.insert(all.end(), one.begin(), one.end());
  AppendFigures figures{.per_s = static_cast<double>(all.size()) / seconds, .each = timings_of(all)};
  if (synced > 0) figures.per_sync = static_cast<double>(all.size()) / static_cast<double>(synced);
  return figures;
}

}  // namespace mnemic::cli::bench
