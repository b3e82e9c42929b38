// SPDX-License-Identifier: Apache-2.0
#include "http/option_checks.hpp"
#include "http/text.hpp"

#include <algorithm>

namespace mnemic::http {
namespace {

constexpr std::size_t kMaxReplyBytes = 256U << 20U;
constexpr std::size_t kMaxKeyBytes = 8192;

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

Status check_model(const std::string& model) {
  if (model.empty()) return refuse("model", "empty");
  if (!is_valid_utf8(model) || has_control(model)) return refuse("model", "broken UTF-8 or a control character in it");
  return {};
}

Status check_key(const std::string& key) {
  if (!is_plain_ascii(key)) return refuse("api_key", "a space, a control character or one beyond ASCII in it");
  if (key.size() > kMaxKeyBytes) return refuse("api_key", "longer than 8192 bytes");
  return {};
}

Status check_key_stays(const std::string& key, PlainKey plain_key, const Endpoint& endpoint) {
  const bool in_clear = endpoint.scheme == "http" && !endpoint.loopback;
  if (key.empty() || !in_clear || plain_key == PlainKey::kAnywhere) return {};
  return refuse("api_key", "would travel in the clear to " + endpoint.authority +
                               "; use https, or plain_key = PlainKey::kAnywhere");
}

Status check_duration(std::string_view name, std::chrono::milliseconds limit) {
  if (limit >= std::chrono::milliseconds(1) && limit <= std::chrono::hours(24)) return {};
  return refuse(name, std::to_string(limit.count()) + " ms; it must be 1 ms to 24 h");
}

Status check_reply_limit(std::size_t max_reply_bytes) {
  if (max_reply_bytes > 0 && max_reply_bytes <= kMaxReplyBytes) return {};
  return refuse("max_reply_bytes", std::to_string(max_reply_bytes) + "; it must be 1 to 256 MiB");
}

Status check_ca_file(const std::string& ca_file) {
  return ca_file.find('\0') == std::string::npos ? Status() : refuse("ca_file", "a NUL in it");
}

Status refuse(std::string_view name, std::string_view what) {
  return Status(StatusCode::kInvalidArgument, std::string(name) + ": " + std::string(what));
}

}  // namespace mnemic::http
