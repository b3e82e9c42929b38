// SPDX-License-Identifier: Apache-2.0
// /forget and /recover
#include "command_list.hpp"
#include "forgetting.hpp"
#include "memory_names.hpp"

#include <fmt/core.h>

#include <utility>
#include <vector>

namespace chatbot {

void forget(Talk& talk, std::string_view words) {
  if (words.empty()) {
    talk.terminal.print(
        "Which one? /forget 1 forgets [1] of the last answer, /forget ID any memory, /forget TEXT all that say it.");
    return;
  }
  const auto ids = all_meant(talk, words, Among::kRemembered);
  if (ids.empty()) return;
  const Forgetting all = look_ahead(talk.scope, ids);
  if (!is_name(words)) {
    talk.terminal.print(fmt::format("That is {} of my memories, and {} that came from them alone:", all.asked.size(), all.derived.size()));
    for (const auto* memories : {&all.asked, &all.derived}) {
      for (const mnemic::Memory& memory : *memories) talk.terminal.print_text("  " + short_name(memory.id) + "  ", 12, line_of(memory));
    }
  }
  Forgotten done;
  for (const mnemic::Memory& memory : all.asked) done.ids.push_back(memory.id);
  for (const mnemic::Memory& memory : all.derived) done.ids.push_back(memory.id);
  for (const mnemic::Fact& fact : all.returns) done.returned.push_back(fact.memory);
  talk.scope
      .write([&](mnemic::Batch& batch) {
        for (const mnemic::MemoryId id : done.ids) batch.forget(id);
        let_return(batch, all.returns);
      })
      .value();
  for (const auto* memories : {&all.asked, &all.derived}) {
    for (const mnemic::Memory& memory : *memories) talk.terminal.print_text("Forgotten: ", 11, line_of(memory));
  }
  for (const mnemic::Fact& fact : all.returns) talk.terminal.print_text("So again: ", 10, fact.memory.text);
  talk.terminal.print(talk.terminal.dim("/recover brings it back; /erase removes for good"));
  leave_last_answer(talk, done.ids);
  talk.forgotten = std::move(done);
}

void recover(Talk& talk, std::string_view) {
  if (!talk.forgotten) {
    talk.terminal.print("Nothing was forgotten in this talk that could come back.");
    return;
  }
  Forgotten& left = *talk.forgotten;  // what was not brought back yet, should something fail
  const Forgotten last = left;
  talk.scope
      .write([&](mnemic::Batch& batch) {
        for (const mnemic::Memory& fact : last.returned) {  // its place is taken again
          mnemic::MemoryChange change;
          change.state = fact.state;
          change.event_end = fact.event_end;
          batch.update(fact.id, change);
        }
      })
      .value();
  left.returned.clear();
  for (const mnemic::MemoryId id : last.ids) {
    (void)talk.scope.recover(id).value();
    std::erase(left.ids, id);
    talk.terminal.print_text("Remembered again: ", 18, line_of(talk.scope.get(id).value()));
  }
  talk.forgotten.reset();
  for (const mnemic::Memory& fact : last.returned) talk.terminal.print_text("No more so: ", 12, fact.text);
  talk.last.reset();  // its numbers speak of what was gone
}

}  // namespace chatbot
