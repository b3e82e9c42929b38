// SPDX-License-Identifier: Apache-2.0
// A clock that stands still until it is moved: what a history or a suite says of time is then the same every time.
#pragma once

#include <mnemic/clock.hpp>

#include <atomic>
#include <chrono>

namespace mnemic::cli {

class HandClock final : public Clock {
 public:
  explicit HandClock(Timestamp start) : micros_(start.time_since_epoch().count()) {}
  Timestamp now() noexcept override { return Timestamp(std::chrono::microseconds(micros_.load())); }
  void advance(std::chrono::microseconds by) noexcept { micros_.fetch_add(by.count()); }
  void set(Timestamp time) noexcept { micros_.store(time.time_since_epoch().count()); }

 private:
  std::atomic<std::int64_t> micros_;
};

}  // namespace mnemic::cli
