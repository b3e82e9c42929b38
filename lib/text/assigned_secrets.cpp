// SPDX-License-Identifier: Apache-2.0
// Secrets known by what they are called: `password: ...` in prose, code, JSON, YAML and addresses.
#include "text/secrets.hpp"

#include <algorithm>
#include <array>

#include "text/ascii.hpp"

namespace mnemic::text {
namespace {

struct Keyword {
  std::string_view word;  ///< lower case
  std::string_view kind;
};

constexpr std::array kKeywords = {
    Keyword{"password", "password"},
    Keyword{"passwd", "password"},
    Keyword{"passphrase", "password"},
    Keyword{"passwort", "password"},
    Keyword{"pwd", "password"},
    Keyword{"secret_access_key", "aws-key"},
    Keyword{"secretaccesskey", "aws-key"},
    Keyword{"secret access key", "aws-key"},
    Keyword{"contrase\xC3\xB1"
            "a",
            "password"},
    Keyword{"mot de passe", "password"},
    Keyword{"\xE5\xAF\x86\xE7\xA0\x81", "password"},                                      // Chinese, simplified
    Keyword{"\xE5\xAF\x86\xE7\xA2\xBC", "password"},                                      // Chinese, traditional
    Keyword{"\xE3\x83\x91\xE3\x82\xB9\xE3\x83\xAF\xE3\x83\xBC\xE3\x83\x89", "password"},  // Japanese
};

constexpr std::array<std::string_view, 12> kNoValues = {"null",     "none",  "nil", "true",   "false",     "required",
                                                        "optional", "empty", "str", "string", "undefined", "hidden"};

constexpr std::string_view kFullWidthColon = "\xEF\xBC\x9A";

/// Behind a keyword: closing quotes or Markdown, then `:`, `=`, `:=` or `=>`. Gives where the value may begin.
std::size_t skip_assignment(std::string_view text, std::size_t at) {
  const auto decoration = [](char c) {
    return is_blank(c) || c == '"' || c == '\'' || c == '`' || c == '*' || c == ']';
  };
  for (int i = 0; i < 6 && at < text.size() && decoration(text[at]); ++i) ++at;
  if (text.substr(at).starts_with(kFullWidthColon)) {
    at += kFullWidthColon.size();
  } else if (at < text.size() && (text[at] == ':' || text[at] == '=')) {
    ++at;
    if (at < text.size() && (text[at] == '=' || text[at] == '>')) ++at;
  } else {
    return std::string_view::npos;
  }
  for (int i = 0; i < 64 && at < text.size() && (is_blank(text[at]) || text[at] == '*'); ++i) ++at;
  return at;
}

bool ends_value(std::string_view text, std::size_t at) {
  static constexpr std::array<std::string_view, 5> kStops = {"\xE3\x80\x80", "\xE3\x80\x81", "\xE3\x80\x82",
                                                             "\xEF\xBC\x8C", "\xC2\xA0"};
  const char c = text[at];
  if (is_space(c) || c == '&' || c == '"' || c == '\'' || c == '`' || c == '<') return true;
  if (static_cast<signed char>(c) >= 0) return false;
  return std::any_of(kStops.begin(), kStops.end(),
                     [&](std::string_view stop) { return text.substr(at).starts_with(stop); });
}

bool is_no_secret(std::string_view value) {
  const auto masked = [](char c) {
    return c == '*' || c == 'x' || c == 'X' || c == '.' || c == '-' || c == '_' || c == '?';
  };
  if (value.size() < 2 || value.starts_with(kRedacted)) return true;
  if (value.starts_with("${") || value.starts_with("{")) return true;  // a template, or an object
  if (skip(value, 0, masked) == value.size()) return true;
  return std::any_of(kNoValues.begin(), kNoValues.end(), [&](std::string_view word) {
    return word.size() == value.size() && starts_with_folded(value, 0, word);
  });
}

/// Program text that fetches a value instead of naming it: `request.form["password"]`, `PasswordField(...)`.
bool is_expression(std::string_view text, std::size_t at) {
  const std::size_t end = skip(text, at, [](char c) { return is_alnum(c) || c == '_' || c == '.'; });
  if (end == at || end + 1 >= text.size() || is_digit(text[at])) return false;
  return text[end] == '(' || (text[end] == '[' && (text[end + 1] == '"' || text[end + 1] == '\''));
}

/// The value that begins at `at`: what stands between quotes, or one word without the punctuation behind it.
Find value_at(std::string_view text, std::size_t at) {
  constexpr std::size_t kLongestQuoted = 512;
  const char quote = at < text.size() ? text[at] : '\0';
  if (quote == '"' || quote == '\'' || quote == '`') {
    const std::size_t limit = std::min(text.size(), at + kLongestQuoted);
    for (std::size_t end = at + 1; end < limit && text[end] != '\n'; ++end) {
      if (text[end] == quote) return {at + 1, end, {}};
      if (text[end] == '\\') ++end;
    }
    ++at;
  }
  std::size_t end = at;
  while (end < text.size() && !ends_value(text, end)) ++end;
  const auto trailing = [](char c) { return c == '.' || c == ',' || c == ';' || c == ')' || c == ']' || c == '}'; };
  while (end > at && trailing(text[end - 1])) --end;
  return {at, end, {}};
}

}  // namespace

std::optional<Find> find_assignment(std::string_view text, std::size_t at) {
  for (const Keyword& keyword : kKeywords) {
    if (!starts_with_folded(text, at, keyword.word)) continue;
    const bool short_word = keyword.word.size() == 3;
    if (short_word && at > 0 && is_alnum(text[at - 1])) continue;  // OLDPWD
    const std::size_t from = skip_assignment(text, at + keyword.word.size());
    if (from == std::string_view::npos) return std::nullopt;
    if (is_expression(text, from)) return std::nullopt;
    Find found = value_at(text, from);
    const std::string_view value = text.substr(found.begin, found.end - found.begin);
    if (is_no_secret(value) || text.substr(found.begin).starts_with(kRedacted)) return std::nullopt;
    if (short_word && value.front() == '/') return std::nullopt;  // PWD=/home/ada
    found.kind = keyword.kind;
    return found;
  }
  return std::nullopt;
}

}  // namespace mnemic::text
