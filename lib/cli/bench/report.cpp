// SPDX-License-Identifier: Apache-2.0
#include "cli/bench/report.hpp"

#include "cli/terminal_text.hpp"

#include <fmt/format.h>

#include <cmath>

namespace mnemic::cli::bench {
namespace {

using U = std::uint64_t;
using Members = std::vector<Json::Member>;

double rounded(double value) {
  return std::round(value * 1e6) / 1e6;
}

void add_timings(Members& members, const Timings& timings, const std::string& suffix = "") {
  members.emplace_back("p50_ms" + suffix, rounded(timings.p50));
  members.emplace_back("p95_ms" + suffix, rounded(timings.p95));
}

void add_arm(Members& members, const char* name, const std::optional<ArmFigures>& arm, std::size_t k) {
  if (!arm) return;
  Members figures;
  add_timings(figures, arm->warm);
  figures.emplace_back("first_ms", rounded(arm->first_ms));
  if (arm->recall) figures.emplace_back(fmt::format("recall@{}", k), rounded(*arm->recall));
  members.emplace_back(name, Json::object(figures));
}

double per_memory(const Report& report, const Settings& settings) {
  return static_cast<double>(report.file_bytes) / static_cast<double>(settings.memories);
}

// Three digits that count.
std::string ms(double value) {
  return fmt::format("{:.{}f}", value, value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0);
}

std::string row(const std::string& name, const Timings& timings, const std::string& more) {
  return fmt::format("{}{:>10}{:>10}  {}", fit(name, 22), ms(timings.p50), ms(timings.p95), more);
}

std::string megabytes(double bytes) {
  return fmt::format("{:.1f} MB", bytes / 1e6);
}

void print_arm(Console& console, const std::string& name, const std::optional<ArmFigures>& arm, std::size_t k) {
  if (!arm) return;
  std::string more = fmt::format("the first call {} ms", ms(arm->first_ms));
  if (arm->recall) more += fmt::format(", recall@{} {:.4f}", k, *arm->recall);
  console.line(row(name, arm->warm, more));
}

void print_heading(Console& console, const Report& report, const Settings& settings) {
  const auto text = [&report](const char* name) { return clean_line(report.machine[name].as_string("?")); };
  console.line(console.bold(fmt::format("mnemic {}, {}, {}", text("mnemic"), text("build"), text("compiler"))));
  console.line(fmt::format("{}, {} cores, {:.1f} GB, {}, {}, load {:.2f}", text("cpu"),
                           report.machine["cores"].as_integer(), report.machine["memory_bytes"].as_double() / 1e9,
                           text("kernel"), text("file_system"), report.machine["load"].as_double()));
  const std::string from = clean_line(report.text["from"].as_string());
  console.line(fmt::format("{} memories in {} {}, {} queries, k {}, {} dimensions of {}, {}", settings.memories, settings.scopes,
                           settings.scopes == 1 ? "namespace" : "namespaces", settings.queries, settings.k,
                           settings.embedder->space().dimension, clean_line(settings.space_name()),
                           from == "generated" ? fmt::format("generated text, seed {}", settings.seed) : from));
}

}  // namespace

Json to_json(const Report& report, const Settings& settings) {
  Members members{{"machine", report.machine},    {"memories", U{settings.memories}},
                  {"scopes", U{settings.scopes}}, {"queries", U{settings.queries}},
                  {"k", U{settings.k}},           {"text", report.text},
                  {"embedder", settings.space_name()}, {"dimensions", U{settings.embedder->space().dimension}}};
  if (report.import) {
    Members figures{{"per_s", rounded(report.import->per_s)}};
    add_timings(figures, report.import->batch);
    members.emplace_back("import", Json::object(figures));
  }
  add_arm(members, "vector", report.vector, settings.k);
  add_arm(members, "lexical", report.lexical, settings.k);
  add_arm(members, "recall", report.recall, settings.k);
  if (report.append && report.append_together) {
    const std::string suffix = fmt::format("_{}_threads", kThreads);
    Members figures{{"per_s", rounded(report.append->per_s)}};
    add_timings(figures, report.append->each);
    figures.emplace_back("bare_per_s", rounded(report.append->bare_per_s));
    figures.emplace_back("ratio_p50", rounded(report.append->ratio_p50));
    figures.emplace_back("per_s" + suffix, rounded(report.append_together->per_s));
    add_timings(figures, report.append_together->each, suffix);
    if (const auto per_sync = report.append_together->per_sync) {
      figures.emplace_back("appends_per_sync" + suffix, rounded(*per_sync));
    }
    members.emplace_back("append", Json::object(figures));
  }
  if (report.open) {
    members.emplace_back("open_ms", rounded(report.open->p50));
    members.emplace_back("open_p95_ms", rounded(report.open->p95));
  }
  if (report.size) {
    if (report.size->resident_bytes) members.emplace_back("resident_bytes", *report.size->resident_bytes);
    members.emplace_back("cache_bytes", report.size->cache_bytes);
    members.emplace_back("file_bytes", report.file_bytes);
    members.emplace_back("bytes_per_memory", rounded(per_memory(report, settings)));
  }
  return Json::object(members);
}

void print(Console& console, const Report& report, const Settings& settings) {
  print_heading(console, report, settings);
  console.line(console.bold(fmt::format("{}{:>10}{:>10}", fit("milliseconds", 22), "median", "p95")));
  print_arm(console, "vector arm", report.vector, settings.k);
  print_arm(console, "lexical arm", report.lexical, settings.k);
  print_arm(console, "recall, packed", report.recall, settings.k);
  if (report.append) {
    const AppendFigures& figures = *report.append;
    console.line(row("append, 1 thread", figures.each,
                     fmt::format("{:.0f} /s, {:.2f} × a bare SQLite insert", figures.per_s, figures.ratio_p50)));
  }
  if (report.append_together) {
    const AppendFigures& figures = *report.append_together;
    console.line(row(fmt::format("append, {} threads", kThreads), figures.each,
                     fmt::format("{:.0f} /s", figures.per_s) +
                         (figures.per_sync ? fmt::format(", {:.2f} to a sync", *figures.per_sync) : "")));
  }
  if (report.import) {
    console.line(row("import, a batch", report.import->batch, fmt::format("{:.0f} memories /s", report.import->per_s)));
  }
  if (report.open) console.line(row("open and recall", *report.open, "in a namespace of 1,000 memories"));
  if (report.size) {
    const auto resident = report.size->resident_bytes;
    console.line(fmt::format("{}the file {}, {:.0f} bytes a memory; loading took {} of memory, the index says {}",
                             fit("size", 22), megabytes(static_cast<double>(report.file_bytes)),
                             per_memory(report, settings),
                             resident ? megabytes(static_cast<double>(*resident)) : "unknown",
                             megabytes(static_cast<double>(report.size->cache_bytes))));
  }
}

}  // namespace mnemic::cli::bench
