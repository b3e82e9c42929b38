// SPDX-License-Identifier: Apache-2.0
#include "cli/evaluation.hpp"

#include "cli/console.hpp"
#include "cli/jsonl_reader.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace mnemic::cli {
namespace {

constexpr std::size_t kTen = 10;

// The measures of one question.
struct Scored {
  const std::string* category;
  std::vector<double> recall;  // by cutoff, in their order
  double recall_10, hit_10, ndcg_10, mrr_10, ms;
};

template <typename Field>
std::vector<double> column(const std::vector<const Scored*>& rows, Field field) {
  std::vector<double> values;
  values.reserve(rows.size());
  for (const Scored* row : rows) values.push_back(field(*row));
  return values;
}

Measures average(const std::vector<const Scored*>& rows, const std::vector<std::size_t>& cutoffs) {
  Measures measures;
  measures.queries = rows.size();
  for (std::size_t i = 0; i < cutoffs.size(); ++i) {
    measures.recall[cutoffs[i]] = mean(column(rows, [i](const Scored& s) { return s.recall[i]; }));
  }
  measures.hit_10 = mean(column(rows, [](const Scored& s) { return s.hit_10; }));
  measures.ndcg_10 = mean(column(rows, [](const Scored& s) { return s.ndcg_10; }));
  measures.mrr_10 = mean(column(rows, [](const Scored& s) { return s.mrr_10; }));
  return measures;
}

Namespace namespace_of(const std::string& scope) {
  return scope.empty() ? Namespace{"eval"} : Namespace{"eval", scope};
}

class Asker {
 public:
  Asker(const Store& store, const EvalOptions& options) : store_(store), options_(options.recall) {
    options_.k = options.cutoffs.back();
  }

  // The keys of the hits, and the milliseconds of the call.
  Result<std::pair<Ranking, double>> ask(const EvalQuery& query) {
    auto it = scopes_.find(query.scope);
    const bool first = it == scopes_.end();
    if (first) {
      auto scope = store_.scope(namespace_of(query.scope));
      if (!scope) return scope.status();
      it = scopes_.emplace(query.scope, *std::move(scope)).first;
    }
    const Query asked{.text = query.text};
    if (first) {  // loads the partition
      if (const auto warm_up = it->second.recall(asked, options_); !warm_up) return warm_up.status();
    }
    const auto start = std::chrono::steady_clock::now();
    const auto result = it->second.recall(asked, options_);
    const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
    if (!result) return result.status();
    Ranking ranked;
    for (const Hit& hit : result->hits) ranked.push_back(hit.memory.key);
    return std::pair{distinct(std::move(ranked)), taken.count()};
  }

 private:
  const Store& store_;
  RecallOptions options_;
  std::map<std::string, Scope> scopes_;
};

}  // namespace

Result<EvalReport> evaluate(const Store& store, const EvalSet& set, const EvalOptions& options) {
  const auto progress = [&options](const char* step, std::uint64_t done, std::uint64_t total) {
    if (options.on_progress) options.on_progress(step, done, total);
  };
  ImportOptions how{.base = namespace_of("")};
  how.on_progress = [&](std::uint64_t done, std::uint64_t total) { progress("importing", done, total); };
  auto ingest = import_file(store, set.corpus, how);
  if (!ingest) return ingest.status();

  const std::size_t count =
      options.limit_queries == 0 ? set.queries.size() : std::min(options.limit_queries, set.queries.size());
  Asker asker(store, options);
  std::vector<Scored> scored;
  for (std::size_t i = 0; i < count; ++i) {
    if (Status status = check_interrupt(); !status) return status;
    const EvalQuery& query = set.queries[i];
    const auto answer = asker.ask(query);
    if (!answer) return at("query " + query.id, answer.status());
    const auto& [ranked, ms] = *answer;
    Scored row{&query.category,
               {},
               recall_at(ranked, query.evidence, kTen),
               hit_at(ranked, query.evidence, kTen),
               ndcg_at(ranked, query.evidence, kTen),
               reciprocal_rank_at(ranked, query.evidence, kTen),
               ms};
    for (const std::size_t k : options.cutoffs) row.recall.push_back(recall_at(ranked, query.evidence, k));
    scored.push_back(std::move(row));
    progress("asking", i + 1, count);
  }

  std::vector<const Scored*> all;
  std::map<std::string, std::vector<const Scored*>> categories;
  for (const Scored& row : scored) {
    all.push_back(&row);
    categories[*row.category].push_back(&row);
  }
  EvalReport report;
  report.overall = average(all, options.cutoffs);
  for (const auto& [name, rows] : categories) report.by_category.emplace(name, average(rows, options.cutoffs));
  report.recall_10 = bootstrap_interval(column(all, [](const Scored& s) { return s.recall_10; }), options.resamples);
  report.ndcg_10 = bootstrap_interval(column(all, [](const Scored& s) { return s.ndcg_10; }), options.resamples);
  const std::vector<double> times = column(all, [](const Scored& s) { return s.ms; });
  report.p50_ms = percentile(times, 0.50);
  report.p95_ms = percentile(times, 0.95);
  report.ingest = *std::move(ingest);
  report.dropped = set.dropped;
  return report;
}  // namespace mnemic::cli

}  // namespace mnemic::cli
