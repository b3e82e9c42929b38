// SPDX-License-Identifier: Apache-2.0
// /erase: what must not be kept leaves the file, after a question, with a receipt.
#include "command_list.hpp"
#include "forgetting.hpp"
#include "memory_names.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

namespace chatbot {
namespace {

using mnemic::EraseReceipt;

// What is remembered is said as it is; of what is forgotten, the last that it was.
std::string last_line_of(const Talk& talk, mnemic::MemoryId id) {
  return line_of(talk.store.admin().history(id).value().back());
}

void print_going(const Talk& talk, const EraseReceipt& receipt) {
  talk.terminal.print(fmt::format("This would remove for good, with {} versions and {} links between memories:", receipt.versions,
                                  receipt.relations));
  for (const auto* ids : {&receipt.erased, &receipt.derived}) {
    for (const mnemic::MemoryId id : *ids) talk.terminal.print_text("  " + short_name(id) + "  ", 12, last_line_of(talk, id));
  }
  if (!receipt.unlinked.empty()) talk.terminal.print(fmt::format("  {} that have other sources too would stay", receipt.unlinked.size()));
}

bool is_confirmed(Talk& talk) {
  const auto said = talk.terminal.read_line(talk.terminal.bold("It cannot be recovered. Type \"yes\" to go on: "));
  return said && clean(*said) == "yes";
}

void print_receipt(const Talk& talk, const EraseReceipt& receipt) {
  talk.terminal.print(fmt::format("Erased: {}, and {} derived from them; {} versions, {} links, {} jobs (change {}).", receipt.erased.size(),
                                  receipt.derived.size(), receipt.versions, receipt.relations, receipt.jobs, receipt.erased_seq));
  if (receipt.purged_seq > 0) talk.terminal.print(fmt::format("Purged: no byte is left in the file, up to change {}.", receipt.purged_seq));
  for (const std::string& what : receipt.not_covered) talk.terminal.print_text("Not covered: ", 13, what);
}

}  // namespace

void erase(Talk& talk, std::string_view words) {
  if (words.empty()) {
    talk.terminal.print("What? /erase 1 erases [1] of the last answer, /erase ID any memory, /erase TEXT all that say it.");
    return;
  }
  const std::vector<mnemic::MemoryId> ids = all_meant(talk, words, Among::kPastToo);
  if (ids.empty()) return;
  const mnemic::Admin admin = talk.store.admin();
  const EraseReceipt foreseen = admin.erase({.ids = ids}, {.dry_run = true}).value();
  print_going(talk, foreseen);
  if (!is_confirmed(talk)) {
    talk.terminal.print("Nothing was erased.");
    return;
  }
  std::vector<mnemic::MemoryId> current;
  for (const mnemic::MemoryId id : ids) {
    if (talk.scope.get(id)) current.push_back(id);
  }
  const auto returns = current.empty() ? std::vector<mnemic::Fact>() : look_ahead(talk.scope, current).returns;
  EraseReceipt receipt = admin.erase({.ids = ids}, {.reason = "asked for in the talk", .by = talk.user}).value();
  for (std::vector<mnemic::MemoryId>* gone : {&receipt.erased, &receipt.derived}) {
    leave_last_answer(talk, *gone);
    for (const mnemic::MemoryId id : *gone) {
      if (talk.forgotten) std::erase(talk.forgotten->ids, id);
      if (talk.forgotten) std::erase_if(talk.forgotten->returned, [&](const mnemic::Memory& fact) { return fact.id == id; });
      if (talk.episode == id) talk.episode.reset();
    }
  }
  if (talk.forgotten && talk.forgotten->ids.empty()) talk.forgotten.reset();
  talk.topic.reset();
  talk.tried.reset();
  if (!returns.empty()) {
    talk.scope.write([&](mnemic::Batch& batch) { let_return(batch, returns); }).value();
    for (const mnemic::Fact& fact : returns) talk.terminal.print_text("So again: ", 10, fact.memory.text);
  }
  const auto purged = admin.purge();
  if (purged) receipt.purged_seq = *purged;
  print_receipt(talk, receipt);
  if (!purged) talk.terminal.print_text("Not purged yet: ", 16, purged.status().message());
}

}  // namespace chatbot
