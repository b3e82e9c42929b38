// SPDX-License-Identifier: Apache-2.0
#include "terminal.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <utility>

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace chatbot {
namespace {

// Columns, counted as one per code point: right for the scripts of the demonstration, near enough for wrapping others.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

volatile std::sig_atomic_t interrupted = 0;

}  // namespace

Terminal::Terminal() : input_is_terminal_(isatty(STDIN_FILENO) == 1), output_is_terminal_(isatty(STDOUT_FILENO) == 1) {}

std::string Terminal::styled(std::string_view style, std::string_view text) const {
  return output_is_terminal_ && !text.empty() ? fmt::format("\x1b[{}m{}\x1b[0m", style, text) : std::string(text);
}

std::size_t Terminal::columns() const {
  constexpr std::size_t kReadable = 100;
  if (!output_is_terminal_) return SIZE_MAX;
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 40) return kReadable;
  return std::min<std::size_t>(size.ws_col, kReadable);
}

void Terminal::print(std::string_view line) const {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

void Terminal::write(std::string_view part) const {
  fmt::print("{}", part);
  std::fflush(stdout);
}

void Terminal::print_text(std::string_view first, std::size_t indent, std::string_view text) const {
  const std::string cleaned = clean(text);
  const std::size_t limit = columns();
  std::string line(first);
  std::size_t used = indent;
  for (std::size_t begin = 0; begin < cleaned.size();) {
    const std::size_t end = std::min(cleaned.find(' ', begin), cleaned.size());
    const std::string_view word = std::string_view(cleaned).substr(begin, end - begin);
    if (used > indent && used + 1 + width(word) > limit) {
      print(line);
      line.assign(indent, ' ');
      used = indent;
    }
    if (used > indent) {
      line += ' ';
      ++used;
    }
    line += word;
    used += width(word);
    begin = end + 1;
  }
  print(line);
}

void Terminal::catch_interrupts() {
  struct sigaction action = {};
  action.sa_handler = [](int) { interrupted = 1; };
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);  // no SA_RESTART: it shall end the wait in read_line
  // Blocked outside of that wait, so that no Ctrl-C is lost between looking at the flag and waiting.
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigprocmask(SIG_BLOCK, &set, nullptr);
}

std::optional<std::string> Terminal::read_line(std::string_view prompt) {
  if (interactive()) {
    fmt::print("{}", prompt);
    std::fflush(stdout);
  }
  sigset_t wait_mask;
  sigprocmask(SIG_BLOCK, nullptr, &wait_mask);
  sigdelset(&wait_mask, SIGINT);
  for (std::size_t searched = 0;;) {
    if (const std::size_t end = buffer_.find('\n', searched); end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      if (!line.empty() && line.back() == '\r') line.pop_back();
      return line;
    }
    searched = buffer_.size();
    if (at_end_) {
      if (buffer_.empty()) return std::nullopt;
      return std::exchange(buffer_, {});
    }
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (ppoll(&input, 1, nullptr, &wait_mask) < 0 || interrupted != 0) {
      if (interrupted != 0) return std::nullopt;
      continue;  // another signal
    }
    std::array<char, 4096> block{};
    const ssize_t count = ::read(STDIN_FILENO, block.data(), block.size());
    if (count > 0) {
      buffer_.append(block.data(), static_cast<std::size_t>(count));
    } else {
      at_end_ = true;
    }
  }
}

}  // namespace chatbot
