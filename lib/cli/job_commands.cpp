// SPDX-License-Identifier: Apache-2.0
// mnemic maintain, jobs
#include "cli/new_command.hpp"
#include "cli/store_arguments.hpp"
#include "cli/terminal_text.hpp"

#include <fmt/format.h>

namespace mnemic::cli {
namespace {

/// Calls `work(store)` and closes the store when it was opened for writing.
template <typename Work>
auto in_store(const StoreArguments& arguments, Use use, Work work) -> decltype(work(std::declval<const Store&>())) {
  auto store = arguments.open(use);
  if (!store) return store.status();
  auto done = work(*store);
  if (use == Use::kRead) return done;
  if (Status closed = store->close(); done && !closed) return closed;
  return done;
}

struct MaintainArguments {
  StoreArguments store;
  std::int64_t time_ms = Budget{}.time.count();
  std::size_t items = Budget{}.items;
  std::size_t memory_bytes = Budget{}.memory_bytes;
};

int run_maintain(const MaintainArguments& arguments, Console& console) {
  const Budget budget{.time = std::chrono::milliseconds(arguments.time_ms),
                      .items = arguments.items,
                      .memory_bytes = arguments.memory_bytes};
  const auto report =
      in_store(arguments.store, Use::kChange, [&](const Store& store) { return store.maintain(budget); });
  if (!report) return console.fail(report.status());
  if (console.json) {
    console.print(to_json(*report));
    return 0;
  }
  const std::string did = fmt::format("{} done, {} failed, {} dead, {} to be run with less memory", report->done,
                                      report->failed, report->parked, report->escalated);
  console.line(report->parked > 0 ? console.bad(did) : console.good(did));
  std::string left = fmt::format("{} due", report->remaining);
  if (report->lag.count() > 0) left += fmt::format(", the oldest for {} ms", report->lag.count());
  if (report->next_in) left += fmt::format(", the next in {} ms", report->next_in->count());
  console.line(console.dim(left));
  return 0;
}

struct JobsArguments {
  StoreArguments store;
  std::string action = "list";
  std::uint64_t id = 0;
  std::string state, kind, scope;
  std::size_t limit = JobListOptions{}.limit;
  std::uint64_t after = 0;
};

void print_job(Console& console, const Job& job) {
  std::string text = fmt::format("{:>6}  {:<7}  {}  {}", job.id, to_string(job.state), clean_line(job.kind),
                                 clean_line(job.name_space.to_string()));
  if (job.attempts > 0) text += fmt::format("  attempt {} of {}", job.attempts, job.max_attempts);
  if (!job.error.empty()) text += "  " + clean_line(job.error);
  text = cut(text, console.columns());
  console.line(job.state == JobState::kDead ? console.bad(text) : text);
}

Result<JobListOptions> list_options(const JobsArguments& arguments) {
  JobListOptions options{.kind = arguments.kind, .limit = arguments.limit, .after = arguments.after};
  if (!arguments.state.empty()) {
    const auto state = parse_job_state(arguments.state);
    if (!state) return in_option("--state", state.status());
    options.state = *state;
  }
  if (!arguments.scope.empty()) {
    auto name = Namespace::parse(arguments.scope);
    if (!name) return in_option("--scope", name.status());
    options.name_space = *std::move(name);
  }
  return options;
}

int run_list(const JobsArguments& arguments, Console& console) {
  const auto options = list_options(arguments);
  if (!options) return console.fail(options.status());
  const auto jobs =
      in_store(arguments.store, Use::kRead, [&](const Store& store) { return store.jobs().list(*options); });
  if (!jobs) return console.fail(jobs.status());
  const std::uint64_t next = jobs->size() == arguments.limit ? jobs->back().id : 0;
  if (console.json) {
    std::vector<Json> items;
    for (const Job& job : *jobs) items.push_back(to_json(job));
    console.print(Json::object({{"items", Json::array(items)}, {"next", next}}));
    return 0;
  }
  for (const Job& job : *jobs) print_job(console, job);
  if (jobs->empty()) console.line(console.dim("nothing"));
  if (next > 0) console.line(console.dim(fmt::format("more: --after {}", next)));
  return 0;
}

int run_show(const JobsArguments& arguments, Console& console) {
  const auto job =
      in_store(arguments.store, Use::kRead, [&](const Store& store) { return store.jobs().get(arguments.id); });
  if (!job) return console.fail(job.status());
  if (console.json) {
    console.print(to_json(*job));
    return 0;
  }
  const Json json = to_json(*job);
  for (const auto& [name, value] : json.members()) {
    console.line(fmt::format("{}  {}", console.dim(fit(name, 12)),
                             clean_line(value.is_string() ? value.as_string() : value.dump())));
  }
  return 0;
}

int run_change(const JobsArguments& arguments, Console& console) {
  const bool again = arguments.action == "retry";
  const Status done = in_store(arguments.store, Use::kChange, [&](const Store& store) {
    return again ? store.jobs().retry(arguments.id) : store.jobs().cancel(arguments.id);
  });
  if (!done) return console.fail(done);
  if (console.json) {
    console.print(Json::object({{"id", arguments.id}, {"action", arguments.action}}));
  } else {
    console.warn(again ? "waiting" : "cancelled");
  }
  return 0;
}

int run_jobs(const JobsArguments& arguments, Console& console) {
  if (arguments.action == "list") return run_list(arguments, console);
  if (arguments.id == 0) return console.usage("jobs " + arguments.action + ": ID is required");
  return arguments.action == "show" ? run_show(arguments, console) : run_change(arguments, console);
}

}  // namespace

void add_maintain(const Frame& frame) {
  CLI::App& command =
      new_command(frame, "maintain", "Do jobs of the library's own kinds that are due, and say what is left");
  auto arguments = std::make_shared<MaintainArguments>();
  arguments->store.add_to(command, Use::kChange);
  command.add_option("--time", arguments->time_ms, "Milliseconds after which no job is begun")->capture_default_str();
  command.add_option("--items", arguments->items, "Jobs begun at most")->capture_default_str();
  command.add_option("--memory", arguments->memory_bytes, "Bytes that one job may take")->capture_default_str();
  command.footer("Jobs of an application's kinds are left to the application.");
  choose(frame, command, arguments, run_maintain);
}

void add_jobs(const Frame& frame) {
  CLI::App& command = new_command(frame, "jobs", "Print the jobs of a store; retry or cancel one");
  auto arguments = std::make_shared<JobsArguments>();
  arguments->store.add_to(command, Use::kChange);
  command.add_option("ACTION", arguments->action, "list, or show, retry or cancel, of one job")
      ->check(CLI::IsMember({"list", "show", "retry", "cancel"}))
      ->capture_default_str();
  command.add_option("ID", arguments->id, "The job");
  command.add_option("-s,--scope", arguments->scope, "list: of this namespace alone");
  command.add_option("--state", arguments->state, "list: waiting, leased, done or dead");
  command.add_option("--kind", arguments->kind, "list: of this kind");
  command.add_option("--limit", arguments->limit, "list: jobs on a page")->capture_default_str();
  command.add_option("--after", arguments->after, "list: with a higher id");
  choose(frame, command, arguments, run_jobs);
}

}  // namespace mnemic::cli
