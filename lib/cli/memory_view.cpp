// SPDX-License-Identifier: Apache-2.0
#include "cli/memory_view.hpp"

#include "cli/terminal_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mnemic::cli {
namespace {

constexpr std::size_t kDay = 10;      // of "2023-05-08 13:56"
constexpr std::size_t kMinutes = 16;  // likewise, of a longer form too

}  // namespace

std::string short_time(Timestamp time) {
  std::string text = to_string(time).substr(0, kMinutes);
  if (const auto t = text.find('T'); t != std::string::npos) text[t] = ' ';
  return text;
}

std::string short_time(Timestamp time, std::string_view time_zone) {
  return to_local_string(time, time_zone).substr(0, kMinutes);
}

std::string interval_text(Timestamp start, const std::optional<Timestamp>& end, std::string_view time_zone) {
  std::string text = short_time(start, time_zone);
  if (!end) return text;
  const std::string until = short_time(*end, time_zone);
  const bool same_day = until.substr(0, kDay) == text.substr(0, kDay);
  return text + " – " + (same_day ? until.substr(kDay + 1) : until);
}

std::string headline(const Memory& memory) {
  if (!memory.text.empty()) return clean_line(memory.text);
  return memory.content.is_null() ? "(vectors only)" : clean_line(memory.content.dump());
}

void print_memory_row(Console& console, const std::string& left, const Memory& memory) {
  constexpr std::size_t kAuthor = 12;
  constexpr std::size_t kLeast = 20;  // columns of text, however narrow the terminal is
  const std::string time = interval_text(memory.event_time, memory.event_end);
  const std::string author = fit(clean_line(memory.author), kAuthor);
  const std::size_t used = display_width(left) + display_width(time) + kAuthor + 6;
  const std::size_t room = console.columns() > used + kLeast ? console.columns() - used : kLeast;
  console.line(
      fmt::format("{}  {}  {}  {}", left, console.dim(time), console.bold(author), cut(headline(memory), room)));
}

void print_fields(Console& console, const Json& object, std::initializer_list<std::string_view> skip) {
  const std::vector<Json::Member> members = object.members();
  std::size_t width = 12;
  for (const auto& member : members) width = std::max(width, member.first.size());
  for (const auto& [name, value] : members) {
    if (std::find(skip.begin(), skip.end(), name) != skip.end()) continue;
    const std::string shown = value.is_string() ? value.as_string() : value.dump();
    console.line(fmt::format("{}  {}", console.dim(fit(name, width)), clean_line(shown)));
  }
}

Json ids_json(const std::vector<MemoryId>& ids) {
  std::vector<Json> texts;
  for (const MemoryId id : ids) texts.emplace_back(id.to_string());
  return Json::array(texts);
}

void print_memory(Console& console, const Memory& memory) {
  print_fields(console, to_json(memory), {"text"});
  if (!memory.text.empty()) console.line("\n" + clean_block(memory.text));
}

}  // namespace mnemic::cli
