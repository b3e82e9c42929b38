// SPDX-License-Identifier: Apache-2.0
#include "command_list.hpp"
#include "export_file.hpp"

#include <fmt/core.h>

#include <system_error>

namespace chatbot {

void stats(Talk& talk, std::string_view) {
  const mnemic::StoreStats stats = talk.store.stats().value();
  const auto row = [&](std::string_view name, const std::string& value) {
    talk.terminal.print(fmt::format("  {:<22}{}", name, value));
  };
  row("turns of this talk", fmt::format("{}", talk.session.size().value()));
  row("memories", fmt::format("{} in {} sessions and {} namespaces", stats.memories, stats.sessions, stats.namespaces));
  row("versions, changes", fmt::format("{}, {}", stats.versions, stats.seq));
  row("file", fmt::format("{} KiB, and {} KiB write-ahead log", stats.file_bytes / 1024, stats.wal_bytes / 1024));
  row("in memory", fmt::format("{} partition{}, {} KiB", stats.partitions_loaded,
                               stats.partitions_loaded == 1 ? "" : "s", stats.cache_bytes / 1024));
  row("vectors", stats.embedding_space.empty() ? "none" : clean(stats.embedding_space));
}

void export_all(Talk& talk, std::string_view argument) {
  const std::string path =
      argument.empty() ? "memories-" + talk.calendar.date(now()) + ".jsonl" : std::string(argument);
  try {
    const std::size_t count = export_memories(talk.scope, path);
    talk.terminal.print_text("", 0, fmt::format("{} memor{} written to {}", count, count == 1 ? "y" : "ies", path));
  } catch (const std::system_error& error) {
    talk.terminal.print_text(talk.terminal.bad("Not exported: "), 14, error.what());
  }
}

}  // namespace chatbot
