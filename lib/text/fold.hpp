// SPDX-License-Identifier: Apache-2.0
// Folding: the form in which words are compared, without case, width or accents.
#pragma once

#include <string>
#include <string_view>

namespace mnemic::text {

/// NFKD, full case folding, NFKD, without U+0300..U+036F, then NFC. The typographic apostrophes U+2018, U+2019, U+02BC
/// and U+FF07 become U+0027 first; broken bytes become U+FFFD. Marks of other scripts stay. Linear but for the sorting
/// of long runs of combining marks.
void fold(std::string_view utf8, std::string& out);

}  // namespace mnemic::text
