// SPDX-License-Identifier: Apache-2.0
// Stored and streamed text made harmless for a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chatbot {

/// `text` on one line, without control characters, terminal escape sequences, direction overrides and invisible
/// characters. Whatever was typed or stored goes through here before it is printed.
std::string clean(std::string_view text);

/// The same for text that comes in pieces: a character or an escape sequence may be cut anywhere between two of them.
class Cleaner {
 public:
  enum class Lines {
    kJoined,    ///< the end of a line becomes a space
    kIndented,  ///< lines stay lines, with two spaces before each, so that none passes for one of ours
  };
  explicit Cleaner(Lines lines) : lines_(lines) {}

  /// What can be shown now that `piece` has come.
  std::string add(std::string_view piece);
  /// What can be shown now that nothing comes any more.
  std::string end();

 private:
  enum class State { kText, kEscape, kControl, kString };
  std::string take(std::string_view text);
  bool in_escape(unsigned char byte);
  void show(char32_t c, std::string_view bytes, std::string& out);

  Lines lines_;
  State state_ = State::kText;
  std::string cut_;         ///< the beginning of a character
  bool space_ = false;      ///< to be shown before the next character
  std::size_t breaks_ = 0;  ///< likewise
  bool any_ = false;
};

}  // namespace chatbot
