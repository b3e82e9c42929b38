// SPDX-License-Identifier: Apache-2.0
// The default clock and random sources.
#include <mnemic/clock.hpp>

#include <atomic>
#include <random>

#if defined(__linux__)
#include <sys/random.h>
#endif

namespace mnemic {
namespace {

class SystemClock final : public Clock {
 public:
  Timestamp now() noexcept override {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
};

class SystemRandom final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> bytes) noexcept override {
    std::size_t done = 0;
#if defined(__linux__)
    while (done < bytes.size()) {
      const auto got = getrandom(bytes.data() + done, bytes.size() - done, 0);
      if (got <= 0) break;  // a kernel without getrandom, or a signal: the portable way below
      done += static_cast<std::size_t>(got);
    }
#endif
    if (done < bytes.size()) {
      std::random_device device;
      for (; done < bytes.size(); ++done) bytes[done] = static_cast<std::uint8_t>(device());
    }
  }
};

class SeededRandom final : public RandomSource {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::uint8_t> bytes) noexcept override {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (i % 8 == 0) word = next();
      bytes[i] = static_cast<std::uint8_t>(word >> (i % 8 * 8));
    }
  }

 private:
  std::uint64_t next() noexcept {  // SplitMix64; the state is a counter, so threads may share it
    constexpr std::uint64_t kGamma = 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state_.fetch_add(kGamma, std::memory_order_relaxed) + kGamma;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  std::atomic<std::uint64_t> state_;
};

}  // namespace

Clock::~Clock() = default;
RandomSource::~RandomSource() = default;

std::shared_ptr<Clock> system_clock() { return std::make_shared<SystemClock>(); }
std::shared_ptr<RandomSource> system_random() { return std::make_shared<SystemRandom>(); }
std::shared_ptr<RandomSource> seeded_random(std::uint64_t seed) { return std::make_shared<SeededRandom>(seed); }

}  // namespace mnemic
