// SPDX-License-Identifier: Apache-2.0
// Dates as people and data sets write them.
#pragma once

#include <mnemic/types.hpp>

#include <optional>
#include <string_view>

namespace mnemic::cli {

/// Reads a date in one of the unambiguous free forms ("1:56 pm on 8 May, 2023", "29.12.2023, 22:42:04",
/// "March-15-2024", "2024年04月01日 周一 08:30", RFC 3339, …; all in docs/command-line.md). A time without a zone is
/// taken as UTC. Nothing is guessed: what could be read in two ways ("05/08/2023") is not a date.
std::optional<Timestamp> parse_free_date(std::string_view text);

/// The same, but a time without a zone is civil time of `time_zone`, as `parse_local_time` takes it.
std::optional<Timestamp> parse_local_date(std::string_view text, std::string_view time_zone);

}  // namespace mnemic::cli
