// SPDX-License-Identifier: Apache-2.0
// The rows of a damaged file in a new one.
#pragma once

#include "storage/sqlite/copy.hpp"

#include <string>

namespace mnemic::storage {

/// Fills `to`, an empty file, with every row of `damaged` that holds, and makes what connects them (change log, names of namespaces) agree.
/// Facts and words that are missing are left to `check` with repair. Fills the report's counts of what is lost and made up.
/// @throws StatusError kCorruption: not one version came out. kCancelled, kNotFound, kIo, kResourceExhausted
void salvage_rows(const std::string& damaged, const std::string& to, const std::string& language, const CopyControl& control, SalvageReport& report);

/// Adds to what is lost; the list has an end, the count has none.
void add_lost(SalvageReport& report, std::string where, std::string why);

}  // namespace mnemic::storage
