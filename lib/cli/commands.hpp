// SPDX-License-Identifier: Apache-2.0
// The commands. Each `add_*` describes its command to the parser; parsing one sets `chosen` to what it does.
#pragma once

#include "cli/console.hpp"

#include <functional>
#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace mnemic::cli {

struct Frame {
  CLI::App& app;
  Console& console;
  std::function<int()>& chosen;
  std::string program;  ///< how this process was started: argv[0]
};

void add_import(const Frame& frame);
void add_export(const Frame& frame);
void add_put(const Frame& frame);
void add_get(const Frame& frame);
void add_list(const Frame& frame);
void add_count(const Frame& frame);
void add_recall(const Frame& frame);
void add_why(const Frame& frame);
void add_forget(const Frame& frame);
void add_recover(const Frame& frame);
void add_erase(const Frame& frame);
void add_purge(const Frame& frame);
void add_erasures(const Frame& frame);
void add_policies(const Frame& frame);  // policies, policy add, policy remove
void add_hold(const Frame& frame);
void add_facts(const Frame& frame);     // facts, fact assert, fact get, …
void add_timeline(const Frame& frame);  // timeline, episode record, …
void add_skills(const Frame& frame);    // skills, skill record, skill get
void add_relate(const Frame& frame);
void add_related(const Frame& frame);
void add_stats(const Frame& frame);
void add_check(const Frame& frame);
void add_snapshot(const Frame& frame);
void add_backup(const Frame& frame);
void add_restore(const Frame& frame);
void add_salvage(const Frame& frame);
void add_rekey(const Frame& frame);
void add_maintain(const Frame& frame);
void add_jobs(const Frame& frame);
void add_reembed(const Frame& frame);
void add_namespaces(const Frame& frame);
void add_eval(const Frame& frame);  // eval, eval negative, eval replay
void add_eval_negative(const Frame& eval);
void add_eval_replay(const Frame& eval);
void add_bench(const Frame& frame);  // bench, bench compare
void add_demo(const Frame& frame);

}  // namespace mnemic::cli
