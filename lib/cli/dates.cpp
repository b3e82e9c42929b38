// SPDX-License-Identifier: Apache-2.0
#include "cli/dates.hpp"

#include <date/date.h>

#include <array>
#include <istream>
#include <locale>
#include <regex>
#include <sstream>
#include <string>

namespace mnemic::cli {
namespace {

constexpr std::array kFormats{
    "%H:%M on %d %b, %Y", "%H:%M, %d %b %Y", "%d.%m.%Y, %H:%M:%S", "%d.%m.%Y, %H:%M",   "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",     "%d.%m.%Y",        "%b-%d-%Y",           "%d-%b-%Y",          "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M", "%Y年%m月%d日",    "%d %b, %Y",          "%d %b %Y",          "%d %b %Y %H:%M",
    "%b %d, %Y",          "%b %d, %Y %H:%M", "%b %d %Y",           "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M",
    "%Y/%m/%d",           "%Y-%m-%d %H:%M",
};

// Drops a weekday, which says nothing new: "周一 ", "星期一 ".
std::string without_weekday(std::string text) {
  constexpr std::size_t kLetter = 3;  // bytes of one of these letters in UTF-8
  for (const std::string_view prefix : {"周", "星期"}) {
    const std::size_t at = text.find(prefix);
    if (at == std::string::npos) continue;
    text.erase(at, prefix.size() + kLetter);
    if (at > 0 && text[at - 1] == ' ') text.erase(at - 1, 1);
  }
  return text;
}

// "1:56 pm" at the start as "13:56": the standard library's %p cannot be relied on. "" for nonsense such as "13:56 pm".
std::string with_24_hours(std::string text) {
  std::smatch match;
  static const std::regex twelve_hours("^([0-9]{1,2}):([0-9]{2}) ?([ap])m\\b", std::regex::icase);
  if (!std::regex_search(text, match, twelve_hours)) return text;
  const int hour = std::stoi(match[1]);
  if (hour < 1 || hour > 12) return {};
  const bool afternoon = match[3] == "p" || match[3] == "P";
  return std::to_string(hour % 12 + (afternoon ? 12 : 0)) + ":" + match[2].str() + match.suffix().str();
}

}  // namespace

std::optional<Timestamp> parse_free_date(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos || text.size() > 100) return std::nullopt;
  text = text.substr(first, text.find_last_not_of(" \t") - first + 1);
  if (const auto time = parse_time(text)) return *time;
  const std::string trimmed = with_24_hours(without_weekday(std::string(text)));
  for (const char* format : kFormats) {
    std::istringstream in(trimmed);
    in.imbue(std::locale::classic());  // month names in English whatever the locale is
    date::sys_time<std::chrono::microseconds> time;
    date::from_stream(in, format, time);
    if (in.fail() || in.peek() != std::istream::traits_type::eof()) continue;
    const date::year_month_day day{date::floor<date::days>(time)};
    if (day.year() < date::year{1000} || day.year() > date::year{9999}) continue;  // "%Y" also reads two digits
    return Timestamp(time.time_since_epoch());
  }
  return std::nullopt;
}

std::optional<Timestamp> parse_local_date(std::string_view text, std::string_view time_zone) {
  if (const auto time = parse_local_time(text, time_zone)) return *time;
  const auto free = parse_free_date(text);
  if (!free || *free == kOpenEnd) return free;
  std::string civil = to_string(*free);
  civil.pop_back();  // the Z: none of the free forms says a zone
  const auto time = parse_local_time(civil, time_zone);
  return time ? std::optional(*time) : std::nullopt;
}

}  // namespace mnemic::cli
