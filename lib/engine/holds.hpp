// SPDX-License-Identifier: Apache-2.0
// Holds, as the rows of `policies` have them.
#pragma once

#include "storage/sqlite/reader.hpp"

#include <mnemic/lifecycle/erasure.hpp>

#include <string_view>

namespace mnemic::engine {

inline constexpr std::string_view kHold = "hold";  // the kind of these policies

Hold to_hold(storage::Reader& reader, const storage::PolicyRow& row);

/// @throws StatusError kInvalidArgument naming `where`
void check_where(const Filter& where);

}  // namespace mnemic::engine
