// SPDX-License-Identifier: Apache-2.0
// mnemic bench, mnemic bench compare
#include "cli/bench/compare.hpp"
#include "cli/bench/machine.hpp"
#include "cli/bench/report.hpp"
#include "cli/encoder_arguments.hpp"
#include "cli/jsonl_reader.hpp"
#include "cli/new_command.hpp"
#include "cli/store_arguments.hpp"
#include "cli/temp_store.hpp"
#include "cli/terminal_text.hpp"
#include "cli/text_input.hpp"

#include <fmt/format.h>

#include <cmath>

namespace mnemic::cli {
namespace {

struct Arguments {
  bench::Settings settings;
  std::string embedder = "builtin";
  EncoderArguments encoder;
  std::string text;
  std::string store;
  std::vector<std::string> only, skip;
};

struct CompareArguments {
  std::string a, b;
};

// One bar at a time, of the part under way.
class Bars {
 public:
  explicit Bars(const Console& console) : console_(console) {}
  void update(std::string_view part, std::uint64_t done, std::uint64_t total) {
    if (part != part_) {
      bar_.reset();
      part_ = part;
      bar_ = std::make_unique<Progress>(console_, part_);
    }
    bar_->update(done, total);
  }

  void clear() { bar_.reset(); }

 private:
  const Console& console_;
  std::string part_;
  std::unique_ptr<Progress> bar_;
};

// Puts what `measure` answers into `to` when the part is wanted.
template <typename Figures, typename Measure>
Status measure_into(std::optional<Figures>& to, bool wanted, Measure measure) {
  if (!wanted) return {};
  auto figures = measure();
  if (!figures) return figures.status();
  to = *std::move(figures);
  return {};
}

Result<bench::Report> measure(const std::filesystem::path& path, const bench::Text& text,
                              const bench::Settings& settings) {
  bench::Report report{.machine = bench::describe_machine(std::filesystem::absolute(path).parent_path()),
                       .text = text.identity()};
  const auto store = bench::prepare_store(path, text, settings);
  if (!store) return store.status();
  const auto wanted = [&settings](const char* part) { return settings.parts.contains(part); };
  if (wanted("import")) report.import = store->import;
  report.file_bytes = store->file_bytes;
  const auto part = [&](auto function) { return [&, function] { return function(path, text, settings); }; };
  Status status = measure_into(report.size, wanted("size"), part(bench::measure_size));
  if (status) status = measure_into(report.vector, wanted("vector"), part(bench::measure_vector));
  if (status) status = measure_into(report.lexical, wanted("lexical"), part(bench::measure_lexical));
  if (status) status = measure_into(report.recall, wanted("recall"), part(bench::measure_recall));
  if (status) status = measure_into(report.open, wanted("open"), part(bench::measure_open));
  if (status) status = measure_into(report.append, wanted("append"), part(bench::measure_append));
  if (status) status = measure_into(report.append_together, wanted("append"), part(bench::measure_append_together));
  if (!status) return status;
  return report;
}

Result<bench::Report> measure(const Arguments& arguments, const bench::Settings& settings) {
  std::shared_ptr<const bench::Text> text;
  if (arguments.text.empty()) {
    text = bench::generated_text(settings.seed);
  } else {
    auto lines = bench::text_of_file(arguments.text, {settings.memories, settings.queries},
                                      [&settings](const std::string& line) { return bench::has_vector(*settings.embedder, line); });
    if (!lines) return in_option("--text", lines.status());
    text = *lines;
  }
  if (!arguments.store.empty()) return measure(arguments.store, *text, settings);
  const auto temporary = TempStore::make("bench");
  if (!temporary) return temporary.status();
  return measure(temporary->path(), *text, settings);
}

int run(const Arguments& arguments, Console& console) {
  bench::Settings settings = arguments.settings;
  if (settings.scopes > settings.memories) return console.usage("bench: more --scopes than --memories");
  settings.parts.insert(arguments.only.begin(), arguments.only.end());
  if (arguments.only.empty()) settings.parts.insert(std::begin(bench::kParts), std::end(bench::kParts));
  for (const std::string& part : arguments.skip) settings.parts.erase(part);
  if (settings.parts.empty()) return console.usage("bench: nothing is left to measure");
  settings.embedder = embedder_named(arguments.embedder);
  if (arguments.encoder.given()) {
    auto encoder = arguments.encoder.load();
    if (!encoder) return console.fail(encoder.status());
    settings.embedder = *std::move(encoder);
  }
  Bars bars(console);
  settings.on_progress = [&bars](std::string_view part, std::uint64_t done, std::uint64_t total) {
    bars.update(part, done, total);
  };
  watch_interrupts();
  const auto report = measure(arguments, settings);
  bars.clear();
  if (!report) return console.fail(report.status());
  if (console.json) {
    console.print(bench::to_json(*report, settings));
  } else {
    bench::print(console, *report, settings);
  }
  return 0;
}

Result<bench::Reading> read(const std::string& path) {
  constexpr std::size_t kMost = 1u << 20;
  const auto json = read_text(path, kMost);
  if (!json) return json.status();
  auto reading = bench::read_report(*json);
  if (!reading) return at(path, reading.status());
  return reading;
}

// A ratio of less than this on either side of 1 is not coloured.
constexpr double kNoise = 0.05;

std::string shown(const bench::Ratio& ratio, const Console& console) {
  const double value = ratio.ratio();
  if (!std::isfinite(value)) return fmt::format("{:>10}", "-");
  std::string text = fmt::format("{:>10.3f}", value);
  if (std::abs(value - 1) < kNoise) return text;
  return (value < 1) == ratio.lower_is_better() ? console.good(text) : console.bad(text);
}

int run_compare(const CompareArguments& arguments, Console& console) {
  const auto a = read(arguments.a);
  if (!a) return console.fail(a.status());
  const auto b = read(arguments.b);
  if (!b) return console.fail(b.status());
  const bench::Comparison comparison = bench::compare(*a, *b);
  if (console.json) {
    std::vector<Json> warnings(comparison.warnings.begin(), comparison.warnings.end());
    std::vector<Json::Member> ratios;
    for (const bench::Ratio& one : comparison.ratios) {
      ratios.emplace_back(one.name, Json::object({{"a", one.a}, {"b", one.b}, {"ratio", one.ratio()}}));
    }
    console.print(Json::object({{"warnings", Json::array(warnings)}, {"ratios", Json::object(ratios)}}));
    return 0;
  }
  for (const std::string& warning : comparison.warnings) console.warn("mnemic: " + warning);
  console.line(console.bold(fmt::format("{}{:>16}{:>16}{:>10}", fit("figure", 36), "A", "B", "B/A")));
  for (const bench::Ratio& one : comparison.ratios) {
    const std::string name = fit(clean_line(one.name), 36);
    console.line(fmt::format("{}{:>16.8g}{:>16.8g}{}", name, one.a, one.b, shown(one, console)));
  }
  return 0;
}

void add_compare(const Frame& frame, CLI::App& bench) {
  CLI::App& command = new_command({bench, frame.console, frame.chosen, frame.program}, "compare",
                                  "The ratios of two reports made with --json");
  auto arguments = std::make_shared<CompareArguments>();
  command.add_option("A", arguments->a, "The report that is 1")->required();
  command.add_option("B", arguments->b, "The other one")->required();
  choose(frame, command, arguments, run_compare);
}

}  // namespace

void add_bench(const Frame& frame) {
  constexpr std::size_t kMillion = 1'000'000;
  CLI::App& command = new_command(frame, "bench", "Measure speed and size on this machine");
  auto arguments = std::make_shared<Arguments>();
  bench::Settings& settings = arguments->settings;
  const auto number = [&command](const char* option, std::size_t& to, std::size_t most, const char* what) {
    command.add_option(option, to, what)->check(CLI::Range(std::size_t{1}, most))->capture_default_str();
  };
  command.add_option("--text", arguments->text, "Memories are the lines of this file, instead of generated text")
      ->check(not_empty());
  number("--memories", settings.memories, 100 * kMillion, "How many memories");
  number("--scopes", settings.scopes, kMillion, "Namespaces they are spread over; the first one is asked");
  number("--queries", settings.queries, kMillion, "How many queries of each kind");
  number("-k,--k", settings.k, Limits{}.k, "Hits wanted of a query");
  number("--appends", settings.appends, kMillion, "Durable writes by one thread, and by eight together");
  command.add_option("--seed", settings.seed, "Of the generated text")->capture_default_str();
  command.add_option("--embedder", arguments->embedder, "What turns text into vectors: builtin or hashed")
      ->check(CLI::IsMember({"builtin", "hashed"}))
      ->capture_default_str();
  arguments->encoder.add_to(command);
  command.add_option("--store", arguments->store, "Keep the store there; one that is there is measured again")
      ->check(not_empty());
  const CLI::IsMember parts(std::vector<std::string>(std::begin(bench::kParts), std::end(bench::kParts)));
  auto* only = command.add_option("--only", arguments->only, "Measure this part alone; may be repeated");
  only->allow_extra_args(false)->check(parts);
  auto* skip = command.add_option("--skip", arguments->skip, "Do not measure this part; may be repeated");
  skip->allow_extra_args(false)->check(parts)->excludes(only);
  command.footer("What is measured, and how: docs/benchmarks.md");
  add_compare(frame, command);
  command.callback([&frame_chosen = frame.chosen, &console = frame.console, &command, arguments] {
    if (!command.get_subcommands().empty()) return;  // compare
    frame_chosen = [&console, arguments] { return run(*arguments, console); };
  });
}

}  // namespace mnemic::cli
