// SPDX-License-Identifier: Apache-2.0
// RFC 3339 in and out, and local times through Howard Hinnant's date library.
#include "core/time.hpp"

#include "core/error.hpp"

#include <date/date.h>
#include <date/tz.h>

#include <optional>

namespace mnemic {
namespace {

using std::chrono::microseconds;

/// Reads exactly `count` digits.
bool read_digits(std::string_view text, std::size_t& at, std::size_t count, int& value) {
  value = 0;
  for (std::size_t i = 0; i < count; ++i, ++at) {
    if (at >= text.size() || text[at] < '0' || text[at] > '9') return false;
    value = value * 10 + (text[at] - '0');
  }
  return true;
}

bool read_sign(std::string_view text, std::size_t& at, std::string_view any_of) {
  if (at >= text.size() || any_of.find(text[at]) == std::string_view::npos) return false;
  ++at;
  return true;
}

/// "" (left unset) | "Z" | "+hh:mm" | "-hh:mm"; at the end of the text.
bool read_offset(std::string_view text, std::size_t& at, std::optional<microseconds>& offset) {
  if (at == text.size()) return true;
  if (read_sign(text, at, "Zz")) {
    offset = microseconds(0);
    return at == text.size();
  }
  const bool negative = text[at] == '-';
  int hours = 0;
  int minutes = 0;
  if (!read_sign(text, at, "+-") || !read_digits(text, at, 2, hours) || !read_sign(text, at, ":") ||
      !read_digits(text, at, 2, minutes) || at != text.size() || hours > 23 || minutes > 59) {
    return false;
  }
  offset = (std::chrono::hours(hours) + std::chrono::minutes(minutes)) * (negative ? -1 : 1);
  return true;
}

bool read_clock(std::string_view text, std::size_t& at, microseconds& time) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!read_digits(text, at, 2, hour) || !read_sign(text, at, ":") || !read_digits(text, at, 2, minute)) return false;
  const bool seconds = read_sign(text, at, ":");
  if (seconds && !read_digits(text, at, 2, second)) return false;
  if (hour > 23 || minute > 59 || second > 60) return false;
  time = std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
  if (!seconds || !read_sign(text, at, ".")) return true;
  std::int64_t unit = 1'000'000;
  bool any = false;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, any = true) {
    unit /= 10;
    time += microseconds(unit * (text[at] - '0'));
  }
  return any;
}

/// What was written: a civil time, and its offset when it had one.
struct WrittenTime {
  Timestamp civil{};
  std::optional<microseconds> offset;
};

bool in_range(Timestamp time) {
  return time >= date::sys_days(date::year(0) / 1 / 1) && time < date::sys_days(date::year(10000) / 1 / 1);
}

bool read_time(std::string_view text, WrittenTime& written) {
  std::size_t at = 0;
  int year = 0;
  int month = 0;
  int day = 0;
  if (!read_digits(text, at, 4, year) || !read_sign(text, at, "-") || !read_digits(text, at, 2, month) ||
      !read_sign(text, at, "-") || !read_digits(text, at, 2, day)) {
    return false;
  }
  const date::year_month_day ymd{date::year(year), date::month(static_cast<unsigned>(month)),
                                 date::day(static_cast<unsigned>(day))};
  if (!ymd.ok()) return false;
  microseconds time{0};
  if (at < text.size()) {
    if (!read_sign(text, at, "Tt ") || !read_clock(text, at, time) || !read_offset(text, at, written.offset)) return false;
  }
  written.civil = Timestamp(date::sys_days(ymd).time_since_epoch() + time);
  return true;
}

/// The one zone that needs no table, so that a machine without tzdata can use the default.
bool is_utc(std::string_view name) { return name == "UTC"; }

const date::time_zone* find_zone(std::string_view name) {
  try {
    return date::locate_zone(std::string(name));
  } catch (const std::exception&) {
    return nullptr;
  }
}

Status bad_time() {
  return Status(StatusCode::kInvalidArgument, "time: not RFC 3339 (such as 2026-05-08T13:56:00Z) nor a date");
}

}  // namespace

std::string to_string(Timestamp time) {
  if (time == kOpenEnd) return "open";
  // By hand: a difference of the two would leave the type near its ends.
  constexpr std::int64_t kDay = 86'400'000'000;
  const std::int64_t since = time.time_since_epoch().count();
  const std::int64_t in_day = (since % kDay + kDay) % kDay;
  const std::int64_t day = since / kDay - (since % kDay < 0 ? 1 : 0);
  const date::year_month_day ymd(date::sys_days(date::days(static_cast<int>(day))));
  const date::hh_mm_ss<microseconds> clock{microseconds(in_day)};
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(ymd.year()),
                                 static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
                                 clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (const auto fraction = clock.subseconds().count(); fraction != 0) text += fmt::format(".{:06}", fraction);
  return text + "Z";
}

Result<Timestamp> parse_time(std::string_view text) {
  if (text == "open") return kOpenEnd;
  WrittenTime written;
  if (!read_time(text, written)) return bad_time();
  const Timestamp time = written.civil - written.offset.value_or(microseconds(0));
  return in_range(time) ? Result<Timestamp>(time) : bad_time();
}

Result<Timestamp> parse_local_time(std::string_view text, std::string_view time_zone) {
  if (is_utc(time_zone)) return parse_time(text);
  const date::time_zone* zone = find_zone(time_zone);
  if (zone == nullptr) return Status(StatusCode::kInvalidArgument, "time_zone: not a known IANA zone");
  WrittenTime written;
  if (!read_time(text, written)) return parse_time(text);
  const Timestamp time = written.offset ? written.civil - *written.offset
                                        : zone->to_sys(date::local_time<microseconds>(written.civil.time_since_epoch()), date::choose::earliest);
  return in_range(time) ? Result<Timestamp>(time) : bad_time();
}

std::string to_local_string(Timestamp time, std::string_view time_zone) {
  if (is_utc(time_zone) && time != kOpenEnd) return date::format("%F %H:%M UTC", date::floor<std::chrono::seconds>(time));
  const date::time_zone* zone = find_zone(time_zone);
  if (zone == nullptr || time == kOpenEnd) return to_string(time);
  return date::format("%F %H:%M %Z", date::make_zoned(zone, date::floor<std::chrono::seconds>(time)));
}

namespace core {

bool is_time_zone(std::string_view name) { return is_utc(name) || find_zone(name) != nullptr; }

std::int64_t to_civil(std::int64_t micros, std::string_view zone) {
  const date::time_zone* known = is_utc(zone) ? nullptr : find_zone(zone);
  if (known == nullptr) return micros;
  return known->to_local(date::sys_time<microseconds>(microseconds(micros))).time_since_epoch().count();
}

std::int64_t from_civil(std::int64_t civil, std::string_view zone) {
  const date::time_zone* known = is_utc(zone) ? nullptr : find_zone(zone);
  if (known == nullptr) return civil;
  const date::local_time<microseconds> local{microseconds(civil)};
  return known->to_sys(local, date::choose::earliest).time_since_epoch().count();
}

std::string local_day(Timestamp time, std::string_view zone) {
  return to_local_string(time, zone).substr(0, std::string_view("2026-05-08").size());
}

}  // namespace core
}  // namespace mnemic
