// SPDX-License-Identifier: Apache-2.0
#include "command_list.hpp"
#include "printing.hpp"

#include <fmt/core.h>

namespace chatbot {
namespace {

void print_related(const Talk& talk, mnemic::MemoryId id, std::string_view label,
                   const mnemic::RelatedOptions& options) {
  for (const mnemic::Related& end : talk.scope.related(id, options).value()) {
    talk.terminal.print_text(fmt::format("      {} ", talk.terminal.dim(label)), 6 + label.size() + 1,
                             line_of(end.memory));
    talk.terminal.print("        " + talk.terminal.dim(citation(end.memory, talk.calendar)));
  }
}

// Of a fact: the turns it came from, what it replaced, and what replaced it.
void print_origin(const Talk& talk, const mnemic::Memory& memory) {
  if (memory.layer != mnemic::Layer::kSemantic) return;
  using mnemic::Direction;
  print_related(talk, memory.id, "from:", {.type = "derived_from", .direction = Direction::kOutgoing});
  print_related(talk, memory.id, "instead of:", {.type = "supersedes", .direction = Direction::kOutgoing});
  print_related(talk, memory.id, "replaced by:", {.type = "supersedes", .direction = Direction::kIncoming});
}

void explain(const Talk& talk, const Answer& last, mnemic::MemoryId id) {
  const mnemic::Memory memory = talk.scope.get(id).value();
  const mnemic::Explanation explanation = talk.scope.why(last.query, id, last.options).value();
  talk.terminal.print_text(talk.terminal.bold("Asked: "), 7, last.query.text);
  talk.terminal.print_text("      ", 6, line_of(memory));
  talk.terminal.print("      " + talk.terminal.dim(citation(memory, talk.calendar)));
  print_origin(talk, memory);
  print_explanation(talk.terminal, explanation);
}

void explain(const Talk& talk, std::size_t number, const mnemic::Hit& hit) {
  print_hit(talk.terminal, talk.calendar, number, hit.memory);
  print_origin(talk, hit.memory);
  if (hit.parts.words + hit.parts.vector + hit.parts.neighbours > 0) {
    print_parts(talk.terminal, hit.score, hit.parts);
  } else if (hit.memory.pinned) {
    talk.terminal.print("      " + talk.terminal.dim("pinned: always offered"));
  } else {
    talk.terminal.print(fmt::format("      {}{}", talk.terminal.good(fmt::format("{:.3f}", hit.score)),
                                    talk.terminal.dim(" = how like the goals are × how surely it works")));
  }
  talk.terminal.print("      " + talk.terminal.dim("id " + hit.memory.id.to_string()));
}

}  // namespace

void why(Talk& talk, std::string_view name) {
  if (!talk.last) {
    talk.terminal.print("Ask me something first; then /why explains what I said.");
    return;
  }
  const Answer& last = *talk.last;
  if (!name.empty()) {
    if (const auto id = meant(talk, name)) explain(talk, last, *id);
    return;
  }
  talk.terminal.print_text(talk.terminal.bold("Asked: "), 7, last.query.text);
  talk.terminal.print(talk.terminal.dim(fmt::format("Recalled in {}.", duration(last.took))));
  if (last.hits.empty()) {
    talk.terminal.print("Nothing I keep was close enough. /timeline shows what I have; /why ID explains one of them.");
  }
  for (std::size_t i = 0; i < last.hits.size(); ++i) {
    if (!last.hits[i].memory.id.is_nil()) explain(talk, i + 1, last.hits[i]);  // else forgotten meanwhile
  }
}

}  // namespace chatbot
