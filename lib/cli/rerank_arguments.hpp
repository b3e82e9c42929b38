// SPDX-License-Identifier: Apache-2.0
// How recall and eval are told to look at the best again.
#pragma once

#include <mnemic/recall/reranker.hpp>

#include <CLI/CLI.hpp>

namespace mnemic::cli {

struct RerankArguments {
  bool wanted = false;
  RerankOptions shape;

  void add_to(CLI::App& command) {
    command.add_flag("--rerank", wanted, "Look at the best again, word by word, with the reranker that ships");
    command.add_option("--rerank-top", shape.top, "At how many")->capture_default_str();
    command.add_option("--rerank-weight", shape.weight, "Its share of the score, 0 to 1")->capture_default_str();
  }

  [[nodiscard]] Result<RerankOptions> options() const {
    RerankOptions options = shape;
    if (!wanted) return options;
    options.reranker = late_interaction_reranker();
    if (options.reranker == nullptr) return Status(StatusCode::kUnsupported, "--rerank: this build has no table of words");
    return options;
  }
};

}  // namespace mnemic::cli
