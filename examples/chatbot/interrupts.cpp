// SPDX-License-Identifier: Apache-2.0
#include "interrupts.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <system_error>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace chatbot {

InterruptWatch::InterruptWatch() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  signals_ = ::signalfd(-1, &set, SFD_CLOEXEC);
  ended_ = ::eventfd(0, EFD_CLOEXEC);
  if (signals_ < 0 || ended_ < 0) {
    const int error = errno;
    if (signals_ >= 0) ::close(signals_);
    throw std::system_error(error, std::generic_category(), "watching for Ctrl-C");
  }
  thread_ = std::thread([this] {
    for (;;) {
      std::array<pollfd, 2> waiting = {{{signals_, POLLIN, 0}, {ended_, POLLIN, 0}}};
      if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;
      if (waiting[1].revents != 0) return;
      signalfd_siginfo signal{};
      if (::read(signals_, &signal, sizeof signal) == sizeof signal) source_.request_stop();
    }
  });
}

InterruptWatch::~InterruptWatch() {
  const std::uint64_t one = 1;
  while (::write(ended_, &one, sizeof one) < 0 && errno == EINTR) {
  }
  thread_.join();
  ::close(signals_);
  ::close(ended_);
}

}  // namespace chatbot
