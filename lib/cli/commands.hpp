// SPDX-License-Identifier: Apache-2.0
// The commands. Each `add_*` describes its command to the parser; parsing one sets `chosen` to what it does.
#pragma once

#include "cli/console.hpp"

#include <functional>
#include <memory>

namespace CLI {
class App;
}

namespace mnemic::cli {

struct Frame {
  CLI::App& app;
  Console& console;
  std::function<int()>& chosen;
};

void add_import(const Frame& frame);
void add_put(const Frame& frame);
void add_get(const Frame& frame);
void add_list(const Frame& frame);
void add_count(const Frame& frame);
void add_recall(const Frame& frame);
void add_why(const Frame& frame);
void add_forget(const Frame& frame);
void add_stats(const Frame& frame);
void add_check(const Frame& frame);
void add_namespaces(const Frame& frame);
void add_eval(const Frame& frame);

}  // namespace mnemic::cli
