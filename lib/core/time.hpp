// SPDX-License-Identifier: Apache-2.0
// Times in a zone, for people. The zone is always named by the caller; TZ is never read.
#pragma once

#include <mnemic/types.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace mnemic::core {

/// True for an IANA zone the system knows ("Europe/Lisbon", "UTC").
bool is_time_zone(std::string_view name);
/// "2026-05-08": the day of a time in a zone that is known, or of UTC.
std::string local_day(Timestamp time, std::string_view zone);

/// Civil time, as microseconds since 1970-01-01T00:00 on the clocks of a zone (of UTC when it is not known), and back. A
/// civil time that is there twice is the first of the two; one that is skipped is the moment of the change.
std::int64_t to_civil(std::int64_t micros, std::string_view zone);
std::int64_t from_civil(std::int64_t civil, std::string_view zone);

inline std::int64_t to_micros(Timestamp time) { return time.time_since_epoch().count(); }
inline Timestamp from_micros(std::int64_t micros) { return Timestamp(std::chrono::microseconds(micros)); }

}  // namespace mnemic::core
