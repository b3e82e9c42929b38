// SPDX-License-Identifier: Apache-2.0
#include "http/endpoint_pool.hpp"
#include "http/backoff.hpp"

#include <algorithm>
#include <tuple>

namespace mnemic::http {
namespace {

constexpr double kNewest = 0.25;  // weight of the newest latency in the average: about eight requests are remembered
// Each time an endpoint could have been chosen and was not, so that one that was slow once is asked again some day.
constexpr double kPassedOver = 0.98;

using std::chrono::milliseconds;

}  // namespace

bool EndpointPool::before(const Endpoint& one, const Endpoint& other) {
  if ((one.rests > 0) != (other.rests > 0)) return one.rests > 0;
  return std::tuple(one.in_flight, one.latency) < std::tuple(other.in_flight, other.latency);
}

EndpointPool::Choice EndpointPool::pick(Time now, const Tried& tried) {
  using Why = Choice::Why;
  const std::lock_guard lock(mutex_);
  Choice choice;
  const auto wait_for = [&](Why why, Time until) {
    if (why < choice.why) return;
    choice.ready_at = why == choice.why ? std::min(choice.ready_at, until) : until;
    choice.why = why;
  };
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < endpoints_.size(); ++i) {
    Endpoint& one = endpoints_[i];
    if (one.rests > 0 && (one.probing || now < one.rests_until)) {
      wait_for(Why::kRest, std::max(now, one.rests_until));
    } else if (now < one.quiet_until) {
      wait_for(Why::kQuiet, one.quiet_until);
    } else if (tried[i]) {
      wait_for(Why::kTried, now);
    } else {
      if (!best || before(one, endpoints_[*best])) best = i;
      one.latency *= kPassedOver;
    }
  }
  if (!best) return choice;
  Endpoint& chosen = endpoints_[*best];
  chosen.latency /= kPassedOver;
  ++chosen.in_flight;
  chosen.probing = chosen.rests > 0;
  choice.lease = Lease{.endpoint = *best, .since = now, .probe = chosen.probing};
  return choice;
}

void EndpointPool::done(const Lease& lease, Ended how, Time now, milliseconds quiet) {
  const std::lock_guard lock(mutex_);
  Endpoint& one = endpoints_[lease.endpoint];
  --one.in_flight;
  ++one.requests;
  if (lease.probe) one.probing = false;
  if (how != Ended::kVectors) ++one.failures;
  if (how == Ended::kFailed) {
    fail(one, lease, now);
    one.quiet_until = std::max(one.quiet_until, now + quiet);
  } else {
    one.failures_in_a_row = 0;
    one.rests = 0;
  }
  const std::chrono::duration<double, std::milli> took = now - lease.since;
  // One that fails at once is not quick; one that hangs is slow.
  if (how != Ended::kVectors && took < one.latency) return;
  one.latency = one.latency.count() == 0 ? took : one.latency + kNewest * (took - one.latency);
}

void EndpointPool::fail(Endpoint& endpoint, const Lease& lease, Time now) const {
  ++endpoint.failures_in_a_row;
  // Requests that were under way when the rest began say nothing new.
  if (endpoint.failures_in_a_row < rules_.rest_after || (endpoint.rests > 0 && !lease.probe)) return;
  ++endpoint.rests;
  endpoint.rests_until = now + doubled(rules_.rest_base, endpoint.rests, rules_.rest_max);
}

std::vector<EndpointStats> EndpointPool::stats(Time now) const {
  const std::lock_guard lock(mutex_);
  std::vector<EndpointStats> all;
  for (const Endpoint& one : endpoints_) {
    const Time until = std::max(one.rests > 0 ? one.rests_until : Time(), one.quiet_until);
    all.push_back({.authority = "",
                   .requests = one.requests,
                   .failures = one.failures,
                   .in_flight = one.in_flight,
                   .latency = std::chrono::ceil<milliseconds>(one.latency),
                   .not_before = std::chrono::ceil<milliseconds>(std::max(until, now) - now)});
  }
  return all;
}

}  // namespace mnemic::http
