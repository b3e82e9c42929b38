// SPDX-License-Identifier: Apache-2.0
#include "burst.hpp"

#include <mnemic/mnemic.hpp>

#include <fmt/core.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <map>
#include <random>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace chatbot {
namespace {

// A namespace of its own: what is written here is in no answer of anybody else.
mnemic::Scope burst_scope(const mnemic::Store& store) {
  return store.scope({"chatbot", "burst"}, {.user = "burst"}).value();
}

std::string key_of(const std::string& session, std::size_t number) {
  return fmt::format("{}/{}", session, number);
}

std::string text_of(std::size_t number) {
  return fmt::format("Turn {} of a burst: ship {} reached berth {} at low tide.", number, number * 7919 % 10007,
                     number % 23);
}

// A process that was started, and the end of a pipe that hears it. Killed and waited for whatever happens.
class Child {
 public:
  explicit Child(const std::vector<std::string>& command) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    std::vector<char*> arguments;
    for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    const int error = ::posix_spawnp(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    output_ = ends[0];
    if (error == 0) return;
    ::close(output_);
    throw std::system_error(error, std::generic_category(), "starting " + command[0]);
  }
  ~Child() {
    kill();
    wait();
    ::close(output_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // The next number it wrote; 0 at the end. A line cut off by the kill was no acknowledgement.
  std::size_t next_number() {
    for (;;) {
      if (const std::size_t end = buffer_.find('\n'); end != std::string::npos) {
        std::size_t number = 0;
        std::from_chars(buffer_.data(), buffer_.data() + end, number);
        buffer_.erase(0, end + 1);
        return number;
      }
      std::array<char, 256> block{};
      const ssize_t count = ::read(output_, block.data(), block.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return 0;
      buffer_.append(block.data(), static_cast<std::size_t>(count));
    }
  }
  void kill() const {
    if (!waited_) ::kill(pid_, SIGKILL);
  }
  int wait() {
    while (!waited_ && ::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
    }
    waited_ = true;
    return status_;
  }

 private:
  pid_t pid_ = -1;
  int output_ = -1;
  int status_ = 0;
  bool waited_ = false;
  std::string buffer_;
};

}  // namespace

void run_burst(const std::filesystem::path& path, const std::string& session_name) {
  const mnemic::Store store = mnemic::Store::open(path, {.create = false}).value();
  const mnemic::Session session = burst_scope(store).session(session_name);
  for (std::size_t number = 1;; ++number) {
    mnemic::Turn turn;
    turn.author = "burst";
    turn.text = text_of(number);
    turn.key = key_of(session_name, number);
    session.append(turn, {.durability = mnemic::Durability::kFull}).value();
    const std::string line = fmt::format("{}\n", number);
    if (::write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) return;
  }
}

Killed kill_in_burst(const std::vector<std::string>& program, const std::filesystem::path& path,
                     const std::string& session) {
  std::random_device random;
  const std::size_t enough = std::uniform_int_distribution<std::size_t>(150, 600)(random);
  const std::chrono::microseconds delay(std::uniform_int_distribution<int>(0, 1500)(random));

  Killed killed;
  std::vector<std::string> command = program;
  command.insert(command.end(), {"--burst", path.string(), "--session", session});
  Child child(command);
  while (killed.acknowledged < enough) {
    const std::size_t number = child.next_number();
    if (number == 0) break;
    killed.acknowledged = number;
  }
  // Somewhere inside a later append, not right behind an acknowledgement.
  for (const auto end = std::chrono::steady_clock::now() + delay; std::chrono::steady_clock::now() < end;) {
  }
  child.kill();
  while (const std::size_t number = child.next_number()) killed.acknowledged = number;
  const int status = child.wait();
  killed.by_signal = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  return killed;
}

Recount recount(const std::filesystem::path& path, const std::string& session, std::size_t acknowledged) {
  const mnemic::Store store = mnemic::Store::open(path, {.create = false}).value();
  const mnemic::Scope scope = burst_scope(store);
  std::map<std::string, mnemic::Memory, std::less<>> found;
  std::string cursor;
  do {
    mnemic::Page page =
        scope.list({.where = mnemic::Filter::session(session), .limit = 1000, .cursor = cursor}).value();
    for (mnemic::Memory& memory : page.items) found.emplace(memory.key, std::move(memory));
    cursor = page.next;
  } while (!cursor.empty());

  Recount count;
  for (std::size_t number = 1; number <= acknowledged; ++number) {
    const auto memory = found.find(key_of(session, number));
    const bool whole =
        memory != found.end() && memory->second.text == text_of(number) && memory->second.turn == number - 1;
    ++(whole ? count.present : count.missing);
    if (memory != found.end()) found.erase(memory);
  }
  count.extra = found.size();
  return count;
}

}  // namespace chatbot
