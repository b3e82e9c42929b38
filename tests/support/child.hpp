// SPDX-License-Identifier: Apache-2.0
// Child: a second process for a test. It is this very program, started anew (posix_spawn, so no open store is ever
// carried over) with a hidden argument that names a function registered by MNEMIC_CHILD. Lines go in and out by pipes.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace mnemic::test {

inline constexpr std::string_view kChildArgument = "--mnemic-child";
using ChildMain = int (*)(const std::vector<std::string>& arguments);

struct RegisterChild {
  RegisterChild(const char* name, ChildMain run);
};
int run_child(std::string_view name, const std::vector<std::string>& arguments);

/// For the child: one line to the parent in one write (at most PIPE_BUF bytes stay whole), the next line from it.
void say(std::string line);
std::optional<std::string> hear();

class Child {
 public:
  Child(std::string_view name, const std::vector<std::string>& arguments);
  ~Child();  ///< kills it when it still runs
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;

  void send(std::string line);
  void close_input();
  /// The next whole line; nothing at end of file or after `patience`.
  std::optional<std::string> line(std::chrono::microseconds patience = std::chrono::minutes(2));
  /// Sends a line and waits for the answer; "" when the child is gone.
  std::string ask(const std::string& question);
  /// Everything still in the pipe, after the child has ended.
  std::vector<std::string> rest();
  void kill();  ///< SIGKILL, and waits
  int wait();   ///< its exit code; -signal when a signal ended it
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

 private:
  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  std::string buffer_;
  std::optional<int> status_;
};

}  // namespace mnemic::test

#define MNEMIC_CHILD(name)                                                        \
  static int child_##name(const std::vector<std::string>& arguments);             \
  static const ::mnemic::test::RegisterChild register_##name(#name, child_##name); \
  static int child_##name([[maybe_unused]] const std::vector<std::string>& arguments)
