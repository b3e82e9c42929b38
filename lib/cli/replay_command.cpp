// SPDX-License-Identifier: Apache-2.0
// mnemic eval replay
#include "cli/new_command.hpp"
#include "cli/replay/replay.hpp"
#include "cli/store_arguments.hpp"
#include "cli/temp_store.hpp"
#include "cli/terminal_text.hpp"

#include <fmt/format.h>

namespace mnemic::cli {
namespace {

using U = std::uint64_t;

struct Arguments {
  std::vector<std::string> files;
  std::string embedder = "builtin";
  std::string store;
};

Json to_json(const std::string& file, const ReplayReport& report) {
  std::vector<Json> unmet;
  for (const Unmet& one : report.unmet) unmet.push_back(Json::object({{"line", U{one.line}}, {"op", one.op}, {"what", one.what}}));
  return Json::object({{"file", file},
                       {"lines", U{report.lines}},
                       {"sessions", U{report.sessions}},
                       {"expectations", U{report.expectations}},
                       {"met", U{report.met}},
                       {"stale", U{report.stale}},
                       {"missing", U{report.missing}},
                       {"unmet", Json::array(unmet)}});
}

Result<ReplayReport> play(const std::string& file, const Arguments& arguments, Console& console) {
  Progress progress(console, "replaying");
  ReplayOptions options{.store = arguments.store, .embedder = arguments.embedder};
  options.on_progress = [&](std::uint64_t done, std::uint64_t total) { progress.update(done, total); };
  if (!arguments.store.empty()) return replay(file, options);
  const auto temporary = TempStore::make("replay");
  if (!temporary) return temporary.status();
  options.store = temporary->path();
  return replay(file, options);
}

int run(const Arguments& arguments, Console& console) {
  if (!arguments.store.empty() && arguments.files.size() > 1) return console.usage("eval replay: --store keeps one history; give one FILE");
  watch_interrupts();
  bool met = true;
  for (const std::string& file : arguments.files) {
    const auto report = play(file, arguments, console);
    if (!report) return console.fail(report.status());
    met = met && report->met == report->expectations;
    const std::string name = std::filesystem::path(file).filename().string();
    if (console.json) {
      console.print(to_json(name, *report));
      continue;
    }
    for (const Unmet& one : report->unmet) {
      console.line(console.bad(fmt::format("{}:{}: {}: {}", clean_line(name), one.line, one.op, clean_line(one.what))));
    }
    console.line(fmt::format("{}: {} lines, {} sessions, {} of {} expectations met; stale {}, missing {}", clean_line(name), report->lines,
                             report->sessions, report->met, report->expectations, report->stale, report->missing));
  }
  return met ? 0 : static_cast<int>(StatusCode::kInternal);
}

}  // namespace

void add_eval_replay(const Frame& eval) {
  CLI::App& command = new_command(eval, "replay", "Play a history of several sessions and check what is found when");
  auto arguments = std::make_shared<Arguments>();
  command.add_option("FILE", arguments->files, "JSON lines: what happens, and what must and must not be found; \"-\": standard input")->required();
  add_embedder_option(command, arguments->embedder);
  command.add_option("--store", arguments->store, "Keep the store there, a new file, instead of in a temporary one");
  command.footer("Exit code 13 when an expectation is not met. The format: docs/command-line.md");
  choose(eval, command, arguments, run);
}

}  // namespace mnemic::cli
