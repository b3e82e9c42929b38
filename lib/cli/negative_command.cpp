// SPDX-License-Identifier: Apache-2.0
// mnemic eval negative
#include "cli/bench/text.hpp"
#include "cli/import_record.hpp"
#include "cli/importer.hpp"
#include "cli/jsonl_reader.hpp"
#include "cli/negative/propagation.hpp"
#include "cli/negative/suite.hpp"
#include "cli/new_command.hpp"
#include "cli/store_arguments.hpp"
#include "cli/terminal_text.hpp"

#include <fmt/format.h>

#include <cmath>

namespace mnemic::cli {
namespace {

using U = std::uint64_t;
using negative::Tally;
using Texts = std::function<std::string(std::size_t)>;
constexpr std::uint64_t kSeed = 42;
constexpr std::size_t kNameWidth = 30;

struct Arguments {
  std::vector<std::string> directories;
  std::string embedder = "builtin";
  std::vector<std::size_t> sizes;
  std::size_t per_kind = negative::Options{}.per_kind;
  bool unspoilt = false;
  std::size_t deletions = negative::PropagationOptions{}.deletions;
};

/// The texts of a set's corpus, over and over.
Result<Texts> texts_of(const std::string& directory) {
  const auto corpus = corpus_file(directory);
  if (!corpus) return corpus.status();
  auto reader = LineReader::open(*corpus);
  if (!reader) return reader.status();
  auto texts = std::make_shared<std::vector<std::string>>();
  std::string line;
  for (;;) {
    const auto more = reader->next(line);
    if (!more) return at(reader->where(), more.status());
    if (!*more) break;
    const auto json = Json::parse(line);
    if (!json) return at(reader->where(), json.status());
    auto record = read_record(*json, "");
    if (!record) return at(reader->where(), record.status());
    if (!record->input.text.empty()) texts->push_back(std::move(record->input.text));
  }
  if (texts->empty()) return Status(StatusCode::kInvalidArgument, directory + ": a corpus without a text");
  return Texts([texts](std::size_t i) { return (*texts)[i % texts->size()]; });
}

Json to_json(const Tally& tally) {
  return Json::object({{"asked", U{tally.asked}}, {"stale", U{tally.stale}}, {"controls", U{tally.controls}}, {"found", U{tally.found}}});
}

Json to_json(const std::vector<std::pair<std::string, Tally>>& tallies) {
  std::vector<Json::Member> members;
  for (const auto& [name, tally] : tallies) members.emplace_back(name, to_json(tally));
  return Json::object(members);
}

Json to_json(const std::vector<std::string>& texts) { return Json::array(std::vector<Json>(texts.begin(), texts.end())); }

double rounded(double ms) { return std::round(ms * 1e4) / 1e4; }

Json to_json(const bench::Timings& times) { return Json::object({{"p50_ms", rounded(times.p50)}, {"p95_ms", rounded(times.p95)}}); }

Json to_json(const negative::Spread& spread) {
  return Json::object({{"call", to_json(spread.call)},
                       {"other_handle", to_json(spread.handle)},
                       {"other_process", to_json(spread.process)},
                       {"late", U{spread.late}}});
}

Json to_json(const std::string& set, const negative::Report& report, const std::optional<negative::Propagation>& propagation) {
  std::vector<Json::Member> members{{"set", set}, {"passed", report.passed()}};
  for (Json::Member& member : to_json(report.all).members()) members.push_back(std::move(member));
  members.emplace_back("kinds", to_json(report.by_kind));
  members.emplace_back("modes", to_json(report.by_mode));
  members.emplace_back("first_stale", to_json(report.first_stale));
  members.emplace_back("blind", to_json(report.blind));
  if (propagation) {
    members.emplace_back("propagation", Json::object({{"deletions", U{propagation->deletions}},
                                                      {"forget", to_json(propagation->forget)},
                                                      {"erase", to_json(propagation->erase)},
                                                      {"purge", to_json(propagation->purge)},
                                                      {"erase_and_purge", to_json(propagation->erase_and_purge)}}));
  }
  return Json::object(members);
}

void print_row(Console& console, const std::string& name, const Tally& tally) {
  const std::string row = fmt::format("{}{:>10}{:>8}{:>14}{:>10}", fit(clean_line(name), kNameWidth), tally.asked, tally.stale,
                                      tally.controls, tally.found);
  console.line(tally.stale > 0 ? console.bad(row) : row);
}

void print(Console& console, const std::string& set, const negative::Report& report) {
  const auto head = [&](std::string_view what) {
    console.line(console.bold(fmt::format("{}{:>10}{:>8}{:>14}{:>10}", fit(what, kNameWidth), "asked", "stale", "asked before", "found")));
  };
  head(set + ", by kind");
  for (const auto& [name, tally] : report.by_kind) print_row(console, name, tally);
  head("by what was asked");
  for (const auto& [name, tally] : report.by_mode) print_row(console, name, tally);
  print_row(console, "all", report.all);
  for (const std::string& stale : report.first_stale) console.warn("stale: " + stale);
  for (const std::string& blind : report.blind) console.warn("proves nothing, for it found nothing before either: " + blind);
}

void print(Console& console, const negative::Propagation& p) {
  console.line(console.bold(fmt::format("{}{:>10}{:>10}", fit("ms", 36), "p50", "p95")));
  const auto row = [&](std::string_view name, const bench::Timings& times) {
    console.line(fmt::format("{}{:>10.3f}{:>10.3f}", fit(name, 36), times.p50, times.p95));
  };
  for (const auto& [name, spread] : {std::pair("forget", &p.forget), std::pair("erase", &p.erase)}) {
    row(name, spread->call);
    row("  unseen by another handle after", spread->handle);
    row("  unseen by another process after", spread->process);
    if (spread->late == 0) continue;
    console.warn(fmt::format("{}: {} watchers got it from a recall that began after the call had returned", name, spread->late));
  }
  row("purge", p.purge);
  row("erase and purge", p.erase_and_purge);
}

Result<bool> run_set(const std::string& set, const Texts& text, const Arguments& arguments, Console& console) {
  Progress asking(console, set + " asking");
  negative::Options options;
  if (!arguments.sizes.empty()) options.sizes = arguments.sizes;
  options.per_kind = arguments.per_kind;
  options.spoil = !arguments.unspoilt;
  options.text = text;
  options.embedder = arguments.embedder;
  options.on_progress = [&](std::uint64_t done, std::uint64_t total) { asking.update(done, total); };
  const auto report = negative::run(options);
  if (!report) return report.status();
  std::optional<negative::Propagation> propagation;
  if (arguments.deletions > 0) {
    const auto measured = negative::measure_propagation({.deletions = arguments.deletions, .text = text, .embedder = arguments.embedder});
    if (!measured) return measured.status();
    propagation = *measured;
  }
  if (console.json) {
    console.print(to_json(set, *report, propagation));
  } else {
    print(console, set, *report);
    if (propagation) print(console, *propagation);
  }
  return report->passed() && (!propagation || propagation->forget.late + propagation->erase.late == 0);
}

int run(const Arguments& arguments, Console& console) {
  watch_interrupts();
  bool passed = true;
  const auto one = [&](const std::string& set, const Result<Texts>& text) {
    const auto result = text ? run_set(set, *text, arguments, console) : Result<bool>(text.status());
    passed = passed && result && *result;
    return result.status();
  };
  if (arguments.directories.empty()) {
    const auto generated = bench::generated_text(kSeed);
    if (Status status = one("generated", Texts([generated](std::size_t i) { return generated->memory(i); })); !status) return console.fail(status);
  }
  for (const std::string& directory : arguments.directories) {
    const std::string set = std::filesystem::path(directory + "/").parent_path().filename().string();
    if (Status status = one(set, texts_of(directory)); !status) return console.fail(status);
  }
  return passed ? 0 : static_cast<int>(StatusCode::kInternal);
}

}  // namespace

void add_eval_negative(const Frame& eval) {
  CLI::App& command = new_command(eval, "negative", "Ask for what must not be given: forgotten, erased, expired, superseded, out of scope");
  auto arguments = std::make_shared<Arguments>();
  command.add_option("DIR", arguments->directories, "Among the texts of these sets, instead of generated ones");
  add_embedder_option(command, arguments->embedder);
  command.add_option("--memories", arguments->sizes, "How many memories around them; may be repeated; default 40, 2100 and 9000")
      ->allow_extra_args(false)
      ->check(CLI::Range(std::size_t{1}, std::size_t{10'000'000}));
  command.add_option("--per-kind", arguments->per_kind, "How many of each kind; six are two of each of three layers")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1000}))
      ->capture_default_str();
  command.add_flag("--unspoilt", arguments->unspoilt, "Leave everything as it is: all must then be given, and the exit code is 13");
  command.add_option("--deletions", arguments->deletions, "How many to measure how soon they are seen elsewhere; 0: none")
      ->check(CLI::Range(std::size_t{0}, std::size_t{100'000}))
      ->capture_default_str();
  command.footer("Exit code 13 when anything was given. What is planted, and how it is asked for: docs/quality.md");
  choose(eval, command, arguments, run);
}

}  // namespace mnemic::cli
