// SPDX-License-Identifier: Apache-2.0
#include "http/backoff.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <ctime>

namespace mnemic::http {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kMostBelieved{3'600};

bool all_digits(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

/// Seconds of a string of digits, kMostBelieved when there are more.
seconds seconds_of(const std::string& digits) {
  seconds sum{0};
  for (const char digit : digits) sum = std::min(kMostBelieved, sum * 10 + seconds(digit - '0'));
  return sum;
}

}  // namespace

milliseconds doubled(milliseconds base, std::size_t n, milliseconds most) {
  milliseconds wait = base;
  for (; n > 1 && wait < most; --n) wait *= 2;
  return std::min(wait, most);
}

microseconds jittered(milliseconds most, RandomSource& random) {
  std::array<std::uint8_t, 8> bytes{};
  random.fill(bytes);
  std::uint64_t word = 0;
  for (const std::uint8_t byte : bytes) word = word << 8U | byte;
  // The remainder favours no value by more than one in 2^26: `most` is a day at most.
  return microseconds(static_cast<std::int64_t>(word % (static_cast<std::uint64_t>(microseconds(most).count()) + 1)));
}

std::optional<milliseconds> retry_after(const std::string& header, Timestamp now) {
  if (all_digits(header)) return seconds_of(header);
  const std::time_t date = curl_getdate(header.c_str(), nullptr);
  if (date == -1) return std::nullopt;
  const auto wait = std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::from_time_t(date) - now);
  return std::clamp<milliseconds>(wait, milliseconds(0), kMostBelieved);
}

}  // namespace mnemic::http
