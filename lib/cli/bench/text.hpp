// SPDX-License-Identifier: Apache-2.0
// What the bench stores and asks: lines of a file, or lines made up.
#pragma once

#include <mnemic/json.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mnemic::cli::bench {

/// Lines by number, the same ones for the same arguments. Safe from many threads.
class Text {
 public:
  virtual ~Text() = default;
  /// The text of memory `i`; any number goes.
  [[nodiscard]] virtual std::string memory(std::size_t i) const = 0;
  /// The text of query `i`, which is no memory's line; any number goes.
  [[nodiscard]] virtual std::string query(std::size_t i) const = 0;
  /// What it is, for the report: equal for equal memories.
  [[nodiscard]] virtual Json identity() const = 0;
};

/// Lines of 5 to 25 words, drawn from a vocabulary of 50,000 by Zipf's law: the word of rank r about 1/r as often as
/// the first. The first ranks are common English words, which a query leaves out as stop words; the others are made of
/// syllables. Equal seeds give equal lines on every platform.
/// @source  Zipf, "Human Behavior and the Principle of Least Effort", 1949.
std::shared_ptr<const Text> generated_text(std::uint64_t seed);

struct FileText {
  std::size_t memories = 0;  ///< wanted; fewer lines are taken again from the first
  std::size_t queries = 0;   ///< wanted; likewise
};
/// Lines of a file, "-" for standard input: as many as are wanted, blank ones left out, made safe by `clean_line`, and
/// only those that `usable` accepts. Queries are held out evenly from all of them: as many as are wanted, or, when the
/// file has no more lines than that and the memories need, one in ten.
/// @errors  As LineReader; kInvalidArgument: fewer than two usable lines.
Result<std::shared_ptr<const Text>> text_of_file(const std::string& path, const FileText& wanted,
                                                 const std::function<bool(const std::string&)>& usable);

}  // namespace mnemic::cli::bench
