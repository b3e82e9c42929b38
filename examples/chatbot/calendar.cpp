// SPDX-License-Identifier: Apache-2.0
#include "calendar.hpp"

#include <date/tz.h>

#include <chrono>
#include <exception>
#include <utility>

namespace chatbot {

Calendar::Calendar(std::string zone) : zone_(std::move(zone)) {
  date::locate_zone(zone_);
}

std::string Calendar::format(const char* pattern, mnemic::Timestamp time) const {
  return date::format(pattern, date::make_zoned(zone_, date::floor<std::chrono::seconds>(time)));
}

std::string Calendar::day(mnemic::Timestamp time) const {
  const std::string text = format("%A, %d %B %Y", time);
  const std::size_t number = text.find(", ") + 2;
  return text[number] == '0' ? text.substr(0, number) + text.substr(number + 1) : text;
}

std::string Calendar::moment(mnemic::Timestamp time) const {
  const std::string text = format("%d %B %Y, %H:%M", time);
  return text.starts_with('0') ? text.substr(1) : text;
}

std::string Calendar::short_day(mnemic::Timestamp time) const {
  const std::string text = format("%d %B %Y", time);
  return text.starts_with('0') ? text.substr(1) : text;
}

std::string Calendar::interval(mnemic::Timestamp since, std::optional<mnemic::Timestamp> until) const {
  if (!until) return "since " + short_day(since);
  if (date(since) != date(*until)) return short_day(since) + " to " + short_day(*until);
  return moment(since) + (clock(since) == clock(*until) ? "" : " to " + clock(*until));
}

std::string Calendar::clock(mnemic::Timestamp time) const {
  return format("%H:%M", time);
}

std::string Calendar::date(mnemic::Timestamp time) const {
  return format("%F", time);
}

mnemic::Timestamp now() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

std::string system_zone() {
  try {
    return date::current_zone()->name();
  } catch (const std::exception&) {
    return "UTC";
  }
}

}  // namespace chatbot
