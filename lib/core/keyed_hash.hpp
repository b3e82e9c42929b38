// SPDX-License-Identifier: Apache-2.0
// A hash that nobody can compute, or guess the text of, without its key: BLAKE2b of 256 bits (libsodium).
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace mnemic::core {

class KeyedHash {
 public:
  /// @param secret  of any length
  explicit KeyedHash(std::string_view secret);
  /// 32 bytes.
  [[nodiscard]] std::string of(std::string_view text) const;

 private:
  std::array<unsigned char, 32> key_{};
};

/// Two digits a byte.
std::string to_hex(std::string_view bytes);

}  // namespace mnemic::core
