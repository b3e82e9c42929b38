// SPDX-License-Identifier: Apache-2.0
// A labelled set: corpus.jsonl, queries.jsonl and qrels.tsv in one directory.
#pragma once

#include "cli/metrics.hpp"

#include <mnemic/status.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace mnemic::cli {

struct EvalQuery {
  std::string id;
  std::string scope;
  std::string text;
  std::string category;  ///< for reporting only
  Evidence evidence;     ///< never empty
};

struct EvalSet {
  std::string name;  ///< of the directory
  std::filesystem::path corpus;
  std::vector<EvalQuery> queries;
  std::size_t dropped = 0;  ///< queries without evidence
};

/// @errors  kNotFound: a file is missing. kInvalidArgument: a bad line, named by file and line.
Result<EvalSet> load_eval_set(const std::filesystem::path& directory);

}  // namespace mnemic::cli
