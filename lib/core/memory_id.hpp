// SPDX-License-Identifier: Apache-2.0
// Makes ids: UUIDv7 (RFC 9562 section 5.7), strictly increasing within one store handle.
#pragma once

#include <mnemic/clock.hpp>
#include <mnemic/types.hpp>

#include <cstdint>
#include <mutex>

namespace mnemic::core {

/// Within one millisecond (and when the clock jumps back) the 12 bits after the time count up, so that ids sort in the
/// order they were made; the last 62 bits are random. Thread-safe.
class IdMaker {
 public:
  MemoryId next(Timestamp now, RandomSource& random);

 private:
  std::mutex mutex_;
  std::uint64_t tick_ = 0;  // milliseconds << 12 | counter
};

}  // namespace mnemic::core
