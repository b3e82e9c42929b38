// SPDX-License-Identifier: Apache-2.0
// Ctrl-C while something else than a line of input is waited for.
#pragma once

#include <stop_token>
#include <thread>

namespace chatbot {

/// As long as it lives, Ctrl-C requests a stop, and does nothing else. For a process that catches interrupts
/// (Terminal::catch_interrupts): SIGINT is blocked there, and taken by a thread of this.
class InterruptWatch {
 public:
  /// @throws std::system_error
  InterruptWatch();
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  int signals_ = -1;
  int ended_ = -1;
  std::thread thread_;
};

}  // namespace chatbot
