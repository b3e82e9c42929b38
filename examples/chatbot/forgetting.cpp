// SPDX-License-Identifier: Apache-2.0
#include "forgetting.hpp"

#include "command_list.hpp"
#include "memory_names.hpp"

#include <algorithm>
#include <string>

namespace chatbot {
namespace {

std::string lower(std::string_view text) {
  std::string low(text);
  std::ranges::transform(low, low.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return low;
}

// A reply has its words in its content.
bool says(const mnemic::Memory& memory, const std::string& wanted) {
  return lower(memory.text).find(wanted) != std::string::npos || lower(line_of(memory)).find(wanted) != std::string::npos;
}

bool any_version_says(const Talk& talk, mnemic::MemoryId id, const std::string& wanted) {
  const auto versions = talk.store.admin().history(id);  // none of what another process erased meanwhile
  return versions && std::ranges::any_of(*versions, [&](const mnemic::Memory& memory) { return says(memory, wanted); });
}

// Of all of the scope, page by page.
std::vector<mnemic::MemoryId> all_saying(const Talk& talk, std::string_view words, Among among) {
  const std::string wanted = lower(words);
  std::vector<mnemic::MemoryId> ids;
  mnemic::ListOptions page{.order = mnemic::Order::kCreated, .limit = 1000};
  do {
    const mnemic::Page found = talk.scope.list(page).value();
    for (const mnemic::Memory& memory : found) {
      const bool past = among == Among::kPastToo && memory.version > 1;
      if (past ? any_version_says(talk, memory.id, wanted) : says(memory, wanted)) ids.push_back(memory.id);
    }
    page.cursor = found.next;
  } while (!page.cursor.empty());
  return ids;
}

// Of what this talk forgot last, by id or text.
std::vector<mnemic::MemoryId> forgotten(const Talk& talk, std::string_view words) {
  std::vector<mnemic::MemoryId> ids;
  if (!talk.forgotten) return ids;
  for (const mnemic::MemoryId id : talk.forgotten->ids) {
    const bool named = short_name(id) == words || id.to_string() == words;
    if (named || (!is_name(words) && any_version_says(talk, id, lower(words)))) ids.push_back(id);
  }
  return ids;
}

// A fact that took the place of others gives it back to them.
void add_returns(const mnemic::Scope& scope, const mnemic::Memory& memory, std::vector<mnemic::Fact>& returns) {
  const auto fact = scope.facts().get(memory.id);
  if (!fact || !fact->is_true_at(now())) return;
  for (const mnemic::Related& old :
       scope.related(memory.id, {.type = "supersedes", .direction = mnemic::Direction::kOutgoing}).value()) {
    const auto before = scope.facts().get(old.memory.id);
    if (before && before->holds.until == fact->holds.since) returns.push_back(*before);
  }
}

mnemic::Filter any_of(const std::vector<mnemic::MemoryId>& ids) {
  std::vector<mnemic::Json> texts;
  for (const mnemic::MemoryId id : ids) texts.emplace_back(id.to_string());
  return mnemic::Filter::where("id", mnemic::Op::kIn, mnemic::Json::array(texts));
}

}  // namespace

std::vector<mnemic::MemoryId> all_meant(const Talk& talk, std::string_view words, Among among) {
  std::vector<mnemic::MemoryId> ids = among == Among::kPastToo ? forgotten(talk, words) : std::vector<mnemic::MemoryId>();
  if (is_name(words)) {
    if (!ids.empty()) return ids;
    const auto id = meant(talk, words);
    if (id && talk.scope.get(*id)) return {*id};
    if (id) talk.terminal.print("I have no such memory.");
    return {};
  }
  // Fewer digits of an id than are shown, or a text.
  const auto id = find_by_name(talk.scope, words);
  const auto more = id && talk.scope.get(*id) ? std::vector{*id} : all_saying(talk, words, among);
  ids.insert(ids.end(), more.begin(), more.end());
  if (ids.empty()) talk.terminal.print_text("Nothing that I remember says: ", 30, words);
  return ids;
}

Forgetting look_ahead(const mnemic::Scope& scope, const std::vector<mnemic::MemoryId>& ids) {
  const mnemic::ForgetReport report = scope.forget(any_of(ids), {.dry_run = true}).value();
  Forgetting all;
  for (const mnemic::MemoryId id : report.ids) all.asked.push_back(scope.get(id).value());
  for (const mnemic::MemoryId id : report.derived) all.derived.push_back(scope.get(id).value());
  for (const auto* memories : {&all.asked, &all.derived}) {
    for (const mnemic::Memory& memory : *memories) add_returns(scope, memory, all.returns);
  }
  std::erase_if(all.returns, [&](const mnemic::Fact& back) {
    const auto is_back = [&](const mnemic::MemoryId& gone) { return gone == back.memory.id; };
    return std::ranges::any_of(report.ids, is_back) || std::ranges::any_of(report.derived, is_back);
  });
  return all;
}

void let_return(mnemic::Batch& batch, const std::vector<mnemic::Fact>& returns) {
  for (const mnemic::Fact& fact : returns) {
    mnemic::MemoryChange change;
    change.state = mnemic::State::kProposed;
    change.event_end = std::optional(mnemic::kOpenEnd);
    batch.update(fact.memory.id, change);
  }
}

void leave_last_answer(Talk& talk, const std::vector<mnemic::MemoryId>& gone) {
  if (!talk.last) return;
  for (mnemic::Hit& hit : talk.last->hits) {
    if (std::ranges::find(gone, hit.memory.id) != gone.end()) hit = {};
  }
}

}  // namespace chatbot
