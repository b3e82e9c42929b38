// SPDX-License-Identifier: Apache-2.0
// A long call of the library under a progress bar, which Ctrl-C stops.
#pragma once

#include "cli/console.hpp"

#include <functional>
#include <stop_token>

namespace mnemic::cli {

class Interruptible {
 public:
  Interruptible(const Console& console, const char* label) : progress_(console, label) { watch_interrupts(); }

  /// For the call's options; lives as long as this.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress() {
    return [this](std::uint64_t done, std::uint64_t total) {
      progress_.update(done, total);
      if (interrupted()) stop_.request_stop();
    };
  }
  [[nodiscard]] std::stop_token stop() const { return stop_.get_token(); }

 private:
  Progress progress_;
  std::stop_source stop_;
};

}  // namespace mnemic::cli
