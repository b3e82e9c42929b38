// SPDX-License-Identifier: Apache-2.0
// How long to wait before a request is sent again: what chance says, and what the server says.
#pragma once

#include <mnemic/clock.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace mnemic::http {

/// min(most, base * 2^(n-1)) for the n-th time, n from 1.
std::chrono::milliseconds doubled(std::chrono::milliseconds base, std::size_t n, std::chrono::milliseconds most);

/// Evenly distributed between 0 and `most` ("full jitter": Brooker, Exponential Backoff And Jitter, AWS Architecture
/// Blog, 2015), to the microsecond.
std::chrono::microseconds jittered(std::chrono::milliseconds most, RandomSource& random);

/// What a `Retry-After` header asks for (RFC 9110, 10.2.3): seconds, or a date, of which `now` is taken off. Not
/// negative, an hour at most; none when it is neither.
std::optional<std::chrono::milliseconds> retry_after(const std::string& header, Timestamp now);

}  // namespace mnemic::http
