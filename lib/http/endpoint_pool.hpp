// SPDX-License-Identifier: Apache-2.0
// EndpointPool: which endpoint the next request goes to, and which ones are left alone for a while. Knows no clock: the
// caller says what time it is. Safe from many threads; nothing is called with the lock held.
#pragma once

#include <mnemic/http/embedder.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

namespace mnemic::http {

class EndpointPool {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Tried = std::vector<bool>;  ///< by endpoint

  struct Rules {
    std::size_t rest_after;  ///< failures in a row
    std::chrono::milliseconds rest_base;
    std::chrono::milliseconds rest_max;
  };

  /// Leave to send one request, to be given back by `done`.
  struct Lease {
    std::size_t endpoint = 0;
    Time since{};
    bool probe = false;  ///< the one request after a rest
  };

  struct Choice {
    std::optional<Lease> lease = {};
    /// Without a lease: kTried: those that could be asked were tried already. kQuiet: the servers asked for quiet, the
    /// first until `ready_at`. kRest: all rest, the first until then; a probe that is under way may end it sooner.
    enum class Why : std::uint8_t { kRest, kQuiet, kTried } why = Why::kRest;
    Time ready_at = Time::max();
  };

  enum class Ended : std::uint8_t {
    kVectors,  ///< what was asked for
    kRefused,  ///< an answer that asking again cannot mend: the endpoint is well
    kFailed,   ///< kBusy, kIo: perhaps it is not
  };

  EndpointPool(std::size_t size, Rules rules) : rules_(rules), endpoints_(size) {}

  /// Of the endpoints not yet tried: one whose rest is over, to see how it is; or else the one with the fewest requests
  /// under way, then the lowest recent latency, then the first.
  Choice pick(Time now, const Tried& tried);

  /// `quiet`: the server said how long it wants no requests; 0 when it did not.
  void done(const Lease& lease, Ended how, Time now, std::chrono::milliseconds quiet);

  /// By endpoint; `authority` is left empty.
  std::vector<EndpointStats> stats(Time now) const;

 private:
  struct Endpoint {
    std::size_t in_flight = 0;
    std::chrono::duration<double, std::milli> latency{0};
    std::size_t failures_in_a_row = 0;
    std::size_t rests = 0;  ///< since the last answer; 0: it may be used
    bool probing = false;
    Time rests_until{};
    Time quiet_until{};
    std::uint64_t requests = 0;
    std::uint64_t failures = 0;
  };

  [[nodiscard]] static bool before(const Endpoint& one, const Endpoint& other);
  void fail(Endpoint& endpoint, const Lease& lease, Time now) const;

  const Rules rules_;
  mutable std::mutex mutex_;
  std::vector<Endpoint> endpoints_;
};

}  // namespace mnemic::http
