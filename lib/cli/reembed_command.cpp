// SPDX-License-Identifier: Apache-2.0
// mnemic reembed
#include "cli/new_command.hpp"
#include "cli/store_arguments.hpp"
#include "cli/terminal_text.hpp"

#include <fmt/format.h>

#include <string>

namespace mnemic::cli {
namespace {

struct Arguments {
  StoreArguments store;
  std::string to;
  std::string drop;
  bool now = false;
};

std::string name_of(const EmbeddingSpace& space) {
  return space.name.empty() ? "no embedder" : fmt::format("{}/{}", space.name, space.version);
}

/// Until nothing is missing, nothing more can be done, or Ctrl-C.
Status move_on(const Store& store, Console& console) {
  Progress progress(console, "embedding");
  for (;;) {
    const auto move = store.reembedding();
    if (!move) return move.status();
    if (!*move) return {};
    progress.update((*move)->total - (*move)->missing, (*move)->total);
    const auto report = store.maintain();
    if (!report) return report.status();
    if (report->done == 0 && report->remaining == 0) return {};
    if (Status status = check_interrupt(); !status) return status;
  }
}

int run_drop(const Arguments& arguments, Console& console) {
  const std::size_t slash = arguments.drop.find('/');
  if (slash == std::string::npos) return console.usage("reembed: --drop takes NAME/VERSION");
  const auto store = arguments.store.open(Use::kChange);
  if (!store) return console.fail(store.status());
  if (const Status dropped = store->drop_space(arguments.drop.substr(0, slash), arguments.drop.substr(slash + 1)); !dropped) {
    return console.fail(in_option("--drop", dropped));
  }
  if (console.json) {
    console.print(Json::object({{"dropped", arguments.drop}}));
  } else {
    console.line(console.good(clean_line(arguments.drop) + " dropped"));
  }
  return 0;
}

int run(const Arguments& given, Console& console) {
  Arguments arguments = given;
  arguments.store.embedder = "none";  // what the file goes by need not be at hand
  if (!arguments.drop.empty()) return run_drop(arguments, console);
  if (arguments.to.empty()) return console.usage("reembed: --to or --drop is required");
  watch_interrupts();
  const auto store = arguments.store.open(Use::kChange);
  if (!store) return console.fail(store.status());
  const auto embedder = embedder_named(arguments.to);
  if (const Status begun = store->reembed(embedder, arguments.now ? Switch::kNow : Switch::kWhenComplete); !begun) {
    return console.fail(in_option("--to", begun));
  }
  if (const Status moved = move_on(*store, console); !moved) return console.fail(moved);
  const auto left = store->reembedding();
  if (!left) return console.fail(left.status());
  const auto stats = store->stats();
  if (!stats) return console.fail(stats.status());
  const std::size_t missing = *left ? (*left)->missing : stats->without_vector;
  if (console.json) {
    console.print(Json::object({{"space", name_of(embedder->space())}, {"complete", !*left}, {"missing", missing}}));
  } else if (*left) {
    console.warn(fmt::format("{} to {}: {} of {} missing, {} jobs dead (mnemic jobs)", name_of((*left)->from), name_of((*left)->to),
                             missing, (*left)->total, (*left)->dead));
  } else {
    console.line(console.good("recall goes by " + name_of(embedder->space())));
  }
  return 0;
}

}  // namespace

void add_reembed(const Frame& frame) {
  CLI::App& command = new_command(frame, "reembed", "Move a store to another embedder, or go on with a move");
  auto arguments = std::make_shared<Arguments>();
  arguments->store.add_to(command, Use::kChange);
  command.add_option("--to", arguments->to, "builtin or hashed")->check(CLI::IsMember({"builtin", "hashed"}));
  command.add_flag("--now", arguments->now, "Recall goes by it at once, not when it is complete");
  command.add_option("--drop", arguments->drop, "NAME/VERSION: give the vectors of an embedder up that was moved from");
  choose(frame, command, arguments, run);
}

}  // namespace mnemic::cli
