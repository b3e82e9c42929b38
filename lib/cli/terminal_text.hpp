// SPDX-License-Identifier: Apache-2.0
// Stored text made safe and tidy for a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mnemic::cli {

/// One line: control characters, ANSI sequences and bidirectional controls removed, runs of white space one space,
/// broken UTF-8 as U+FFFD.
std::string clean_line(std::string_view text);
/// As `clean_line`, but line breaks, tabs and spaces stay.
std::string clean_block(std::string_view text);

/// The same JSON value, with every character a terminal could act on written as \uXXXX.
std::string clean_json(std::string_view json);

/// Columns a cleaned text takes on a terminal: wide East Asian letters two, combining marks none.
std::size_t display_width(std::string_view text);
/// At most `columns` columns, the last one an ellipsis when something was cut.
std::string cut(std::string_view text, std::size_t columns);
/// `cut` to `columns` and filled with spaces on the right.
std::string fit(std::string_view text, std::size_t columns);

}  // namespace mnemic::cli
