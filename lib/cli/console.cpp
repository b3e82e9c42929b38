// SPDX-License-Identifier: Apache-2.0
#include "cli/console.hpp"

#include "cli/terminal_text.hpp"

#include <fmt/format.h>

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <limits>

namespace mnemic::cli {
namespace {

volatile std::sig_atomic_t interrupt_seen = 0;

extern "C" void on_interrupt(int) {
  interrupt_seen = 1;
}

std::size_t terminal_columns() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

void write_line(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fputc('\n', stream);
}

}  // namespace

Console::Console()
    : output_is_terminal_(isatty(STDOUT_FILENO) == 1),
      error_is_terminal_(isatty(STDERR_FILENO) == 1),
      colours_(output_is_terminal_ && std::getenv("NO_COLOR") == nullptr),
      columns_(output_is_terminal_ ? terminal_columns() : std::numeric_limits<std::size_t>::max() / 2) {}

void Console::line(std::string_view text) {
  write_line(stdout, text);
}
void Console::print(const Json& value) {
  write_line(stdout, clean_json(value.dump()));
}
void Console::warn(std::string_view text) {
  write_line(stderr, clean_line(text));
}

void Console::report(std::string_view code, std::string_view message) {
  if (json) {
    const Json error = Json::object({{"code", code}, {"message", message}});
    write_line(stderr, clean_json(Json::object({{"error", error}}).dump()));
  } else {
    write_line(stderr, clean_line(fmt::format("mnemic: {}: {}", code, message)));
  }
}

int Console::fail(const Status& status) {
  report(to_string(status.code()), status.message());
  return static_cast<int>(status.code());
}

int Console::usage(std::string_view message) {
  report("usage", message);
  return kUsageExit;
}

int Console::finish(int code) {
  const bool failed = std::ferror(stdout) != 0;
  if (std::fflush(stdout) == 0 && !failed) return code;
  return code != 0 ? code : fail(Status(StatusCode::kIo, "standard output could not be written"));
}

std::string Console::styled(std::string_view style, std::string_view text) const {
  return colours_ ? fmt::format("\x1B[{}m{}\x1B[0m", style, text) : std::string(text);
}

Progress::Progress(const Console& console, std::string label)
    : label_(std::move(label)), shown_(console.error_is_terminal()) {}

Progress::~Progress() {
  if (drawn_) std::fputs("\r\x1B[K", stderr);
}

void Progress::update(std::uint64_t done, std::uint64_t total) {
  if (!shown_ || total == 0) return;
  const auto now = std::chrono::steady_clock::now();
  if (drawn_ && now - last_ < std::chrono::milliseconds(100)) return;
  last_ = now;
  drawn_ = true;
  constexpr std::size_t kCells = 30;
  const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const auto filled = static_cast<std::size_t>(share * kCells);
  std::string bar;
  for (std::size_t i = 0; i < kCells; ++i) bar += i < filled ? "█" : "░";
  fmt::print(stderr, "\r{} {} {:3.0f} %\x1B[K", label_, bar, share * 100);
  std::fflush(stderr);
}

void watch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  sigemptyset(&action.sa_mask);
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // a second Ctrl-C ends the process at once
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() noexcept {
  return interrupt_seen != 0;
}

Status check_interrupt() {
  return interrupted() ? Status(StatusCode::kCancelled, "interrupted") : Status();
}

}  // namespace mnemic::cli
