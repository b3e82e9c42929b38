// SPDX-License-Identifier: Apache-2.0
// mnemic eval
#include "cli/encoder_arguments.hpp"
#include "cli/evaluation.hpp"
#include "cli/new_command.hpp"
#include "cli/rerank_arguments.hpp"
#include "cli/store_arguments.hpp"
#include "cli/temp_store.hpp"
#include "cli/terminal_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace mnemic::cli {
namespace {

struct Arguments {
  std::vector<std::string> directories;
  std::string embedder = "builtin";
  EncoderArguments encoder;
  std::string language = "english";
  std::vector<std::size_t> cutoffs;
  RecallOptions recall;
  RerankArguments rerank;
  std::string depth = "shallow";
  std::string store;
  std::size_t limit_queries = 0;
  std::size_t resamples = EvalOptions{}.resamples;
};

using U = std::uint64_t;

double rounded(double value) {
  return std::round(value * 1e6) / 1e6;
}

double ingest_per_s(const ImportReport& ingest) {
  return ingest.seconds > 0 ? static_cast<double>(ingest.lines) / ingest.seconds : 0;
}

void add_measures(std::vector<Json::Member>& members, const Measures& measures) {
  members.emplace_back("queries", U{measures.queries});
  for (const auto& [k, recall] : measures.recall) members.emplace_back(fmt::format("recall@{}", k), rounded(recall));
  members.emplace_back("hit@10", rounded(measures.hit_10));
  members.emplace_back("ndcg@10", rounded(measures.ndcg_10));
  members.emplace_back("mrr@10", rounded(measures.mrr_10));
}

Json to_json(const Interval& interval) {
  return Json::array({rounded(interval.low), rounded(interval.high)});
}

Json to_json(const EvalSet& set, const EvalReport& report, const Arguments& arguments) {
  std::vector<Json::Member> members{{"set", set.name}};
  add_measures(members, report.overall);
  if (arguments.resamples > 0) {
    members.emplace_back("recall@10_interval", to_json(report.recall_10));
    members.emplace_back("ndcg@10_interval", to_json(report.ndcg_10));
  }
  members.emplace_back("p50_ms", rounded(report.p50_ms));
  members.emplace_back("p95_ms", rounded(report.p95_ms));
  members.emplace_back("ingest_per_s", rounded(ingest_per_s(report.ingest)));
  members.emplace_back("documents", U{report.ingest.lines});
  members.emplace_back("dropped", U{report.dropped});
  members.emplace_back("embedder", arguments.encoder.given() ? arguments.encoder.directory : arguments.embedder);
  members.emplace_back("exact", arguments.recall.exact);
  if (arguments.recall.vector_weight) members.emplace_back("vector_weight", *arguments.recall.vector_weight);
  members.emplace_back("author_boost", arguments.recall.author_boost);
  members.emplace_back("time_expressions", arguments.recall.time_expressions);
  members.emplace_back("neighbours", arguments.recall.neighbours);
  members.emplace_back("depth", arguments.depth);
  members.emplace_back("rerank", arguments.rerank.wanted);
  std::vector<Json::Member> categories;
  for (const auto& [name, measures] : report.by_category) {
    std::vector<Json::Member> one;
    add_measures(one, measures);
    categories.emplace_back(name, Json::object(one));
  }
  members.emplace_back("by_category", Json::object(categories));
  return Json::object(members);
}

constexpr std::size_t kNameWidth = 26;

// One table row: what is measured of some questions.
std::string row(std::string_view indent, const std::string& name, const Measures& measures) {
  std::string text =
      fmt::format("{}{:>8}", fit(fmt::format("{}{}", indent, clean_line(name)), kNameWidth), measures.queries);
  for (const auto& [k, recall] : measures.recall) text += fmt::format("{:>8.3f}", recall);
  return text + fmt::format("{:>8.3f}{:>9.3f}{:>8.3f}", measures.hit_10, measures.ndcg_10, measures.mrr_10);
}

void print_header(Console& console, const std::vector<std::size_t>& cutoffs, bool intervals) {
  std::string text = fmt::format("{}{:>8}", fit("set", kNameWidth), "queries");
  for (const std::size_t k : cutoffs) text += fmt::format("{:>8}", fmt::format("R@{}", k));
  text += fmt::format("{:>8}{:>9}{:>8}", "hit@10", "nDCG@10", "MRR@10");
  if (intervals) text += fmt::format("{:>16}{:>16}", "R@10 95 %", "nDCG@10 95 %");
  console.line(console.bold(text + fmt::format("{:>9}{:>9}{:>10}", "p50 ms", "p95 ms", "ingest/s")));
}

void print_set(Console& console, const EvalSet& set, const EvalReport& report, const Arguments& arguments) {
  const auto interval = [](const Interval& i) {
    return fmt::format("{:>16}", fmt::format("[{:.3f}, {:.3f}]", i.low, i.high));
  };
  std::string text = row("", set.name, report.overall);
  if (arguments.resamples > 0) text += interval(report.recall_10) + interval(report.ndcg_10);
  console.line(text +
               fmt::format("{:>9.2f}{:>9.2f}{:>10.0f}", report.p50_ms, report.p95_ms, ingest_per_s(report.ingest)));
  if (arguments.directories.size() > 1) return;
  for (const auto& [name, measures] : report.by_category) console.line(console.dim(row("  ", name, measures)));
  if (report.dropped > 0) console.warn(fmt::format("{} questions without evidence dropped", report.dropped));
}

// What is the same for all sets.
struct Setting {
  const Arguments& arguments;
  std::shared_ptr<Embedder> embedder;
  EvalOptions options;
};

Result<EvalReport> evaluate_in(const std::filesystem::path& path, const EvalSet& set, const Setting& setting, Console& console) {
  Options options;
  options.embedder = setting.embedder;
  options.language = setting.arguments.language;
  options.durability = Durability::kRelaxed;
  auto store = Store::open(path, options);
  if (!store) return store.status();
  Progress importing(console, set.name + " importing");
  Progress asking(console, set.name + " asking");
  EvalOptions with_progress = setting.options;
  with_progress.on_progress = [&](std::string_view step, std::uint64_t done, std::uint64_t total) {
    (step == "asking" ? asking : importing).update(done, total);
  };
  auto report = evaluate(*store, set, with_progress);
  if (Status closed = store->close(); report && !closed) return closed;
  return report;
}

Result<EvalReport> evaluate_set(const EvalSet& set, const Setting& setting, Console& console) {
  if (!setting.arguments.store.empty()) return evaluate_in(setting.arguments.store, set, setting, console);
  const auto temporary = TempStore::make("eval");
  if (!temporary) return temporary.status();
  return evaluate_in(temporary->path(), set, setting, console);
}

int run(const Arguments& arguments, Console& console) {
  if (arguments.directories.empty()) return console.usage("eval: give a DIR, or one of its commands: negative, replay");
  if (!arguments.store.empty() && arguments.directories.size() > 1) {
    return console.usage("eval: --store holds one set; give one DIR");
  }
  const auto depth = parse_depth(arguments.depth);
  if (!depth) return console.fail(in_option("--depth", depth.status()));
  EvalOptions options{.limit_queries = arguments.limit_queries, .resamples = arguments.resamples, .recall = arguments.recall};
  options.recall.depth = *depth;
  const auto reranking = arguments.rerank.options();
  if (!reranking) return console.fail(reranking.status());
  options.recall.rerank = *reranking;
  options.cutoffs.insert(options.cutoffs.end(), arguments.cutoffs.begin(), arguments.cutoffs.end());
  std::sort(options.cutoffs.begin(), options.cutoffs.end());
  options.cutoffs.erase(std::unique(options.cutoffs.begin(), options.cutoffs.end()), options.cutoffs.end());
  Setting setting{arguments, embedder_named(arguments.embedder), std::move(options)};
  if (arguments.encoder.given()) {
    auto encoder = arguments.encoder.load();
    if (!encoder) return console.fail(encoder.status());
    setting.embedder = *std::move(encoder);
  }
  watch_interrupts();
  bool header = !console.json;
  for (const std::string& directory : arguments.directories) {
    const auto set = load_eval_set(directory);
    if (!set) return console.fail(set.status());
    const auto report = evaluate_set(*set, setting, console);
    if (!report) return console.fail(Status(report.status().code(), set->name + ": " + report.status().message()));
    if (std::exchange(header, false)) print_header(console, setting.options.cutoffs, arguments.resamples > 0);
    if (console.json) {
      console.print(to_json(*set, *report, arguments));
    } else {
      print_set(console, *set, *report, arguments);
    }
  }
  return 0;
}

}  // namespace

void add_eval(const Frame& frame) {
  CLI::App& command = new_command(frame, "eval", "Measure recall on labelled sets");
  auto arguments = std::make_shared<Arguments>();
  command.add_option("DIR", arguments->directories, "Directories with corpus.jsonl, queries.jsonl and qrels.tsv");
  add_embedder_option(command, arguments->embedder);
  arguments->encoder.add_to(command);
  command.add_option("--language", arguments->language, "Language of the words arm")->capture_default_str();
  command.add_option("-k", arguments->cutoffs, "Also report recall@K; may be repeated (5, 10 and 50 always are)")
      ->allow_extra_args(false)
      ->check(CLI::Range(std::size_t{1}, Limits{}.k));
  command.add_flag("--exact", arguments->recall.exact, "Exact search: every arm scores every memory");
  command.add_option("--vector-weight", arguments->recall.vector_weight, "Share of the vector arm, 0 to 1; the embedder's own when left out");
  command.add_option("--author-boost", arguments->recall.author_boost, "Raise what those said whom the question names, by 0 to 1")
      ->capture_default_str();
  command.add_flag("!--no-neighbours", arguments->recall.neighbours, "Turns are lent nothing by those beside them");
  command.add_flag("!--no-time-expressions", arguments->recall.time_expressions, "Take no window from words like \"last May\"");
  arguments->rerank.add_to(command);
  command.add_option("--depth", arguments->depth, "shallow, or multi: with follow-up passes")->capture_default_str();
  command.add_option("--store", arguments->store, "Keep the store there instead of in a temporary file");
  command.add_option("--limit-queries", arguments->limit_queries, "Ask the first N questions only; 0 = all")
      ->capture_default_str();
  command.add_option("--bootstrap", arguments->resamples, "Resamples of the 95 % intervals; 0 = none")
      ->capture_default_str();
  command.footer("With --json one line per set. What is measured, and how: docs/command-line.md");
  const Frame below{command, frame.console, frame.chosen, frame.program};
  add_eval_negative(below);
  add_eval_replay(below);
  command.callback([&frame_chosen = frame.chosen, &console = frame.console, &command, arguments] {
    if (!command.get_subcommands().empty()) return;  // negative, replay
    frame_chosen = [&console, arguments] { return run(*arguments, console); };
  });
}

}  // namespace mnemic::cli
