// SPDX-License-Identifier: Apache-2.0
// mnemic relate, related
#include "cli/memory_view.hpp"
#include "cli/new_command.hpp"
#include "cli/store_arguments.hpp"
#include "cli/terminal_text.hpp"

#include <fmt/format.h>

namespace mnemic::cli {
namespace {

struct RelateArguments {
  StoreArguments store;
  ScopeArguments scope;
  std::string from, type, to, metadata;
  bool remove = false;
};

struct Ends {
  MemoryId from, to;
};

Result<Ends> relate(const RelateArguments& arguments) {
  const auto from = id_argument(arguments.from, "FROM");
  if (!from) return from.status();
  const auto to = id_argument(arguments.to, "TO");
  if (!to) return to.status();
  const auto metadata = json_argument("--metadata", arguments.metadata);
  if (!metadata) return metadata.status();
  const Status done = in_scope(arguments.store, arguments.scope, Use::kChange, [&](const Scope& scope) {
    return arguments.remove ? scope.unrelate(*from, arguments.type, *to)
                            : scope.relate(*from, arguments.type, *to, *metadata);
  });
  if (!done) return done;
  return Ends{*from, *to};
}

int run_relate(const RelateArguments& arguments, Console& console) {
  const auto ends = relate(arguments);
  if (!ends) return console.fail(ends.status());
  if (console.json) {
    console.print(Json::object({{"from", ends->from.to_string()},
                                {"type", arguments.type},
                                {"to", ends->to.to_string()},
                                {"removed", arguments.remove}}));
  } else {
    console.warn(arguments.remove ? "no longer related" : "related");
  }
  return 0;
}

struct RelatedArguments {
  StoreArguments store;
  ScopeArguments scope;
  FilterArgument where;
  std::string id;
  RelatedOptions options;
  std::string direction = "both";
};

Result<std::vector<Related>> related(const RelatedArguments& arguments) {
  const auto id = id_argument(arguments.id);
  if (!id) return id.status();
  auto where = arguments.where.filter();
  if (!where) return where.status();
  RelatedOptions options = arguments.options;
  options.where = *std::move(where);
  options.direction = arguments.direction == "out"  ? Direction::kOutgoing
                      : arguments.direction == "in" ? Direction::kIncoming
                                                    : Direction::kBoth;
  return in_scope(arguments.store, arguments.scope, Use::kRead,
                  [&](const Scope& scope) { return scope.related(*id, options); });
}

int run_related(const RelatedArguments& arguments, Console& console) {
  const auto found = related(arguments);
  if (!found) return console.fail(found.status());
  // A full page: there may be another.
  const Seq next = found->size() == arguments.options.limit ? found->back().relation.seq : 0;
  if (console.json) {
    std::vector<Json> items;
    for (const Related& one : *found) items.push_back(to_json(one));
    console.print(Json::object({{"items", Json::array(items)}, {"next", next}}));
    return 0;
  }
  for (const Related& one : *found) {
    const bool outgoing = one.relation.to == one.memory.id;
    const std::string left = fmt::format("{} {}  {}", outgoing ? "→" : "←", fit(clean_line(one.relation.type), 14),
                                         one.memory.id.to_string());
    print_memory_row(console, left, one.memory);
    if (!one.relation.metadata.is_null()) {
      console.line(console.dim(cut("  " + clean_line(one.relation.metadata.dump()), console.columns())));
    }
  }
  if (found->empty()) console.line(console.dim("nothing"));
  if (next != 0) console.line(console.dim(fmt::format("more: --after {}", next)));
  return 0;
}

}  // namespace

void add_relate(const Frame& frame) {
  CLI::App& command = new_command(frame, "relate", "Link two memories, or end their link");
  auto arguments = std::make_shared<RelateArguments>();
  arguments->store.add_to(command, Use::kChange);
  command.add_option("FROM", arguments->from, "Id of a memory of this namespace")->required();
  command.add_option("TYPE", arguments->type, "How: evidence_for, supersedes, …; letters, digits and _ . -")
      ->required();
  command.add_option("TO", arguments->to, "Id of the other memory")->required();
  arguments->scope.add_to(command, Use::kChange);
  auto* metadata = command.add_option("--metadata", arguments->metadata, "JSON object kept with the link");
  command.add_flag("--remove", arguments->remove, "End the link")->excludes(metadata);
  command.footer("Linking what is linked, or ending what is not, is no error.");
  choose(frame, command, arguments, run_relate);
}

void add_related(const Frame& frame) {
  CLI::App& command = new_command(frame, "related", "Print what a memory is linked to, in the order of the links");
  auto arguments = std::make_shared<RelatedArguments>();
  RelatedOptions& options = arguments->options;
  arguments->store.add_to(command, Use::kRead);
  command.add_option("ID", arguments->id, "The memory's id")->required();
  arguments->scope.add_to(command, Use::kRead);
  command.add_option("--type", options.type, "Only links of this type");
  command.add_option("--direction", arguments->direction, "out: links from it; in: links to it")
      ->check(CLI::IsMember({"out", "in", "both"}))
      ->capture_default_str();
  arguments->where.add_to(command);
  command.add_option("--limit", options.limit, "Links on a page")->capture_default_str();
  command.add_option("--after", options.after, "Only links made after this change: the next of the page before");
  choose(frame, command, arguments, run_related);
}

}  // namespace mnemic::cli
