// SPDX-License-Identifier: Apache-2.0
#include "command_list.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

namespace chatbot {
namespace {

// What goes and what comes back when a memory is forgotten.
struct Forgetting {
  std::vector<mnemic::Memory> goes;
  std::vector<mnemic::Fact> returns;
};

// A fact that took the place of others gives it back to them.
void add_fact(const mnemic::Scope& scope, const mnemic::Fact& fact, Forgetting& all) {
  all.goes.push_back(fact.memory);
  if (!fact.is_true_at(now())) return;
  for (const mnemic::Related& old :
       scope.related(fact.memory.id, {.type = "supersedes", .direction = mnemic::Direction::kOutgoing}).value()) {
    const auto before = scope.facts().get(old.memory.id);
    if (before && before->holds.until == fact.holds.since) all.returns.push_back(*before);
  }
}

// With a turn go the facts that came from it alone.
Forgetting plan(const mnemic::Scope& scope, const mnemic::Memory& memory) {
  using mnemic::Direction;
  Forgetting all;
  if (const auto fact = scope.facts().get(memory.id)) {
    add_fact(scope, *fact, all);
    return all;
  }
  all.goes.push_back(memory);
  if (memory.layer != mnemic::Layer::kConversational) return all;
  for (const mnemic::Related& derived :
       scope.related(memory.id, {.type = "derived_from", .direction = Direction::kIncoming}).value()) {
    const auto fact = scope.facts().get(derived.memory.id);
    if (!fact) continue;
    const auto sources =
        scope.related(derived.memory.id, {.type = "derived_from", .direction = Direction::kOutgoing}).value();
    if (sources.size() == 1) add_fact(scope, *fact, all);
  }
  std::erase_if(all.returns, [&](const mnemic::Fact& back) {
    return std::ranges::any_of(all.goes, [&](const mnemic::Memory& gone) { return gone.id == back.memory.id; });
  });
  return all;
}

}  // namespace

void forget(Talk& talk, std::string_view name) {
  if (name.empty()) {
    talk.terminal.print("Which one? /forget 1 forgets [1] of the last answer, /forget ID any memory.");
    return;
  }
  const auto id = meant(talk, name);
  if (!id) return;
  const Forgetting all = plan(talk.scope, talk.scope.get(*id).value());
  talk.scope
      .write([&](mnemic::Batch& batch) {
        for (const mnemic::Memory& memory : all.goes) batch.forget(memory.id);
        for (const mnemic::Fact& fact : all.returns) {
          mnemic::MemoryChange change;
          change.state = mnemic::State::kProposed;
          change.event_end = std::optional(mnemic::kOpenEnd);
          batch.update(fact.memory.id, change);
        }
      })
      .value();
  for (const mnemic::Memory& memory : all.goes) talk.terminal.print_text("Forgotten: ", 11, line_of(memory));
  for (const mnemic::Fact& fact : all.returns) talk.terminal.print_text("So again: ", 10, fact.memory.text);
  if (!talk.last) return;
  for (mnemic::Hit& hit : talk.last->hits) {
    for (const mnemic::Memory& memory : all.goes) {
      if (hit.memory.id == memory.id) hit.memory = {};  // its number stays taken, its words are gone here too
    }
  }
}

}  // namespace chatbot
