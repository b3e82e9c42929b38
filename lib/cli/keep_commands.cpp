// SPDX-License-Identifier: Apache-2.0
// mnemic backup, restore, salvage, rekey
#include "cli/interruptible.hpp"
#include "cli/new_command.hpp"
#include "cli/store_arguments.hpp"
#include "cli/terminal_text.hpp"

#include <fmt/format.h>

#include <string>

namespace mnemic::cli {
namespace {

using U = std::uint64_t;

struct BackupArguments {
  StoreArguments store;
  std::string path;
  bool no_verify = false;
};

int run_backup(const BackupArguments& arguments, Console& console) {
  const auto store = arguments.store.open(Use::kRead);
  if (!store) return console.fail(store.status());
  const auto report = [&] {
    Interruptible work(console, "backup");
    return store->backup(arguments.path, {.progress = work.progress(), .stop = work.stop(), .verify = !arguments.no_verify});
  }();
  if (!report) return console.fail(report.status());
  if (console.json) {
    console.print(Json::object({{"path", arguments.path},
                                {"bytes", report->bytes},
                                {"pages", report->pages},
                                {"seq", report->seq},
                                {"verified", !arguments.no_verify},
                                {"replaced", report->replaced}}));
  } else {
    console.line(console.good(fmt::format("{}, {} bytes, up to change {}{}", clean_line(arguments.path), report->bytes, report->seq,
                                          report->replaced ? ", in the place of an older backup" : "")));
  }
  return 0;
}

struct RestoreArguments {
  std::string path;
  std::string backup;
  bool drop = false;
  bool force = false;
  bool dry_run = false;
  KeyArgument key;
};

void print(const RestoreArguments& arguments, const RestoreReport& report, Console& console) {
  if (console.json) {
    console.print(Json::object({{"path", arguments.path},
                                {"bytes", report.bytes},
                                {"seq", report.seq},
                                {"memories", U{report.memories}},
                                {"replaced", report.replaced},
                                {"changes_undone", report.changes_undone},
                                {"erasures_replayed", U{report.erasures_replayed}},
                                {"kept", report.kept.string()},
                                {"dry_run", arguments.dry_run}}));
    return;
  }
  console.line(console.good(fmt::format("{}{}: {} memories, up to change {}", arguments.dry_run ? "would restore " : "", clean_line(arguments.path),
                                        report.memories, report.seq)));
  if (report.replaced) {
    console.line(fmt::format("{} newer changes {}undone, {} erasures {}replayed", report.changes_undone, arguments.dry_run ? "to be " : "",
                             report.erasures_replayed, arguments.dry_run ? "to be " : ""));
  }
  if (!report.kept.empty()) console.line("what was replaced is in " + clean_line(report.kept.string()));
}

int run_restore(const RestoreArguments& arguments, Console& console) {
  const auto key = arguments.key.key();
  if (!key) return console.fail(key.status());
  const auto report = [&] {
    Interruptible work(console, "restore");
    return restore_store(arguments.backup, arguments.path,
                         {.keep_replaced = !arguments.drop, .dry_run = arguments.dry_run, .force = arguments.force, .key = *key,
                          .progress = work.progress(), .stop = work.stop()});
  }();
  if (!report) return console.fail(report.status());
  print(arguments, *report, console);
  return 0;
}

struct SalvageArguments {
  std::string damaged;
  std::string path;
  std::string language = "english";
  KeyArgument key;
};

Json to_json(const SalvageReport& report) {
  std::vector<Json> lost;
  for (const LostRow& row : report.lost) lost.push_back(Json::object({{"where", row.where}, {"why", row.why}}));
  return Json::object({{"memories", U{report.memories}},
                       {"versions", U{report.versions}},
                       {"relations", U{report.relations}},
                       {"words_remade", U{report.words_remade}},
                       {"namespaces_renamed", U{report.namespaces_renamed}},
                       {"pages", report.pages},
                       {"lost_rows", U{report.lost_rows}},
                       {"lost", Json::array(lost)}});
}

int run_salvage(const SalvageArguments& arguments, Console& console) {
  const auto key = arguments.key.key();
  if (!key) return console.fail(key.status());
  const auto report = [&] {
    Interruptible work(console, "salvage");
    return salvage_store(arguments.damaged, arguments.path,
                         {.language = arguments.language, .key = *key, .progress = work.progress(), .stop = work.stop()});
  }();
  if (!report) return console.fail(report.status());
  if (console.json) {
    console.print(to_json(*report));
    return 0;
  }
  for (const LostRow& row : report->lost) console.line(fmt::format("{}: {}", clean_line(row.where), clean_line(row.why)));
  const std::string summary = fmt::format("{} memories in {} versions and {} relations came out of {} pages, {} rows lost", report->memories,
                                          report->versions, report->relations, report->pages, report->lost_rows);
  console.line(report->lost_rows == 0 ? console.good(summary) : console.bad(summary));
  if (report->words_remade > 0) console.line(fmt::format("{} of them lost their vectors: mnemic maintain makes them anew", report->words_remade));
  return 0;
}

struct RekeyArguments {
  std::string path;
  KeyArgument key;
  std::string new_key_file;
  bool decrypt = false;
};

int run_rekey(const RekeyArguments& arguments, Console& console) {
  if (arguments.new_key_file.empty() != arguments.decrypt) {
    return console.fail(Status(StatusCode::kInvalidArgument, "one of --new-key-file and --decrypt is due"));
  }
  const auto key = arguments.key.key();
  if (!key) return console.fail(key.status());
  const auto new_key = secret_from(arguments.new_key_file, "--new-key-file");
  if (!new_key) return console.fail(new_key.status());
  const auto report = [&] {
    Interruptible work(console, "rekey");
    return rekey_store(arguments.path, {.key = *key, .new_key = *new_key, .progress = work.progress(), .stop = work.stop()});
  }();
  if (!report) return console.fail(report.status());
  if (console.json) {
    console.print(Json::object({{"path", arguments.path}, {"bytes", report->bytes}, {"seq", report->seq}, {"encrypted", report->encrypted}}));
  } else {
    console.line(console.good(fmt::format("{} {}, {} bytes", clean_line(arguments.path),
                                          report->encrypted ? "is encrypted with the new key" : "is not encrypted any more", report->bytes)));
  }
  return 0;
}

}  // namespace

void add_backup(const Frame& frame) {
  CLI::App& command = new_command(frame, "backup", "Copy a store, also one in use, to a file, in the place of an older backup of it");
  auto arguments = std::make_shared<BackupArguments>();
  arguments->store.add_to(command, Use::kRead);
  command.add_option("FILE", arguments->path, "The backup: a new file, or an older backup of this store")->required();
  command.add_flag("--no-verify", arguments->no_verify, "Do not read the copy back before it replaces the older one");
  choose(frame, command, arguments, run_backup);
}

void add_restore(const Frame& frame) {
  CLI::App& command = new_command(frame, "restore", "Put a backup in the place of a store that nobody has open");
  auto arguments = std::make_shared<RestoreArguments>();
  command.add_option("STORE", arguments->path, "The store's file; nothing need be there")->required();
  command.add_option("BACKUP", arguments->backup, "A backup or a snapshot; verified first, and not changed")->required();
  command.add_flag("--drop-replaced", arguments->drop, "Delete the store that is replaced, instead of keeping it as STORE.replaced-1");
  command.add_flag("--force", arguments->force, "Also replace what cannot be read, or is another store");
  command.add_flag("--dry-run", arguments->dry_run, "Verify and report; change nothing");
  arguments->key.add_to(command);
  choose(frame, command, arguments, run_restore);
}

void add_salvage(const Frame& frame) {
  CLI::App& command = new_command(frame, "salvage", "Bring every row that holds out of a damaged store, into a new one");
  auto arguments = std::make_shared<SalvageArguments>();
  command.add_option("DAMAGED", arguments->damaged, "The damaged file; it is only read")->required();
  command.add_option("NEW", arguments->path, "The new store; nothing may be there")->required();
  command.add_option("--language", arguments->language, "Language of its words, when the damaged file does not say")->capture_default_str();
  arguments->key.add_to(command);
  choose(frame, command, arguments, run_salvage);
}

void add_rekey(const Frame& frame) {
  CLI::App& command = new_command(frame, "rekey", "Encrypt a store that nobody has open with another key, or for the first time, or not any more");
  auto arguments = std::make_shared<RekeyArguments>();
  command.add_option("STORE", arguments->path, "The store's file")->required();
  arguments->key.add_to(command);
  command.add_option("--new-key-file", arguments->new_key_file, "A file with the key it gets");
  command.add_flag("--decrypt", arguments->decrypt, "It gets none: its file can be read by everyone who can read files");
  choose(frame, command, arguments, run_rekey);
}

}  // namespace mnemic::cli
