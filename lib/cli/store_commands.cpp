// SPDX-License-Identifier: Apache-2.0
// mnemic stats, check, snapshot, namespaces
#include "cli/new_command.hpp"
#include "cli/store_arguments.hpp"
#include "cli/terminal_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace mnemic::cli {
namespace {

using U = std::uint64_t;

Json to_json(const StoreStats& stats) {
  return Json::object({{"namespaces", U{stats.namespaces}},
                       {"memories", U{stats.memories}},
                       {"versions", U{stats.versions}},
                       {"sessions", U{stats.sessions}},
                       {"relations", U{stats.relations}},
                       {"seq", stats.seq},
                       {"file_bytes", stats.file_bytes},
                       {"wal_bytes", stats.wal_bytes},
                       {"without_vector", U{stats.without_vector}},
                       {"jobs_waiting", U{stats.jobs_waiting}},
                       {"jobs_dead", U{stats.jobs_dead}},
                       {"job_lag_ms", U(std::chrono::duration_cast<std::chrono::milliseconds>(stats.job_lag).count())},
                       {"chunks", U{stats.chunks}},
                       {"chunk_bytes", stats.chunk_bytes},
                       {"escalations", stats.escalations},
                       {"embedding_space", stats.embedding_space}});
}

Json to_json(const std::vector<LayerUsage>& usage) {
  std::vector<Json> all;
  for (const LayerUsage& one : usage) {
    all.push_back(Json::object({{"namespace", one.name_space.to_string()},
                                {"layer", to_string(one.layer)},
                                {"memories", U{one.memories}},
                                {"versions", U{one.versions}},
                                {"text_bytes", one.text_bytes},
                                {"vector_bytes", one.vector_bytes},
                                {"past_bytes", one.past_bytes}}));
  }
  return Json::array(all);
}

void print_table(const std::vector<LayerUsage>& usage, Console& console) {
  constexpr std::string_view kRow = "{:>10}  {:>10}  {:>12}  {:>12}  {:>12}  {:<14}  {}";
  console.line("");
  console.line(console.dim(fmt::format(kRow, "memories", "versions", "text bytes", "vector bytes", "past bytes", "layer", "namespace")));
  for (const LayerUsage& one : usage) {
    console.line(fmt::format(kRow, one.memories, one.versions, one.text_bytes, one.vector_bytes, one.past_bytes, to_string(one.layer),
                             clean_line(one.name_space.to_string())));
  }
}

int run_stats(const StoreArguments& arguments, Console& console) {
  auto store = arguments.open(Use::kRead);
  if (!store) return console.fail(store.status());
  const auto stats = store->stats();
  if (!stats) return console.fail(stats.status());
  const auto usage = store->usage();
  if (!usage) return console.fail(usage.status());
  const Json json = to_json(*stats);
  if (console.json) {
    auto members = json.members();
    members.emplace_back("usage", to_json(*usage));
    console.print(Json::object(std::move(members)));
    return 0;
  }
  for (const auto& [name, value] : json.members()) {
    const std::string shown = value.is_string() ? clean_line(value.as_string()) : fmt::format("{:>12}", value.dump());
    console.line(fmt::format("{}  {}", console.dim(fit(name, 15)), shown));
  }
  print_table(*usage, console);
  return 0;
}

Json to_json(const CheckReport& report) {
  std::vector<Json> issues;
  for (const CheckIssue& issue : report.issues) {
    issues.push_back(Json::object(
        {{"code", to_string(issue.code)}, {"where", issue.where}, {"what", issue.what}, {"repaired", issue.repaired}}));
  }
  return Json::object(
      {{"clean", report.clean()}, {"rows_checked", U{report.rows_checked}}, {"issues", Json::array(issues)}});
}

struct CheckArguments {
  StoreArguments store;
  bool repair = false;
};

int run_check(const CheckArguments& arguments, Console& console) {
  auto store = arguments.store.open(arguments.repair ? Use::kChange : Use::kRead);
  if (!store) return console.fail(store.status());
  const auto report = store->check(arguments.repair);
  if (!report) return console.fail(report.status());
  const auto left = static_cast<std::size_t>(
      std::count_if(report->issues.begin(), report->issues.end(), [](const CheckIssue& issue) { return !issue.repaired; }));
  if (console.json) {
    console.print(to_json(*report));
  } else {
    for (const CheckIssue& issue : report->issues) {
      console.line(fmt::format("{}: {}{}", clean_line(issue.where), clean_line(issue.what), issue.repaired ? " (repaired)" : ""));
    }
    const std::string summary =
        report->clean() ? fmt::format("clean, {} rows checked", report->rows_checked)
                        : fmt::format("{} problems, {} repaired, {} rows checked", report->issues.size(), report->issues.size() - left,
                                      report->rows_checked);
    console.line(left == 0 ? console.good(summary) : console.bad(summary));
  }
  return left == 0 ? 0 : static_cast<int>(StatusCode::kCorruption);
}

int run_namespaces(const StoreArguments& arguments, Console& console) {
  auto store = arguments.open(Use::kRead);
  if (!store) return console.fail(store.status());
  const auto namespaces = store->admin().namespaces();
  if (!namespaces) return console.fail(namespaces.status());
  std::vector<Json> names;
  for (const Namespace& name : *namespaces) {
    if (!console.json) console.line(clean_line(name.to_string()));
    names.emplace_back(name.to_string());
  }
  if (console.json) console.print(Json::object({{"namespaces", Json::array(names)}}));
  return 0;
}

struct SnapshotArguments {
  StoreArguments store;
  std::string path;
};

int run_snapshot(const SnapshotArguments& arguments, Console& console) {
  auto store = arguments.store.open(Use::kRead);
  if (!store) return console.fail(store.status());
  if (Status written = store->snapshot(arguments.path); !written) return console.fail(written);
  std::error_code ignored;
  const U bytes{std::filesystem::file_size(arguments.path, ignored)};
  if (console.json) {
    console.print(Json::object({{"path", arguments.path}, {"bytes", bytes}}));
  } else {
    console.line(console.good(fmt::format("{}, {} bytes", clean_line(arguments.path), bytes)));
  }
  return 0;
}

void add(const Frame& frame, const char* name, const char* summary, int (*run)(const StoreArguments&, Console&)) {
  CLI::App& command = new_command(frame, name, summary);
  auto arguments = std::make_shared<StoreArguments>();
  arguments->add_to(command, Use::kRead);
  choose(frame, command, arguments, run);
}

}  // namespace

void add_stats(const Frame& frame) {
  add(frame, "stats", "Print counts and sizes of a store", run_stats);
}

void add_check(const Frame& frame) {
  CLI::App& command = new_command(frame, "check", "Verify a store's file; exit code 10 when it is damaged");
  auto arguments = std::make_shared<CheckArguments>();
  arguments->store.add_to(command, Use::kRead);
  command.add_flag("--repair", arguments->repair, "Make anew from the rows what can be: words, keys of facts, indexes, sealed chunks; the rows are not changed");
  choose(frame, command, arguments, run_check);
}

void add_snapshot(const Frame& frame) {
  CLI::App& command = new_command(frame, "snapshot", "Copy a store, also one in use, to a new file");
  auto arguments = std::make_shared<SnapshotArguments>();
  arguments->store.add_to(command, Use::kRead);
  command.add_option("PATH", arguments->path, "The new file; nothing may be there")->required();
  choose(frame, command, arguments, run_snapshot);
}

void add_namespaces(const Frame& frame) {
  add(frame, "namespaces", "Print every namespace of a store", run_namespaces);
}

}  // namespace mnemic::cli
