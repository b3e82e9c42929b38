// SPDX-License-Identifier: Apache-2.0
// MemoryId in text, and the id maker.
#include "core/memory_id.hpp"

#include <algorithm>

namespace mnemic {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr bool dash_before(std::size_t byte) { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }

}  // namespace

std::string MemoryId::to_string() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    if (dash_before(i)) text += '-';
    text += kDigits[bytes_[i] >> 4];
    text += kDigits[bytes_[i] & 15];
  }
  return text;
}

Result<MemoryId> MemoryId::parse(std::string_view text) {
  const Status bad(StatusCode::kInvalidArgument, "id: not of the form 8-4-4-4-12 hexadecimal digits");
  if (text.size() != 36) return bad;
  std::array<std::uint8_t, 16> bytes{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (dash_before(i) && text[at++] != '-') return bad;
    const int high = hex_value(text[at++]);
    const int low = hex_value(text[at++]);
    if (high < 0 || low < 0) return bad;
    bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return MemoryId(bytes);
}

namespace core {

MemoryId IdMaker::next(Timestamp now, RandomSource& random) {
  std::array<std::uint8_t, 16> bytes{};
  random.fill(bytes);
  const auto since_epoch = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  const auto fresh = static_cast<std::uint64_t>(std::max<std::int64_t>(since_epoch, 0)) << 12;
  std::uint64_t tick = 0;
  {
    const std::lock_guard lock(mutex_);
    tick = tick_ = std::max(fresh, tick_ + 1);
  }
  const std::uint64_t milliseconds = tick >> 12;
  for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(milliseconds >> (40 - 8 * i));
  bytes[6] = static_cast<std::uint8_t>(0x70 | ((tick >> 8) & 0x0f));  // version 7
  bytes[7] = static_cast<std::uint8_t>(tick);
  bytes[8] = static_cast<std::uint8_t>(0x80 | (bytes[8] & 0x3f));  // variant 10
  return MemoryId(bytes);
}

}  // namespace core
}  // namespace mnemic
