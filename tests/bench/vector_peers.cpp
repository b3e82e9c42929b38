// SPDX-License-Identifier: Apache-2.0
// vector_peers: the same vectors through mnemic, FAISS's IndexFlatIP and hnswlib, in one run on one thread
// (docs/benchmarks.md). mnemic is asked through its public interface, so that its times include reading the k rows.
#include <mnemic/mnemic.hpp>

#include <faiss/IndexFlat.h>
#include <fmt/format.h>
#include <hnswlib/hnswlib.h>
#include <omp.h>
#include <time.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "cli/bench/bench_store.hpp"
#include "cli/bench/exact_scan.hpp"
#include "cli/bench/machine.hpp"
#include "cli/bench/text.hpp"
#include "cli/bench/timings.hpp"
#include "cli/console.hpp"
#include "cli/store_arguments.hpp"
#include "cli/temp_store.hpp"

namespace {

using namespace mnemic;
using namespace mnemic::cli;
using bench::Stopwatch;

constexpr std::size_t kBatch = 1000;        // memories to a commit
constexpr std::size_t kWarmUp = 10;         // queries, after the first
constexpr std::size_t kLinks = 16;          // hnswlib's M
constexpr std::size_t kConstruction = 200;  // its efConstruction
constexpr std::size_t kMostEf = 4096;
constexpr double kRounding = 1e-9;  // of a mean of recalls

struct Settings {
  std::size_t memories = 100'000;
  std::size_t queries = 200;
  std::size_t k = 10;
  std::size_t block = 25;
  std::uint64_t seed = 42;
  std::string text;
  std::shared_ptr<Embedder> embedder;
  std::vector<double> recalls;  // hnswlib is set for each, besides for that of mnemic
  std::string hnsw_index;
  bool vectors_only = false;
  bool json = false;
};

/// Row by row, each with length 1.
struct Vectors {
  std::size_t dimension = 0;
  std::vector<float> values;
  [[nodiscard]] std::size_t size() const { return values.size() / dimension; }
  [[nodiscard]] std::span<const float> row(std::size_t i) const {
    return std::span(values).subspan(i * dimension, dimension);
  }
};

template <typename T>
T take(Result<T> result) {
  if (!result) throw std::runtime_error(result.status().to_string());
  return *std::move(result);
}

void expect(const Status& status) {
  if (!status) throw std::runtime_error(status.to_string());
}

template <typename TextOf>
Vectors embed_all(Embedder& embedder, std::size_t count, EmbedKind kind, TextOf text_of) {
  Vectors vectors;
  for (std::size_t first = 0; first < count; first += kBatch) {
    std::vector<std::string> texts;
    for (std::size_t i = first; i < std::min(first + kBatch, count); ++i) texts.push_back(text_of(i));
    for (auto& row : take(bench::embed(embedder, texts, kind))) {
      row = bench::normalised(std::move(row));
      vectors.dimension = row.size();
      vectors.values.insert(vectors.values.end(), row.begin(), row.end());
    }
    expect(check_interrupt());
  }
  return vectors;
}

/// One that answers queries; what was measured of it.
struct System {
  std::string name;
  std::string key;                // in JSON
  std::optional<double> build_s;  // unset: it was built by an earlier run
  double bytes = 0;               ///< that the process grew by, per vector
  std::function<std::vector<std::size_t>(std::size_t query)> ask;
  std::size_t ef = 0;  // of hnswlib, and the recall it was looked for
  double aim = 0;
  std::vector<double> ms;
  std::vector<double> cpu_ms;  // of this thread: what other processes take is not in it
  double recall = 0;
};

struct Figures {
  bench::Timings wall;
  double cpu_p50 = 0;
};

Figures figures_of(const System& system) {
  return {bench::timings_of(system.ms), percentile(system.cpu_ms, 0.50)};
}

double cpu_ms() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

/// By how much the process has grown since this was made; 0 where the system does not tell.
class Growth {
 public:
  Growth() {
    bench::return_freed_memory();
    before_ = bench::resident_bytes().value_or(0);
  }
  [[nodiscard]] double bytes_per(std::size_t count) const {
    const std::uint64_t after = bench::resident_bytes().value_or(0);
    return after > before_ ? static_cast<double>(after - before_) / static_cast<double>(count) : 0;
  }

 private:
  std::uint64_t before_ = 0;
};

/// The store, asked with a vector alone.
class Mnemic {
 public:
  Mnemic(const Settings& settings, const bench::Text& text, const Vectors& vectors, const Vectors& queries)
      : settings_(settings), queries_(queries), place_(take(TempStore::make("peers"))) {
    {
      const Store store = take(Store::open(place_.path(), {.embedder = settings.embedder}));
      const Scope scope = take(store.scope({"bench"}));
      for (std::size_t first = 0; first < vectors.size(); first += kBatch) {
        expect(check_interrupt());
        write(scope, text, vectors, first, std::min(first + kBatch, vectors.size()));
      }
    }
    const Growth growth;
    const Stopwatch watch;
    store_.emplace(take(Store::open(place_.path(), {.embedder = settings.embedder})));
    scope_.emplace(take(store_->scope({"bench"})));
    ask(0);
    load_s_ = watch.ms() / 1000;
    bytes_ = growth.bytes_per(vectors.size());
    file_bytes_ = static_cast<double>(take(store_->stats()).file_bytes) / static_cast<double>(vectors.size());
  }

  std::vector<std::size_t> ask(std::size_t query) {
    const auto row = queries_.row(query);
    const auto result =
        take(scope_->recall({.vector = Vector{.values = {row.begin(), row.end()}}}, {.k = settings_.k}));
    ids_.clear();
    std::vector<std::size_t> found;
    for (const Hit& hit : result.hits) {
      std::size_t number = 0;
      std::from_chars(hit.memory.key.data(), hit.memory.key.data() + hit.memory.key.size(), number);
      found.push_back(number);
      ids_.push_back(hit.memory.id);
    }
    return found;
  }

  /// Milliseconds of reading the rows of the last answer again, one by one.
  [[nodiscard]] double read_rows() const {
    const Stopwatch watch;
    for (const MemoryId id : ids_) take(scope_->get(id));
    return watch.ms();
  }

  [[nodiscard]] double write_s() const { return write_s_; }
  [[nodiscard]] double load_s() const { return load_s_; }
  [[nodiscard]] double bytes() const { return bytes_; }
  [[nodiscard]] double file_bytes() const { return file_bytes_; }

 private:
  void write(const Scope& scope, const bench::Text& text, const Vectors& vectors, std::size_t first, std::size_t end) {
    Batch batch;
    for (std::size_t i = first; i < end; ++i) {
      const auto row = vectors.row(i);
      const std::string number = std::to_string(i);
      batch.put({.key = number,
                 .text = settings_.vectors_only ? number : text.memory(i),
                 .vectors = {Vector{.values = {row.begin(), row.end()}}}});
    }
    const Stopwatch watch;
    take(scope.write(batch));
    write_s_ += watch.ms() / 1000;
  }

  const Settings& settings_;
  const Vectors& queries_;
  TempStore place_;
  std::optional<Store> store_;
  std::optional<Scope> scope_;
  std::vector<MemoryId> ids_;
  double write_s_ = 0;
  double load_s_ = 0;
  double bytes_ = 0;
  double file_bytes_ = 0;
};

class Faiss {
 public:
  Faiss(const Vectors& vectors, const Vectors& queries, std::size_t k)
      : queries_(queries), k_(k), index_(static_cast<faiss::Index::idx_t>(vectors.dimension)) {
    const Growth growth;
    const Stopwatch watch;
    index_.add(static_cast<faiss::Index::idx_t>(vectors.size()), vectors.values.data());
    build_s_ = watch.ms() / 1000;
    bytes_ = growth.bytes_per(vectors.size());
  }

  std::vector<std::size_t> ask(std::size_t query) const {
    std::vector<float> scores(k_);
    std::vector<faiss::Index::idx_t> labels(k_);
    index_.search(1, queries_.row(query).data(), static_cast<faiss::Index::idx_t>(k_), scores.data(), labels.data());
    std::vector<std::size_t> found;
    for (const faiss::Index::idx_t label : labels) {
      if (label >= 0) found.push_back(static_cast<std::size_t>(label));
    }
    return found;
  }

  [[nodiscard]] double build_s() const { return build_s_; }
  [[nodiscard]] double bytes() const { return bytes_; }

 private:
  const Vectors& queries_;
  std::size_t k_;
  faiss::IndexFlatIP index_;
  double build_s_ = 0;
  double bytes_ = 0;
};

class Hnsw {
 public:
  using Index = hnswlib::HierarchicalNSW<float>;

  /// Built, or read from `file` when it is there; kept there when it is not.
  Hnsw(const Vectors& vectors, const Vectors& queries, std::size_t k, const std::string& file)
      : queries_(queries), k_(k), space_(vectors.dimension) {
    const bool there = !file.empty() && std::filesystem::exists(file);
    const Growth growth;
    if (there) {
      index_ = std::make_unique<Index>(&space_, file);
    } else {
      build(vectors);
    }
    bytes_ = growth.bytes_per(vectors.size());
    if (there && !holds(vectors)) throw std::runtime_error(file + ": an index of other vectors");
    if (!there && !file.empty()) index_->saveIndex(file);
  }

  void set_ef(std::size_t ef) { index_->setEf(ef); }

  std::vector<std::size_t> ask(std::size_t query) const {
    auto best = index_->searchKnn(queries_.row(query).data(), k_);
    std::vector<std::size_t> found;
    for (; !best.empty(); best.pop()) found.push_back(best.top().second);
    return found;
  }

  [[nodiscard]] std::optional<double> build_s() const { return build_s_; }
  [[nodiscard]] double bytes() const { return bytes_; }

 private:
  void build(const Vectors& vectors) {
    const Stopwatch watch;
    index_ = std::make_unique<Index>(&space_, vectors.size(), kLinks, kConstruction);
    for (std::size_t i = 0; i < vectors.size(); ++i) {
      if (i % kBatch == 0) expect(check_interrupt());
      index_->addPoint(vectors.row(i).data(), i);
    }
    build_s_ = watch.ms() / 1000;
  }

  [[nodiscard]] bool holds(const Vectors& vectors) const {
    const bool same_form = index_->M_ == kLinks && index_->ef_construction_ == kConstruction &&
                           index_->label_offset_ - index_->offsetData_ == vectors.dimension * sizeof(float);
    if (!same_form || index_->cur_element_count != vectors.size()) return false;
    for (std::size_t i = 0; i < vectors.size(); ++i) {
      const auto at = static_cast<hnswlib::tableint>(i);
      const std::size_t label = index_->getExternalLabel(at);
      if (label >= vectors.size()) return false;
      const auto row = vectors.row(label);
      if (std::memcmp(index_->getDataByInternalId(at), row.data(), row.size_bytes()) != 0) return false;
    }
    return true;
  }

  const Vectors& queries_;
  std::size_t k_;
  hnswlib::InnerProductSpace space_;
  std::unique_ptr<Index> index_;
  std::optional<double> build_s_;
  double bytes_ = 0;
};

/// Judges answers by exact scores of 32-bit floats.
class Judge {
 public:
  Judge(const Vectors& vectors, const Vectors& queries, std::size_t k)
      : vectors_(vectors), queries_(queries), best_(queries.size(), bench::BestScores(k)) {
    for (std::size_t i = 0; i < vectors.size(); ++i) {
      if (i % kBatch == 0) expect(check_interrupt());
      for (std::size_t q = 0; q < queries.size(); ++q) best_[q].see(bench::dot(queries.row(q), vectors.row(i)));
    }
  }

  [[nodiscard]] double recall(std::size_t query, const std::vector<std::size_t>& found) const {
    std::vector<float> scores;
    for (const std::size_t i : found) scores.push_back(bench::dot(queries_.row(query), vectors_.row(i)));
    return bench::tie_aware_recall(scores, best_[query]);
  }

  template <typename Ask>
  double mean_recall(Ask ask) const {
    std::vector<double> recalls;
    for (std::size_t q = 0; q < best_.size(); ++q) recalls.push_back(recall(q, ask(q)));
    return mean(recalls);
  }

 private:
  const Vectors& vectors_;
  const Vectors& queries_;
  std::vector<bench::BestScores> best_;
};

/// The smallest ef with at least this recall; when there is none, with the recall of the largest that is tried.
std::size_t find_ef(Hnsw& index, const Judge& judge, std::size_t k, double wanted) {
  const auto recall_with = [&](std::size_t ef) {
    expect(check_interrupt());
    index.set_ef(ef);
    return judge.mean_recall([&index](std::size_t q) { return index.ask(q); });
  };
  const double least = wanted - kRounding;
  std::size_t low = k;
  std::size_t high = k;
  while (high < kMostEf && recall_with(high) < least) {
    low = high + 1;
    high = std::min(high * 2, kMostEf);
  }
  double enough = least;
  if (high == kMostEf) {
    enough = std::min(least, recall_with(high) - kRounding);
    if (enough < least) low = k;
  }
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (recall_with(middle) >= enough) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return high;
}

/// Asks every query of every system, in turns of a few queries, so that what else the machine does hits all alike. A
/// block and not a single query, so that most calls find the processor's caches as the system itself leaves them.
void measure(std::vector<System>& systems, const Settings& settings, const Judge& judge) {
  for (System& system : systems) {
    for (std::size_t q = 0; q < std::min(kWarmUp, settings.queries); ++q) system.ask(q);
    system.recall = judge.mean_recall(system.ask);
  }
  std::size_t turn = 0;
  for (std::size_t first = 0; first < settings.queries; first += settings.block, ++turn) {
    const std::size_t end = std::min(first + settings.block, settings.queries);
    for (std::size_t n = 0; n < systems.size(); ++n) {
      System& system = systems[(turn + n) % systems.size()];
      for (std::size_t q = first; q < end; ++q) {
        expect(check_interrupt());
        const double cpu = cpu_ms();
        const Stopwatch watch;
        const auto found = system.ask(q);
        system.ms.push_back(watch.ms());
        system.cpu_ms.push_back(cpu_ms() - cpu);
        if (found.empty()) throw std::runtime_error(system.name + ": no answer");
      }
    }
  }
}

struct Report {
  Json machine;
  Json text;
  std::size_t dimension = 0;
  std::vector<System> systems;  // mnemic first
  bench::Timings rows;
  double load_s = 0;
  double file_bytes = 0;
};

Report run(const Settings& settings, const bench::Text& text) {
  omp_set_num_threads(1);
  Report report{.text = text.identity()};
  const Vectors vectors =
      embed_all(*settings.embedder, settings.memories, EmbedKind::kPassage, [&text](std::size_t i) { return text.memory(i); });
  const Vectors queries =
      embed_all(*settings.embedder, settings.queries, EmbedKind::kQuery, [&text](std::size_t i) { return text.query(i); });
  report.dimension = vectors.dimension;
  const Judge judge(vectors, queries, settings.k);

  Mnemic mnemic(settings, text, vectors, queries);
  Faiss flat(vectors, queries, settings.k);
  Hnsw hnsw(vectors, queries, settings.k, settings.hnsw_index);
  report.load_s = mnemic.load_s();
  report.file_bytes = mnemic.file_bytes();
  report.systems.push_back({.name = "mnemic",
                            .key = "mnemic",
                            .build_s = mnemic.write_s(),
                            .bytes = mnemic.bytes(),
                            .ask = [&mnemic](std::size_t q) { return mnemic.ask(q); }});
  report.systems.push_back({.name = "FAISS IndexFlatIP",
                            .key = "faiss_flat",
                            .build_s = flat.build_s(),
                            .bytes = flat.bytes(),
                            .ask = [&flat](std::size_t q) { return flat.ask(q); }});
  const auto add_hnsw = [&](const std::string& key, double aim) {
    const std::size_t ef = find_ef(hnsw, judge, settings.k, aim);
    const auto ask = [&hnsw, ef](std::size_t q) {
      hnsw.set_ef(ef);
      return hnsw.ask(q);
    };
    report.systems.push_back({.name = fmt::format("hnswlib, ef {}", ef),
                              .key = key,
                              .build_s = hnsw.build_s(),
                              .bytes = hnsw.bytes(),
                              .ask = ask,
                              .ef = ef,
                              .aim = aim});
  };
  add_hnsw("hnswlib", judge.mean_recall(report.systems.front().ask));
  for (const double recall : settings.recalls) add_hnsw(fmt::format("hnswlib_{}", recall), recall);
  measure(report.systems, settings, judge);
  std::vector<double> rows;
  for (std::size_t q = 0; q < settings.queries; ++q) {
    mnemic.ask(q);
    rows.push_back(mnemic.read_rows());
  }
  report.rows = bench::timings_of(rows);
  report.machine = bench::describe_machine(std::filesystem::temp_directory_path());
  return report;
}

Json to_json(const Report& report, const Settings& settings) {
  std::vector<Json::Member> systems;
  std::vector<Json::Member> ratios;
  const System& first = report.systems.front();
  const Figures ours = figures_of(first);
  for (const System& system : report.systems) {
    const Figures its = figures_of(system);
    std::vector<Json::Member> figures = {{"p50_ms", its.wall.p50},
                                         {"p95_ms", its.wall.p95},
                                         {"cpu_p50_ms", its.cpu_p50},
                                         {"recall", system.recall},
                                         {"bytes_per_vector", system.bytes}};
    if (system.build_s) figures.emplace_back("build_s", *system.build_s);
    if (system.ef > 0) {
      figures.emplace_back("ef", std::uint64_t{system.ef});
      figures.emplace_back("recall_aim", system.aim);
    }
    if (&system == &first) {
      figures.emplace_back("load_s", report.load_s);
      figures.emplace_back("file_bytes_per_vector", report.file_bytes);
      figures.emplace_back("rows_p50_ms", report.rows.p50);
      figures.emplace_back("rows_p95_ms", report.rows.p95);
    } else {
      ratios.emplace_back(system.key, Json::object({{"p50", its.wall.p50 / ours.wall.p50},
                                                    {"p95", its.wall.p95 / ours.wall.p95},
                                                    {"cpu_p50", its.cpu_p50 / ours.cpu_p50}}));
    }
    systems.emplace_back(system.key, Json::object(figures));
  }
  return Json::object({{"machine", report.machine},
                       {"memories", std::uint64_t{settings.memories}},
                       {"queries", std::uint64_t{settings.queries}},
                       {"k", std::uint64_t{settings.k}},
                       {"dimension", std::uint64_t{report.dimension}},
                       {"block", std::uint64_t{settings.block}},
                       {"vectors_only", settings.vectors_only},
                       {"text", report.text},
                       {"systems", Json::object(systems)},
                       {"times_of_mnemic", Json::object(ratios)}});
}

void print(Console& console, const Report& report, const Settings& settings) {
  console.line(fmt::format("{} vectors of {} floats, {} queries, k {}, one thread", settings.memories, report.dimension,
                           settings.queries, settings.k));
  console.line(
      console.bold(fmt::format("{:<19}{:>10}{:>10}{:>12}{:>8}{:>8}{:>9}{:>10}{:>15}", "system", "p50 ms", "p95 ms",
                               "CPU p50 ms", "p50 x", "CPU x", "recall", "build s", "bytes/vector")));
  const Figures ours = figures_of(report.systems.front());
  for (const System& system : report.systems) {
    const Figures its = figures_of(system);
    const std::string build = system.build_s ? fmt::format("{:.3g}", *system.build_s) : "-";
    console.line(fmt::format("{:<19}{:>10.4f}{:>10.4f}{:>12.4f}{:>8.2f}{:>8.2f}{:>9.4f}{:>10}{:>15.0f}", system.name,
                             its.wall.p50, its.wall.p95, its.cpu_p50, its.wall.p50 / ours.wall.p50,
                             its.cpu_p50 / ours.cpu_p50, system.recall, build, system.bytes));
  }
  console.line(
      fmt::format("mnemic: Scope::recall, rows included; reading the rows of an answer once more takes {:.4f} ms, p95 "
                  "{:.4f}; loads in "
                  "{:.3g} s; {:.0f} bytes/vector in the file",
                  report.rows.p50, report.rows.p95, report.load_s, report.file_bytes));
  for (const System& system : report.systems) {
    if (system.ef == 0 || system.recall >= system.aim - kRounding) continue;
    console.line(
        fmt::format("{}: does not reach recall {:.4f} with an ef of at most {}", system.name, system.aim, kMostEf));
  }
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  std::string embedder = "builtin";
  CLI::App app("The same vectors through mnemic, FAISS's IndexFlatIP and hnswlib, on one thread");
  const auto number = [&app](const char* option, std::size_t& to, std::size_t most, const char* what) {
    app.add_option(option, to, what)->check(CLI::Range(std::size_t{1}, most))->capture_default_str();
  };
  number("--memories", settings.memories, 100'000'000, "How many vectors");
  number("--queries", settings.queries, 1'000'000, "How many queries");
  number("-k,--k", settings.k, 1000, "Answers wanted of a query");
  number("--block", settings.block, 1'000'000, "Queries to one system before the next one's turn");
  app.add_option("--text", settings.text, "Vectors are those of the lines of this file, instead of generated text");
  app.add_option("--embedder", embedder, "What makes vectors of the lines: builtin or hashed")
      ->check(CLI::IsMember({"builtin", "hashed"}))
      ->capture_default_str();
  app.add_option("--seed", settings.seed, "Of the generated text")->capture_default_str();
  app.add_option("--recall", settings.recalls,
                 "Set hnswlib for this recall, too, besides for that of mnemic; may be repeated")
      ->check(CLI::Range(0.0, 1.0))
      ->allow_extra_args(false);
  app.add_option("--hnsw-index", settings.hnsw_index,
                 "Keep hnswlib's index in this file, and use the one that is there");
  app.add_flag("--vectors-only", settings.vectors_only, "Store a number as the text of each memory, not the line");
  app.add_flag("--json", settings.json, "Print JSON");
  CLI11_PARSE(app, argc, argv);
  settings.embedder = embedder_named(embedder);
  Console console;
  watch_interrupts();
  try {
    const auto text = settings.text.empty()
                          ? bench::generated_text(settings.seed)
                          : take(bench::text_of_file(settings.text, {settings.memories, settings.queries},
                                                     [&](const std::string& line) { return bench::has_vector(*settings.embedder, line); }));
    const Report report = run(settings, *text);
    if (settings.json) {
      console.print(to_json(report, settings));
    } else {
      print(console, report, settings);
    }
  } catch (const std::exception& failure) {
    console.warn(fmt::format("vector_peers: {}", failure.what()));
    return console.finish(1);
  }
  return console.finish(0);
}
