// SPDX-License-Identifier: Apache-2.0
// mnemic import
#include "cli/importer.hpp"
#include "cli/new_command.hpp"
#include "cli/store_arguments.hpp"
#include "cli/transfer_commands.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <tuple>

namespace mnemic::cli {
namespace {

struct Arguments {
  StoreArguments store;
  std::string path;
  std::string format = "lines";
  std::string scope;
  std::string from;
  std::string session;
  std::string conflict = "newer";
  std::size_t batch = 0;  // as the format has it
  bool skip_bad = false;
  bool dry_run = false;
  bool no_grants = false;

  [[nodiscard]] bool is_lines() const { return format == "lines"; }
  [[nodiscard]] std::string base() const { return scope.empty() && !given ? "default" : scope; }
  bool given = false;  // --scope
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
  const auto base = Namespace::parse(arguments.base());
  if (!base) return Status(base.status().code(), "--scope: " + base.status().message());
  const auto file = corpus_file(arguments.path);
  if (!file) return file.status();
  auto store = arguments.store.open(Use::kCreate);
  if (!store) return store.status();
  watch_interrupts();
  ImportOptions options{
      .base = *base, .session = arguments.session, .skip_bad = arguments.skip_bad};
  if (arguments.batch > 0) options.batch = arguments.batch;
  options.on_bad = [&console](const Status& status) { console.warn("skipped: " + status.message()); };
  auto report = [&] {
    Progress progress(console, "importing");
    options.on_progress = [&progress](std::uint64_t done, std::uint64_t total) { progress.update(done, total); };
    return import_file(*store, *file, options);
  }();
  if (const Status closed = store->close(); report && !closed) return closed;
  return report;
}

/// Formats without namespaces of their own go to `default`, as lines do.
bool names_namespaces(TransferFormat format) { return format == TransferFormat::kMnemic || format == TransferFormat::kLangGraph; }

Result<mnemic::ImportOptions> to_options(const Arguments& arguments) {
  mnemic::ImportOptions options;
  const auto format = parse_transfer_format(arguments.format);
  if (!format) return in_option("--format", format.status());
  options.format = *format;
  const bool to_default = !arguments.given && !names_namespaces(*format) && *format != TransferFormat::kAuto;
  for (const auto& [option, text, into] : {std::tuple{"--scope", to_default ? "default" : arguments.scope, &options.into},
                                           std::tuple{"--from", arguments.from, &options.from}}) {
    if (text.empty() && !(arguments.given && into == &options.into)) continue;
    const auto name = Namespace::parse(text);
    if (!name) return in_option(option, name.status());
    *into = *name;
  }
  if (arguments.conflict == "refuse") options.conflict = OnConflict::kRefuse;
  options.grants = !arguments.no_grants;
  options.dry_run = arguments.dry_run;
  if (arguments.batch > 0) options.batch = arguments.batch;
  return options;
}

int run_format(const Arguments& arguments, Console& console) {
  if (arguments.skip_bad || !arguments.session.empty()) return console.usage("import: --skip-bad and --session are for --format lines");
  const auto options = to_options(arguments);
  if (!options) return console.fail(options.status());
  std::error_code error;
  if (!std::filesystem::exists(arguments.path, error)) {
    return console.fail(Status(StatusCode::kNotFound, arguments.path + ": no such file"));
  }
  auto store = arguments.store.open(Use::kCreate);
  if (!store) return console.fail(store.status());
  const int code = run_transfer(*store, arguments.path, *options, console);
  const Status closed = store->close();
  return code == 0 && !closed ? console.fail(closed) : code;
}

int run(const Arguments& given, Console& console) {
  Arguments arguments = given;
  arguments.given = given.given || !given.scope.empty();
  if (!arguments.is_lines()) return run_format(arguments, console);
  if (arguments.dry_run || arguments.no_grants || !arguments.from.empty()) {
    return console.usage("import: --dry-run, --from and --no-grants need a --format");
  }
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
      .add_option("--format", arguments->format,
                  "lines, or mnemic (made by export), mem0, langgraph, mcp-memory, letta, or auto: one of these, seen from the file")
      ->check(CLI::IsMember({"lines", "auto", "mnemic", "mem0", "langgraph", "mcp-memory", "letta"}))
      ->capture_default_str();
  command.add_option_function<std::string>(
      "-s,--scope", [arguments](const std::string& name) { arguments->scope = name, arguments->given = true; },
      "Namespace to import into (default); what a line or file names becomes one below it. For mnemic and langgraph: none");
  command.add_option("--from", arguments->from, "mnemic, langgraph: the namespace whose place --scope takes");
  command.add_option("--conflict", arguments->conflict, "Not lines: what stands, the newer one, or refuse the file")
      ->check(CLI::IsMember({"newer", "refuse"}))
      ->capture_default_str();
  command.add_flag("--dry-run", arguments->dry_run, "Not lines: only say what would be done");
  command.add_flag("--no-grants", arguments->no_grants, "mnemic: not who may read what");
  command.add_option("--session", arguments->session, "Session of chat messages that name none");
  command.add_option("--batch", arguments->batch, "Lines (500) or memories (1000) per commit")
      ->check(CLI::Range(std::size_t{1}, Limits{}.batch));
  command.add_flag("--skip-bad", arguments->skip_bad, "Report bad lines and go on");
  command.footer("Doing it again changes nothing: every line has a key, its own or one made from its content.");
  choose(frame, command, arguments, run);
}

}  // namespace mnemic::cli
