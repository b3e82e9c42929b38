// SPDX-License-Identifier: Apache-2.0
// mnemic export, and mnemic import of what it wrote or another project did
#include "cli/interruptible.hpp"
#include "cli/new_command.hpp"
#include "cli/store_arguments.hpp"
#include "cli/terminal_text.hpp"
#include "cli/transfer_commands.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

namespace mnemic::cli {
namespace {

struct ExportArguments {
  StoreArguments store;
  std::string path;
  std::vector<std::string> scopes;
  std::vector<std::string> layers;
  FilterArgument where;
  bool vectors = false;
  bool history = false;
  Seq since = 0;
};

Result<ExportOptions> to_options(const ExportArguments& arguments) {
  ExportOptions options;
  for (const std::string& name : arguments.scopes) {
    const auto parsed = Namespace::parse(name);
    if (!parsed) return in_option("--scope", parsed.status());
    options.namespaces.push_back(*parsed);
  }
  for (const std::string& name : arguments.layers) {
    const auto layer = parse_layer(name);
    if (!layer) return in_option("--layer", layer.status());
    options.layers.push_back(*layer);
  }
  const auto where = arguments.where.filter();
  if (!where) return where.status();
  options.where = *where;
  options.vectors = arguments.vectors;
  options.history = arguments.history;
  options.since = arguments.since;
  return options;
}

int run_export(const ExportArguments& arguments, Console& console) {
  auto options = to_options(arguments);
  if (!options) return console.fail(options.status());
  const auto store = arguments.store.open(Use::kRead);
  if (!store) return console.fail(store.status());
  const auto report = [&] {
    Interruptible work(console, "exporting");
    options->progress = work.progress();
    options->stop = work.stop();
    return store->admin().export_to(arguments.path, *options);
  }();
  if (!report) return console.fail(report.status());
  if (console.json) {
    console.print(to_json(*report));
  } else {
    console.line(console.good(fmt::format("{}, {} bytes", clean_line(arguments.path), report->bytes)));
    console.line(fmt::format("{} memories ({} versions) of {} namespaces, {} relations, {} forgotten, {} erased; the store at change {}", report->memories,
                             report->versions, report->namespaces, report->relations, report->forgotten, report->erased, report->seq));
  }
  return 0;
}

}  // namespace

int run_transfer(const Store& store, const std::string& path, mnemic::ImportOptions options, Console& console) {
  const auto report = [&] {
    Interruptible work(console, "importing");
    options.progress = work.progress();
    options.stop = work.stop();
    return store.admin().import_from(path, options);
  }();
  if (!report) return console.fail(report.status());
  if (console.json) {
    console.print(to_json(*report));
    return 0;
  }
  for (const ImportProblem& problem : report->problems) {
    console.warn(fmt::format("line {}: {}{}", problem.line, problem.id.empty() ? "" : clean_line(problem.id) + ": ", clean_line(problem.what)));
  }
  console.line(fmt::format("{}{}: {} memories: {} written, {} replaced, {} unchanged, {} kept, {} refused; {} forgotten, {} erased, {} relations{}",
                           report->dry_run ? "would be taken from " : "", to_string(report->format), report->memories, report->written,
                           report->replaced, report->unchanged, report->kept, report->refused, report->forgotten, report->erased, report->relations,
                           report->resumed ? "; went on where an earlier import came to" : ""));
  return 0;
}

void add_export(const Frame& frame) {
  CLI::App& command = new_command(frame, "export", "Write memories to a new file of JSON lines");
  auto arguments = std::make_shared<ExportArguments>();
  arguments->store.add_to(command, Use::kRead);
  command.add_option("PATH", arguments->path, "The new file; nothing may be there")->required();
  command.add_option("-s,--scope", arguments->scopes, "A namespace, with all below it; may be repeated; default: everything")->check(not_empty());
  command.add_option("--layer", arguments->layers, "A layer; may be repeated; default: all");
  arguments->where.add_to(command);
  command.add_flag("--vectors", arguments->vectors, "The vectors too");
  command.add_flag("--history", arguments->history, "Also the versions before the current ones");
  command.add_option("--since", arguments->since, "Only what changed after this change, and what was forgotten or erased since");
  choose(frame, command, arguments, run_export);
}

}  // namespace mnemic::cli
