// SPDX-License-Identifier: Apache-2.0
// mnemic forget, recover
#include "cli/memory_view.hpp"
#include "cli/new_command.hpp"
#include "cli/store_arguments.hpp"

#include <fmt/format.h>

namespace mnemic::cli {
namespace {

struct Arguments {
  StoreArguments store;
  ScopeArguments scope;
  FilterArgument where;
  std::vector<std::string> ids;
  bool dry_run = false;
  bool cascade = true;
};

// Several ids: all or none.
Result<ForgetReport> forget_ids(const Scope& scope, const std::vector<MemoryId>& ids, const ForgetOptions& options) {
  Filter any = Filter::id(ids.front());
  for (const MemoryId id : ids) {
    if (const auto report = scope.forget(id, {.dry_run = true}); !report) return report.status();
    any = std::move(any) || Filter::id(id);
  }
  return scope.forget(any, options);
}

Result<ForgetReport> forget(const Arguments& arguments) {
  const auto ids = id_arguments(arguments.ids);
  if (!ids) return ids.status();
  const auto where = arguments.where.filter();
  if (!where) return where.status();
  auto store = arguments.store.open(Use::kChange);
  if (!store) return store.status();
  const auto scope = arguments.scope.mint(*store);
  if (!scope) return scope.status();
  const ForgetOptions options{.dry_run = arguments.dry_run, .cascade = arguments.cascade};
  auto forgotten = arguments.where.given() ? scope->forget(*where, options) : forget_ids(*scope, *ids, options);
  if (Status closed = store->close(); forgotten && !closed) return closed;
  return forgotten;
}

int run(const Arguments& arguments, Console& console) {
  if (arguments.ids.empty() != arguments.where.given()) return console.usage("forget: give IDs or --where");
  const auto forgotten = forget(arguments);
  if (!forgotten) return console.fail(forgotten.status());
  if (console.json) {
    console.print(Json::object({{"ids", ids_json(forgotten->ids)},
                                {"derived", ids_json(forgotten->derived)},
                                {"unlinked", ids_json(forgotten->unlinked)},
                                {"count", static_cast<std::uint64_t>(forgotten->ids.size())},
                                {"dry_run", arguments.dry_run}}));
    return 0;
  }
  for (const MemoryId id : forgotten->ids) console.line(id.to_string());
  for (const MemoryId id : forgotten->derived) console.line(id.to_string() + console.dim("  derived"));
  for (const MemoryId id : forgotten->unlinked) console.line(id.to_string() + console.dim("  stays, unlinked"));
  console.warn(fmt::format("{} {}", forgotten->ids.size() + forgotten->derived.size(), arguments.dry_run ? "would be forgotten" : "forgotten"));
  return 0;
}

struct RecoverArguments {
  StoreArguments store;
  ScopeArguments scope;
  std::vector<std::string> ids;
};

int run_recover(const RecoverArguments& arguments, Console& console) {
  const auto ids = id_arguments(arguments.ids);
  if (!ids) return console.fail(ids.status());
  auto recovered = in_scope(arguments.store, arguments.scope, Use::kChange, [&](const Scope& scope) -> Result<std::vector<Written>> {
    std::vector<Written> all;
    for (const MemoryId id : *ids) {
      const auto written = scope.recover(id);
      if (!written) return Status(written.status().code(), fmt::format("{}: {}", id.to_string(), written.status().message()));
      all.push_back(*written);
    }
    return all;
  });
  if (!recovered) return console.fail(recovered.status());
  std::vector<Json> lines;
  for (const Written& written : *recovered) {
    lines.push_back(Json::object({{"id", written.id.to_string()}, {"version", written.version}, {"seq", written.seq}}));
    if (!console.json) console.line(written.id.to_string());
  }
  if (console.json) console.print(Json::object({{"recovered", Json::array(lines)}}));
  return 0;
}

}  // namespace

void add_forget(const Frame& frame) {
  CLI::App& command = new_command(frame, "forget", "Forget memories, by id or by filter");
  auto arguments = std::make_shared<Arguments>();
  arguments->store.add_to(command, Use::kChange);
  command.add_option("ID", arguments->ids, "Ids; when one is unknown, none is forgotten");
  arguments->scope.add_to(command, Use::kChange);
  arguments->where.add_to(command);
  command.add_flag("--dry-run", arguments->dry_run, "Only print what would be forgotten");
  command.add_flag("!--no-cascade", arguments->cascade, "Not what was derived from it alone");
  command.footer("No read finds what was forgotten; its rows stay in the file as history until erased.");
  choose(frame, command, arguments, run);
}

void add_recover(const Frame& frame) {
  CLI::App& command = new_command(frame, "recover", "Bring forgotten memories back");
  auto arguments = std::make_shared<RecoverArguments>();
  arguments->store.add_to(command, Use::kChange);
  command.add_option("ID", arguments->ids, "Their ids, one after the other until one cannot be")->required();
  arguments->scope.add_to(command, Use::kChange);
  choose(frame, command, arguments, run_recover);
}

}  // namespace mnemic::cli
