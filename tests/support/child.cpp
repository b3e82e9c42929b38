// SPDX-License-Identifier: Apache-2.0
#include "support/child.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <map>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mnemic::test {
namespace {

std::map<std::string, ChildMain, std::less<>>& registry() {
  static std::map<std::string, ChildMain, std::less<>> children;
  return children;
}

void write_all(int fd, const std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // the other side is gone; whoever reads from it will notice
    done += static_cast<std::size_t>(n);
  }
}

// Appends what is there; false at end of file or when nothing came in time.
bool read_more(int fd, std::string& buffer, std::chrono::microseconds patience) {
  pollfd waiting{fd, POLLIN, 0};
  const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(patience).count();
  const timespec limit{static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
  int ready = 0;
  do {
    ready = ::ppoll(&waiting, 1, &limit, nullptr);
  } while (ready < 0 && errno == EINTR);
  if (ready <= 0) return false;
  char bytes[65536];
  ssize_t n = 0;
  do {
    n = ::read(fd, bytes, sizeof bytes);
  } while (n < 0 && errno == EINTR);
  if (n <= 0) return false;
  buffer.append(bytes, static_cast<std::size_t>(n));
  return true;
}

std::optional<std::string> take_line(std::string& buffer) {
  const auto end = buffer.find('\n');
  if (end == std::string::npos) return std::nullopt;
  std::string line = buffer.substr(0, end);
  buffer.erase(0, end + 1);
  return line;
}

}  // namespace

RegisterChild::RegisterChild(const char* name, ChildMain run) { registry().emplace(name, run); }

int run_child(std::string_view name, const std::vector<std::string>& arguments) {
  ::signal(SIGPIPE, SIG_IGN);
  const auto found = registry().find(name);
  if (found == registry().end()) {
    std::fprintf(stderr, "no such child\n");
    return 125;
  }
  try {
    return found->second(arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "child %s: %s\n", found->first.c_str(), error.what());
    say(std::string("! ") + error.what());
    return 124;
  }
}

void say(std::string line) {
  line.push_back('\n');
  write_all(STDOUT_FILENO, line);
}

std::optional<std::string> hear() {
  static std::string buffer;
  for (;;) {
    if (auto line = take_line(buffer)) return line;
    if (!read_more(STDIN_FILENO, buffer, std::chrono::minutes(5))) return std::nullopt;
  }
}

Child::Child(std::string_view name, const std::vector<std::string>& arguments) {
  ::signal(SIGPIPE, SIG_IGN);
  int to[2];
  int from[2];
  if (::pipe2(to, O_CLOEXEC) != 0 || ::pipe2(from, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  std::vector<std::string> words{"/proc/self/exe", std::string(kChildArgument), std::string(name)};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
  const int failed = ::posix_spawn(&pid_, "/proc/self/exe", &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(to[0]);
  ::close(from[1]);
  in_ = to[1];
  out_ = from[0];
  if (failed != 0) throw std::runtime_error("posix_spawn failed");
}

Child::Child(Child&& other) noexcept
    : pid_(other.pid_), in_(other.in_), out_(other.out_), buffer_(std::move(other.buffer_)), status_(other.status_) {
  other.pid_ = other.in_ = other.out_ = -1;
  other.status_ = 0;
}

Child::~Child() {
  if (pid_ > 0 && !status_) kill();
  if (in_ >= 0) ::close(in_);
  if (out_ >= 0) ::close(out_);
}

void Child::send(std::string line) {
  line.push_back('\n');
  write_all(in_, line);
}

void Child::close_input() {
  if (in_ >= 0) ::close(in_);
  in_ = -1;
}

std::optional<std::string> Child::line(std::chrono::microseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    if (auto line = take_line(buffer_)) return line;
    const auto left = std::chrono::duration_cast<std::chrono::microseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0 || !read_more(out_, buffer_, left)) return std::nullopt;
  }
}

std::string Child::ask(const std::string& question) {
  send(question);
  return line().value_or("");
}

std::vector<std::string> Child::rest() {
  while (read_more(out_, buffer_, std::chrono::seconds(30))) {
  }
  std::vector<std::string> lines;
  while (auto line = take_line(buffer_)) lines.push_back(*line);
  return lines;
}

void Child::kill() {
  if (pid_ > 0 && !status_) {
    ::kill(pid_, SIGKILL);
    wait();
  }
}

int Child::wait() {
  if (!status_) {
    int status = 0;
    pid_t got = 0;
    do {
      got = ::waitpid(pid_, &status, 0);
    } while (got < 0 && errno == EINTR);
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  return *status_;
}

}  // namespace mnemic::test
