// SPDX-License-Identifier: Apache-2.0
// What may concern every namespace: --scope, --subtree, --where. Brings in the whole parser.
#pragma once

#include "cli/store_arguments.hpp"

#include <CLI/CLI.hpp>

#include <optional>
#include <string>

namespace mnemic::cli {

struct WhereArguments {
  std::string scope;
  bool subtree = false;
  FilterArgument where;

  void add_to(CLI::App& command) {
    command.add_option("-s,--scope", scope, "Of this namespace, as printed: acme/ada; of every one when left out");
    command.add_flag("--subtree", subtree, "And of all below it");
    where.add_to(command);
  }
  [[nodiscard]] Result<std::optional<Namespace>> name_space() const {
    if (scope.empty()) return std::optional<Namespace>();
    const auto parsed = Namespace::parse(scope);
    if (!parsed) return in_option("--scope", parsed.status());
    return std::optional<Namespace>(*parsed);
  }
};

}  // namespace mnemic::cli
