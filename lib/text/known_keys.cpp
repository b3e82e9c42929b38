// SPDX-License-Identifier: Apache-2.0
// Keys and tokens known by the shape their issuers give them.
#include "text/secrets.hpp"

#include <array>

#include "text/ascii.hpp"

namespace mnemic::text {
namespace {

/// Whether a key may begin at `at`: not in the middle of a longer word, except behind the \n of an escaped text.
bool at_key_start(std::string_view text, std::size_t at) {
  if (at == 0 || !is_key_char(text[at - 1])) return true;
  const char before = text[at - 1];
  return at > 1 && text[at - 2] == '\\' && (before == 'n' || before == 't' || before == 'r');
}

struct KeyShape {
  std::string_view prefix;
  std::string_view kind;
  std::size_t least;  ///< characters behind the prefix
  std::size_t most;   ///< 0: any number
  bool (*accepts)(char) = nullptr;
};

constexpr std::array kKeyShapes = {
    KeyShape{"AKIA", "aws-key", 16, 16, is_upper_alnum},  KeyShape{"ASIA", "aws-key", 16, 16, is_upper_alnum},
    KeyShape{"ghp_", "github-token", 36, 0, is_alnum},    KeyShape{"gho_", "github-token", 36, 0, is_alnum},
    KeyShape{"ghu_", "github-token", 36, 0, is_alnum},    KeyShape{"ghs_", "github-token", 36, 0, is_alnum},
    KeyShape{"ghr_", "github-token", 36, 0, is_alnum},    KeyShape{"github_pat_", "github-token", 36, 0, is_key_char},
    KeyShape{"xoxa-", "slack-token", 10, 0, is_key_char}, KeyShape{"xoxb-", "slack-token", 10, 0, is_key_char},
    KeyShape{"xoxe-", "slack-token", 10, 0, is_key_char}, KeyShape{"xoxo-", "slack-token", 10, 0, is_key_char},
    KeyShape{"xoxp-", "slack-token", 10, 0, is_key_char}, KeyShape{"xoxr-", "slack-token", 10, 0, is_key_char},
    KeyShape{"xoxs-", "slack-token", 10, 0, is_key_char}, KeyShape{"xapp-", "slack-token", 10, 0, is_key_char},
    KeyShape{"AIza", "google-key", 35, 35, is_key_char},  KeyShape{"GOCSPX-", "google-key", 28, 28, is_key_char},
};

/// Tells keys of random characters from hyphenated names: a key holds a long unbroken stretch no word looks like.
bool looks_random(std::string_view body) {
  std::size_t run = 0;
  bool mixed = false;
  for (const char c : body) {
    if (!is_alnum(c)) {
      run = 0;
      mixed = false;
      continue;
    }
    ++run;
    mixed = mixed || !is_lower(c);
    if (run >= 24 || (run >= 16 && mixed)) return true;
  }
  return false;
}

std::optional<Find> find_prefixed_key(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  for (const KeyShape& shape : kKeyShapes) {
    if (!rest.starts_with(shape.prefix)) continue;
    const std::size_t body = at + shape.prefix.size();
    const std::size_t end = skip(text, body, shape.accepts);
    const std::size_t length = end - body;
    if (length < shape.least || (shape.most != 0 && length > shape.most)) return std::nullopt;
    if (end < text.size() && is_key_char(text[end]) && shape.most != 0) return std::nullopt;
    return Find{at, end, shape.kind};
  }
  if (rest.starts_with("sk-")) {  // OpenAI's, and those of others who took up its shape
    const std::size_t end = skip(text, at + 3, is_key_char);
    const std::string_view body = text.substr(at + 3, end - at - 3);
    if (body.size() < 20 || !looks_random(body)) return std::nullopt;
    return Find{at, end, body.starts_with("ant-") ? "anthropic-key" : "openai-key"};
  }
  return std::nullopt;
}

constexpr std::string_view kSlackHook = "hooks.slack.com/services/";

std::optional<Find> find_slack_hook(std::string_view text, std::size_t at) {
  if (!text.substr(at).starts_with(kSlackHook)) return std::nullopt;
  const std::size_t body = at + kSlackHook.size();
  const std::size_t end = skip(text, body, [](char c) { return is_alnum(c) || c == '/'; });
  if (end - body < 20) return std::nullopt;
  return Find{body, end, "slack-token"};
}

std::optional<Find> find_jwt(std::string_view text, std::size_t at) {  // header.payload.signature, RFC 7519
  const auto segment = [&](std::size_t from) { return skip(text, from, is_key_char); };
  if (!text.substr(at).starts_with("eyJ")) return std::nullopt;
  const std::size_t header = segment(at);
  if (header - at < 10 || header == text.size() || text[header] != '.') return std::nullopt;
  if (!text.substr(header + 1).starts_with("eyJ")) return std::nullopt;
  const std::size_t payload = segment(header + 1);
  if (payload == text.size() || text[payload] != '.') return std::nullopt;
  return Find{at, segment(payload + 1), "jwt"};
}

}  // namespace

std::optional<Find> find_known_key(std::string_view text, std::size_t at) {
  if (!at_key_start(text, at)) return std::nullopt;
  if (auto found = find_prefixed_key(text, at)) return found;
  if (text[at] == 'e') return find_jwt(text, at);
  if (text[at] == 'h') return find_slack_hook(text, at);
  return std::nullopt;
}

}  // namespace mnemic::text
