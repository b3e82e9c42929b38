// SPDX-License-Identifier: Apache-2.0
#include "cli/memory_view.hpp"

#include "cli/terminal_text.hpp"

#include <fmt/format.h>

namespace mnemic::cli {

std::string short_time(Timestamp time) {
  std::string text = to_string(time);
  constexpr std::size_t kMinutes = 16;  // of "2023-05-08T13:56:00Z"
  text.resize(std::min(text.size(), kMinutes));
  if (const auto t = text.find('T'); t != std::string::npos) text[t] = ' ';
  return text;
}

std::string headline(const Memory& memory) {
  if (!memory.text.empty()) return clean_line(memory.text);
  return memory.content.is_null() ? "(vectors only)" : clean_line(memory.content.dump());
}

void print_memory_row(Console& console, const std::string& left, const Memory& memory) {
  constexpr std::size_t kAuthor = 12;
  constexpr std::size_t kLeast = 20;  // columns of text, however narrow the terminal is
  const std::string time = short_time(memory.event_time);
  const std::string author = fit(clean_line(memory.author), kAuthor);
  const std::size_t used = display_width(left) + time.size() + kAuthor + 6;
  const std::size_t room = console.columns() > used + kLeast ? console.columns() - used : kLeast;
  console.line(
      fmt::format("{}  {}  {}  {}", left, console.dim(time), console.bold(author), cut(headline(memory), room)));
}

void print_memory(Console& console, const Memory& memory) {
  for (const auto& [name, value] : to_json(memory).members()) {
    if (name == "text") continue;
    const std::string shown = value.is_string() ? value.as_string() : value.dump();
    console.line(fmt::format("{}  {}", console.dim(fit(name, 12)), clean_line(shown)));
  }
  if (!memory.text.empty()) console.line("\n" + clean_block(memory.text));
}

}  // namespace mnemic::cli
