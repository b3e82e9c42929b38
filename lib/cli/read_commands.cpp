// SPDX-License-Identifier: Apache-2.0
// mnemic get, list, count
#include "cli/memory_view.hpp"
#include "cli/new_command.hpp"
#include "cli/store_arguments.hpp"
#include "cli/terminal_text.hpp"

#include <fmt/format.h>

namespace mnemic::cli {
namespace {

struct GetArguments {
  StoreArguments store;
  ScopeArguments scope;
  std::string id, key;
  std::string layer = "semantic";
  bool vectors = false;
};

Result<Memory> get(const GetArguments& arguments) {
  const auto layer = layer_argument(arguments.layer);
  if (!layer) return layer.status();
  const auto ids = id_arguments(arguments.id.empty() ? std::vector<std::string>{} : std::vector{arguments.id});
  if (!ids) return ids.status();
  auto store = arguments.store.open(Use::kRead);
  if (!store) return store.status();
  const auto scope = arguments.scope.mint(*store);
  if (!scope) return scope.status();
  const ReadOptions options{.vectors = arguments.vectors};
  return ids->empty() ? scope->get(**layer, arguments.key, options) : scope->get(ids->front(), options);
}

int run_get(const GetArguments& arguments, Console& console) {
  if (arguments.id.empty() == arguments.key.empty()) return console.usage("get: give an ID or --key");
  if (arguments.layer.empty()) return console.usage("get: --layer is empty");
  const auto memory = get(arguments);
  if (!memory) return console.fail(memory.status());
  if (console.json) {
    console.print(to_json(*memory));
  } else {
    print_memory(console, *memory);
  }
  return 0;
}

struct ListArguments {
  StoreArguments store;
  ScopeArguments scope;
  FilterArgument where;
  std::string order = "newest";
  std::size_t limit = 100;
  std::string cursor;
};

Result<Page> list(const ListArguments& arguments) {
  const auto where = arguments.where.filter();
  if (!where) return where.status();
  auto store = arguments.store.open(Use::kRead);
  if (!store) return store.status();
  const auto scope = arguments.scope.mint(*store);
  if (!scope) return scope.status();
  const Order order = arguments.order == "oldest"    ? Order::kOldest
                      : arguments.order == "created" ? Order::kCreated
                                                     : Order::kNewest;
  return scope->list({.where = *where, .order = order, .limit = arguments.limit, .cursor = arguments.cursor});
}

int run_list(const ListArguments& arguments, Console& console) {
  const auto page = list(arguments);
  if (!page) return console.fail(page.status());
  if (console.json) {
    std::vector<Json> items;
    for (const Memory& memory : *page) items.push_back(to_json(memory));
    console.print(Json::object({{"items", Json::array(items)}, {"next", page->next}}));
    return 0;
  }
  for (const Memory& memory : *page) print_memory_row(console, memory.id.to_string(), memory);
  if (page->items.empty()) console.line(console.dim("nothing"));
  if (!page->next.empty()) console.line(console.dim("more: --cursor " + clean_line(page->next)));
  return 0;
}

struct CountArguments {
  StoreArguments store;
  ScopeArguments scope;
  FilterArgument where;
};

Result<std::size_t> count(const CountArguments& arguments) {
  const auto where = arguments.where.filter();
  if (!where) return where.status();
  auto store = arguments.store.open(Use::kRead);
  if (!store) return store.status();
  const auto scope = arguments.scope.mint(*store);
  if (!scope) return scope.status();
  return scope->count(*where);
}

int run_count(const CountArguments& arguments, Console& console) {
  const auto number = count(arguments);
  if (!number) return console.fail(number.status());
  if (console.json) {
    console.print(Json::object({{"count", static_cast<std::uint64_t>(*number)}}));
  } else {
    console.line(fmt::format("{}", *number));
  }
  return 0;
}

}  // namespace

void add_get(const Frame& frame) {
  CLI::App& command = new_command(frame, "get", "Print one memory, by id or by key");
  auto arguments = std::make_shared<GetArguments>();
  arguments->store.add_to(command, Use::kRead);
  command.add_option("ID", arguments->id, "The memory's id");
  arguments->scope.add_to(command, Use::kRead);
  command.add_option("--key", arguments->key, "The memory's key, instead of its id");
  command.add_option("--layer", arguments->layer, "Layer of the key")->capture_default_str();
  command.add_flag("--vectors", arguments->vectors, "Also print the vectors");
  choose(frame, command, arguments, run_get);
}

void add_list(const Frame& frame) {
  CLI::App& command = new_command(frame, "list", "Print memories in order, page by page");
  auto arguments = std::make_shared<ListArguments>();
  arguments->store.add_to(command, Use::kRead);
  arguments->scope.add_to(command, Use::kRead);
  arguments->where.add_to(command);
  command.add_option("--order", arguments->order, "newest and oldest by event time, created by first write")
      ->check(CLI::IsMember({"newest", "oldest", "created"}))
      ->capture_default_str();
  command.add_option("--limit", arguments->limit, "Memories on a page")->capture_default_str();
  command.add_option("--cursor", arguments->cursor, "Where the page before ended");
  choose(frame, command, arguments, run_list);
}

void add_count(const Frame& frame) {
  CLI::App& command = new_command(frame, "count", "Print how many memories match");
  auto arguments = std::make_shared<CountArguments>();
  arguments->store.add_to(command, Use::kRead);
  arguments->scope.add_to(command, Use::kRead);
  arguments->where.add_to(command);
  choose(frame, command, arguments, run_count);
}

}  // namespace mnemic::cli
