// SPDX-License-Identifier: Apache-2.0
// The options that facts and episodes are written with alike.
#pragma once

#include "cli/store_arguments.hpp"

namespace mnemic::cli {

struct WriteArguments {
  std::vector<std::string> sources;
  std::string trust, session, metadata;
  double importance = 0.5;
  bool pinned = false;
  std::vector<std::string> tags;

  void add_to(CLI::App& command);

  /// Puts them into a FactInput or an EpisodeInput.
  template <typename Input>
  Status fill(Input& input) const {
    auto ids = id_arguments(sources, "--source");
    if (!ids) return ids.status();
    const auto believed = trust_argument(trust);
    if (!believed) return believed.status();
    auto json = json_argument("--metadata", metadata);
    if (!json) return json.status();
    input.sources = *std::move(ids);
    input.trust = *believed;
    input.metadata = *std::move(json);
    input.session = session;
    input.importance = importance;
    input.pinned = pinned;
    input.tags = tags;
    return {};
  }
};

}  // namespace mnemic::cli
