// SPDX-License-Identifier: Apache-2.0
#include "cli/bench/text.hpp"

#include "cli/jsonl_reader.hpp"
#include "cli/terminal_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace mnemic::cli::bench {
namespace {

class LinesOfFile final : public Text {
 public:
  LinesOfFile(std::string name, std::vector<std::string> lines, std::size_t held_out) : name_(std::move(name)) {
    const std::size_t count = lines.size();
    for (std::size_t i = 0; i < count; ++i) {
      // True held_out times, evenly.
      const bool held = i * held_out / count != (i + 1) * held_out / count;
      (held ? queries_ : memories_).push_back(std::move(lines[i]));
    }
  }

  [[nodiscard]] std::string memory(std::size_t i) const override { return memories_[i % memories_.size()]; }
  [[nodiscard]] std::string query(std::size_t i) const override { return queries_[i % queries_.size()]; }
  [[nodiscard]] Json identity() const override {
    std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
    for (const std::string& line : memories_) {
      for (const char c : line) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3ULL;
      hash = (hash ^ '\n') * 0x100000001b3ULL;
    }
    return Json::object(
        {{"from", name_}, {"lines", std::uint64_t{memories_.size()}}, {"hash", fmt::format("{:016x}", hash)}});
  }

 private:
  std::string name_;
  std::vector<std::string> memories_;
  std::vector<std::string> queries_;
};

}  // namespace

Result<std::shared_ptr<const Text>> text_of_file(const std::string& path, const FileText& wanted,
                                                 const std::function<bool(const std::string&)>& usable) {
  auto reader = LineReader::open(path);
  if (!reader) return reader.status();
  const std::size_t most = wanted.memories + wanted.queries;
  std::vector<std::string> lines;
  std::string line;
  while (lines.size() < most) {
    const auto more = reader->next(line);
    if (!more) return more.status();
    if (!*more) break;
    line = clean_line(line);
    if (usable(line)) lines.push_back(line);
  }
  const std::string name = path == "-" ? "standard input" : std::filesystem::path(path).filename().string();
  if (lines.size() < 2) {
    return Status(StatusCode::kInvalidArgument, fmt::format("{}: fewer than two lines with words in them", name));
  }
  const std::size_t tenth = std::max<std::size_t>(1, lines.size() / 10);
  const std::size_t held_out = lines.size() == most ? wanted.queries : std::min(wanted.queries, tenth);
  return std::shared_ptr<const Text>(std::make_shared<LinesOfFile>(name, std::move(lines), held_out));
}

}  // namespace mnemic::cli::bench
