// SPDX-License-Identifier: Apache-2.0
// Runs a labelled set against a store and measures.
#pragma once

#include "cli/eval_set.hpp"
#include "cli/importer.hpp"

#include <mnemic/store.hpp>

#include <functional>
#include <map>
#include <vector>

namespace mnemic::cli {

struct EvalOptions {
  std::vector<std::size_t> cutoffs{5, 10, 50};  ///< of recall@k, ascending; the last one is how many hits are asked for
  std::size_t limit_queries = 0;                ///< 0: all
  std::size_t resamples = 1000;                 ///< of the bootstrap; 0: no intervals
  RecallOptions recall = {};                    ///< how every question is asked, but for k
  std::function<void(const char* step, std::uint64_t done, std::uint64_t total)> on_progress;
};

/// Means over some questions.
struct Measures {
  std::size_t queries = 0;
  std::map<std::size_t, double> recall;  ///< by cutoff
  double hit_10 = 0;
  double ndcg_10 = 0;
  double mrr_10 = 0;
};

struct EvalReport {
  Measures overall;
  std::map<std::string, Measures> by_category;
  Interval recall_10;  ///< 95 %
  Interval ndcg_10;    ///< 95 %
  double p50_ms = 0;   ///< of one recall call, after one warm-up per scope
  double p95_ms = 0;
  ImportReport ingest;
  std::size_t dropped = 0;
};

/// Imports the corpus of `set` below the namespace {"eval"}, then asks every question in its own scope, Reach::kOwn.
/// @errors  As import_file and Scope::recall.
Result<EvalReport> evaluate(const Store& store, const EvalSet& set, const EvalOptions& options);

}  // namespace mnemic::cli
