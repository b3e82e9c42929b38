// SPDX-License-Identifier: Apache-2.0
// mnemic erase, purge, erasures
#include "cli/memory_view.hpp"
#include "cli/new_command.hpp"
#include "cli/store_arguments.hpp"
#include "cli/terminal_text.hpp"
#include "cli/where_arguments.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

namespace mnemic::cli {
namespace {

struct EraseArguments {
  StoreArguments store;
  WhereArguments of;
  std::vector<std::string> ids;
  std::string user, author, session, reason, by, key_file;
  bool dry_run = false;
  bool purge = false;
};

Result<EraseReceipt> erase(const EraseArguments& arguments) {
  auto ids = id_arguments(arguments.ids);
  if (!ids) return ids.status();
  auto name = arguments.of.name_space();
  if (!name) return name.status();
  auto where = arguments.of.where.filter();
  if (!where) return where.status();
  auto key = secret_from(arguments.key_file, "--erasure-key-file");
  if (!key) return key.status();
  auto options = arguments.store.options(arguments.dry_run ? Use::kRead : Use::kChange);
  if (!options) return options.status();
  options->erasure_key = *key;
  auto store = Store::open(arguments.store.path, *options);
  if (!store) return store.status();
  const EraseSelection selection{.ids = *std::move(ids), .name_space = *std::move(name), .subtree = arguments.of.subtree, .user = arguments.user,
                                 .author = arguments.author, .session = arguments.session, .where = *std::move(where)};
  auto receipt = store->admin().erase(selection, {.dry_run = arguments.dry_run, .reason = arguments.reason, .by = arguments.by});
  if (!receipt || arguments.dry_run) return receipt;
  if (arguments.purge) {
    const auto purged = store->admin().purge();
    if (!purged) {
      const Status& why = purged.status();
      return Status(why.code(), fmt::format("erased (change {}), but not purged yet: {}", receipt->erased_seq, why.message()));
    }
    receipt->purged_seq = *purged;
  }
  if (Status closed = store->close(); !closed) return closed;
  return receipt;
}

int run_erase(const EraseArguments& arguments, Console& console) {
  const auto receipt = erase(arguments);
  if (!receipt) return console.fail(receipt.status());
  if (console.json) {
    console.print(to_json(*receipt));
    return 0;
  }
  for (const MemoryId id : receipt->erased) console.line(id.to_string());
  for (const MemoryId id : receipt->derived) console.line(id.to_string() + console.dim("  derived"));
  for (const MemoryId id : receipt->unlinked) console.line(id.to_string() + console.dim("  stays, unlinked"));
  console.warn(fmt::format("{} {}, {} derived from them; {} versions, {} relations, {} jobs", receipt->erased.size(),
                           receipt->dry_run ? "would be erased" : "erased", receipt->derived.size(), receipt->versions,
                           receipt->relations, receipt->jobs));
  if (!receipt->dry_run && receipt->purged_seq == 0 && !receipt->erased.empty()) {
    console.warn("bytes may still stand in unused parts of the file: mnemic purge, or mnemic maintain");
  }
  for (const std::string& what : receipt->not_covered) console.warn("not covered: " + what);
  return 0;
}

struct PurgeArguments {
  StoreArguments store;
};

int run_purge(const PurgeArguments& arguments, Console& console) {
  auto store = arguments.store.open(Use::kChange);
  if (!store) return console.fail(store.status());
  const auto purged = store->admin().purge();
  if (!purged) return console.fail(purged.status());
  if (Status closed = store->close(); !closed) return console.fail(closed);
  if (console.json) {
    console.print(Json::object({{"purged_seq", *purged}}));
  } else {
    console.line(console.good(fmt::format("purged: nothing of what was erased up to change {} is left in the file", *purged)));
  }
  return 0;
}

struct ErasuresArguments {
  StoreArguments store;
  bool tombstones = false;
};

int print_tombstones(const Store& store, Console& console) {
  const auto tombstones = store.admin().tombstones();
  if (!tombstones) return console.fail(tombstones.status());
  if (console.json) {
    std::vector<Json> lines;
    for (const Tombstone& one : *tombstones) lines.push_back(to_json(one));
    console.print(Json::object({{"tombstones", Json::array(lines)}}));
    return 0;
  }
  for (const Tombstone& one : *tombstones) {
    console.line(fmt::format("{:>8}  {:<8}  {:>6} hits  {}  {}  {}", one.seq, to_string(one.kind), one.hits,
                             one.last_hit_at ? "last " + short_time(*one.last_hit_at) : "never", clean_line(one.name_space.to_string()),
                             one.memory ? one.memory->to_string() : one.hash));
  }
  return 0;
}

int run_erasures(const ErasuresArguments& arguments, Console& console) {
  const auto store = arguments.store.open(Use::kRead);
  if (!store) return console.fail(store.status());
  if (arguments.tombstones) return print_tombstones(*store, console);
  const auto erasures = store->admin().erasures();
  if (!erasures) return console.fail(erasures.status());
  if (console.json) {
    std::vector<Json> lines;
    for (const Erasure& erasure : *erasures) lines.push_back(to_json(erasure));
    console.print(Json::object({{"erasures", Json::array(lines)}}));
    return 0;
  }
  for (const Erasure& erasure : *erasures) {
    console.line(fmt::format("{:>8}  {}  {:>6} memories  {}  {}  {}", erasure.erased_seq, short_time(erasure.at), erasure.memories,
                             erasure.purged_seq > 0 ? "purged " : "pending", clean_line(erasure.by), clean_line(erasure.reason)));
  }
  return 0;
}

}  // namespace

void add_erase(const Frame& frame) {
  CLI::App& command = new_command(frame, "erase", "Remove memories for good: every version, what was derived from them, and their traces");
  auto arguments = std::make_shared<EraseArguments>();
  arguments->store.add_to(command, Use::kChange);
  command.add_option("ID", arguments->ids, "Ids; when one is unknown, none is erased");
  arguments->of.add_to(command);
  command.add_option("--user", arguments->user, "Those about this user");
  command.add_option("--author", arguments->author, "Those said by this author");
  command.add_option("--session", arguments->session, "Those of this session");
  command.add_option("--reason", arguments->reason, "Kept in the ledger");
  command.add_option("--by", arguments->by, "Who asks, likewise");
  command.add_option("--erasure-key-file", arguments->key_file, "Secret with which texts are kept from being stored again; never stored");
  command.add_flag("--purge", arguments->purge, "And purge at once");
  command.add_flag("--dry-run", arguments->dry_run, "Only print what would be erased");
  command.footer("What is given is ANDed. Copies made before are not reached: docs/erasure.md");
  choose(frame, command, arguments, run_erase);
}

void add_purge(const Frame& frame) {
  CLI::App& command = new_command(frame, "purge", "Leave no byte of what was erased in the file or its WAL");
  auto arguments = std::make_shared<PurgeArguments>();
  arguments->store.add_to(command, Use::kChange);
  choose(frame, command, arguments, run_purge);
}

void add_erasures(const Frame& frame) {
  CLI::App& command = new_command(frame, "erasures", "Print the ledger of erasures");
  auto arguments = std::make_shared<ErasuresArguments>();
  arguments->store.add_to(command, Use::kRead);
  command.add_flag("--tombstones", arguments->tombstones, "Print instead what keeps erased texts and rejected values out, and how often it did");
  choose(frame, command, arguments, run_erasures);
}

}  // namespace mnemic::cli
