// SPDX-License-Identifier: Apache-2.0
#include "command_list.hpp"

#include "memory_names.hpp"

#include <fmt/core.h>

#include <charconv>
#include <system_error>

namespace chatbot {

std::optional<std::size_t> parse_count(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number == 0) return std::nullopt;
  return number;
}

bool is_name(std::string_view text) {
  if (parse_count(text) && text.size() < kShortestName) return true;
  return text.size() >= kShownName && text.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
}

std::optional<mnemic::MemoryId> meant(const Talk& talk, std::string_view name) {
  const std::size_t hits = talk.last ? talk.last->hits.size() : 0;
  if (const auto number = parse_count(name); number && name.size() < kShortestName) {
    if (*number <= hits) {
      const mnemic::MemoryId id = talk.last->hits[*number - 1].memory.id;
      if (!id.is_nil()) return id;
      talk.terminal.print(fmt::format("[{}] is forgotten already.", *number));
      return std::nullopt;
    }
    talk.terminal.print(hits == 0 ? "The last answer cited nothing."
                                  : fmt::format("The last answer cited [1] to [{}] only.", hits));
    return std::nullopt;
  }
  const auto id = find_by_name(talk.scope, name);
  if (!id) {
    talk.terminal.print(clean(id.status().message()));
    return std::nullopt;
  }
  return *id;
}

std::string line_of(const mnemic::Memory& memory) {
  if (!memory.text.empty()) return memory.text;
  if (memory.layer == mnemic::Layer::kProcedural) return "a run of: " + memory.content["goal"].as_string();
  const std::size_t cites = memory.content["cites"].size();
  const std::string reply = memory.content["content"].as_string();
  return cites == 0 ? reply : fmt::format("{} ({} cited)", reply, cites);
}

}  // namespace chatbot
