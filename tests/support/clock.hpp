// SPDX-License-Identifier: Apache-2.0
// ManualClock: time that moves only when the test says so, or by a fixed step at every look.
#pragma once

#include <mnemic/clock.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>

namespace mnemic::test {

/// 2026-01-01T00:00:00Z.
inline constexpr Timestamp kStart{std::chrono::microseconds{1'767'225'600'000'000}};

class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start = kStart, std::chrono::microseconds step = {})
      : now_(start.time_since_epoch().count()), step_(step.count()) {}
  Timestamp now() noexcept override { return Timestamp{std::chrono::microseconds{now_.fetch_add(step_)}}; }
  void set(Timestamp time) noexcept { now_.store(time.time_since_epoch().count()); }
  void advance(std::chrono::microseconds by) noexcept { now_.fetch_add(by.count()); }

 private:
  std::atomic<std::int64_t> now_;
  std::int64_t step_;
};

}  // namespace mnemic::test
