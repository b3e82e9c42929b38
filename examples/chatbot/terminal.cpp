// SPDX-License-Identifier: Apache-2.0
#include "terminal.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <utility>

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace chatbot {
namespace {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;  ///< how many bytes it takes; a broken byte is U+FFFD and takes one
};

CodePoint decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {0xFFFD, 1};
  char32_t value = lead & (0xFFu >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {0xFFFD, 1};
    value = (value << 6) | (byte(i) & 0x3Fu);
  }
  constexpr std::array<char32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};  // a longer form than needed is broken
  if (value < kLeast[bytes] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return {0xFFFD, 1};
  return {value, bytes};
}

bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F);
}

bool is_invisible(char32_t c) {
  return c == 0xAD || c == 0x61C || (c >= 0x200B && c <= 0x200F && c != 0x200D) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xE0000 && c <= 0xE0FFF);
}

// The length of the escape sequence `text` starts with, so that "ESC [ 3 1 m" leaves no "[31m" behind; at least 1.
std::size_t escape_length(std::string_view text) {
  if (text.size() < 2) return 1;
  if (text[1] == '[') {  // a control sequence: parameters, then one final byte
    std::size_t end = 2;
    while (end < text.size() && text[end] >= 0x20 && text[end] <= 0x3F) ++end;
    return std::min(end + 1, text.size());
  }
  if (text[1] == ']' || text[1] == 'P' || text[1] == 'X' || text[1] == '^' || text[1] == '_') {  // up to BEL or ESC
    const std::size_t end = text.find_first_of("\a\x1b", 2);
    return end == std::string_view::npos ? text.size() : end;
  }
  return 1;
}

// Columns, counted as one per code point: right for the scripts of the demonstration, near enough for wrapping others.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

volatile std::sig_atomic_t interrupted = 0;

}  // namespace

std::string clean(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  const auto add_space = [&] {
    if (!out.empty() && out.back() != ' ') out += ' ';
  };
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    const auto [c, bytes] = decode(rest);
    i += c == 0x1B ? escape_length(rest) : bytes;
    if (c == '\n' || c == '\r' || c == '\t' || c == ' ' || c == 0x2028 || c == 0x2029) {
      add_space();
    } else if (c == 0xFFFD) {
      out += "\uFFFD";
    } else if (!is_control(c) && !is_invisible(c)) {
      out += rest.substr(0, bytes);
    }
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

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
