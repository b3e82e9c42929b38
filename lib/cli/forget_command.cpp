// SPDX-License-Identifier: Apache-2.0
// mnemic forget
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
};

// Several ids: all or none.
Result<std::vector<MemoryId>> forget_ids(const Scope& scope, const std::vector<MemoryId>& ids, bool dry_run) {
  if (dry_run) {
    for (const MemoryId id : ids) {
      if (const auto report = scope.forget(id, {.dry_run = true}); !report) return report.status();
    }
    return ids;
  }
  Batch batch;
  for (const MemoryId id : ids) batch.forget(id);
  const auto written = scope.write(batch);
  if (!written) return written.status();
  return ids;
}

Result<std::vector<MemoryId>> forget(const Arguments& arguments) {
  const auto ids = id_arguments(arguments.ids);
  if (!ids) return ids.status();
  const auto where = arguments.where.filter();
  if (!where) return where.status();
  auto store = arguments.store.open(Use::kChange);
  if (!store) return store.status();
  const auto scope = arguments.scope.mint(*store);
  if (!scope) return scope.status();
  auto forgotten = [&]() -> Result<std::vector<MemoryId>> {
    if (!arguments.where.given()) return forget_ids(*scope, *ids, arguments.dry_run);
    auto report = scope->forget(*where, {.dry_run = arguments.dry_run});
    if (!report) return report.status();
    return report->ids;
  }();
  if (Status closed = store->close(); forgotten && !closed) return closed;
  return forgotten;
}

int run(const Arguments& arguments, Console& console) {
  if (arguments.ids.empty() != arguments.where.given()) return console.usage("forget: give IDs or --where");
  const auto forgotten = forget(arguments);
  if (!forgotten) return console.fail(forgotten.status());
  if (console.json) {
    std::vector<Json> ids;
    for (const MemoryId id : *forgotten) ids.emplace_back(id.to_string());
    console.print(Json::object({{"ids", Json::array(ids)},
                                {"count", static_cast<std::uint64_t>(ids.size())},
                                {"dry_run", arguments.dry_run}}));
    return 0;
  }
  for (const MemoryId id : *forgotten) console.line(id.to_string());
  console.warn(fmt::format("{} {}", forgotten->size(), arguments.dry_run ? "would be forgotten" : "forgotten"));
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
  command.footer("No read finds what was forgotten; its rows stay in the file as history until erased.");
  choose(frame, command, arguments, run);
}

}  // namespace mnemic::cli
