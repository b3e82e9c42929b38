// SPDX-License-Identifier: Apache-2.0
// What a server sends, made fit for a message: checked, cleaned, cut, and without the key.
#pragma once

#include <string>
#include <string_view>

namespace mnemic::http {

/// Strict: no overlong forms, no surrogates, nothing above U+10FFFF, nothing cut off.
bool is_valid_utf8(std::string_view bytes) noexcept;

/// Only printable ASCII, and no space.
bool is_plain_ascii(std::string_view bytes) noexcept;

/// The beginning of foreign bytes on one short line: printable ASCII, other characters as `?`, runs of spaces and
/// controls as one space, `secret` as `[key]` wherever it stands, even when the end of `bytes` cuts it.
std::string excerpt(std::string_view bytes, std::string_view secret);

}  // namespace mnemic::http
