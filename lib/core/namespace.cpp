// SPDX-License-Identifier: Apache-2.0
// Namespaces: normal form and printed form.
#include <mnemic/types.hpp>

#include "core/error.hpp"
#include "core/utf8.hpp"

#include <algorithm>

namespace mnemic {
namespace {

constexpr std::size_t kMaxSegments = 16;
constexpr std::size_t kMaxSegmentBytes = 255;

bool needs_escape(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '%' || c == '/' || byte < 0x20 || byte == 0x7f;
}

std::string normal_segment(std::size_t index, const std::string& segment) {
  using core::fail;
  const auto code = StatusCode::kInvalidArgument;
  if (segment.empty()) fail(code, "namespace: segment {} is empty", index);
  if (segment == "." || segment == "..") fail(code, "namespace: segment {} is '{}'", index, segment);
  if (!core::is_valid_utf8(segment)) fail(code, "namespace: segment {} is not UTF-8", index);
  if (core::has_control(segment)) fail(code, "namespace: segment {} has a control character", index);
  std::string normal = core::nfc(segment);
  if (normal.size() > kMaxSegmentBytes) fail(code, "namespace: segment {} is longer than {} bytes", index, kMaxSegmentBytes);
  return normal;
}

}  // namespace

std::string Namespace::to_string() const {
  std::string printed;
  for (const std::string& segment : segments_) {
    if (!printed.empty()) printed += '/';
    for (const char c : segment) {
      if (needs_escape(c)) {
        printed += fmt::format("%{:02X}", static_cast<unsigned char>(c));
      } else {
        printed += c;
      }
    }
  }
  return printed;
}

Result<Namespace> Namespace::parse(std::string_view printed) {
  const Status broken(StatusCode::kInvalidArgument, "namespace: % without two hexadecimal digits");
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                                       : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  std::vector<std::string> segments(1);
  for (std::size_t i = 0; i < printed.size(); ++i) {
    if (printed[i] == '/') {
      segments.emplace_back();
    } else if (printed[i] == '%') {
      if (i + 2 >= printed.size() || digit(printed[i + 1]) < 0 || digit(printed[i + 2]) < 0) return broken;
      segments.back() += static_cast<char>(digit(printed[i + 1]) * 16 + digit(printed[i + 2]));
      i += 2;
    } else {
      segments.back() += printed[i];
    }
  }
  return Namespace(std::move(segments)).normalized();
}

Result<Namespace> Namespace::normalized() const {
  try {
    if (segments_.empty()) core::fail(StatusCode::kInvalidArgument, "namespace: no segment");
    if (segments_.size() > kMaxSegments) {
      core::fail(StatusCode::kInvalidArgument, "namespace: more than {} segments", kMaxSegments);
    }
    std::vector<std::string> normal;
    for (const std::string& segment : segments_) normal.push_back(normal_segment(normal.size(), segment));
    return Namespace(std::move(normal));
  } catch (...) {
    return core::current_status();
  }
}

bool Namespace::contains(const Namespace& other) const noexcept {
  return segments_.size() <= other.segments_.size() &&
         std::equal(segments_.begin(), segments_.end(), other.segments_.begin());
}

}  // namespace mnemic
