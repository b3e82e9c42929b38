// SPDX-License-Identifier: Apache-2.0
// Time and chance come from the caller, so that a test (or a replay) can decide both.
#pragma once

#include <mnemic/export.hpp>
#include <mnemic/types.hpp>

#include <cstdint>
#include <memory>
#include <span>

namespace mnemic {

/// The store's only source of time. Implementations must be callable from many threads and must not throw. It may jump
/// back: order within a store is kept by Seq, not by time.
class MNEMIC_EXPORT Clock {
 public:
  virtual ~Clock();
  virtual Timestamp now() noexcept = 0;
};

/// The store's only source of randomness (ids, nonces, retry jitter). Callable from many threads; must not throw.
class MNEMIC_EXPORT RandomSource {
 public:
  virtual ~RandomSource();
  virtual void fill(std::span<std::uint8_t> bytes) noexcept = 0;
};

/// The operating system's clock. @threads Any. @since 0.1
MNEMIC_EXPORT std::shared_ptr<Clock> system_clock();
/// The operating system's random numbers (getrandom). @threads Any. @since 0.1
MNEMIC_EXPORT std::shared_ptr<RandomSource> system_random();
/// A fixed sequence from `seed` (SplitMix64; Steele, Lea and Flood, 2014), for tests and replays. Not for secrets.
/// @threads Any; the sequence is shared. @since 0.1
MNEMIC_EXPORT std::shared_ptr<RandomSource> seeded_random(std::uint64_t seed);

}  // namespace mnemic
