// SPDX-License-Identifier: Apache-2.0
// English words too common to search for, question words included.
#pragma once

#include <string_view>

namespace mnemic::text {

/// Whether a folded, unstemmed word is on the list. "may" is not: it is also a month.
bool is_stop_word(std::string_view folded) noexcept;

/// Whether the list applies to texts of this Snowball language. For the others there is none.
bool is_english(std::string_view snowball_language) noexcept;

}  // namespace mnemic::text
