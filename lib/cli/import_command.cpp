// SPDX-License-Identifier: Apache-2.0
// mnemic import
#include "cli/importer.hpp"
#include "cli/new_command.hpp"
#include "cli/store_arguments.hpp"

#include <fmt/format.h>

namespace mnemic::cli {
namespace {

struct Arguments {
  StoreArguments store;
  std::string path;
  std::string scope = "default";
  std::string session;
  std::size_t batch = ImportOptions{}.batch;
  bool skip_bad = false;
};

Json to_json(const ImportReport& report) {
  return Json::object({{"lines", static_cast<std::uint64_t>(report.lines)},
                       {"written", static_cast<std::uint64_t>(report.written)},
                       {"unchanged", static_cast<std::uint64_t>(report.unchanged)},
                       {"skipped", static_cast<std::uint64_t>(report.skipped)},
                       {"namespaces", static_cast<std::uint64_t>(report.namespaces)},
                       {"seconds", report.seconds}});
}

Result<ImportReport> import_into_store(const Arguments& arguments, Console& console) {
  const auto base = Namespace::parse(arguments.scope);
  if (!base) return Status(base.status().code(), "--scope: " + base.status().message());
  const auto file = corpus_file(arguments.path);
  if (!file) return file.status();
  auto store = arguments.store.open(Use::kCreate);
  if (!store) return store.status();
  watch_interrupts();
  ImportOptions options{
      .base = *base, .session = arguments.session, .batch = arguments.batch, .skip_bad = arguments.skip_bad};
  options.on_bad = [&console](const Status& status) { console.warn("skipped: " + status.message()); };
  auto report = [&] {
    Progress progress(console, "importing");
    options.on_progress = [&progress](std::uint64_t done, std::uint64_t total) { progress.update(done, total); };
    return import_file(*store, *file, options);
  }();
  if (const Status closed = store->close(); report && !closed) return closed;
  return report;
}

int run(const Arguments& arguments, Console& console) {
  const auto report = import_into_store(arguments, console);
  if (!report) return console.fail(report.status());
  if (console.json) {
    console.print(to_json(*report));
  } else {
    console.line(fmt::format("{} lines: {} written, {} unchanged, {} skipped; {} namespaces, {:.1f} s ({:.0f} lines/s)",
                             report->lines, report->written, report->unchanged, report->skipped, report->namespaces,
                             report->seconds, static_cast<double>(report->lines) / std::max(report->seconds, 1e-9)));
  }
  return 0;
}

}  // namespace

void add_import(const Frame& frame) {
  CLI::App& command = new_command(frame, "import", "Bring a corpus, a chat log or JSON lines into a store");
  auto arguments = std::make_shared<Arguments>();
  arguments->store.add_to(command, Use::kCreate);
  command.add_option("PATH", arguments->path, "A directory with corpus.jsonl, or a .jsonl file")->required();
  command
      .add_option("-s,--scope", arguments->scope, "Namespace to import into; a line's \"scope\" becomes one below it")
      ->capture_default_str();
  command.add_option("--session", arguments->session, "Session of chat messages that name none");
  command.add_option("--batch", arguments->batch, "Lines per commit")
      ->check(CLI::Range(std::size_t{1}, Limits{}.batch))
      ->capture_default_str();
  command.add_flag("--skip-bad", arguments->skip_bad, "Report bad lines and go on");
  command.footer("Doing it again changes nothing: every line has a key, its own or one made from its content.");
  choose(frame, command, arguments, run);
}

}  // namespace mnemic::cli
