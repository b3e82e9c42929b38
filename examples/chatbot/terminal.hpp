// SPDX-License-Identifier: Apache-2.0
// The terminal: colours when there is one, one line of input at a time.
#pragma once

#include "clean_text.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace chatbot {

/// Standard input and output. Colours and line wrapping only when standard output is a terminal.
class Terminal {
 public:
  Terminal();

  [[nodiscard]] bool interactive() const noexcept { return input_is_terminal_ && output_is_terminal_; }

  [[nodiscard]] std::string bold(std::string_view text) const { return styled("1", text); }
  [[nodiscard]] std::string dim(std::string_view text) const { return styled("2", text); }
  [[nodiscard]] std::string accent(std::string_view text) const { return styled("36", text); }
  [[nodiscard]] std::string good(std::string_view text) const { return styled("32", text); }
  [[nodiscard]] std::string bad(std::string_view text) const { return styled("31", text); }

  /// Prints one line, which is written out at once.
  void print(std::string_view line = {}) const;
  /// Prints a part of a line, which is written out at once.
  void write(std::string_view part) const;
  /// Prints `text`, cleaned, after `first`; further lines of a long text are indented by `indent` columns.
  void print_text(std::string_view first, std::size_t indent, std::string_view text) const;

  /// Shows `prompt` (on a terminal) and reads one line, without its end. Nothing at the end of input or on Ctrl-C.
  std::optional<std::string> read_line(std::string_view prompt);
  /// From now on Ctrl-C ends `read_line` instead of the program.
  void catch_interrupts();

 private:
  [[nodiscard]] std::string styled(std::string_view style, std::string_view text) const;
  [[nodiscard]] std::size_t columns() const;

  bool input_is_terminal_;
  bool output_is_terminal_;
  std::string buffer_;  ///< read, but not yet returned
  bool at_end_ = false;
};

}  // namespace chatbot
