// SPDX-License-Identifier: Apache-2.0
// Private-key blocks, whole or cut off.
#include "text/secrets.hpp"

#include <algorithm>

#include "text/ascii.hpp"

namespace mnemic::text {
namespace {

constexpr std::string_view kDashes = "-----";
constexpr std::size_t kLongestKeyBlock = 64 * 1024;

/// The end of a `-----BEGIN … PRIVATE KEY-----` line (or END) that starts at `at`; npos when there is none.
std::size_t end_of_armour_line(std::string_view text, std::size_t at, std::string_view verb) {
  if (!text.substr(at).starts_with(kDashes) || !text.substr(at + kDashes.size()).starts_with(verb)) {
    return std::string_view::npos;
  }
  const std::size_t from = at + kDashes.size() + verb.size();
  const std::string_view label = text.substr(from, 64);
  const std::size_t close = label.find(kDashes);
  if (close == std::string_view::npos) return close;
  if (label.substr(0, close).find("PRIVATE KEY") == std::string_view::npos) return std::string_view::npos;
  return from + close + kDashes.size();
}

/// Where the base64 lines and `Name: value` headers of a key whose END line was cut off stop.
std::size_t end_of_loose_key(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (at < text.size()) {
    at = skip(text, at, is_space);
    while (at + 1 < text.size() && text[at] == '\\' && (text[at + 1] == 'n' || text[at + 1] == 'r')) at += 2;
    const std::size_t word = skip(text, at, is_base64);
    const std::size_t stop = skip(text, word, is_blank);
    const bool whole_line = stop == text.size() || text[stop] == '\n' || text[stop] == '\r' || text[stop] == '\\';
    if (word - at >= 16) {
      end = at = word;
    } else if (word > at && whole_line) {
      end = at = word;
    } else if (starts_with_folded(text, at, "proc-type:") || starts_with_folded(text, at, "dek-info:") ||
               starts_with_folded(text, at, "version:") || starts_with_folded(text, at, "comment:")) {
      end = at = skip(text, at, [](char c) { return c != '\n' && c != '\\'; });
    } else {
      break;
    }
  }
  return end;
}

}  // namespace

PrivateKeys::PrivateKeys(std::string_view text) : text_(text) {
  for (std::size_t at = text.find("-----END"); at != std::string_view::npos; at = text.find("-----END", at + 8)) {
    const std::size_t end = end_of_armour_line(text, at, "END");
    if (end != std::string_view::npos) ends_.push_back(end);
  }
}

std::optional<Find> PrivateKeys::find(std::size_t at) const {
  const std::size_t body = end_of_armour_line(text_, at, "BEGIN");
  if (body == std::string_view::npos) return std::nullopt;
  const auto close = std::upper_bound(ends_.begin(), ends_.end(), body);
  if (close != ends_.end() && *close - body <= kLongestKeyBlock) return Find{at, *close, "private-key"};
  return Find{at, end_of_loose_key(text_, body), "private-key"};
}

}  // namespace mnemic::text
