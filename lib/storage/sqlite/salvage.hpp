// SPDX-License-Identifier: Apache-2.0
// The rows of a damaged file in a new one.
#pragma once

#include "storage/sqlite/copy.hpp"

#include <string>

namespace mnemic::storage {

/// Fills `to`, an empty file, with every row of `damaged` that holds, and makes what connects them (change log, names of namespaces) agree.
/// Facts and words that are missing are left to `check` with repair. Fills the report's counts of what is lost and made up.
/// @param key  of the damaged file; the new one gets it too
/// @throws StatusError kCorruption: not one version came out. kPermissionDenied: for want of the key. kFailedPrecondition: a key for a plain file. kCancelled, kNotFound, kIo, kResourceExhausted
void salvage_rows(const std::string& damaged, const std::string& to, const std::string& language, const CopyControl& control, const FileKeyPtr& key,
                  SalvageReport& report);

/// Adds to what is lost; the list has an end, the count has none.
void add_lost(SalvageReport& report, std::string where, std::string why);

}  // namespace mnemic::storage
