// SPDX-License-Identifier: Apache-2.0
// Stored text made safe to show: in a prompt, where it must stay data, and on a terminal.
#pragma once

#include <string>
#include <string_view>

namespace mnemic::text {

/// One line without control characters, terminal escape sequences, bidirectional controls or invisible characters.
/// Line breaks become the two characters `\n`, a tab a space, broken bytes U+FFFD. Linear; idempotent.
std::string printable(std::string_view text);

/// The same, and `&`, `<`, `>` and `[` become entities, so that the text can neither close a fence, nor pass for a tag
/// or a chat role, nor forge a `[1]` citation. Apply it once.
std::string escape_for_prompt(std::string_view text);

}  // namespace mnemic::text
