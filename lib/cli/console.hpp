// SPDX-License-Identifier: Apache-2.0
// What the command prints, and the exit codes it ends with.
#pragma once

#include <mnemic/json.hpp>
#include <mnemic/status.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace mnemic::cli {

/// Exit codes besides the numeric values of StatusCode: a command line that cannot be understood (EX_USAGE).
inline constexpr int kUsageExit = 64;

/// Standard output and standard error. Colours and cutting only when the stream is a terminal.
class Console {
 public:
  Console();

  bool json = false;  ///< set by `--json`

  /// Writes one line to standard output; the caller has cleaned stored text.
  void line(std::string_view text);
  /// Writes `value` as one line of JSON to standard output.
  void print(const Json& value);
  /// Writes one line to standard error.
  void warn(std::string_view text);

  /// Reports an error in the form asked for. @return the exit code of its code.
  int fail(const Status& status);
  /// Reports a command line that cannot be understood. @return kUsageExit.
  int usage(std::string_view message);
  /// Flushes standard output. @return `code`, or kIo's when what was printed could not be written.
  int finish(int code);

  [[nodiscard]] bool output_is_terminal() const noexcept { return output_is_terminal_; }
  [[nodiscard]] bool error_is_terminal() const noexcept { return error_is_terminal_; }
  /// Columns of the terminal; a very large number when standard output is none.
  [[nodiscard]] std::size_t columns() const noexcept { return columns_; }

  [[nodiscard]] std::string bold(std::string_view text) const { return styled("1", text); }
  [[nodiscard]] std::string dim(std::string_view text) const { return styled("2", text); }
  [[nodiscard]] std::string good(std::string_view text) const { return styled("32", text); }
  [[nodiscard]] std::string bad(std::string_view text) const { return styled("31", text); }

 private:
  [[nodiscard]] std::string styled(std::string_view style, std::string_view text) const;
  void report(std::string_view code, std::string_view message);

  bool output_is_terminal_;
  bool error_is_terminal_;
  bool colours_;
  std::size_t columns_;
};

/// A progress bar on standard error, drawn at most ten times a second, and not at all when that is no terminal.
class Progress {
 public:
  Progress(const Console& console, std::string label);
  ~Progress();  ///< wipes the bar
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(std::uint64_t done, std::uint64_t total);

 private:
  std::string label_;
  bool shown_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point last_{};
};

/// True once the user pressed Ctrl-C (or SIGTERM came) after `watch_interrupts`. Long commands then clean up and end.
void watch_interrupts();
bool interrupted() noexcept;
/// kCancelled when interrupted.
Status check_interrupt();

}  // namespace mnemic::cli
